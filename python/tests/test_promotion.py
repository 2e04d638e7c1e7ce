"""The dtype of every result: array with array, array with Python scalar."""

import operator

import numpy as np
import pytest
from oracle import DTYPES, SIGNED, UNSIGNED, Value, assert_same, mlx, mx, outcome

BINARY = (
    "add subtract multiply divide floor_divide remainder power arctan2 logaddexp maximum minimum equal less logical_and "
    "bitwise_and left_shift where concatenate stack matmul"
).split()
SCALARS = (True, 2, 1.5, 2j, 300, -1, 2**40)
OPERATORS = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "<": operator.lt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
    "&": operator.and_, "|": operator.or_, "^": operator.xor, "<<": operator.lshift, ">>": operator.rshift,
}  # fmt: skip
# A Python integer that the dtype cannot hold is an error, but where the result has another dtype; MLX wraps some of these.
BEYOND = {("bool_", 2**40), ("uint64", -1)}
INTEGERS = ("bool_", *UNSIGNED, *SIGNED)
# MLX has no reflected forms of these; cases/protocol.txt has ours.
BITWISE = ("&", "|", "^", "<<", ">>")


def apply(module, name, left, right):
    if name == "where":
        return module.where(module.array([True, False]), left, right)
    if name in ("concatenate", "stack"):
        return getattr(module, name)([left, right])
    return getattr(module, name)(left, right)


@pytest.mark.parametrize("name", BINARY)
def test_arrays(name):
    for first in DTYPES:
        for second in DTYPES:
            got, want = (
                outcome(lambda: apply(m, name, m.array([1, 0], getattr(m, first)), m.array([1, 1], getattr(m, second))))
                for m in (mx, mlx)
            )
            try:
                assert_same(got, want, rtol=1e-7 if name == "logaddexp" and "float64" in (first, second) else None)
            except AssertionError as error:
                raise AssertionError(f"{name}({first}, {second}): {error}") from None


def test_result_type():
    for first in DTYPES:
        for second in DTYPES:
            assert_same(*(outcome(lambda: m.result_type(getattr(m, first), m.array([1], getattr(m, second)))) for m in (mx, mlx)))
            assert_same(*(outcome(lambda: m.can_cast(getattr(m, first), getattr(m, second))) for m in (mx, mlx)))


def better(symbol, dtype, scalar, swapped, want):
    """MLX's answer for ``[1, 3]`` and an integer, or what Millpond says instead: see docs/differences.md."""
    values = np.array([1, 3]).astype(bool if dtype == "bool_" else dtype)
    if symbol == "/":  # a quotient is a float, which holds any integer
        quotient = scalar / values if swapped else values / scalar
        return Value("float32", quotient.astype(np.float32))
    if (dtype, scalar) in BEYOND:
        return ValueError("it does not fit")
    if isinstance(want, Exception) or swapped:
        return want
    if symbol == "**" and scalar == -1:  # exact, not 0
        return want._replace(data=(np.abs(values.astype(np.int64)) == 1).astype(want.data.dtype))
    if symbol in ("<<", ">>") and not 0 <= scalar < 8 * want.data.itemsize:  # everything is shifted out
        return want._replace(data=np.zeros_like(want.data))
    return want


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("symbol", OPERATORS)
def test_scalars(symbol, dtype):
    function = OPERATORS[symbol]
    for scalar in SCALARS:
        if symbol == "**" and scalar == 2**40:  # MLX multiplies that often
            continue
        for swapped in (False,) if symbol in BITWISE else (False, True):
            got, want = (
                outcome(lambda: (lambda a: function(scalar, a) if swapped else function(a, scalar))(m.array([1, 3], getattr(m, dtype))))
                for m in (mx, mlx)
            )
            if dtype in INTEGERS and type(scalar) is int:
                want = better(symbol, dtype, scalar, swapped, want)
            try:
                if isinstance(scalar, complex) and symbol in ("**", "//") or dtype == "complex64" and symbol == "//":
                    assert type(got) is type(want)  # the dtypes; the values are conventions of no use
                elif isinstance(want, Exception):
                    assert isinstance(got, (type(want), TypeError, ValueError, OverflowError)), f"{got!r}, not {want!r}"
                else:
                    assert_same(got, want)
            except AssertionError as error:
                raise AssertionError(f"{dtype} {symbol} {scalar!r}, {swapped=}: {error}") from None


@pytest.mark.parametrize("category", ["bool", "signed integer", "unsigned integer", "integral", "real floating", "complex floating", "numeric"])
def test_categories(category):
    for dtype in DTYPES:
        assert_same(*(outcome(lambda: m.isdtype(getattr(m, dtype), category)) for m in (mx, mlx)))


def test_subtypes():
    names = "generic number integer signedinteger unsignedinteger inexact floating complexfloating".split()
    for name in names:
        for other in (*DTYPES, *names):
            assert_same(*(outcome(lambda: m.issubdtype(getattr(m, other), getattr(m, name))) for m in (mx, mlx)))
