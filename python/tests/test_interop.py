"""Sharing memory with others: the buffer protocol, numpy, DLPack, pickles."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest
from oracle import DTYPES, LAYOUTS, assert_same, beyond_mlx, mlx, mx, outcome, sample, to_numpy

NUMPY = [d for d in DTYPES if d != "bfloat16"]


@pytest.mark.parametrize("dtype", NUMPY)
def test_to_numpy_and_back(dtype):
    values = sample(dtype, (3, 4))
    for layout in LAYOUTS:
        a = LAYOUTS[layout](mx, values, dtype)
        n = np.array(a)
        assert n.dtype == np.dtype(dtype.rstrip("_")) and n.shape == (3, 4)
        np.testing.assert_array_equal(n, np.array(LAYOUTS[layout](mlx, values, dtype)))
        np.testing.assert_array_equal(np.array(mx.array(n, getattr(mx, dtype))), n)
        np.testing.assert_array_equal(np.from_dlpack(a), n)


# A buffer of bfloat16 has a format that nobody reads; numpy gets such arrays by `__array__`, as ml_dtypes.
@pytest.mark.parametrize("dtype", [d for d in DTYPES if d != "bfloat16"])
def test_buffer(dtype):
    for module_view in [[memoryview(m.zeros((2, 3), getattr(m, dtype))) for m in (mx, mlx)]]:
        ours, theirs = module_view
        assert (ours.format, ours.shape, ours.strides, ours.itemsize) == (theirs.format, theirs.shape, theirs.strides, theirs.itemsize)
    a = mx.array(np.arange(6).reshape(2, 3)).astype(getattr(mx, dtype))
    assert bytes(a) == bytes(mlx.array(np.arange(6).reshape(2, 3)).astype(getattr(mlx, dtype)))
    assert memoryview(a.T).strides == tuple(s * a.itemsize for s in (1, 3))


def test_numpy_shares_memory():
    a = mx.arange(6).reshape(2, 3) + 0
    mx.eval(a)
    first, second = np.asarray(a), np.asarray(a)
    assert np.shares_memory(first, second) and first.flags.owndata is False
    assert np.shares_memory(np.asarray(a.T), first)
    owned = np.array(a)
    assert not np.shares_memory(owned, first)


def test_shared_memory_outlives_the_array():
    n = np.asarray(mx.full((1000,), 7, mx.int32) + 1)
    gc.collect()
    junk = [mx.ones((1000,)) * i for i in range(20)]
    mx.eval(junk)
    assert (n == 8).all()


def test_array_copies():
    n = np.arange(4, dtype=np.float32)
    a = mx.array(n)
    n[:] = -1
    assert a.tolist() == [0, 1, 2, 3]
    b = mx.array(a)
    b[0] = 9
    assert a.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("values", [np.arange(3), np.arange(3.0), np.array([True]), np.arange(6).reshape(2, 3)[:, ::2], np.arange(6).reshape(2, 3).T,
                                    np.array(5), np.zeros((0, 2)), np.array([1 + 2j]), np.float16([1.5]), np.uint64([2**63])], ids=lambda v: f"{v.dtype}{v.shape}")  # fmt: skip
def test_import_of_numpy(values):
    assert_same(*(outcome(lambda: m.array(values)) for m in (mx, mlx)))
    assert_same(*(outcome(lambda: m.from_dlpack(values)) for m in (mx, mlx)))
    assert_same(*(outcome(lambda: m.asarray(values)) for m in (mx, mlx)))


def test_dlpack():
    a = mx.arange(6).reshape(2, 3)
    assert a.__dlpack_device__() == (1, 0)
    assert np.from_dlpack(a.T).strides == (4, 12)
    assert mx.from_dlpack(mx.arange(3)).tolist() == [0, 1, 2]
    assert np.shares_memory(np.from_dlpack(a), np.from_dlpack(a))
    with pytest.raises(TypeError):
        mx.from_dlpack([1, 2])


def test_mixed_operands():
    for expression in (
        lambda m: m.array([1, 2, 3]) + np.arange(3),
        lambda m: m.array([1, 2], m.int8) * np.array([1.5, 3.0]),
        lambda m: m.array([1.0, 2.0]) * np.float64(2.5),
        lambda m: m.add(np.array([1.5]), np.array([1])),
        lambda m: m.exp(np.ones(2)),
        lambda m: m.array([1, 2]) == np.array([1, 3]),
        lambda m: np.array([1, 3]) + m.array([1, 2]),
        lambda m: m.where(np.array([True, False]), 1, m.array([5, 6])),
    ):
        assert_same(outcome(expression, mx), outcome(expression, mlx))


@pytest.mark.parametrize("dtype", DTYPES)
def test_pickle_and_copies(dtype):
    for shape in ((2, 3), (), (0, 3)):
        a = mx.array(sample(dtype, shape, special=False)).astype(getattr(mx, dtype))
        if dtype == "float64" and mx is mlx:  # which loses it
            continue
        for b in (pickle.loads(pickle.dumps(a)), copy.copy(a), copy.deepcopy({"a": a})["a"], mx.array(a)):
            assert b is not a and b.dtype == a.dtype and b.shape == a.shape
            np.testing.assert_array_equal(to_numpy(b), to_numpy(a))
    b = copy.copy(a)
    assert pickle.loads(pickle.dumps(mx.arange(6).reshape(2, 3).T)).tolist() == [[0, 3], [1, 4], [2, 5]]


def test_arrays_are_collected():
    a = mx.ones((10,)) + 1
    b = a * 2
    mx.eval(b)
    assert sum(isinstance(r, mx.array) for r in gc.get_referrers(a)) == 0
    holder = type("Holder", (), {})()
    holder.array, alive = b, weakref.ref(holder)
    del holder, b
    gc.collect()
    assert alive() is None


@beyond_mlx
def test_negative_strides_and_reading_without_a_copy():
    n = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert mx.array(n[:, ::-1]).tolist() == n[:, ::-1].tolist()
    shared = mx.asarray(n, copy=False)
    assert shared.tolist() == n.tolist()


def test_bfloat16_bits():
    values = np.array([1.0, 1.00390625, 1.01171875, 3.4e38, np.inf, -0.0, 1e-40], np.float32)
    assert_same(*(outcome(lambda: m.array(values).astype(m.bfloat16).view(m.uint16)) for m in (mx, mlx)))
    assert mx.isnan(mx.array([np.nan]).astype(mx.bfloat16)).item()


class Stands:
    """Stands for an array."""

    def __init__(self, array):
        self.array = array

    def __mlx_array__(self):
        return self.array


@beyond_mlx
@pytest.mark.parametrize(
    "run",
    [
        lambda m, s, x, p: x + p, lambda m, s, x, p: p + x, lambda m, s, x, p: 2 * x - m.add(p, x),
        lambda m, s, x, p: x == p, lambda m, s, x, p: x < p,
        lambda m, s, x, p: m.array(p), lambda m, s, x, p: m.asarray(p), lambda m, s, x, p: m.exp(p), lambda m, s, x, p: m.full((2,), p),
        lambda m, s, x, p: m.zeros(2).at[0:2].add(p), lambda m, s, x, p: m.grad(lambda x: (x * p).sum())(x), lambda m, s, x, p: m.where(x > 1, p, x),
        lambda m, s, x, p: m.clip(x, p, None), lambda m, s, x, p: m.add(s(m.array(2)), 1.5),
        lambda m, s, x, p: x.astype(m.int32) * s(m.array(1.5)), lambda m, s, x, p: m.grad(lambda x: (x * s(x * x)).sum())(x),
        lambda m, s, x, p: m.random.uniform(s(m.array(0.0)), p, (2,), key=m.random.key(0)),
    ],
)  # fmt: skip
def test_objects_that_stand_for_arrays(run):
    # MLX, which takes them in some places only, is given the arrays themselves.
    got = outcome(lambda: run(mx, Stands, mx.array([1.0, 2.0]), Stands(mx.array([3.0, 4.0]))))
    assert_same(got, outcome(lambda: run(mlx, lambda array: array, mlx.array([1.0, 2.0]), mlx.array([3.0, 4.0]))))


@beyond_mlx
def test_what_stands_for_no_array():
    with pytest.raises(TypeError, match="__mlx_array__ of Stands must return an array, not int"):
        mx.array(Stands(3))
    with pytest.raises(TypeError):
        mx.ones(2) + Stands(3)
