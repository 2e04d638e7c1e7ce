"""The array class: making arrays, reading them, indexing, operators, protocols."""

import copy
import gc
import inspect
import operator
import pickle
import weakref

import millpond.core as mx
import numpy as np
import pytest

DTYPES = {
    "bool": mx.bool_, "uint8": mx.uint8, "uint16": mx.uint16, "uint32": mx.uint32, "uint64": mx.uint64,
    "int8": mx.int8, "int16": mx.int16, "int32": mx.int32, "int64": mx.int64, "float16": mx.float16,
    "bfloat16": mx.bfloat16, "float32": mx.float32, "float64": mx.float64, "complex64": mx.complex64,
}


@pytest.mark.parametrize(
    "value, dtype, shape",
    [
        (1, "int32", ()), (True, "bool", ()), (1.5, "float32", ()), (1 + 2j, "complex64", ()),
        (2**31, "int64", ()), (2**63, "uint64", ()), ([], "float32", (0,)), ([[]], "float32", (1, 0)),
        ([1, 2], "int32", (2,)), ([True, False], "bool", (2,)), ([True, 1], "int32", (2,)),
        ([1, 1.5], "float32", (2,)), ([1, 2j], "complex64", (2,)), ([1, 2**40], "int64", (2,)),
        (((1, 2), [3, 4]), "int32", (2, 2)), ([[[1, 2]], [[3, 4]]], "int32", (2, 1, 2)),
        (np.float64(1.5), "float32", ()), (np.int8(3), "int8", ()), ([np.float16(1), np.float16(2)], "float16", (2,)),
    ],
)
def test_from_python(value, dtype, shape):
    a = mx.array(value)
    assert a.dtype == DTYPES[dtype] and a.shape == shape
    np.testing.assert_array_equal(np.array(a), np.array(value, dtype=dtype if dtype != "bfloat16" else None))


@pytest.mark.parametrize("name", [d for d in DTYPES if d != "bfloat16"])
def test_from_numpy_of_every_dtype_and_layout(name):
    n = np.arange(24).reshape(2, 3, 4).astype(name)
    expected = mx.float32 if name == "float64" else DTYPES[name]
    for view in (n, n.T, n[:, ::-1], n[::-1, 1:, ::-2], n[:0], n[0, 0, 0]):
        a = mx.array(view)
        assert a.dtype == expected and a.shape == view.shape
        np.testing.assert_array_equal(np.array(a), view)
    assert mx.array(n, dtype=mx.float64).dtype == mx.float64


def test_conversions_wrap_and_truncate():
    assert mx.array(300, mx.uint8).item() == 44
    assert mx.array([-1, 3], mx.uint32).tolist() == [2**32 - 1, 3]
    assert mx.array([1.7, -1.7], mx.int32).tolist() == [1, -1]
    assert mx.array([0.1], mx.float64).tolist() == [0.1]
    assert mx.array(np.array([1 + 2j])).dtype == mx.complex64
    assert mx.array(b"ab").tolist() == [97, 98]
    # A byte that is no truth value is not taken for one.
    assert mx.array(memoryview(b"\x02\x00").cast("?")).tolist() == [True, False]


def test_lists_of_arrays_stack():
    a = mx.array([mx.array([1, 2]), [3, 4]])
    assert a.dtype == mx.int32 and a.tolist() == [[1, 2], [3, 4]]
    assert mx.array([mx.array(1), 2.5]).dtype == mx.float32


@pytest.mark.parametrize(
    "bad, error",
    [
        ([[1, 2], [3]], ValueError), ([[1, 2], 3], ValueError), ([1, [2, 3]], ValueError), ([[1], [[2]]], ValueError),
        ("abc", ValueError), (None, TypeError), ([None], ValueError), (["a"], ValueError), ({"a": 1}, ValueError),
        (object(), ValueError), (2**70, OverflowError), ([mx.array([1]), mx.array([1, 2])], ValueError),
        (np.array(["a"]), ValueError),
    ],
)
def test_what_arrays_cannot_be_made_of(bad, error):
    with pytest.raises(error):
        mx.array(bad)


