"""Two streams side by side: a matrix product on one, a chain of 500 exponentials on the other.

Run it with `python examples/two_streams.py`, or with `run.html` as its argument to have the timeline as a page too. Both streams are the CPU's, unless there is a GPU: then the product runs
there and the chain, whose steps are too small for a GPU, stays on the CPU. The arrays are the same either way. The chain is over as many rows as make both take about as long.
"""

import sys
import time
from statistics import median

import millpond.core as mx

ROUNDS = 30


def devices():
    kinds = (mx.cpu, mx.gpu)
    return [mx.Device(kind, index) for kind in kinds for index in range(mx.device_count(kind))]


def chain(c, stream):
    for _ in range(500):
        c = mx.exp(c, stream=stream)
    return c


def work(a, b, c, wide, deep):
    """The product on the stream `wide`, the chain on the stream `deep`; their sum, on `wide`, needs both."""
    x, y = mx.matmul(a, b, stream=wide), chain(c, deep)
    return x, y, mx.add(x, mx.sum(y, axis=0, keepdims=True, stream=wide), stream=wide)


def seconds(run):
    start = time.perf_counter()
    mx.eval(run())
    return time.perf_counter() - start


def rows_alike(a, b, wide, deep, rows=512):
    """How many rows the chain needs to take as long as the product."""
    c = mx.random.normal((rows, 4))
    mx.eval(c, mx.matmul(a, b, stream=wide), chain(c, deep))  # the first time, threads start and kernels are built
    product = min(seconds(lambda: [mx.matmul(a, b, stream=wide)]) for _ in range(3))
    exponentials = min(seconds(lambda: [chain(c, deep)]) for _ in range(3))
    return min(max(rows, int(rows * product / exponentials)), 1 << 16)


def chart(spans, width=80):
    """Draws when each task ran, one line a stream."""
    first, last = min(span["start_ns"] for span in spans), max(span["end_ns"] for span in spans)
    column = lambda ns: (ns - first) * (width - 1) // (last - first)  # noqa: E731
    for stream in sorted({str(span["stream"]) for span in spans}):
        own = [span for span in spans if str(span["stream"]) == stream]
        line = [" "] * width
        for span in own:
            for place in range(column(span["start_ns"]), column(span["end_ns"]) + 1):
                line[place] = "█"
        print(f"  {stream:>25} │{''.join(line)}│ {len(own)} × {own[0]['name']}")
    print(f"{'0':>29}{f'{(last - first) / 1e6:.2f} ms':>{width}}")


def main():
    for device in devices():
        print(device, mx.device_info(device))
    fastest = mx.gpu if mx.device_count(mx.gpu) else mx.cpu
    wide, deep = mx.new_stream(fastest), mx.new_stream(mx.cpu)

    a, b = mx.random.normal((4096, 512)), mx.random.normal((512, 4))
    c = mx.random.normal((rows_alike(a, b, wide, deep), 4))
    mx.eval(c, work(a, b, c, wide, deep))

    with mx.timeline(*sys.argv[1:2]) as spans:
        together = work(a, b, c, wide, deep)
        mx.eval(together)
    print("\nboth streams, task by task:")
    chart(spans)

    one, two = [], []
    for _ in range(ROUNDS):  # in turn, so that a slow spell falls on both
        one.append(seconds(lambda: work(a, b, c, deep, deep)))
        two.append(seconds(lambda: work(a, b, c, wide, deep)))
    print(f"\none stream {1e3 * median(one):.2f} ms, two streams {1e3 * median(two):.2f} ms (medians of {ROUNDS})")

    alone = work(a, b, c, deep, deep)
    exact = 0 if fastest == mx.cpu else 1e-3  # a GPU sums in another order
    assert all(mx.allclose(x, y, rtol=exact, atol=exact) for x, y in zip(together, alone)), "the streams must not change the numbers"


if __name__ == "__main__":
    main()
