"""The module under test, the module it is compared with, and what counts as the same.

``mx`` is ``millpond.core``, or the module that the environment variable ``MILLPOND_TEST_MODULE`` names: with
``mlx.core`` the suite checks itself, except where Millpond does more than MLX.
"""

import collections
import importlib
import os

import mlx.core as mlx
import numpy as np
import pytest

mx = importlib.import_module(os.environ.get("MILLPOND_TEST_MODULE", "millpond.core"))

UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
SIGNED = ("int8", "int16", "int32", "int64")
FLOATS = ("float16", "bfloat16", "float32", "float64")
DTYPES = ("bool_", *UNSIGNED, *SIGNED, *FLOATS, "complex64")

# MLX raises these for bad arguments that Python programmers know as TypeError, ValueError or OverflowError.
_VAGUE = ("std::bad_cast", "SmallVector out of range", "Only allowed on integer or boolean types")
# Relative tolerance of a few units in the last place; sums of a hundred terms fit in.
_RTOL = {"float16": 2e-3, "bfloat16": 1.6e-2, "float32": 4e-6, "float64": 1e-12, "complex64": 8e-6}

# MLX may end the process there, so the suite does not even ask it.
beyond_mlx = pytest.mark.skipif(mx is mlx, reason="Millpond does more than MLX here")

Value = collections.namedtuple("Value", "dtype data")


def name_of(dtype):
    """``bool`` for ``mlx.core.bool``."""
    return str(dtype).rpartition(".")[2]


def to_numpy(array):
    """The values of an array of either module; bfloat16, which numpy lacks, as float32."""
    module = mlx if isinstance(array, mlx.array) else mx
    return np.array(array.astype(module.float32) if array.dtype == module.bfloat16 else array)


def settle(value):
    """Evaluates every array in a tree and replaces it by its dtype and its values."""
    if isinstance(value, (mx.array, mlx.array)):
        return Value(name_of(value.dtype), to_numpy(value))
    if isinstance(value, (np.ndarray, np.generic)):
        return Value(f"numpy.{value.dtype}", np.array(value))
    if isinstance(value, (mx.Dtype, mlx.Dtype)):
        return name_of(value)
    if isinstance(value, dict):
        return {key: settle(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)) and not isinstance(value, Value):
        return type(value)(settle(item) for item in value)
    return value


def outcome(function, *args):
    """What a call comes to: its settled value, or the exception it raises."""
    try:
        return settle(function(*args))
    except Exception as error:  # whatever it is, the other module must raise the same
        return error


def assert_same(got, want, alternative=None, rtol=None):
    """Both outcomes agree. A number may also equal the one in ``alternative`` (numpy's, where MLX's is poor)."""
    if isinstance(want, Exception):
        kinds = (type(want),)
        if any(vague in str(want) for vague in _VAGUE):
            kinds += (TypeError, ValueError, OverflowError, IndexError)
        assert isinstance(got, Exception), f"gives {got} where MLX raises {type(want).__name__}: {want}"
        assert isinstance(got, kinds), f"raises {got!r} where MLX raises {want!r}"
        assert str(got), "the message is empty"
    elif isinstance(got, Exception):
        raise AssertionError(f"raises {type(got).__name__}: {got}") from got
    elif isinstance(want, Value):
        assert isinstance(got, Value), f"gives {got!r}, not an array"
        assert got.dtype == want.dtype, f"has dtype {got.dtype}, not {want.dtype}"
        assert_close(got.data, want.data, alternative, _RTOL.get(want.dtype, 0) if rtol is None else rtol)
    elif isinstance(want, dict):
        assert list(got) == list(want)
        for key in want:
            assert_same(got[key], want[key], rtol=rtol)
    elif isinstance(want, (list, tuple)):
        assert type(got) is type(want) and len(got) == len(want), f"{got} is not {want}"
        for index, item in enumerate(want):
            assert_same(got[index], item, alternative if alternative is None else alternative[index], rtol)
    elif isinstance(want, float):
        assert type(got) is float and (got == want or np.isclose(got, want, rtol=1e-6, equal_nan=True)), f"{got} is not {want}"
    elif isinstance(want, str):
        assert got.replace("millpond", "mlx") == want
    else:
        assert type(got) is type(want) and got == want, f"{got!r} is not {want!r}"


def assert_close(got, want, alternative=None, rtol=0.0):
    """The same shape, and every element within ``rtol`` of ``want`` or of ``alternative``."""
    assert got.shape == want.shape, f"has shape {got.shape}, not {want.shape}"
    good = _close(got, want, rtol)
    if alternative is not None and not good.all():
        good |= _close(got, np.asarray(alternative), rtol)
    if not good.all():
        where = tuple(np.argwhere(~np.atleast_1d(good))[0])
        pair = np.atleast_1d(got)[where], np.atleast_1d(want)[where]
        raise AssertionError(f"{(~good).sum()} of {got.size} elements differ, first {pair[0]} for {pair[1]} at {where}")


def _close(got, want, rtol):
    if rtol == 0 or got.dtype.kind in "biu":
        return (got == want) | ((got != got) & (want != want))
    # Beside what is relative: results near zero of terms near one (a sine near pi, a sum that cancels).
    return np.isclose(got, want, rtol=rtol, atol=rtol, equal_nan=True)


def sample(dtype, shape, seed=0, special=True):
    """Values of every kind that `dtype` has, in a shape; ``special`` adds infinities, NaN and the extremes."""
    random = np.random.default_rng([seed, DTYPES.index(dtype), *shape])
    size = int(np.prod(shape))
    if dtype == "bool_":
        return random.integers(0, 2, shape).astype(bool)
    if dtype in UNSIGNED + SIGNED:
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
        values = random.integers(0 if low == 0 else -9, 10, size).astype(dtype)
        extremes = [low, high, 0, 1]
    elif dtype == "complex64":
        values = (random.integers(-8, 9, size) / 4 + 1j * random.integers(-8, 9, size) / 4).astype(np.complex64)
        extremes = [0, 1j, -1]
    else:
        values = random.integers(-24, 25, size).astype(np.float64 if dtype == "float64" else np.float32) / 8
        extremes = [np.nan, np.inf, -np.inf, -0.0, 0.0, 1.0, -1.0]
    if special:
        for index, value in zip(random.permutation(size), extremes):
            values[index] = value
    return values.reshape(shape)


def make(module, values, dtype):
    return module.array(values, getattr(module, dtype))


# Ways for the same numbers to lie in memory: each makes an array of a module from numpy's values and a dtype.
LAYOUTS = {
    "contiguous": lambda m, x, t: make(m, x, t),
    "transposed": lambda m, x, t: m.transpose(make(m, np.ascontiguousarray(x.T), t)),
    "stepped": lambda m, x, t: make(m, np.repeat(x, 2, axis=-1), t)[..., ::2],
    "reversed": lambda m, x, t: make(m, x[..., ::-1].copy(), t)[..., ::-1],
    "offset": lambda m, x, t: make(m, np.concatenate([x[:1], x]), t)[1:],
    "broadcast": lambda m, x, t: m.broadcast_to(make(m, x[:1], t), x.shape),
}
SHAPES = ((3, 4), (0,), (5, 0), (), (1, 7), (2, 3, 5))


def layouts_for(shape):
    return LAYOUTS if shape and 0 not in shape else ("contiguous",)
