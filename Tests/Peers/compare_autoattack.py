#!/usr/bin/env python3
"""Runs AutoAttack in holdfast and the original on the same weights and images, in turn, and compares them.

For every stage: the samples that are left, and the time. At the end: the samples on which the two disagree.
"""

import argparse
import json
import pathlib
import shlex
import statistics
import sys
import tempfile

from running import FOLDER, MODELS, run_json


def parse_options():
    """The command line, checked."""
    parser = argparse.ArgumentParser(
        prog="compare-with-autoattack.sh", description="Compares AutoAttack with the original."
    )
    parser.add_argument("weights", nargs="+", help="files of weights, as MODEL=FILE.safetensors")
    parser.add_argument("--holdfast", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--autoattack", type=pathlib.Path, required=True, help="a checkout of fra31/auto-attack")
    parser.add_argument("--data", default="mnist", help="the data set's name in holdfast")
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="the folder of its IDX files")
    parser.add_argument("--norm", default="linf")
    parser.add_argument("--epsilon", type=float, default=0.3)
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--version", default="standard")
    parser.add_argument("--ranks", type=int, default=2, help="of holdfast; the original gets as many threads")
    parser.add_argument("--pairs", type=int, default=1, help="repetitions, each with a seed of its own")
    options = parser.parse_args()
    for entry in options.weights:
        if entry.partition("=")[0] not in MODELS:
            parser.error(f"'{entry}' is not MODEL=FILE with one of {', '.join(MODELS)}")
    return options


def run_ours(options, model, weights, seed, output):
    """What holdfast finds, with the indices of the samples that are left."""
    command = [
        "mpirun", "-n", options.ranks, "--bind-to", "core", options.holdfast, "evaluate", weights, "--model", model,
        "--data", options.data, "--attack", "autoattack", "--norm", options.norm, "--epsilon", options.epsilon,
        "--limit", options.limit, "--seed", seed, "--output", output, "--threads", 1, "--json",
    ]  # fmt: skip
    if options.version != "standard":
        command += ["--version", options.version]
    found = run_json(command)
    lines = pathlib.Path(output, "verdicts.jsonl").read_text(encoding="utf-8").splitlines()
    verdicts = [json.loads(line) for line in lines]
    found["robust"] = {v["index"] for v in verdicts if v["verdict"] in ("undecided", "certified")}
    return found


def run_original(options, model, weights, seed):
    """What the original finds."""
    command = [
        sys.executable, FOLDER / "original_autoattack.py", weights, "--autoattack", options.autoattack, "--model",
        model, "--data", options.folder, "--norm", options.norm, "--epsilon", options.epsilon, "--limit",
        options.limit, "--version", options.version, "--threads", options.ranks, "--seed", seed,
    ]  # fmt: skip
    return run_json(command)


def compare(options, model, weights, seed, output):
    """Runs both, prints the stages side by side, and returns the ratio of the times."""
    first = seed % 2 == 1
    ours = run_ours(options, model, weights, seed, output) if first else None
    peer = run_original(options, model, weights, seed)
    ours = ours or run_ours(options, model, weights, seed, output)
    attack, total = ours["attacks"][0], peer["total"]
    print(f"{shlex.quote(str(weights))} ({model}), {options.norm} {options.epsilon:g}, n = {total}, seed {seed}:")
    print(f"  {'':10} {'holdfast':>9} {'original':>9} {'points':>7}   {'seconds':>9} {'seconds':>9}")
    print(f"  {'clean':10} {ours['clean']['correct']:9} {peer['clean_correct']:9}")
    for mine, other in zip(attack["stages"], peer["stages"], strict=True):
        points = 100 * (mine["correct"] - other["correct"]) / total
        counts = f"{mine['correct']:9} {other['correct']:9} {points:+7.2f}"
        print(f"  {mine['name']:10} {counts}   {mine['seconds']:9.1f} {other['seconds']:9.1f}")
    others = set(peer["robust"])
    ratio = peer["seconds"] / attack["seconds"]
    print(
        f"  broken by holdfast alone {len(others - ours['robust'])}, by the original alone "
        f"{len(ours['robust'] - others)}; {total / attack['seconds']:.2f} and {total / peer['seconds']:.2f} "
        f"images/s, ratio {ratio:.1f}",
        flush=True,
    )
    return ratio


def main():
    """Compares on all weights that the command line names."""
    options = parse_options()
    for entry in options.weights:
        model, _, weights = entry.partition("=")
        with tempfile.TemporaryDirectory() as folder:
            ratios = [
                compare(options, model, weights, seed, f"{folder}/{seed}") for seed in range(1, options.pairs + 1)
            ]
        if len(ratios) > 1:
            print(f"  ratio {statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})")


if __name__ == "__main__":
    main()
