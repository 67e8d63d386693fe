"""Starts the programs that are compared, and reads the JSON object that each prints."""

import json
import os
import pathlib
import shlex
import statistics
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
# The networks that both sides have; networks.py would need PyTorch to be asked.
MODELS = ["cnn-madry", "cnn-small", "cnn-trades", "lenet", "preact-resnet18", "wrn-28-10"]


def run_json(command, attempts=1):
    """What a command prints on standard output, read as JSON; its failure ends this program.

    With several attempts a failure is said, and the command run again: processes that gloo connects sometimes
    abort on their way out.
    """
    command = [str(word) for word in command]
    for attempt in range(1, attempts + 1):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            try:
                return json.loads(done.stdout)
            except json.JSONDecodeError:
                pass
        sys.stderr.write(done.stderr[-4000:])
        message = f"'{shlex.join(command)}' ended with {done.returncode} and without a result (see above)"
        if attempt == attempts:
            sys.exit(f"error: {message}.")
        sys.stderr.write(f"warning: {message}; once more\n")
    return None


def holdfast_command(options, *arguments):
    """A command of holdfast: one rank on one CPU, or several as mpirun binds them, with one thread each."""
    command = [options.holdfast, *arguments, "--threads", 1, "--json"]
    if options.ranks == 1:
        return ["taskset", "-c", options.cpu, *command]
    return ["mpirun", "-n", options.ranks, *shlex.split(os.environ.get("MPIRUN_FLAGS", "")), *command]


def peer_command(options, script, *arguments):
    """A script of this folder: one process on the same CPU, or several with a CPU of its own each."""
    command = [sys.executable, FOLDER / script, *arguments, "--threads", 1]
    if options.ranks == 1:
        return ["taskset", "-c", options.cpu, *command]
    return [*command, "--world", options.ranks, "--pin"]


def spread(values, digits):
    """The median of numbers, with the smallest and the largest."""
    median, least, most = statistics.median(values), min(values), max(values)
    return f"{median:.{digits}f} ({least:.{digits}f} to {most:.{digits}f})"
