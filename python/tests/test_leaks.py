"""Nothing is left behind: not by errors, not by graphs that are dropped, evaluated or abandoned."""

import gc
import sys

import pytest
from oracle import beyond_mlx, mx

pytestmark = beyond_mlx
PAGE = 4096


def resident():
    """Bytes of memory this process holds."""
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * PAGE


def grown(function, times):
    """Bytes more that the process and its arrays hold after many calls than after the first few."""
    for _ in range(times // 10):
        function()
    gc.collect()
    mx.clear_cache()
    active, before = mx.get_active_memory(), resident()
    for _ in range(times):
        function()
    gc.collect()
    mx.clear_cache()
    return mx.get_active_memory() - active, resident() - before


def fails(function):
    def attempt():
        try:
            function()
        except (ValueError, TypeError, IndexError, RuntimeError, KeyError, NotImplementedError):
            return
        raise AssertionError("it did not fail")

    return attempt


x = mx.ones((8, 8))
key = "unhashed"
ERRORS = {
    "shapes": lambda: x + mx.ones(3),
    "dtypes": lambda: mx.bitwise_and(x, 3),
    "arguments": lambda: mx.sum(x, axes=3),
    "names": lambda: mx.reshape(x, shape=(7, 9)),
    "kinds": lambda: mx.concatenate([x, "a"]),
    "constructor": lambda: mx.array([[1, 2], [3]]),
    "index": lambda: x[9],
    "index of an array": lambda: mx.eval(x[mx.array([9])]),
    "assignment": lambda: x.__setitem__(slice(0, 3), mx.ones((4, 4))),
    "kernel": lambda: mx.eval(mx.exp(mx.linalg.inv(mx.zeros((4, 4))) + 1)),
    "read twice": lambda: [fails(mx.linalg.cholesky(-x).tolist)(), mx.linalg.cholesky(-x).item()],
    "loss": lambda: mx.grad(lambda a: a * 2)(x),
    "inside grad": lambda: mx.grad(lambda a: {}[key])(x),
    "inside vmap": lambda: mx.vmap(lambda a: a.item())(x),
    "inside a rule": lambda: mx.grad(lambda a: rule(a).sum())(x),
    "no rule": lambda: mx.grad(lambda a: mx.linalg.eigvals(a).real.sum())(x),
    "buffer": lambda: mx.array(object()),
}
rule = mx.custom_function(lambda a: a * 2)
rule.vjp(lambda *_: {}[key])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    active, more = grown(fails(ERRORS[name]), 10_000)
    assert active == 0 and more < 3 << 20, f"{active} bytes of arrays, {more} of the process"


def evaluated():
    a = mx.random.normal((64, 64))
    b = mx.tanh(a @ a.T).sum(0)
    mx.eval(b)
    return b[3].item()


def abandoned():
    a = x
    for _ in range(50):
        a = a * 2 + 1
    return a.shape


def gradient():
    loss = lambda a, b: mx.softmax(a @ b, -1).max()  # noqa: E731
    mx.eval(mx.value_and_grad(loss, argnums=(0, 1))(x, x))


def nested():
    mx.eval(mx.vmap(mx.grad(lambda a: mx.grad(lambda b: (b**3).sum())(a).sum()))(x))
    mx.eval(mx.grad(mx.checkpoint(lambda a: mx.exp(a).sum()))(x))


def asynchronous():
    a = x + 1
    mx.async_eval(a)
    return a


def converted():
    import numpy as np

    return mx.array(np.array(x)), mx.array(x.tolist()), memoryview(x), mx.from_dlpack(x), x.__getstate__()


def updated():
    a = mx.zeros((16, 16))
    a[2:4] = x[:2, :1]
    a += 1
    a = a.at[mx.array([1, 1])].add(2)
    mx.eval(a)


def streams():
    with mx.stream(mx.new_thread_local_stream(mx.cpu)):
        mx.eval(x + 1)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("loop", [evaluated, abandoned, gradient, nested, asynchronous, converted, updated, streams], ids=lambda f: f.__name__)
def test_loops(loop):
    active, more = grown(loop, 3_000)
    assert active == 0 and more < 3 << 20, f"{active} bytes of arrays, {more} of the process"


def test_references_of_arguments():
    array, name = mx.ones(3), "axis"
    counts = sys.getrefcount(array), sys.getrefcount(name)
    for _ in range(1000):
        fails(lambda: mx.sum(array, **{name: 7}))()
        mx.sum(array, **{name: 0})
        mx.where(array, array, array)
    assert (sys.getrefcount(array), sys.getrefcount(name)) == counts
