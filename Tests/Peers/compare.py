#!/usr/bin/env python3
"""Runs holdfast and the same computation in PyTorch in turn, and prints the ratios of their speeds.

launch/compare-with-pytorch.sh starts it; --help lists the options. The training step is measured on random
images, for each cell NETWORK:STEPS; --evaluation measures robust accuracy by PGD-20 with 5 restarts instead.
"""

import argparse
import math
import os
import pathlib

from compare_evaluation import compare_evaluation
from pairs import measure_pair, probe_for, summarize
from running import MODELS, holdfast_command, peer_command, run_json

CELLS = "cnn-madry:40 cnn-madry:10 cnn-small:40 cnn-small:10 lenet:10 cnn-trades:10"


class Parser(argparse.ArgumentParser):
    """Ends with the exit code that holdfast has for a wrong command line."""

    def error(self, message):
        self.exit(64, f"error: {message}. --help lists the options.\n")


def parse_options():
    """The command line, checked."""
    parser = Parser(
        prog="compare-with-pytorch.sh",
        description="Measures holdfast and PyTorch in turn on this machine.",
        epilog="--python PATH names a Python with PyTorch (default: python3), --holdfast PATH the program.",
    )
    parser.add_argument("--cells", default=CELLS, help="networks and steps of PGD (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=128, help="samples of a step (default: 128)")
    parser.add_argument("--microbatch", type=int, help="of holdfast; the network's default if left out")
    parser.add_argument("--pairs", type=int, default=5, help="measurements of each cell (default: 5)")
    parser.add_argument("--ranks", type=int, default=1, help="processes with one thread each (default: 1)")
    parser.add_argument("--cpu", type=int, help="the CPU of a single rank; the first one if left out")
    parser.add_argument("--seconds", type=float, default=3, help="of holdfast's steps in a pair (default: 3)")
    parser.add_argument("--evaluation", action="store_true", help="measure the evaluation, not the step")
    parser.add_argument("--limit", type=int, default=10_000, help="images of the evaluation (default: 10000)")
    parser.add_argument("--weights", type=pathlib.Path, help="its cnn-madry; trained in a minute if left out")
    parser.add_argument("--epsilon", type=float, help="its radius; where half of the images fall if left out")
    parser.add_argument("--holdfast", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    cpus = sorted(os.sched_getaffinity(0))
    if options.ranks > len(cpus):
        parser.error(f"{options.ranks} ranks need as many CPUs, and there are {len(cpus)}")
    if options.cpu is None:
        options.cpu = cpus[0]
    try:
        options.cells = [parse_cell(cell) for cell in options.cells.split()]
    except ValueError as wrong:
        parser.error(str(wrong))
    if min(options.pairs, options.ranks, options.batch, options.limit) < 1:
        parser.error("pairs, ranks, batch and limit have to be 1 or more")
    return options


def parse_cell(cell):
    """The network and the number of steps that a cell names."""
    model, _, steps = cell.partition(":")
    if model not in MODELS or not steps.isdecimal():
        raise ValueError(f"'{cell}' is no cell such as cnn-madry:40, with one of {', '.join(MODELS)}")
    return model, int(steps)


def compare_step(model, steps, options, probe):
    """Measures one cell; returns its line of the table."""

    same = f"--model {model} --steps {steps} --batch {options.batch}"

    def ours(repetitions):
        microbatch = ["--microbatch", options.microbatch] if options.microbatch else []
        command = f"bench step --attack pgd {same} --repetitions {repetitions}"
        return holdfast_command(options, *command.split(), *microbatch)

    # As many steps as fill the time, for both; at least three.
    sizing = run_json(ours(1))
    repetitions = min(max(3, math.ceil(options.seconds / sizing["step_seconds"])), 50)
    peer = peer_command(options, "pytorch_step.py", *f"{same} --repetitions {repetitions}".split())
    print(
        f"{model}, PGD-{steps}, batch {options.batch}, micro-batch {sizing['microbatch']}, "
        f"{options.ranks} x 1 thread, {repetitions} steps a measurement; samples/s:",
        flush=True,
    )
    pairs = []
    for number in range(options.pairs):
        pair = measure_pair(number, ours(repetitions), peer, probe)
        mine, other = speed(pair.ours), speed(pair.peer)
        both = f"holdfast {mine:.1f}, PyTorch {other:.1f}, ratio {mine / other:.2f}"
        print(f"  pair {number + 1}: {both}{pair.remark}", flush=True)
        pairs.append(pair)
    return summarize(pairs, speed, speed, 1)


def speed(result):
    """The median speed of a measurement of steps."""
    return result["samples_per_second"]["median"]


def main():
    """Measures what the command line says, and prints a table at the end."""
    options = parse_options()
    table = []
    with probe_for(options) as probe:
        if options.evaluation:
            table.append(("evaluation", compare_evaluation(options, probe)))
        else:
            for model, steps in options.cells:
                table.append((f"{model} PGD-{steps}", compare_step(model, steps, options, probe)))
    unit = "images/s" if options.evaluation else "samples/s"
    print(f"\n{unit + ', medians':20} {'holdfast':>10} {'PyTorch':>10}   ratio (min to max)    pairs")
    for name, line in table:
        print(f"{name:20} {line}")


if __name__ == "__main__":
    main()
