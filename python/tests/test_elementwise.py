"""Elementwise functions: every dtype, every layout, against MLX and, where MLX's accuracy is poor, numpy."""

import math

import numpy as np
import pytest
from oracle import DTYPES, LAYOUTS, SHAPES, assert_same, beyond_mlx, layouts_for, mlx, mx, outcome, sample

# Name in MLX: name in numpy, or None where the two differ in more than rounding.
UNARY = dict(
    abs="abs", negative="negative", positive="positive", sign=None, square="square", sqrt="sqrt", rsqrt=None,
    reciprocal=None, exp="exp", expm1="expm1", log="log", log2="log2", log10="log10", log1p="log1p", sin="sin",
    cos="cos", tan="tan", sinh="sinh", cosh="cosh", tanh="tanh", arcsin="arcsin", arccos="arccos", arctan="arctan",
    arcsinh="arcsinh", arccosh="arccosh", arctanh="arctanh", erf="erf", erfinv="erfinv", sigmoid="sigmoid", floor="floor",
    ceil="ceil", trunc="trunc", round=None, degrees="degrees", radians="radians", isnan=None, isinf=None,
    isfinite=None, isposinf=None, isneginf=None, logical_not=None, bitwise_invert=None, conjugate=None, conj=None,
    real=None, imag=None, nan_to_num=None, zeros_like=None, ones_like=None, stop_gradient=None, acos="arccos",
    acosh="arccosh", asin="arcsin", asinh="arcsinh", atan="arctan", atanh="arctanh",
)  # fmt: skip
BINARY = dict(
    add="add", subtract="subtract", multiply="multiply", divide="divide", floor_divide=None, remainder=None,
    power="power", arctan2="arctan2", atan2="arctan2", logaddexp="logaddexp", maximum=None, minimum=None,
    equal=None, not_equal=None, less=None, less_equal=None, greater=None, greater_equal=None, logical_and=None,
    logical_or=None, logical_xor=None, bitwise_and=None, bitwise_or=None, bitwise_xor=None, left_shift=None,
    right_shift=None, bitwise_left_shift=None, bitwise_right_shift=None, pow="power", isclose=None,
)  # fmt: skip
# What MLX refuses; cases/semantics.txt has Millpond's answers.
BEYOND = {("nan_to_num", "float64"), ("nan_to_num", "complex64")}
# Where numpy has no function of that name, or one that differs.
EXACT = {
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "erf": np.vectorize(math.erf, otypes=[float]),
    "erfinv": np.vectorize(lambda y: erfinv(y), otypes=[float]),
}
# Complex functions of both libraries lose digits by cancellation.
COMPLEX_RTOL = 2e-5
METHODS = "abs conj cos exp log log10 log1p log2 reciprocal round rsqrt sin sqrt square".split()


def erfinv(y):
    """By Newton's method, in double precision."""
    if not -1 < y < 1:
        return math.copysign(math.inf, y) if abs(y) == 1 else math.nan
    x = 0.0
    for _ in range(60):
        x -= (math.erf(x) - y) * math.sqrt(math.pi) / 2 * math.exp(min(x * x, 700))
    return x


def reference(name, *arrays):
    """Numpy's answer, in double precision for real arguments; None if numpy has no such function."""
    function = EXACT.get(name) or getattr(np, name or "", None)
    if function is None or any(a.dtype.kind not in "fc" for a in arrays):
        return None
    try:
        with np.errstate(all="ignore"):
            return function(*(a.astype(np.complex128 if a.dtype.kind == "c" else np.float64) for a in arrays))
    except TypeError:  # not defined for complex numbers
        return None


def rtol_for(dtype):
    return COMPLEX_RTOL if dtype == "complex64" else None


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", UNARY)
def test_unary(name, dtype):
    if (name, dtype) in BEYOND:
        return
    for shape in SHAPES:
        values = sample(dtype, shape)
        for layout in layouts_for(shape):
            got, want = (
                outcome(lambda: getattr(module, name)(LAYOUTS[layout](module, values, dtype))) for module in (mx, mlx)
            )
            exact = np.broadcast_to(values[:1], shape) if layout == "broadcast" else values
            assert_same(got, want, reference(UNARY[name], exact), rtol_for(dtype))


