"""`alpha * x + beta * y` as an expression, as a scalar program and by hand: the time of one evaluation on the CPU.

python examples/axpby/bench.py [EVALUATIONS]
"""

import sys
import time

import millpond.core as mx
from millpond_axpby import axpby, axpby_scalar

WAYS = {
    "expression": lambda x, y: 4.0 * x + 2.0 * y,
    "scalar program": lambda x, y: axpby_scalar(x, y, 4.0, 2.0),
    "by hand": lambda x, y: axpby(x, y, 4.0, 2.0),
}
ROUNDS = 5


def seconds(f, x, y, times):
    start = time.perf_counter()
    for _ in range(times):
        mx.eval(f(x, y))
    return (time.perf_counter() - start) / times


def row(shape, times):
    """The best of some rounds for each way, taken in turn, so that what else the machine does meets them all."""
    x, y = mx.random.normal(shape), mx.random.normal(shape)
    mx.eval(x, y)
    best = dict.fromkeys(WAYS, float("inf"))
    for lap in range(ROUNDS + 1):
        for name, f in WAYS.items():
            time_each = seconds(f, x, y, max(1, times // ROUNDS))
            if lap > 0:  # The first is for warming up.
                best[name] = min(best[name], time_each)
    cells = (f"{best[name] * 1e6:.1f} µs" for name in WAYS)
    print(f"| {'×'.join(map(str, shape))} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    mx.set_default_device(mx.cpu)
    print(f"| float32 | {' | '.join(WAYS)} |\n|---|{'---|' * len(WAYS)}")
    row((16, 16), times)
    row((256, 512), times)
    row((4096, 4096), max(1, times // 250))
