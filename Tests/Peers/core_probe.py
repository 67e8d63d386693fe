"""A probe of whether CPUs are cores of their own at this moment.

Two CPUs of a virtual machine may be two threads of one core, and that changes within seconds; another program
may also be using one of them. Either way two processes then do little more than one.
"""

import multiprocessing
import os
import time

SECONDS = 0.1
SIZE = 1024
# Of what one CPU does alone, so that two that count as two cores do 1.7 times as much together.
THRESHOLD = 0.85


def _work(place, cpu, requests, answers):
    """Waits for moments to start at, and answers each with the rate of matrix products, in GFLOP/s."""
    os.sched_setaffinity(0, {cpu})
    import torch  # after pinning, so that all its threads are on that CPU

    torch.set_num_threads(1)
    left, right, product = (torch.rand(SIZE, SIZE) for _ in range(3))
    torch.mm(left, right, out=product)
    answers.put(0.0)
    for moment in iter(requests.get, None):
        time.sleep(max(moment - time.monotonic(), 0))
        start, count = time.monotonic(), 0
        while time.monotonic() - start < SECONDS:
            torch.mm(left, right, out=product)
            count += 1
        answers.put(2e-9 * SIZE**3 * count / (time.monotonic() - start))


class CoreProbe:
    """Pinned processes that sleep between probes; a context manager, which ends them."""

    def __init__(self, cpus):
        """Takes the CPUs' numbers."""
        context = multiprocessing.get_context("spawn")
        self._answers = context.Queue()
        self._requests = [context.Queue() for _ in cpus]
        self._processes = [
            context.Process(
                target=_work, args=(place, cpu, self._requests[place], self._answers), daemon=True
            )
            for place, cpu in enumerate(cpus)
        ]

    def __enter__(self):
        for process in self._processes:
            process.start()
        for _ in self._processes:
            self._answers.get(timeout=120)
        return self

    def __exit__(self, *_):
        for requests in self._requests:
            requests.put(None)
        for process in self._processes:
            process.join()

    def ratio(self):
        """The rate of all CPUs at once by that of the fastest one alone: 2 for two idle cores, 1 for one."""
        places = range(len(self._processes))
        alone = max(sum(self._rates([place])) for place in places)
        return sum(self._rates(places)) / alone

    def are_cores(self, ratio):
        """Whether a ratio is that of as many idle cores as there are CPUs."""
        return ratio > THRESHOLD * len(self._processes)

    def _rates(self, places):
        moment = time.monotonic() + 0.01
        for place in places:
            self._requests[place].put(moment)
        return [self._answers.get(timeout=120) for _ in places]
