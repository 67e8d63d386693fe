"""Compares the evaluation: PGD-20 with 5 restarts on cnn-madry, of whose images half fall."""

import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from pairs import measure_pair, summarize
from running import FOLDER, holdfast_command, peer_command, run_json

ROOT = FOLDER.parent.parent
MODEL, STEPS, RESTARTS = "cnn-madry", 20, 5
ATTACK = f"--model {MODEL} --steps {STEPS} --restarts {RESTARTS}".split()
LINF = ["--attack", "pgd", "--norm", "linf"]


def find_data():
    """The data set's name and folder: MNIST where $HOLDFAST_DATA has it, else the digits that come along."""
    mnist = pathlib.Path(os.environ.get("HOLDFAST_DATA", ""), "mnist")
    if "HOLDFAST_DATA" in os.environ and mnist.is_dir():
        return "mnist", mnist
    return "mnist-5k", ROOT / "Sources/Datasets/Resources/mnist-5k"


def train_weights(options, data):
    """A file of weights, trained for about a minute by FGSM-RS unless an earlier comparison has left it."""
    run = ROOT / "runs" / f"compare-with-pytorch-{data}"
    weights = run / "weights.safetensors"
    if weights.exists():
        print(f"weights: {weights}, from an earlier comparison")
        return weights
    epochs = 1 if data == "mnist" else 8
    settings = f"data.name={data} model.name={MODEL} epochs={epochs} schedule.peak=1e-3"
    command = [options.holdfast, "train", ROOT / "configs/mnist-fgsm-rs.yaml", "--output", run, "--overwrite"]
    print(f"training {MODEL} on {data} for {epochs} epochs", flush=True)
    command += [*settings.split(), "evaluation.final=[none]"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stderr[-4000:])
        sys.exit("error: training the weights of the comparison failed (see above).")
    latest = (run / "checkpoints/latest").read_text().strip()
    # A copy elsewhere, so that holdfast reads it as anybody's file.
    shutil.copyfile(run / "checkpoints" / latest / "model.safetensors", weights)
    return weights


def find_epsilon(evaluate):
    """A radius at which about half of the images fall, found by bisection on the first few hundred."""
    low, high = 0.0, 0.5
    for _ in range(7):
        epsilon = round((low + high) / 2, 4)
        attack = evaluate(epsilon)["attacks"][0]
        share = attack["correct"] / attack["total"]
        print(f"  at epsilon {epsilon:g} {share:.0%} of {attack['total']} stay", flush=True)
        if abs(share - 0.5) < 0.03:
            break
        low, high = (epsilon, high) if share > 0.5 else (low, epsilon)
    return epsilon


def compare_evaluation(options, probe):
    """Measures evaluations in turn and compares their counts; returns the line of the table."""
    data, folder = find_data()
    weights = options.weights or train_weights(options, data)
    with tempfile.TemporaryDirectory() as results:

        def evaluate(*arguments):
            """The command, with a folder of its own for the results."""
            output = tempfile.mkdtemp(dir=results)
            return ["evaluate", weights, "--data", data, "--output", output, *ATTACK, *arguments]

        def search(epsilon):
            few = ["--epsilon", epsilon, "--limit", min(options.limit, 300), "--json"]
            return run_json([options.holdfast, *evaluate(*LINF, *few)])

        epsilon = options.epsilon if options.epsilon is not None else find_epsilon(search)
        pairs = [
            measure_evaluation(number, epsilon, evaluate, weights, folder, options, probe)
            for number in range(options.pairs)
        ]
    check_counts(pairs)
    return summarize(
        pairs,
        lambda ours: ours["clean"]["total"] / ours["attacks"][0]["seconds"],
        lambda peer: peer["images_per_second"],
        2,
    )


def measure_evaluation(number, epsilon, evaluate, weights, folder, options, probe):
    """Measures one pair, with the pair's number as seed of the random starts, and prints it."""
    same = ["--epsilon", epsilon, "--limit", options.limit, "--seed", number + 1]
    ours = holdfast_command(options, *evaluate(*LINF, *same))
    peer = peer_command(options, "pytorch_evaluation.py", weights, "--data", folder, *ATTACK, *same)
    pair = measure_pair(number, ours, peer, probe)
    attack, total = pair.ours["attacks"][0], pair.ours["clean"]["total"]
    if number == 0:
        print(
            f"{MODEL}, PGD-{STEPS} x {RESTARTS}, linf {epsilon:g}, step {attack['stepSize']:g}, "
            f"{total} images, {options.ranks} x 1 thread:"
        )
    print(
        f"  pair {number + 1}: holdfast {attack['seconds']:.1f} s, {attack['correct']} right; "
        f"PyTorch {pair.peer['seconds']:.1f} s, {pair.peer['correct']} right; "
        f"ratio {pair.peer['seconds'] / attack['seconds']:.2f}{pair.remark}",
        flush=True,
    )
    return pair


def check_counts(pairs):
    """Ends the program where the counts differ by more than the random starts can explain."""
    for pair in pairs:
        total, ours, peer = pair.peer["total"], pair.ours["attacks"][0]["correct"], pair.peer["correct"]
        clean = pair.ours["clean"]["correct"], pair.peer["clean_correct"]
        # The standard deviation of a count of so many images; random starts alone move it by far less.
        allowed = max(1.0, math.sqrt(total * (ours / total) * (1 - ours / total)))
        if pair.ours["clean"]["total"] != total or abs(clean[0] - clean[1]) > 1 or abs(ours - peer) > allowed:
            sys.exit(
                f"error: the counts disagree, so the programs do not compute the same: clean {clean[0]} and "
                f"{clean[1]}, attacked {ours} and {peer} of {total}."
            )
