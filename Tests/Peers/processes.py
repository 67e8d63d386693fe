"""Runs a function in one process, or in several that torch.distributed connects by gloo."""

import os
import socket

import torch
import torch.distributed as dist
import torch.multiprocessing as mp


def add_process_options(parser):
    """Declares the options that `run` reads."""
    parser.add_argument("--world", type=int, default=1, help="the number of processes")
    parser.add_argument("--threads", type=int, default=1, help="the threads of each process")
    parser.add_argument("--pin", action="store_true", help="give every process CPUs of its own")


def run(body, options):
    """Calls `body(rank, options)` in each of `options.world` processes."""
    if options.world == 1:
        _enter(0, body, options, None)
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mp.spawn(_enter, (body, options, f"tcp://127.0.0.1:{port}"), nprocs=options.world)


def barrier(options):
    """Waits for all processes."""
    if options.world > 1:
        dist.barrier()


def total(counts, options):
    """The sums of integers over all processes."""
    sums = torch.tensor(counts, dtype=torch.int64)
    if options.world > 1:
        dist.all_reduce(sums)
    return sums.tolist()


def _enter(rank, body, options, address):
    if options.pin:
        cpus = sorted(os.sched_getaffinity(0))
        own = range(rank * options.threads, (rank + 1) * options.threads)
        os.sched_setaffinity(0, {cpus[place % len(cpus)] for place in own})
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed + rank)
    if address is None:
        body(rank, options)
        return
    # All processes are on this machine; host names need not resolve.
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    dist.init_process_group("gloo", init_method=address, rank=rank, world_size=options.world)
    body(rank, options)
    dist.destroy_process_group()