@pytest.mark.parametrize("name", METHODS)
def test_unary_methods(name):
    values = sample("float32", (3, 4))
    assert_same(*(outcome(lambda: getattr(m.array(values), name)()) for m in (mx, mlx)))


def operands(name, dtype, shape):
    left, right = (sample(dtype, shape, seed) for seed in (1, 2))
    if dtype not in ("bool_", "float16", "bfloat16", "float32", "float64", "complex64"):
        if name in ("floor_divide", "remainder"):  # MLX crashes on the least integer by -1
            left = np.maximum(left, np.iinfo(dtype).min + 1 if dtype.startswith("i") else 0).astype(right.dtype)
    return left, right


def better(name, left, right, want):
    """MLX's answer, where that is the processor's or wraps, replaced by numpy's."""
    if left.dtype.kind not in "iu":
        return want
    if name.endswith("shift"):  # by more than the width, MLX shifts by the rest
        return want._replace(data=(np.left_shift if "left" in name else np.right_shift)(left, right))
    if name == "isclose":  # MLX subtracts integers with wrapping
        return want._replace(data=np.isclose(left.astype(np.float64), right.astype(np.float64)))
    if name in ("power", "pow"):  # MLX gives 0 for every negative power
        odd = np.where(right % 2 == 0, 1, left)
        return want._replace(data=np.where((right < 0) & (np.abs(left.astype(np.float64)) == 1), odd, want.data))
    return want


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", BINARY)
def test_binary(name, dtype):
    for shape in SHAPES:
        left, right = operands(name, dtype, shape)
        for layout in layouts_for(shape):
            got, want = (
                outcome(
                    lambda: getattr(module, name)(LAYOUTS[layout](module, left, dtype), module.array(right, getattr(module, dtype)))
                )
                for module in (mx, mlx)
            )
            exact = np.broadcast_to(left[:1], shape) if layout == "broadcast" else left
            if dtype == "complex64" and name in ("power", "pow"):
                # What infinite and huge powers of complex numbers are differs from library to library.
                with np.errstate(all="ignore"):
                    power = np.power(exact.astype(np.complex128), right)
                plain = (np.abs(power) < 1e6) & (exact != 0)
                got, want = (x._replace(data=np.where(plain, x.data, 0)) for x in (got, want))
                assert_same(got, want, np.where(plain, power, 0), 1e-4)
            elif not isinstance(want, Exception):
                assert_same(got, better(name, exact, right, want), reference(BINARY[name], exact, right), rtol_for(dtype))
            else:
                assert_same(got, want)


