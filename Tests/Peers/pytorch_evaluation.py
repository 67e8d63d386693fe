#!/usr/bin/env python3
"""What `holdfast evaluate --attack pgd` does, in PyTorch: prints one JSON object with counts and speed.

    pytorch_evaluation.py model.safetensors --data FOLDER --epsilon 0.2 --limit 1000

FOLDER holds the IDX files of MNIST's test images, plain or .gz; without it they are looked for in
$HOLDFAST_DATA/mnist. Where there are none, images are random and bear the labels that the network gives them.
A sample is broken when the last iterate of any restart is misclassified. What is wrong already is not
attacked, and survivors are packed into full batches again between restarts.
"""

import argparse
import gzip
import json
import os
import pathlib
import time

import torch
from safetensors.torch import load_file

from adversary import linf_attack
from networks import NETWORKS
from processes import add_process_options, barrier, run, total


def parse_options():
    """The command line, checked."""
    parser = argparse.ArgumentParser(description="Measures robust accuracy by PGD in PyTorch.")
    parser.add_argument("weights", help="a .safetensors file")
    parser.add_argument("--model", choices=sorted(NETWORKS), default="cnn-madry")
    parser.add_argument("--data", type=pathlib.Path, help="the folder of the IDX files")
    parser.add_argument("--limit", type=int, default=10_000, help="the first so many images")
    parser.add_argument("--epsilon", type=float, default=0.3)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--step-size", type=float, help="2.5 epsilon / steps if left out")
    parser.add_argument("--restarts", type=int, default=5)
    parser.add_argument("--no-random-start", dest="random_start", action="store_false")
    parser.add_argument("--batch", type=int, default=128, help="the images that are attacked together")
    parser.add_argument("--seed", type=int, default=1)
    add_process_options(parser)
    options = parser.parse_args()
    if options.data is None and "HOLDFAST_DATA" in os.environ:
        folder = pathlib.Path(os.environ["HOLDFAST_DATA"], "mnist")
        options.data = folder if folder.is_dir() else None
    if options.step_size is None:
        options.step_size = 2.5 * options.epsilon / options.steps
    return options


def read_idx(folder, name, header):
    """The bytes of an IDX file, plain or gzipped, behind a header of known length."""
    plain = folder / name
    content = plain.read_bytes() if plain.exists() else gzip.decompress((folder / f"{name}.gz").read_bytes())
    return torch.frombuffer(bytearray(content[header:]), dtype=torch.uint8)


def load_images(options, model):
    """The images in [0, 1] and their labels."""
    if options.data is None:
        images = torch.rand(options.limit, 1, 28, 28, generator=torch.Generator().manual_seed(0))
        return images, torch.cat([model(part).argmax(1) for part in images.split(options.batch)])
    pixels = read_idx(options.data, "t10k-images-idx3-ubyte", 16).view(-1, 1, 28, 28)[: options.limit]
    labels = read_idx(options.data, "t10k-labels-idx1-ubyte", 8)[: options.limit]
    return pixels.float() / 255, labels.long()


def survivors_of(model, images, labels, indices, batch, attack=None):
    """Those of `indices` whose images, attacked if an attack is given, are classified correctly."""
    kept = []
    for part in indices.split(batch):
        inputs = images[part].contiguous(memory_format=torch.channels_last)
        if attack is not None:
            inputs = attack(inputs, labels[part])
        with torch.no_grad():
            kept.append(part[model(inputs).argmax(1) == labels[part]])
    return torch.cat(kept) if kept else indices


def measure(rank, options):
    """Attacks this process's share of the images; rank 0 prints what all have found."""
    model = NETWORKS[options.model]()
    model.load_state_dict(load_file(options.weights))
    model = model.to(memory_format=torch.channels_last).eval()
    with torch.no_grad():
        images, labels = load_images(options, model)
    share = torch.arange(len(images)).chunk(options.world)[rank]

    def attack(inputs, targets):
        return linf_attack(
            model, inputs, targets, options.epsilon, options.step_size, options.steps, options.random_start
        )

    clean = survivors = survivors_of(model, images, labels, share, options.batch)
    barrier(options)
    start = time.perf_counter()
    for _ in range(options.restarts):
        survivors = survivors_of(model, images, labels, survivors, options.batch, attack)
    barrier(options)
    seconds = time.perf_counter() - start

    clean_correct, correct = total([len(clean), len(survivors)], options)
    result = {
        "seconds": seconds,
        "images_per_second": len(images) / seconds,
        "correct": correct,
        "clean_correct": clean_correct,
        "total": len(images),
        "model": options.model,
        "epsilon": options.epsilon,
        "steps": options.steps,
        "step_size": options.step_size,
        "restarts": options.restarts,
        "batch": options.batch,
        "ranks": options.world,
        "threads": options.threads,
        "peer": f"torch {torch.__version__}",
    }
    if rank == 0:
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    run(measure, parse_options())
