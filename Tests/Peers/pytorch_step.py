#!/usr/bin/env python3
"""The training step of `holdfast bench step` in PyTorch: prints one JSON object with its speed.

    pytorch_step.py --model cnn-madry --steps 40 --batch 128 --threads 1
    pytorch_step.py --model cnn-small --steps 10 --world 2 --pin

A step is PGD from a random start on the current weights, then forward, backward and Adam on the adversarial
examples; images are random in [0, 1]. Several processes share the batch and average gradients by
DistributedDataParallel over gloo. The code is what PyTorch does best here: channels_last, and gradients by
the images alone while attacking.
"""

import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel

from adversary import linf_attack
from networks import NETWORKS
from processes import add_process_options, barrier, run

EPSILON, STEP_SIZE, LEARNING_RATE = 0.3, 0.01, 1e-4


def parse_options():
    """The command line, checked."""
    parser = argparse.ArgumentParser(description="Measures an adversarial training step in PyTorch.")
    parser.add_argument("--model", choices=sorted(NETWORKS), default="cnn-madry")
    parser.add_argument("--steps", type=int, default=40, help="the steps of PGD")
    parser.add_argument("--batch", type=int, default=128, help="the samples of a step, over all processes")
    parser.add_argument("--repetitions", type=int, default=5, help="measured steps, behind one that warms up")
    parser.add_argument("--seed", type=int, default=1)
    add_process_options(parser)
    options = parser.parse_args()
    if options.batch % options.world != 0:
        parser.error(f"a batch of {options.batch} cannot be shared evenly by {options.world} processes")
    return options


def measure(rank, options):
    """Times steps; rank 0 prints."""
    model = NETWORKS[options.model]().to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    shared = DistributedDataParallel(model) if options.world > 1 else model
    shape = getattr(NETWORKS[options.model], "shape", (1, 28, 28))
    images = torch.rand(options.batch // options.world, *shape)
    images = images.contiguous(memory_format=torch.channels_last)
    labels = torch.randint(0, 10, (len(images),))

    step_seconds, attack_seconds, loss = [], [], None
    for _ in range(1 + options.repetitions):
        barrier(options)
        start = time.perf_counter()
        adversarial = linf_attack(model, images, labels, EPSILON, STEP_SIZE, options.steps)
        attacked = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(shared(adversarial), labels)
        loss.backward()
        optimizer.step()
        barrier(options)
        step_seconds.append(time.perf_counter() - start)
        attack_seconds.append(attacked - start)

    speeds = [options.batch / seconds for seconds in step_seconds[1:]]
    result = {
        "samples_per_second": {"median": statistics.median(speeds), "min": min(speeds), "max": max(speeds)},
        "step_seconds": statistics.median(step_seconds[1:]),
        "attack_seconds": statistics.median(attack_seconds[1:]),
        "model": options.model,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "steps": options.steps,
        "batch": options.batch,
        "ranks": options.world,
        "threads": options.threads,
        "loss": float(loss.detach()),
        "peer": f"torch {torch.__version__}",
    }
    if rank == 0:
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    run(measure, parse_options())
