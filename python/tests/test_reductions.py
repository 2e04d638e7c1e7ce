"""Reductions, scans and sorting: dtypes, axes, layouts."""

import numpy as np
import pytest
from oracle import DTYPES, LAYOUTS, Value, assert_same, beyond_mlx, layouts_for, mlx, mx, outcome, sample

REDUCTIONS = "sum prod max min minmax mean var std all any logsumexp median argmax argmin count_nonzero softmax".split()
SCANS = "cumsum cumprod cummax cummin logcumsumexp cumulative_sum cumulative_prod".split()
SORTS = "sort argsort".split()
METHODS = "all any argmax argmin cummax cummin cumprod cumsum logcumsumexp logsumexp max mean min prod std sum var".split()
SHAPES = {(3, 4): (None, 0, 1, -1, (0, 1)), (2, 3, 5): (1, (0, 2), (-1, 0)), (7,): (0,), (): (None,), (33, 65): (0, 1, None)}
SINGLE_AXIS = {"argmax", "argmin", *SCANS, *SORTS}
# MLX keeps integers along some axes, and takes differences of unsigned ones and booleans in their own dtype.
FLOATING = ("softmax", "logsumexp")
# What MLX's functions of an array without axes should give: the same as of one element.
WIDENED = {"bool_": "int32", "int8": "int32", "int16": "int32", "uint8": "uint32", "uint16": "uint32"}


def values_for(name, dtype, shape):
    special = name not in ("logcumsumexp", "median", "mean", "var", "std", "logsumexp", "sum", "prod", "cumsum", "cumprod", "softmax")
    if name == "prod" or name.startswith("cum") and "prod" in name:
        return np.where(sample("bool_", shape), 1, 2).astype(sample(dtype, shape, special=False).dtype)
    return sample(dtype, shape, special=special)


def cases(name, dtype):
    for shape, axes in SHAPES.items():
        values = values_for(name, dtype, shape)
        for layout in layouts_for(shape):
            for axis in axes:
                if not (isinstance(axis, tuple) and name in SINGLE_AXIS):
                    yield values, layout, axis


# With what an exclusive scan begins.
EXACT = {
    "cumsum": (np.cumsum, 0), "cumulative_sum": (np.cumsum, 0), "logcumsumexp": (np.logaddexp.accumulate, -np.inf),
    "cummax": (np.maximum.accumulate, -np.inf), "cummin": (np.minimum.accumulate, np.inf),
}  # fmt: skip


def reference(name, dtype, values, layout, axis=None, reverse=False, inclusive=True, keepdims=False, **_):
    """What is right, in double precision, where MLX rounds at each step, loses NaN, or computes in float32."""
    if values.dtype.kind != "f" and not (values.dtype.kind in "biu" and name in FLOATING):
        return None
    x = np.array(LAYOUTS[layout](mx, values, dtype).astype(mx.float64))
    with np.errstate(all="ignore"):
        if name == "softmax":
            e = np.exp(x - x.max(axis=axis, keepdims=True))
            return e / e.sum(axis=axis, keepdims=True)
        if name == "logsumexp":
            top = x.max(axis=axis, keepdims=True)
            out = top + np.log(np.exp(x - top).sum(axis=axis, keepdims=True))
            return out if keepdims else out.reshape(x.sum(axis=axis).shape)
        if name not in EXACT:
            return None
        scan, first = EXACT[name]
        x, axis = (x.reshape(-1), 0) if axis is None else (x, axis)
        x = np.flip(x, axis) if reverse else x
        x = np.apply_along_axis(scan if inclusive else lambda line: np.append(first, scan(line)[:-1]), axis, x)
        return np.flip(x, axis) if reverse else x


def agree(name, dtype, values, layout, **kwargs):
    got, want = (outcome(lambda: getattr(m, name)(LAYOUTS[layout](m, values, dtype), **kwargs)) for m in (mx, mlx))
    rtol = {"float16": 1e-2, "bfloat16": 8e-2, "float32": 2e-5, "complex64": 4e-5}.get(dtype)
    exact = reference(name, dtype, values, layout, **kwargs)
    if name in FLOATING and values.dtype.kind in "biu":
        want = Value("float32", exact)
    if values.ndim == 0 and name in ("sum", "prod"):  # MLX returns such an array as it is, whatever its dtype
        want = Value(WIDENED.get(dtype, dtype).rstrip("_"), want.data.astype(WIDENED.get(dtype, want.data.dtype)))
    if values.ndim == 0 and name in ("argmax", "argmin"):  # MLX looks for an axis that is not there
        want = Value("uint32", np.zeros((), np.uint32))
    try:
        assert_same(got, want, exact, rtol)
    except AssertionError as error:
        raise AssertionError(f"{layout} {values.shape} {kwargs}: {error}") from None


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reduction(name, dtype):
    for values, layout, axis in cases(name, dtype):
        agree(name, dtype, values, layout, axis=axis)
        if name != "softmax":
            agree(name, dtype, values, layout, axis=axis, keepdims=True)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SCANS)
