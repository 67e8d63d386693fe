"""Takes networks to PyTorch and ONNX Runtime and back, and compares what they compute with holdfast.

    python3 Tests/Peers/exchange.py [--holdfast PROGRAM] [--models lenet ...]

Needs PyTorch, NumPy, safetensors, onnx and onnxruntime. Runs the blocks of the page PyTorch.md as they stand there, in a
folder with exported weights.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from collections import OrderedDict

import numpy
import onnx
import onnxruntime
import torch
from safetensors.numpy import load_file
from safetensors.torch import save_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "Sources/Exchange/Exchange.docc/PyTorch.md"
SAMPLES = 16
LIMIT = 1e-5
# Residual networks, whose images have three colours.
RESIDUAL_LIMIT = 1e-4


def blocks():
    """The Python code of each architecture on the page."""
    sections = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]
    found = {section.split()[0]: re.search(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL) for section in sections}
    return {name: block[1] for name, block in found.items() if block}


class Exchange:
    """One architecture on its way out and back, in a folder of its own."""

    def __init__(self, program, model, folder):
        self.program, self.model, self.folder = program, model, folder
        self.is_residual = model.startswith(("preact-", "wrn-"))
        self.limit = RESIDUAL_LIMIT if self.is_residual else LIMIT
        self.worst = 0.0

    def run(self, *arguments):
        """Runs holdfast in the folder, and returns what it says on standard error."""
        done = subprocess.run(
            [self.program, *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"error: holdfast {' '.join(map(str, arguments))}: {done.returncode}\n{done.stderr}")
        return done.stderr

    def compare(self, what, found, expected):
        """Refuses outputs that differ by more than float32 rounds."""
        found, expected = numpy.asarray(found), numpy.asarray(expected)
        if found.shape != expected.shape:
            sys.exit(f"error: {self.model}, {what}: {found.shape} in place of {expected.shape}")
        error = float(abs(found - expected).max() / abs(expected).max())
        if not error <= self.limit:
            sys.exit(f"error: {self.model}, {what}: outputs differ by {error}")
        self.worst = max(self.worst, error)

    def file(self, name):
        """The tensors of a file in the folder."""
        return load_file(self.folder / name)

    def train(self):
        """A run of a few steps, so that no weight is what it was at the start."""
        classes = "  classes: [3, 8]\n" if self.model == "linear-binary" else ""
        shape = "  shape: [3, 32, 32]\n" if self.is_residual else ""
        configuration = (
            f"name: run\ndata:\n  name: synthetic\n  samples: 128\n  testSamples: 40\n{classes}{shape}"
            f"model: {{name: {self.model}}}\nbatch: {{size: 16, microbatch: 8}}\nepochs: 1\n"
            "training: {method: standard}\nevaluation: {final: [fgsm]}\n")
        (self.folder / "run.yaml").write_text(configuration)
        self.run("train", "run.yaml", "--output", "run", "--threads", 1)

    def to_onnx(self, name):
        """The checker's and the runtime's opinion of an exported file, for several sizes of the batch."""
        model = onnx.load(self.folder / f"{name}.onnx")
        onnx.checker.check_model(model, full_check=True)
        onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
        if {entry.domain for entry in model.opset_import} != {""}:
            sys.exit(f"error: {self.model}: operators that are not ONNX's own")
        samples = self.file(f"{name}.samples.safetensors")
        session = onnxruntime.InferenceSession(
            self.folder / f"{name}.onnx", providers=["CPUExecutionProvider"])
        for rows in [1, 3, SAMPLES]:
            (logits,) = session.run(["logits"], {"images": samples["images"][:rows]})
            self.compare(f"onnxruntime on {rows}", logits, samples["outputs"][:rows])
        return {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}

    def out(self, code):
        """Holdfast's weights in PyTorch, by the block of the page, and in ONNX Runtime."""
        self.run("export", "run", "--output", f"{self.model}.safetensors", "--samples", SAMPLES)
        self.run("export", "run", "--format", "onnx", "--output", "net.onnx", "--samples", SAMPLES)
        variables = {}
        os.chdir(self.folder)
        exec(compile(code, f"{PAGE}: {self.model}", "exec"), variables)  # pylint: disable=exec-used
        net = variables["net"]
        samples = self.file(f"{self.model}.samples.safetensors")
        with torch.no_grad():
            self.compare("PyTorch", net(torch.from_numpy(samples["images"])), samples["outputs"])
        state = {name: tensor for name, tensor in net.state_dict().items() if not name.endswith("num_batches_tracked")}
        extents = {name: list(tensor.shape) for name, tensor in state.items()}
        if self.to_onnx("net") != extents:
            sys.exit(f"error: {self.model}: the initializers are not the parameters")
        return net

    def back(self, net):
        """PyTorch's weights in Holdfast, under their own names and as an anonymous Sequential writes them."""
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.uniform_(-0.1, 0.1)
        # Too many tensors of a residual network have the same shape to go by their order.
        foreign = torch.nn.Sequential(OrderedDict(module=net)) if self.is_residual else torch.nn.Sequential(*net.children())
        origin = ["--model", self.model, "--data", "cifar10" if self.is_residual else "mnist-5k"]
        if self.model == "linear-binary":
            origin += ["--classes", "3,8"]
        for name, module in [("named", net), ("foreign", foreign)]:
            save_file({key: value.contiguous() for key, value in module.state_dict().items()}, f"{name}.safetensors")
            said = self.run(
                "export", f"{name}.safetensors", *origin, "--output", f"{name}-back.onnx", "--samples", SAMPLES)
            if ("matched by order" in said or "begin with module." in said) != (name == "foreign"):
                sys.exit(f"error: {self.model}, {name}: what was matched is not said:\n{said}")
            samples = self.file(f"{name}-back.samples.safetensors")
            with torch.no_grad():
                self.compare(f"{name} weights", samples["outputs"], net(torch.from_numpy(samples["images"])))
            self.to_onnx(f"{name}-back")
            # CIFAR-10 does not come along.
            if not self.is_residual:
                self.predict(net, name, origin)

    def predict(self, net, name, origin):
        """The classes that both see in real images, and in adversarial examples."""
        self.run(
            "attack", f"{name}.safetensors", *origin, "--attack", "fgsm", "--epsilon", "0.1", "--limit", 100,
            "--threads", 1, "--output", f"{name}-examples.safetensors")
        examples = self.file(f"{name}-examples.safetensors")
        for kind in ["clean", "adversarial"]:
            with torch.no_grad():
                outputs = net(torch.from_numpy(examples[kind])).numpy()
            classes = (outputs[:, 0] > 0) if outputs.shape[1] == 1 else outputs.argmax(1)
            differing = int((classes != examples[f"predictions_{kind}"]).sum())
            if differing:
                sys.exit(f"error: {self.model}, {name}: {differing} of 100 {kind} images are seen otherwise")

    def again(self):
        """An exported file says itself what it is."""
        self.run("export", f"{self.model}.safetensors", "--output", "again.safetensors")
        first, second = self.file(f"{self.model}.safetensors"), self.file("again.safetensors")
        if list(first) != list(second) or any((first[key] != second[key]).any() for key in first):
            sys.exit(f"error: {self.model}: exporting what was exported changed it")


def main():
    """Compares all architectures, or those that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--holdfast", default=ROOT / ".build/release/holdfast", type=pathlib.Path)
    parser.add_argument("--models", nargs="+", default=sorted(blocks()), choices=sorted(blocks()))
    options = parser.parse_args()
    torch.set_num_threads(1)
    for model in options.models:
        with tempfile.TemporaryDirectory() as folder:
            exchange = Exchange(options.holdfast.resolve(), model, pathlib.Path(folder))
            exchange.train()
            exchange.back(exchange.out(blocks()[model]))
            exchange.again()
            os.chdir(ROOT)
            print(f"{model}: outputs agree within {exchange.worst:.1e} of the largest")


if __name__ == "__main__":
    main()
