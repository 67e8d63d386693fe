"""Compares a training step of each method with its published loss in PyTorch, in float64.

    python3 Tests/Peers/compare_methods.py --data FOLDER [--holdfast PROGRAM] [--methods trades ...]

FOLDER holds MNIST's IDX files. Needs PyTorch and safetensors. holdfast trains cnn-small on 64 images, all of them in one
batch, by SGD without momentum, so that the difference of two checkpoints is the gradient between them. PyTorch computes the
same gradient at the weights of the first: the attack from the same random start (Philox, written anew here), then the loss
as it stands in the method's paper or published code. What is printed is the error of the loss, and that of the whole gradient
relative to its length; and the same of PyTorch in float32. TRADES starts its attack where the gradient of the divergence
vanishes, so that rounding decides many signs: there PyTorch's own error in float32 is what ours is measured by.
"""

import argparse
import gzip
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy
import torch
import torch.nn.functional as F
from networks import NETWORKS
from safetensors.torch import load_file
from torch.func import functional_call

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES, STEPS, RATE, EPSILON, SEED = 64, 40, 0.2, 0.3, 1
# Of errors, and of errors in multiples of those of PyTorch in float32 where those are larger.
LIMIT, MULTIPLE = 1e-4, 3
ATTACK_START, TRAINING_NOISE = 6, 20


def philox(counter, key):
    """Philox 4x32-10 (Salmon et al. 2011) on arrays of counters (N x 4) under one key."""
    state, key = [column.astype(numpy.uint64) for column in counter.T], [int(word) for word in key]
    low = numpy.uint64(0xFFFFFFFF)
    for _ in range(10):
        first, second = state[0] * numpy.uint64(0xD2511F53), state[2] * numpy.uint64(0xCD9E8D57)
        state = [
            (second >> numpy.uint64(32)) ^ state[1] ^ numpy.uint64(key[0]), second & low,
            (first >> numpy.uint64(32)) ^ state[3] ^ numpy.uint64(key[1]), first & low,
        ]  # fmt: skip
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return numpy.stack(state, axis=1)