def test_properties():
    a = mx.zeros((2, 3), mx.int16)
    assert (a.shape, a.ndim, a.size, a.nbytes, a.itemsize, a.dtype) == ((2, 3), 2, 6, 12, 2, mx.int16)
    assert a.T.shape == (3, 2) and mx.zeros((2, 3, 4)).mT.shape == (2, 4, 3)
    assert mx.float32.size == 4 and len({mx.float32, mx.float32, mx.int8}) == 2


def test_operators_and_reflected_ones():
    a, n = mx.array([1.0, 2.0, 3.0]), np.array([1, 2, 3], np.float32)
    for op in (operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow):
        np.testing.assert_allclose(np.array(op(a, 2)), op(n, 2), rtol=1e-6)
        np.testing.assert_allclose(np.array(op(2, a)), op(2, n), rtol=1e-6)
        np.testing.assert_allclose(np.array(op(a, a)), op(n, n), rtol=1e-6)
    for op in (operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge):
        np.testing.assert_array_equal(np.array(op(a, 2)), op(n, 2))
        np.testing.assert_array_equal(np.array(op(2, a)), op(2, n))
    i = mx.array([5, 6, 7])
    assert (i & 3).tolist() == [1, 2, 3] and (i | 8).tolist() == [13, 14, 15] and (i ^ 1).tolist() == [4, 7, 6]
    assert (i << 1).tolist() == [10, 12, 14] and (i >> 1).tolist() == [2, 3, 3] and (~i).tolist() == [-6, -7, -8]
    assert (-i).tolist() == [-5, -6, -7] and (+i).tolist() == [5, 6, 7] and abs(-i).tolist() == [5, 6, 7]
    assert (mx.ones((2, 3)) @ mx.ones((3, 4))).tolist() == [[3.0] * 4] * 2


def test_scalars_and_foreign_arrays_are_weak():
    h = mx.array([1.0], mx.float16)
    assert (h + 2.5).dtype == mx.float16 and (h + np.ones(1, np.float64)).dtype == mx.float16
    assert (mx.array([1], mx.int8) + 1).dtype == mx.int8 and (mx.array([1]) + 1.5).dtype == mx.float32
    assert mx.add(h, np.float32(1)).dtype == mx.float16
    assert isinstance(np.ones(2) + mx.ones(2), np.ndarray)


def test_operands_that_are_none():
    a = mx.ones(2)
    for bad in ([1, 2], "a"):
        with pytest.raises(ValueError):
            a + bad
        with pytest.raises(ValueError):
            bad * a
    for bad in (None, {}, object()):
        with pytest.raises(TypeError):
            a + bad
    assert (a == [1, 1]) is False and (a != "x") is True and (a == object()) is False
    with pytest.raises(TypeError):
        pow(a, 2, 3)

    class Other:
        def __radd__(self, other):
            return "mine"

    assert a + Other() == "mine"


def test_in_place_operators_and_assignment_are_seen_by_aliases():
    a = mx.zeros(3)
    alias, old = a, a + 0
    a += 1
    assert a is alias and alias.tolist() == [1, 1, 1] and old.tolist() == [0, 0, 0]
    a[0] = 5
    assert alias.tolist() == [5, 1, 1]
    i = mx.zeros(3, mx.int32)
    with pytest.raises(ValueError):
        i /= 2
    assert i.tolist() == [0, 0, 0]
    i += 1.5
    assert i.dtype == mx.float32
    b = mx.arange(4)
    part = b[1:3]
    part[0] = 9
    assert b.tolist() == [0, 1, 2, 3]