def test_scan(name, dtype):
    for values, layout, axis in cases(name, dtype):
        if dtype == "complex64" and "prod" in name:
            # Few enough not to overflow: after that, the parts of a complex product depend on the order of multiplication.
            values = values[tuple(slice(9) for _ in values.shape)]
        if values.ndim:
            for reverse in (False, True):
                for inclusive in (True, False):
                    agree(name, dtype, values, layout, axis=axis, reverse=reverse, inclusive=inclusive)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SORTS)
def test_sort(name, dtype):
    for values, layout, axis in cases(name, dtype):
        if values.ndim:
            agree(name, dtype, values, layout, axis=axis)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("axis", (0, 1, -1, None))
def test_partition(dtype, axis):
    values = sample(dtype, (9, 8), special=dtype == "float32")
    for layout in LAYOUTS:
        a = LAYOUTS[layout](mx, values, dtype)
        whole = np.array(mx.sort(a, axis=axis).astype(mx.complex64 if dtype == "complex64" else mx.float32))
        flat = 0 if axis is None else axis
        part, order = mx.partition(a, 3, axis=axis), mx.argpartition(a, 3, axis=axis)
        for result in (part, mx.take_along_axis(a, order, axis)):
            result = np.array(result.astype(mx.complex64 if dtype == "complex64" else mx.float32))
            np.testing.assert_array_equal(np.sort(result, flat), whole)
            np.testing.assert_array_equal(result.take(3, flat), whole.take(3, flat))
        top = np.array(mx.sort(mx.topk(a, 3, axis=axis), axis=axis).astype(mx.complex64 if dtype == "complex64" else mx.float32))
        np.testing.assert_array_equal(top, whole.take(range(-3, 0), flat))


@pytest.mark.parametrize("name", METHODS)
def test_methods(name):
    values = np.abs(sample("float32", (3, 4), special=False)) + 1
    assert_same(*(outcome(lambda: getattr(m.array(values), name)(axis=1)) for m in (mx, mlx)), rtol=1e-5)
    assert_same(*(outcome(lambda: getattr(m.array(values), name)()) for m in (mx, mlx)), rtol=1e-5)


@pytest.mark.parametrize("ddof", (0, 1, 2, 3))
def test_degrees_of_freedom(ddof):
    values = sample("float32", (3, 5), special=False)
    for name in ("var", "std"):
        for axis in (0, 1, None):
            agree(name, "float32", values, "contiguous", axis=axis, ddof=ddof)


def test_sort_is_stable_on_many_equal_keys():
    keys = np.random.default_rng(0).integers(0, 7, 10_000).astype(np.int32)
    np.testing.assert_array_equal(np.array(mx.argsort(mx.array(keys))), np.argsort(keys, kind="stable"))


@pytest.mark.parametrize("dtype", ("float16", "bfloat16", "float32", "float64"))
def test_nan_is_largest_and_spreads(dtype):
    x = mx.array([3.0, np.nan, -np.inf, 1.0, np.nan, np.inf], getattr(mx, dtype))
    ordered = np.array(mx.sort(x).astype(mx.float32))
    np.testing.assert_array_equal(ordered, np.array([-np.inf, 1, 3, np.inf, np.nan, np.nan], np.float32))
    assert mx.argsort(x).tolist() == [2, 3, 0, 5, 1, 4]
    assert np.isnan(x.max().item()) and np.isnan(x.min().item())
    assert mx.argmax(x).item() == 1 and mx.argmin(x).item() == 1


@beyond_mlx
@pytest.mark.parametrize("size", (10, 1_000, 100_003, 1_000_003))
def test_large_sums_keep_their_digits(size):
    values = np.random.default_rng(size).random(size, np.float32)
    exact = values.astype(np.float64).sum()
    assert abs(mx.array(values).sum().item() - exact) <= 1e-6 * exact
    assert abs(mx.array(values).mean().item() - exact / size) <= 1e-6
    assert mx.array(np.full(size, 1, np.uint8)).sum().item() == size


# MLX now and then runs away over an empty axis.
@beyond_mlx
@pytest.mark.parametrize("dtype", DTYPES)
def test_reductions_of_nothing(dtype):
    empty = mx.zeros((0, 3), getattr(mx, dtype))
    for name in ("sum", "prod", "any", "all"):
        for axis, keepdims in ((0, False), (1, False), (None, False), ((0, 1), True), (0, True)):
            want = getattr(np, name)(np.zeros((0, 3)), axis=axis, keepdims=keepdims)
            got = getattr(mx, name)(empty, axis=axis, keepdims=keepdims)
            np.testing.assert_array_equal(np.array(got.astype(mx.float32)), want)
    for name in ("max", "min", "sort", "argsort", "cumsum", "cumprod", "softmax"):
        assert getattr(mx, name)(empty, axis=1).size == 0
    for name in ("max", "min", "argmax", "argmin"):
        with pytest.raises(ValueError):
            mx.eval(getattr(mx, name)(empty, axis=0))
