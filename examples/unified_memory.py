"""One memory for the CPU and the GPU: the same arrays on both, and a function split between them.

Run it with `python examples/unified_memory.py`. With `MILLPOND_GPU=software` a driver that runs on the CPU plays the GPU; without any GPU,
a second stream of the CPU takes its place.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import millpond.core as mx

ROUNDS = 5
GPU = mx.Device(mx.gpu, 0) if mx.device_count(mx.gpu) else None
OTHER = mx.new_stream(GPU or mx.cpu)


def copied(before):
    """Bytes copied between memories since `before`."""
    now = mx.get_transfers()
    return {direction: now[direction] - before[direction] for direction in now}


def same_arrays():
    """Arrays have no location: operations have one."""
    before = mx.get_transfers()
    a, b = mx.random.normal((1000, 1000)), mx.random.normal((1000, 1000))
    x = mx.add(a, b, stream=mx.cpu)
    y = mx.add(a, b, stream=OTHER)  # both may run at once: they read the same a and b
    c = mx.add(a, b, stream=mx.cpu)
    d = mx.add(a, c, stream=OTHER)  # waits for c by itself
    assert mx.array_equal(x, y) and mx.allclose(d, 2 * a + b, atol=1e-5)
    print("add on both devices; copied:", copied(before))


def split(a, b, d1, d2):
    """A product on `d1` and 500 small steps on `d2`, which do not need each other."""
    x = mx.matmul(a, b, stream=d1)
    for _ in range(500):
        b = mx.exp(b, stream=d2)
    return x, b


def placements():
    """The function in all four placements: large operations suit a GPU, chains of small ones the CPU."""
    a, b = mx.random.uniform(shape=(4096, 512)), mx.random.uniform(shape=(512, 4))
    mx.eval(a, b)
    streams = {"cpu": mx.default_stream(mx.cpu), "gpu" if GPU else "cpu 2": OTHER}
    runs = [(first, second) for first in streams for second in streams]
    results = {run: split(a, b, *(streams[name] for name in run)) for run in runs}
    mx.eval(*results.values())  # the first time, kernels are compiled
    times, moved = {run: [] for run in runs}, {}
    for _ in range(ROUNDS):
        for run in runs:  # in turn, so that a slow spell falls on all
            before, start = mx.get_transfers(), time.perf_counter()
            mx.eval(*split(a, b, *(streams[name] for name in run)))
            times[run].append(1e3 * (time.perf_counter() - start))
            moved[run] = sum(copied(before).values())
    print(f"\n{'product':>8} {'chain':>8} {'time':>12} {'copied':>12}")
    for (first, second), taken in times.items():
        print(f"{first:>8} {second:>8} {median(taken):9.2f} ms {moved[first, second]:>6} bytes")
    cpu, other = streams
    best = median(times[other, cpu])
    for name in streams:
        print(f"split against all on {name}: {median(times[name, name]) / best:.2f} times as fast")
    for result in results.values():
        assert all(mx.allclose(x, y, rtol=1e-4) for x, y in zip(result, results[cpu, cpu]))


def many_devices():
    """Every GPU is a device of its own; rows of one array are shared out among all devices."""
    devices = [mx.Device(mx.cpu, 0)] + [mx.Device(mx.gpu, i) for i in range(mx.device_count(mx.gpu))]
    for device in devices:
        print(device, mx.device_info(device)["device_name"])
    x = mx.random.normal((16 * len(devices), 256))
    parts = [mx.softmax(part, axis=-1, stream=device) for part, device in zip(mx.split(x, len(devices)), devices)]
    assert mx.allclose(mx.concatenate(parts), mx.softmax(x, axis=-1), atol=1e-6)


def many_threads():
    """Any thread may use any stream and read any array."""
    shared = mx.exp(mx.ones((64, 64)), stream=OTHER)
    with ThreadPoolExecutor(4) as pool:
        sums = list(pool.map(lambda k: mx.sum(shared * k, stream=OTHER if k % 2 else mx.cpu).item(), range(8)))
    assert all(abs(s - k * sums[1]) <= 1e-3 * k * sums[1] for k, s in enumerate(sums))
    print("\nfour threads on two streams agree")


if __name__ == "__main__":
    many_devices()
    print("no GPU: a second stream of the CPU stands in" if GPU is None else f"{GPU} beside the CPU")
    same_arrays()
    placements()
    many_threads()