INDICES = [
    0, -1, (0, 1), (Ellipsis, 0), (0, Ellipsis, 0), None, (slice(None), None, 1), slice(None, None, -1),
    (slice(None), slice(2, 0, -1)), slice(5, None), (slice(None), slice(2, 1)), (), Ellipsis, [0, 1], ([0, 1], 0),
    (slice(None), [0, 2]), ([[0], [1]], [2, 0, 1]), (0, slice(None), [2, 0, 1]), ([0, 1], slice(None), [0, 1]),
    ([0, 1], None, [0, 1]), np.int64(1), np.array([1, 0]), (None, [0, 1]), [[0, 1], [1, 0]], [],
]


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_indexing_is_numpys(index):
    n = np.arange(24, dtype=np.int32).reshape(2, 3, 4)
    a = mx.array(n)

    def ours(i):
        return mx.array(i) if isinstance(i, np.ndarray) else i

    as_numpy = np.array([], int) if isinstance(index, list) and not index else index
    expected = n[as_numpy]
    for form in {id(index): index, 1: ours(index)}.values():
        got = a[form]
        assert got.shape == expected.shape
        np.testing.assert_array_equal(np.array(got), expected)
    changed = n.copy()
    changed[as_numpy] = -1
    b = mx.array(n)
    b[index] = -1
    np.testing.assert_array_equal(np.array(b), changed)


def test_masks():
    n = np.arange(12, dtype=np.float32).reshape(3, 4)
    a = mx.array(n)
    np.testing.assert_array_equal(np.array(a[a > 5]), n[n > 5])
    np.testing.assert_array_equal(np.array(a[np.array([True, False, True])]), n[[0, 2]])
    a[a > 5] = 0
    n[n > 5] = 0
    np.testing.assert_array_equal(np.array(a), n)


def test_at_counts_every_occurrence():
    z, i = mx.zeros(4), mx.array([0, 0, 1])
    assert z.at[i].add(mx.array([1.0, 2.0, 3.0])).tolist() == [3, 3, 0, 0]
    assert z.at[i].subtract(1).tolist() == [-2, -1, 0, 0]
    assert mx.ones(4).at[i].multiply(3).tolist() == [9, 3, 1, 1]
    assert mx.ones(4).at[i].divide(2).tolist() == [0.25, 0.5, 1, 1]
    assert z.at[i].maximum(mx.array([1.0, 5.0, -3.0])).tolist() == [5, 0, 0, 0]
    assert z.at[i].minimum(mx.array([-1.0, -5.0, 3.0])).tolist() == [-5, 0, 0, 0]
    assert z.at[1:3].add(2).tolist() == [0, 2, 2, 0] and z.tolist() == [0] * 4
    with pytest.raises(ValueError):
        z.at.add(1)


def test_reading():
    assert mx.array([[1, 2], [3, 4]]).T.tolist() == [[1, 3], [2, 4]]
    assert mx.zeros((2, 0)).tolist() == [[], []] and mx.array(1.5).tolist() == 1.5
    assert [type(mx.array(v).item()) for v in (True, 1, 1.0, 1j)] == [bool, int, float, complex]
    assert mx.array([2**63], mx.uint64).item() == 2**63
    assert int(mx.array(2.7)) == 2 and float(mx.array([3])) == 3.0 and complex(mx.array(2.0)) == 2 + 0j
    assert bool(mx.array([0])) is False and list(range(5))[mx.array(2)] == 2
    assert f"{mx.array(3.14159):.2f}" == "3.14" and len(mx.ones((2, 3))) == 2
    assert [r.tolist() for r in mx.array([[1, 2], [3, 4]])] == [[1, 2], [3, 4]]
    assert 1 in mx.array([1, 2]) and 5 not in mx.array([1, 2])
    for bad in (float, int, bool, complex, lambda a: a.item()):
        with pytest.raises(ValueError):
            bad(mx.array([1, 2]))
    for bad in (len, iter, lambda a: operator.index(a + 0.5), lambda a: f"{mx.ones(2):.1f}"):
        with pytest.raises(TypeError):
            bad(mx.array(1))
    with pytest.raises(TypeError):
        float(mx.array(1j))


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
def test_pickle_and_copy(dtype):
    for a in (mx.arange(6).reshape(2, 3).astype(dtype).T, mx.zeros((0, 3), dtype), mx.array(1, dtype)):
        for b in (pickle.loads(pickle.dumps(a)), copy.copy(a), copy.deepcopy(a)):
            assert b is not a and b.dtype == a.dtype and b.shape == a.shape and b.tolist() == a.tolist()
    assert pickle.loads(pickle.dumps(dtype)) is dtype and copy.copy(dtype) is dtype


