"""Errors name the operation, shapes and dtypes, stick to what failed, and leave everything else alone."""

import gc
import math
import pathlib
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from oracle import beyond_mlx, mx
from repeat import on_threads
from test_cases import read, run

# A call and what its message must hold: shapes in any of the usual brackets, names of dtypes, numbers.
MESSAGES = [
    (lambda: mx.ones((2, 3)) + mx.ones((2, 4)), ValueError, ["2, ?3", "2, ?4", "add|broadcast"]),
    (lambda: mx.matmul(mx.ones((2, 3)), mx.ones((4, 2))), ValueError, ["matmul", "2, ?3", "4, ?2"]),
    (lambda: mx.ones((2, 2), mx.int32) @ mx.ones((2, 2), mx.int32), ValueError, ["matmul", "int32"]),
    (lambda: mx.ones((2, 3)).reshape(4, 2), ValueError, ["reshape", "4, ?2", "6|2, ?3"]),
    (lambda: mx.concatenate([mx.ones((2, 3)), mx.ones((2, 4))]), ValueError, ["concatenate", "2, ?3", "2, ?4"]),
    (lambda: mx.stack([mx.ones(2), mx.ones(3)]), ValueError, ["stack"]),
    (lambda: mx.sum(mx.ones((2, 3)), axis=2), IndexError, ["2"]),
    (lambda: mx.transpose(mx.ones((2, 3)), (0, 0)), ValueError, ["transpose"]),
    (lambda: mx.squeeze(mx.ones((2, 3)), 0), ValueError, ["squeeze", "2"]),
    (lambda: mx.broadcast_to(mx.ones((2, 3)), (2, 4)), ValueError, ["2, ?3", "2, ?4"]),
    (lambda: mx.split(mx.ones((2, 3)), 2, axis=1), ValueError, ["split", "2, ?3|3"]),
    (lambda: mx.array([1, 2], mx.uint8) + 300, (ValueError, OverflowError), ["300", "uint8"]),
    (lambda: mx.negative(mx.array([True])), ValueError, ["negative", "bool"]),
    (lambda: mx.bitwise_and(mx.ones(2), mx.ones(2)), (RuntimeError, ValueError, TypeError), ["bitwise_and", "float32"]),
    (lambda: mx.arctan2(mx.array([1j]), mx.array([1j])), ValueError, ["arctan2", "complex64"]),
    (lambda: mx.arange(0, 3, 0), ValueError, ["arange"]),
    (lambda: mx.zeros((2, -1)), ValueError, ["-1|[Nn]egative"]),
    (lambda: mx.array([[1, 2], [3]]), ValueError, ["."]),
    (lambda: mx.max(mx.zeros((0, 3)), axis=0), ValueError, ["max"]),
    (lambda: mx.array([1, 2]).item(), ValueError, ["."]),
    (lambda: mx.array([1, 2]).view(mx.float64).view("x"), TypeError, ["."]),
    (lambda: mx.grad(lambda x: x * 2)(mx.ones(3)), ValueError, ["3|[Ss]calar"]),
    (lambda: mx.vmap(lambda x, y: x + y)(mx.ones(2), mx.ones(3)), ValueError, ["2", "3"]),
    (lambda: mx.einsum("ij,jk->ik", mx.ones((2, 3)), mx.ones((4, 3))), ValueError, ["einsum"]),
    (lambda: mx.pad(mx.ones(2), -1), ValueError, ["pad"]),
]


@pytest.mark.parametrize("call, kind, patterns", MESSAGES, ids=range(len(MESSAGES)))
def test_message(call, kind, patterns):
    with pytest.raises(kind) as caught:
        mx.eval(call())
    for pattern in patterns:
        assert re.search(pattern, str(caught.value)), f"no {pattern!r} in {caught.value}"
    assert (mx.ones(3) + 1).tolist() == [2, 2, 2]


def failing():
    """An array whose evaluation fails: the index is only known then."""
    return mx.arange(3)[mx.array([1]) + 6]


