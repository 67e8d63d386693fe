"""Pairs of measurements: holdfast and the peer in turn, with probes of the cores around them."""

import contextlib
import dataclasses
import os
import statistics

from core_probe import CoreProbe
from running import run_json, spread


@dataclasses.dataclass
class Pair:
    """The results of both programs, and what was found about the cores."""

    ours: dict
    peer: dict
    counts: bool
    remark: str


def probe_for(options):
    """The probe where there are several ranks, which have to have cores of their own."""
    if options.ranks == 1:
        return contextlib.nullcontext()
    return CoreProbe(sorted(os.sched_getaffinity(0))[: options.ranks])


def measure_pair(number, ours, peer, probe):
    """Runs two commands, ours first in every other pair, and probes before, between and after."""
    results, ratios = {}, [probe.ratio()] if probe else []
    commands = [("ours", ours), ("peer", peer)]
    for name, command in commands if number % 2 == 0 else reversed(commands):
        results[name] = run_json(command, attempts=3 if name == "peer" else 1)
        if probe:
            ratios.append(probe.ratio())
    counts = all(probe.are_cores(ratio) for ratio in ratios)
    remark = "  cores " + " ".join(f"{ratio:.2f}" for ratio in ratios) if probe else ""
    return Pair(results["ours"], results["peer"], counts, remark + ("" if counts else ", left out"))


def summarize(pairs, speed_of_ours, speed_of_peer, digits):
    """Prints medians over the pairs that count, and returns a line for the table at the end."""
    kept = [pair for pair in pairs if pair.counts]
    if len(kept) < len(pairs):
        print(f"  {len(pairs) - len(kept)} of {len(pairs)} pairs are left out: the CPUs were not idle cores")
    if not kept:
        return "no pair counts"
    ours = [speed_of_ours(pair.ours) for pair in kept]
    peer = [speed_of_peer(pair.peer) for pair in kept]
    ratios = [mine / other for mine, other in zip(ours, peer, strict=True)]
    print(f"  holdfast {spread(ours, digits)}, PyTorch {spread(peer, digits)}, ratio {spread(ratios, 2)}")
    medians = f"{statistics.median(ours):10.{digits}f} {statistics.median(peer):10.{digits}f}"
    return f"{medians}   {spread(ratios, 2)}   {len(kept)} of {len(pairs)}"