# MLX ends the process on divmod by an integer 0.
@beyond_mlx
@pytest.mark.parametrize("dtype", [d for d in DTYPES if d != "complex64"])
def test_divmod_is_quotient_and_remainder(dtype):
    left, right = (mx.array(sample(dtype, (64,), seed), getattr(mx, dtype)) for seed in (1, 2))
    quotient, rest = mx.divmod(left, right)
    assert mx.array_equal(quotient, left // right, equal_nan=True) and mx.array_equal(rest, left % right, equal_nan=True)


@pytest.mark.parametrize("first", LAYOUTS)
@pytest.mark.parametrize("second", LAYOUTS)
@pytest.mark.parametrize("dtype", ("uint8", "bfloat16", "float32", "int64"))
def test_layouts_meet(first, second, dtype):
    """Chains of several operations on operands that lie differently, large enough for more than one tile."""
    shape = (67, 129)
    x, y = sample(dtype, shape, 3, special=False), sample(dtype, shape, 4, special=False)

    def chain(m):
        a, b = LAYOUTS[first](m, x, dtype), LAYOUTS[second](m, y, dtype)
        c = a * b + a
        return m.where(a > b, c, m.maximum(c, b) - a), m.abs(c) + b[:, :1], c.T + m.transpose(b)

    assert_same(*(outcome(chain, m) for m in (mx, mlx)))


@pytest.mark.parametrize("shapes", [((3, 1), (4,)), ((1,), (2, 3)), ((), (2, 2)), ((2, 1, 3), (5, 1)), ((0,), (1,)), ((4, 0), (1, 1))])
def test_broadcasting(shapes):
    x, y = (sample("float32", shape, i, special=False) for i, shape in enumerate(shapes))
    for name in ("add", "divide", "less", "maximum", "arctan2"):
        assert_same(*(outcome(lambda: getattr(m, name)(m.array(x), m.array(y))) for m in (mx, mlx)))
    assert_same(*(outcome(lambda: m.where(m.array(x) > 0, m.array(x), m.array(y))) for m in (mx, mlx)))
    assert_same(*(outcome(lambda: m.broadcast_arrays(m.array(x), m.array(y))) for m in (mx, mlx)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_where_and_clip(dtype):
    values = sample(dtype, (4, 5))
    other = sample(dtype, (5,), 1, special=False)
    condition = sample("bool_", (4, 1))
    for layout in ("contiguous", "transposed", "stepped", "broadcast"):
        for expression in (
            lambda m, x, y: m.where(m.array(condition), x, y),
            lambda m, x, y: m.where(x > y, y, x),
            lambda m, x, y: m.clip(x, 1, 3),
            lambda m, x, y: m.clip(x, y, None),
            lambda m, x, y: m.clip(x, None, y),
        ):
            assert_same(
                *(outcome(lambda: expression(m, LAYOUTS[layout](m, values, dtype), m.array(other, getattr(m, dtype)))) for m in (mx, mlx))
            )


@pytest.mark.parametrize("to", DTYPES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_casts(dtype, to):
    """Between all dtypes, of values that both can hold (what saturates is in cases/)."""
    values = sample(dtype, (3, 5), special=False)
    if to.startswith("u"):
        values = np.abs(values.real if dtype == "complex64" and values.real.min() < 0 else values)
    for layout in LAYOUTS:
        assert_same(*(outcome(lambda: LAYOUTS[layout](m, values, dtype).astype(getattr(m, to))) for m in (mx, mlx)))


@beyond_mlx
@pytest.mark.parametrize("name, ulps", [("exp", 2), ("log", 2), ("sin", 2), ("cos", 2), ("tanh", 2), ("sqrt", 1), ("expm1", 4),
                                        ("log1p", 4), ("arctan", 4), ("sinh", 4), ("cosh", 4), ("arcsin", 4), ("tan", 4)])  # fmt: skip
def test_accuracy(name, ulps):
    """float32 functions are within the promised units in the last place of the true value."""
    low, high = {"log": (1e-6, 1e6), "sqrt": (0, 1e6), "log1p": (-0.9, 1e3), "arcsin": (-1, 1)}.get(name, (-20, 20))
    values = np.linspace(low, high, 100_003).astype(np.float32)
    got = np.array(getattr(mx, name)(mx.array(values))).astype(np.float64)
    want = getattr(np, name)(values.astype(np.float64))
    spacing = np.spacing(np.abs(want).astype(np.float32)).astype(np.float64)
    assert (np.abs(got - want) / spacing).max() <= ulps + 0.5


@pytest.mark.parametrize("size", [1, 7, 15, 16, 17, 63, 64, 65, 1023, 1025, 4099, 100_001])
def test_tails(size):
    """Sizes around the lengths of vectors and tiles give what single elements give."""
    values = (np.arange(size) % 37 - 18).astype(np.float32) / 4
    got = np.array(mx.exp(mx.array(values)) * 2 + mx.array(values)[::-1])
    some = sorted({0, size // 3, size // 2, size - 1})
    for i in some:
        alone = mx.exp(mx.array(values[i])) * 2 + float(values[size - 1 - i])
        assert math.isclose(got[i], alone.item(), rel_tol=1e-6)