@beyond_mlx
def test_an_error_sticks():
    bad = failing()
    said = set()
    for read in (mx.eval, lambda a: a.tolist(), lambda a: a.item(), repr, bytes, lambda a: mx.eval(a + 1), memoryview):
        with pytest.raises(IndexError) as caught:
            read(bad)
        said.add(str(caught.value))
    assert len(said) == 1 and "7" in said.pop()


@beyond_mlx
def test_it_spreads_to_dependents_alone():
    x = mx.ones(4)
    bad = failing()
    poisoned = mx.exp(bad.astype(mx.float32)).sum() + x
    fine = mx.exp(x) + 1
    other = mx.new_stream(mx.cpu)
    elsewhere = mx.add(x, 1, stream=other)
    with pytest.raises(IndexError):
        mx.eval(fine, poisoned, elsewhere)
    assert fine.tolist() == pytest.approx([3.7182817] * 4) and elsewhere.tolist() == [2] * 4
    with pytest.raises(IndexError, match="7"):
        poisoned.tolist()
    across = mx.multiply(poisoned, 2, stream=other)
    with pytest.raises(IndexError, match="7"):
        mx.eval(across)
    assert mx.add(x, 2, stream=other).tolist() == [3] * 4


@beyond_mlx
def test_an_asynchronous_error_reaches_its_reader():
    bad = failing()
    fine = mx.ones(3) * 2
    try:
        mx.async_eval(bad, fine)
    except IndexError:
        pass  # it may be known at once
    assert fine.tolist() == [2] * 3
    mx.synchronize()
    with pytest.raises(IndexError, match="7"):
        bad.tolist()


@beyond_mlx
def test_an_error_crosses_threads():
    bad = failing()

    def read(_):
        with pytest.raises(IndexError) as caught:
            bad.tolist()
        return str(caught.value)

    assert len(set(on_threads(4, read))) == 1


def test_a_long_chain_neither_recurses_nor_lingers():
    x = mx.ones(2)
    for _ in range(100_000):
        x = x + 1
    assert x.tolist() == [100_001] * 2
    for _ in range(100_000):
        x = x + 1
    del x  # never evaluated


def in_a_thread(call):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()


def on_a_stream(call):
    with mx.stream(mx.new_stream(mx.cpu)):
        return call()


def while_traced(transform):
    """Runs a call inside of a function that is transformed."""
    return lambda call: transform(lambda x: (call(), (x * x).sum())[1])(mx.ones((2, 2)))


PLACES = {
    "thread": in_a_thread,
    "stream": on_a_stream,
    "grad": while_traced(mx.grad),
    "vmap": while_traced(mx.vmap),
    "compile": while_traced(mx.compile),
    "checkpoint": while_traced(lambda f: mx.grad(mx.checkpoint(f))),
    "tangent": while_traced(lambda f: lambda x: mx.jvp(f, [x], [x])),
}


@beyond_mlx
@pytest.mark.parametrize("place", PLACES)
def test_errors_anywhere_leave_the_rest_alone(place):
    cases = [c.values for c in read(pathlib.Path(__file__).parent / "cases" / "errors.txt")]

    def attempt(setup, expression):
        # A pending one, and one that is being computed.
        pending, started = mx.exp(mx.arange(3)), mx.cumsum(mx.arange(1000))
        mx.async_eval(started)
        try:
            PLACES[place](lambda: mx.eval(run(mx, setup, expression)))
        except Exception as error:
            assert str(error), expression
            failed.add(expression)
        assert pending.tolist() == pytest.approx([1, math.e, math.e**2]) and started[-1].item() == 499500, expression

    failed, held = set(), []
    for _ in range(2):
        for setup, expression, _ in cases:
            attempt(setup, expression)
        gc.collect()
        mx.synchronize()
        held.append(mx.get_active_memory())
    assert len(failed) > 150
    assert held[0] == held[1], "the second round holds more than the first"
