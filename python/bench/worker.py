"""One peer in a process of its own: reads commands from its input, one JSON text a line, and answers each.

``["set", ROW]`` prepares a row and answers its digest, null if it has none, or ``{"left out": true}``;
``["time", SECONDS]`` runs the row for about so long and answers the seconds a call took, sample by sample. A failure is
answered as ``{"error": TEXT}``.
"""

from __future__ import annotations

import json
import os
import sys
import time
import zlib

import numpy as np

from bench.peers import Peer, sample
from bench.rows import ROWS

SHORTEST_SAMPLE = 2e-3
LEFT_OUT = {"left out": True}


def seconds_of(run, times: int) -> float:
    repeat = range(times)
    start = time.perf_counter()
    for _ in repeat:
        run()
    return time.perf_counter() - start


class Worker:
    def __init__(self, name: str):
        self.peer = Peer(name)
        self.run = None
        self.cost_of_a_call = min(seconds_of(lambda: None, 1000) for _ in range(20)) / 1000

    def set(self, name: str):
        self.run = None
        row = next(row for row in ROWS if row.name == name)
        if row.expression(self.peer.family) is None:
            return LEFT_OUT
        # All peers see the same numbers.
        rng = np.random.default_rng(zlib.crc32(name.encode()))
        arrays = [self.peer.array(spec, sample(spec, rng)) for spec in row.inputs]
        run = self.peer.bind(row, arrays)
        digest = None if row.lazy or row.random else self.peer.digest(run())
        seconds_of(run, 1 if seconds_of(run, 1) > 0.1 else 3)
        self.run = run
        return digest

    def time(self, budget: float):
        once = seconds_of(self.run, 1)
        times = max(1, round(SHORTEST_SAMPLE / max(once, 1e-7)))
        if times > 1:
            # A first call says little about a thousand.
            times = max(1, round(SHORTEST_SAMPLE * times / seconds_of(self.run, times)))
        samples, end = [], time.perf_counter() + budget
        while len(samples) < 3 or time.perf_counter() < end:
            samples.append(seconds_of(self.run, times) / times - self.cost_of_a_call)
            if samples[-1] > budget:
                break
        return samples


def main() -> None:
    # Answers have a pipe to themselves; whatever a library prints goes where it can be seen.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    worker = Worker(sys.argv[1])
    for line in sys.stdin:
        command, argument = json.loads(line)
        try:
            answer = getattr(worker, command)(argument)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