def test_identity_hash_and_weak_references():
    a, b = mx.array(1), mx.array(1)
    assert len({a, b}) == 2 and hash(a) == hash(a)
    r = weakref.ref(a)
    del a
    gc.collect()
    assert r() is None
    with pytest.raises(AttributeError):
        b.foo = 3


def functions():
    for module in (mx, mx.random, mx.linalg, mx.fft):
        for name, value in vars(module).items():
            if inspect.isbuiltin(value) and not name.startswith("_"):
                yield f"{module.__name__}.{name}", value


def test_every_function_says_how_to_call_it():
    found = dict(functions())
    assert len(found) > 100
    for name, function in found.items():
        assert callable(function) and function.__text_signature__, name
        inspect.signature(function)
        assert function.__doc__, name
    operations = [f for f in found.values() if "stream" in inspect.signature(f).parameters and f.__doc__.startswith(f.__name__)]
    assert len(operations) > 50
    for name in ("sum", "reshape", "transpose", "astype", "exp", "max"):
        assert "stream" in inspect.signature(getattr(mx.array, name)).parameters
        assert callable(getattr(mx.ones(1), name))


def test_methods_take_what_functions_take():
    a = mx.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert a.sum(0).tolist() == a.sum(axis=0).tolist() == mx.sum(a, 0).tolist() == [5, 7, 9]
    assert a.reshape(3, 2).shape == a.reshape((3, 2)).shape == a.reshape([3, -1]).shape == (3, 2)
    assert a.reshape(-1).shape == (6,) and mx.ones(1).reshape().shape == ()
    assert a.transpose().shape == a.transpose(1, 0).shape == a.transpose((1, 0)).shape == (3, 2)
    assert a.astype(mx.int32, stream=mx.cpu).dtype == mx.int32 and a.astype(mx.int32, mx.cpu).dtype == mx.int32
    if hasattr(a, "std"):
        assert a.std(correction=1).item() == pytest.approx(np.std(np.array(a), ddof=1))


def test_submodules_are_importable():
    import millpond.core.random as random

    assert random is mx.random and random.__name__ == "millpond.core.random"
    from millpond.core.random import __name__ as name

    assert name == "millpond.core.random"

    assert not mx.metal.is_available() and not mx.cuda.is_available()


class Tagged(mx.array):
    """An array with a method and an attribute of its own."""

    def double(self):
        return self * 2


def test_classes_derived_from_array():
    a = Tagged([1.0, 2.0])
    a.tag = "x"
    assert isinstance(a, mx.array) and a.tolist() == [1, 2] and type(a.double()) is mx.array
    plain = mx.array([1.0, 2.0])
    for other in (a, plain):
        assert (a + other).tolist() == (other + a).tolist() == mx.add(a, other).tolist() == [2, 4]
        assert mx.stack([a, other]).tolist() == mx.array([a, other]).tolist() == [[1, 2], [1, 2]]
    assert mx.array([5, 6, 7])[Tagged([0, 2])].tolist() == [5, 7]
    assert mx.grad(lambda x: (x * x).sum())(a).tolist() == [2, 4]
    assert mx.vmap(lambda x: x + 1)(a).tolist() == mx.compile(lambda x: x + 1)(a).tolist() == [2, 3]
    alias = a
    a += 1
    assert alias is a and a.tag == "x" and a.tolist() == [2, 3]
    back = pickle.loads(pickle.dumps(a))
    assert type(back) is Tagged and back.tolist() == [2, 3]


class Named(mx.array):
    def __init__(self, values, name, **options):
        super().__init__(values, **options)
        self.name = name


def test_derived_classes_may_take_other_arguments():
    a = Named([1, 2], "x", dtype=mx.float32)
    assert a.name == "x" and a.tolist() == [1.0, 2.0] and a.dtype == mx.float32 and (a * a).tolist() == [1.0, 4.0]
    with pytest.raises(TypeError):
        Named([1, 2])
    for wrong in (lambda: mx.array(), lambda: mx.array(1, mx.int32, 3), lambda: mx.array(1, kind=mx.int32)):
        with pytest.raises(TypeError):
            wrong()