def words(purpose, step, count):
    """The first numbers of every sample's stream, as 32-bit words."""
    derived = philox(numpy.array([[purpose, 0, 0, 0]]), (SEED, 0))[0, :2]
    rows = []
    for sample in range(SAMPLES):
        blocks = numpy.arange((count + 3) // 4)
        counter = numpy.stack([blocks, *[numpy.full_like(blocks, word) for word in (sample, step, 0)]], axis=1)
        rows.append(philox(counter, derived).reshape(-1)[:count])
    return torch.from_numpy(numpy.array(rows).astype(numpy.int64))


def uniform(step, like):
    """What a start is drawn from in the linf ball, from -1 to 1."""
    return ((words(ATTACK_START, step, 784) >> 8).double() * 2**-23 - 1).view_as(like).to(like.dtype)


def normal(purpose, step, like):
    """Standard normal deviates by inversion."""
    return torch.special.ndtri((words(purpose, step, 784).double() + 0.5) * 2**-32).view_as(like).to(like.dtype)


class Step:
    """The last training step in PyTorch: the weights before it and before those it follows, and the images of its batch."""

    def __init__(self, history, images, labels, kind):
        self.network = NETWORKS["cnn-small"]().to(kind)
        *self.earlier, self.weights = (
            {name: value.to(kind, copy=True).requires_grad_() for name, value in weights.items()} for weights in history)
        self.images, self.labels, self.index = images.to(kind), labels, len(history) - 1

    def logits(self, images, weights=None):
        """The network's outputs."""
        return functional_call(self.network, self.weights if weights is None else weights, (images,))

    def climb(self, iterate, steps, size, objective):
        """Sign steps up an objective within the ball and the box."""
        for _ in range(steps):
            iterate = iterate.detach().requires_grad_()
            (gradient,) = torch.autograd.grad(objective(self.logits(iterate)), iterate)
            moved = iterate.detach() + size * gradient.sign()
            ball = torch.min(torch.max(moved, self.images - EPSILON), self.images + EPSILON)
            iterate = ball.clamp(0, 1)
        return iterate.detach()

    def cross_entropy(self, outputs):
        """The loss that most attacks raise."""
        return F.cross_entropy(outputs, self.labels, reduction="sum")

    def pgd(self, steps=5, size=0.1):
        """PGD from a random start in the ball and the box."""
        start = (self.images + EPSILON * uniform(self.index, self.images)).clamp(0, 1)
        return self.climb(start, steps, size, self.cross_entropy)

    def near(self, steps, size, objective):
        """The inner maximum of TRADES and MART, which starts just beside the image."""
        start = self.images + 0.001 * normal(ATTACK_START, self.index, self.images)
        return self.climb(start, steps, size, objective)

    def standard(self, smoothing=0.0):
        """Cross-entropy on clean images."""
        return F.cross_entropy(self.logits(self.images), self.labels, label_smoothing=smoothing)

    def on(self, examples, weights=None):
        """Cross-entropy on adversarial examples."""
        return F.cross_entropy(self.logits(examples, weights), self.labels)

    def fgsm(self):
        """Goodfellow et al. 2015."""
        return self.on(self.climb(self.images, 1, EPSILON, self.cross_entropy))

    def fgsm_rs(self):
        """Wong et al. 2020: the start is not cut to [0, 1]."""
        start = self.images + EPSILON * uniform(self.index, self.images)
        return self.on(self.climb(start, 1, 1.25 * EPSILON, self.cross_entropy))

    def trades(self):
        """Zhang et al. 2019."""
        clean = F.softmax(self.logits(self.images), dim=1).detach()

        def divergence(outputs):
            return F.kl_div(F.log_softmax(outputs, dim=1), clean, reduction="sum")

        examples = self.near(1, 0.1, divergence)
        outputs = self.logits(self.images)
        robust = F.kl_div(
            F.log_softmax(self.logits(examples), dim=1), F.softmax(outputs, dim=1), reduction="batchmean")
        return F.cross_entropy(outputs, self.labels) + 6 * robust

    def mart(self):
        """Wang et al. 2020."""
        examples = self.near(5, 0.1, self.cross_entropy)
        clean, outputs = F.softmax(self.logits(self.images), dim=1), self.logits(examples)
        adversarial = F.softmax(outputs, dim=1)
        top = torch.argsort(adversarial, dim=1)[:, -2:]
        wrong = torch.where(top[:, -1] == self.labels, top[:, -2], top[:, -1])
        pick = torch.arange(len(self.labels))
        boosted = F.cross_entropy(outputs, self.labels) + F.nll_loss(
            torch.log(1.0001 - adversarial + 1e-12), wrong)
        own = clean[pick, self.labels]
        divergence = F.kl_div(torch.log(adversarial + 1e-12), clean, reduction="none").sum(dim=1)
        return boosted + 5 * (divergence * (1.0000001 - own)).mean()

    def noise(self):
        """Cohen et al. 2019."""
        return self.on(self.images + 0.25 * normal(TRAINING_NOISE, self.index, self.images))

    def awp(self):
        """Wu et al. 2020: the loss of PGD training at weights that are perturbed against it."""
        examples = self.pgd()
        gradients = torch.autograd.grad(self.on(examples), list(self.weights.values()))
        self.perturbed = {
            name: (value + 0.01 * value.norm() / (slope.norm() + 1e-20) * slope if value.dim() > 1 else value)
            .detach().requires_grad_()
            for (name, value), slope in zip(self.weights.items(), gradients, strict=True)
        }  # fmt: skip
        return self.on(examples, self.perturbed)

    def free(self):
        """Shafahi et al. 2019: the perturbation has been moved on by every step on the batch."""
        perturbation = torch.zeros_like(self.images)
        for weights in self.earlier:
            examples = (self.images + perturbation).requires_grad_()
            (gradient,) = torch.autograd.grad(self.cross_entropy(self.logits(examples, weights)), examples)
            moved = (perturbation + 0.1 * gradient.sign()).clamp(-EPSILON, EPSILON)
            perturbation = (self.images + moved).clamp(0, 1) - self.images
        return self.on(self.images + perturbation)

    def box(self):
        """The lowest and highest images."""
        return (self.images - EPSILON).clamp(0, 1), (self.images + EPSILON).clamp(0, 1)

    def intervals(self):
        """Bounds before each ReLU, and behind the last, from the image's."""
        (lower, upper), w, found = self.box(), self.weights, []
        for name in ("conv1", "conv2", "fc1"):
            centre, radius = (lower + upper) / 2, (upper - lower) / 2
            weight, bias = w[f"{name}.weight"], w[f"{name}.bias"]
            if name == "fc1":
                centre, radius = F.linear(centre.flatten(1), weight, bias), F.linear(radius.flatten(1), weight.abs())
            else:
                centre = F.conv2d(centre, weight, bias, stride=2, padding=1)
                radius = F.conv2d(radius, weight.abs(), stride=2, padding=1)
            found.append((centre - radius, centre + radius))
            lower, upper = F.relu(centre - radius), F.relu(centre + radius)
        return found, (lower, upper)

    def differences(self):
        """The last layer merged with the differences of logits, as in the papers: how far each class is ahead."""
        weight, bias = self.weights["fc2.weight"], self.weights["fc2.bias"]
        return weight[None] - weight[self.labels][:, None], bias[None] - bias[self.labels][:, None]

    def worst_by_intervals(self):
        """The largest differences that intervals allow."""
        _, (lower, upper) = self.intervals()
        (weight, offset), centre, radius = self.differences(), (lower + upper) / 2, (upper - lower) / 2
        return (weight @ centre[..., None]).squeeze(2) + (weight.abs() @ radius[..., None]).squeeze(2) + offset

    def worst_by_lines(self):
        """The largest differences that lines around each ReLU allow (CROWN), with intervals before the ReLUs."""
        bounds, _ = self.intervals()
        rows, offset = self.differences()
        classes, w = rows.shape[1], self.weights
        for name, (lower, upper) in zip(("fc1", "conv2", "conv1"), reversed(bounds), strict=True):
            lower, upper = lower.flatten(1)[:, None], upper.flatten(1)[:, None]
            bends = (lower < 0) & (upper > 0)
            # Also where nothing bends the quotient needs a gradient.
            slope = torch.where(bends, upper / torch.where(bends, upper - lower, 1), (lower >= 0).to(upper.dtype))
            above = torch.where(bends, -slope * lower, torch.zeros_like(upper))
            # Of 0 and x the one that leaves the smaller area.
            below = torch.where(bends, upper > -lower, lower >= 0).to(upper.dtype)
            offset = offset + (rows.clamp(min=0) * above).sum(2)
            rows = rows * torch.where(rows > 0, slope, below)
            if name == "fc1":
                offset = offset + rows @ w["fc1.bias"]
                rows = rows @ w["fc1.weight"]
                continue
            weight = w[f"{name}.weight"]
            side = {"conv1": 14, "conv2": 7}[name]
            maps = rows.reshape(-1, weight.shape[0], side, side)
            offset = offset + (maps.sum((2, 3)) @ w[f"{name}.bias"]).view(-1, classes)
            maps = F.conv_transpose2d(maps, weight, stride=2, padding=1)
            rows = maps.reshape(-1, classes, maps[0].numel())
        lower, upper = (image.flatten(1)[..., None] for image in self.box())
        return (rows @ ((lower + upper) / 2)).squeeze(2) + (rows.abs() @ ((upper - lower) / 2)).squeeze(2) + offset

    def ibp(self, lines=0.0):
        """Gowal et al. 2018 with kappa 0.5: half the clean loss, half that of the worst outputs by intervals.

        With a share of bounds by lines: CROWN-IBP (Zhang et al. 2020).
        """
        worst = self.worst_by_intervals()
        if lines:
            worst = (1 - lines) * worst + lines * self.worst_by_lines()
        return 0.5 * self.standard() + 0.5 * F.cross_entropy(worst, self.labels)


# Name, section of the configuration, loss in PyTorch.
METHODS = {
    "standard": ("training: {method: standard}", Step.standard),
    "label smoothing": (
        "training: {method: standard, labelSmoothing: 0.1}", lambda step: step.standard(smoothing=0.1)),
    "fgsm": ("training: {method: fgsm}", Step.fgsm),
    "fgsm-rs": ("training: {method: fgsm-rs}", Step.fgsm_rs),
    "pgd": ("training: {method: pgd, steps: 5, stepSize: 0.1}", lambda step: step.on(step.pgd())),
    "trades": ("training: {method: trades, beta: 6, steps: 1, stepSize: 0.1}", Step.trades),
    "mart": ("training: {method: mart, beta: 5, steps: 5, stepSize: 0.1}", Step.mart),
    "noise": ("training: {method: noise, sigma: 0.25}", Step.noise),
    "awp": (
        "training: {method: pgd, steps: 5, stepSize: 0.1}\nweightPerturbation: {gamma: 0.01}", Step.awp),
    "ibp": (
        "training: {method: ibp, rampLength: 0, kappaStart: 0.5, kappaEnd: 0.5}", Step.ibp),
    "crown-ibp": (
        "training: {method: crown-ibp, rampLength: 0, kappaStart: 0.5, kappaEnd: 0.5, betaStart: 0.6, betaEnd: 0.6}",
        lambda step: step.ibp(lines=0.6)),
    # All steps are on one batch.
    "free": (f"epochs: 1\ntraining: {{method: free, replays: {STEPS}, stepSize: 0.1}}", Step.free),
}  # fmt: skip


def write_images(source, target):
    """The first images of MNIST as a data set of their own; returns them with their labels."""
    for split in ("train", "t10k"):
        for kind, header, size in (("images-idx3", 16, 784), ("labels-idx1", 8, 1)):
            name = f"{split}-{kind}-ubyte"
            path = source / name
            content = path.read_bytes() if path.exists() else gzip.decompress((source / f"{name}.gz").read_bytes())
            cut = content[:4] + struct.pack(">I", SAMPLES) + content[8 : header + SAMPLES * size]
            (target / name).write_bytes(cut)
    images = numpy.frombuffer((target / "train-images-idx3-ubyte").read_bytes(), numpy.uint8, offset=16)
    labels = numpy.frombuffer((target / "train-labels-idx1-ubyte").read_bytes(), numpy.uint8, offset=8)
    # As holdfast reads them: rounded to float32.
    pixels = torch.from_numpy((images / numpy.float32(255)).astype(numpy.float32)).double()
    return pixels.view(SAMPLES, 1, 28, 28), torch.from_numpy(labels.astype(numpy.int64))


def train(program, folder, sections):
    """A run: its weights before each step, those behind the last, and the loss of the last."""
    epochs = "" if "epochs:" in sections else f"epochs: {STEPS}\n"
    (folder / "run.yaml").write_text(
        f"name: run\nseed: {SEED}\ndata: {{name: mnist, path: {folder}, validation: 0}}\nmodel: {{name: cnn-small}}\n"
        f"batch: {{size: {SAMPLES}, microbatch: 16}}\n{epochs}optimizer: {{name: sgd, momentum: 0}}\n"
        f"schedule: {{name: constant, learningRate: {RATE}}}\nthreat: {{norm: linf, epsilon: {EPSILON}}}\n{sections}\n"
        f"evaluation: {{everyEpochs: 0, final: [none]}}\ncheckpoint: {{everySteps: 1, keep: {STEPS + 1}}}\n")
    done = subprocess.run(
        [program, "train", "run.yaml", "--output", "run", "--overwrite", "--threads", "1"], cwd=folder,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"error: training ended with {done.returncode}\n{done.stderr}")
    checkpoints = folder / "run/checkpoints"
    *history, after = (load_file(checkpoints / f"step-{step:08}/model.safetensors") for step in range(STEPS + 1))
    lines = [json.loads(line) for line in (folder / "run/metrics.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in lines if line.get("event") == "step" and line.get("step") == STEPS]
    return history, after, losses[-1]


def gradient_of(loss_of, *arguments):
    """A loss in PyTorch, and its gradient by all weights."""
    step = Step(*arguments)
    loss = loss_of(step)
    weights = getattr(step, "perturbed", step.weights)
    gradients = torch.autograd.grad(loss, list(weights.values()))
    return loss.item(), dict(zip(weights, (gradient.double() for gradient in gradients), strict=True))


def distance(found, expected):
    """How far a gradient is from another, relative to the other's length."""
    square = sum((found[key] - gradient).square().sum() for key, gradient in expected.items())
    return (square / sum(gradient.square().sum() for gradient in expected.values())).sqrt().item()


def compare(name, program, folder, images, labels):
    """One method: prints its errors, and says whether they are small."""
    sections, loss_of = METHODS[name]
    history, after, loss = train(program, folder, sections)
    batch = (history, images, labels)
    expected, gradient = gradient_of(loss_of, *batch, torch.float64)
    float_loss, float_gradient = gradient_of(loss_of, *batch, torch.float32)
    found = {key: (history[-1][key].double() - after[key].double()) / RATE for key in gradient}
    errors = abs(loss / expected - 1), distance(found, gradient)
    own = abs(float_loss / expected - 1), distance(float_gradient, gradient)
    print(
        f"{name:16} loss {expected:.6f}, off by {errors[0]:.1e} (PyTorch in float32: {own[0]:.1e}); "
        f"gradient off by {errors[1]:.1e} ({own[1]:.1e})",
        flush=True,
    )
    return all(error <= max(LIMIT, MULTIPLE * other) for error, other in zip(errors, own, strict=True))


def main():
    """Compares the methods that the command line names."""
    parser = argparse.ArgumentParser(description="Compares training steps with published losses in PyTorch.")
    parser.add_argument("--holdfast", type=pathlib.Path, default=ROOT / ".build/release/holdfast")
    parser.add_argument("--data", type=pathlib.Path, required=True, help="the folder of MNIST's IDX files")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        images, labels = write_images(options.data, folder)
        program = options.holdfast.resolve()
        wrong = [method for method in options.methods if not compare(method, program, folder, images, labels)]
    if wrong:
        sys.exit(f"error: {', '.join(wrong)}: off by more than {LIMIT:g}, and {MULTIPLE} times PyTorch's own error")


if __name__ == "__main__":
    main()
