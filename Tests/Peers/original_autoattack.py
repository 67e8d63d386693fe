#!/usr/bin/env python3
"""The original AutoAttack on a file of weights: prints one JSON object with a stage for each of its attacks.

    original_autoattack.py model.safetensors --autoattack FOLDER --model cnn-small --epsilon 0.3 --limit 1000

FOLDER is a checkout of https://github.com/fra31/auto-attack. The attacks run one after the other on what is left,
each with the settings of the version that is asked for, as `run_standard_evaluation` does.
"""

import argparse
import contextlib
import json
import os
import pathlib
import sys
import time

import torch
from safetensors.torch import load_file

from networks import NETWORKS
from pytorch_evaluation import load_images

NORMS = {"linf": "Linf", "l2": "L2", "l1": "L1"}


def parse_options():
    """The command line, checked."""
    parser = argparse.ArgumentParser(description="Runs the original AutoAttack.")
    parser.add_argument("weights", help="a .safetensors file")
    parser.add_argument("--autoattack", type=pathlib.Path, required=True, help="its checkout")
    parser.add_argument("--model", choices=sorted(NETWORKS), default="cnn-small")
    parser.add_argument("--data", type=pathlib.Path, required=True, help="the folder of the IDX files")
    parser.add_argument("--limit", type=int, default=1000, help="the first so many images")
    parser.add_argument("--norm", choices=NORMS, default="linf")
    parser.add_argument("--epsilon", type=float, default=0.3)
    parser.add_argument("--version", default="standard")
    parser.add_argument("--attacks", nargs="*", help="some of the version's attacks; all if left out")
    parser.add_argument("--batch", type=int, default=250, help="the images that are attacked together")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main():
    """Runs the attacks and prints what was found."""
    options = parse_options()
    sys.path.insert(0, str(options.autoattack))
    # pylint: disable-next=import-outside-toplevel
    from autoattack import AutoAttack

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    model = NETWORKS[options.model]()
    model.load_state_dict(load_file(options.weights))
    model.eval()
    with torch.no_grad():
        images, labels = load_images(options, model)
        parts = zip(images.split(options.batch), labels.split(options.batch), strict=True)
        clean = torch.cat([model(part).argmax(1) == own for part, own in parts])

    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        adversary = AutoAttack(
            model, norm=NORMS[options.norm], eps=options.epsilon, version=options.version, seed=options.seed,
            device="cpu",
        )
        left = clean.nonzero().squeeze(1)
        stages = []
        for attack in options.attacks or list(adversary.attacks_to_run):
            adversary.attacks_to_run = [attack]
            start = time.perf_counter()
            if len(left) > 0:
                _, predicted = adversary.run_standard_evaluation(
                    images[left], labels[left], bs=options.batch, return_labels=True
                )
                left = left[predicted == labels[left]]
            stages.append({"name": attack, "correct": len(left), "seconds": time.perf_counter() - start})
    result = {
        "clean_correct": int(clean.sum()),
        "correct": len(left),
        "total": len(images),
        "seconds": sum(stage["seconds"] for stage in stages),
        "stages": stages,
        "robust": left.tolist(),
        "threads": options.threads,
        "peer": f"torch {torch.__version__}",
    }
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
