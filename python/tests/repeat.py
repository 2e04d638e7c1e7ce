"""The same thing many times: on several threads at once, or over and over."""

import gc
import resource
import threading
from concurrent.futures import ThreadPoolExecutor

import millpond.core as mx


def on_threads(count, work):
    """What `work(0)`, …, `work(count - 1)` return, each on a thread of its own, all at once."""
    all_are_there = threading.Barrier(count)

    def start(i):
        all_are_there.wait()
        return work(i)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(start, range(count)))


def leaks_nothing(fail):
    """Checks that neither the memory of arrays nor the process grows while `fail(times)` lets things fail."""
    fail(1000)
    gc.collect()
    memory, peak = mx.get_active_memory(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    fail(10_000)
    gc.collect()
    assert mx.get_active_memory() == memory
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 4096
