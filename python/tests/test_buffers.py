"""Other libraries' arrays in and out: buffers, DLPack, `__array__`."""

import array as stdlib_array
import gc
import io

import millpond.core as mx
import numpy as np
import pytest

FORMATS = {
    "bool_": "?", "uint8": "B", "uint16": "H", "uint32": "I", "uint64": "Q", "int8": "b", "int16": "h", "int32": "i",
    "int64": "q", "float16": "e", "float32": "f", "float64": "d", "complex64": "Zf",
}


@pytest.mark.parametrize("name, letter", FORMATS.items())
def test_buffers_have_the_format_of_their_dtype(name, letter):
    a = mx.zeros((2, 3), getattr(mx, name))
    view = memoryview(a)
    assert (view.format, view.shape, view.readonly) == (letter, (2, 3), True)
    assert np.asarray(a).dtype == np.dtype(name.rstrip("_"))


def test_numpy_reads_values_in_place():
    a = mx.arange(6).reshape(2, 3)
    n = np.asarray(a)
    assert n.flags.writeable and not n.flags.owndata
    assert np.shares_memory(n, np.asarray(a)) and np.shares_memory(n, np.asarray(a.T))
    assert np.asarray(a.T).strides == (4, 12)
    assert np.asarray(mx.broadcast_to(mx.array([1, 2]), (3, 2))).strides == (0, 4)
    assert np.array(a).flags.writeable


def test_an_export_outlives_the_array_and_is_not_written():
    a = mx.ones(1000) * 3
    mx.eval(a)
    n = np.asarray(a)
    # The memory would be taken for the result, and then given to others.
    a = a + 1
    mx.eval(a)
    others = [mx.full(1000, i) + 0 for i in range(50)]
    mx.eval(others)
    gc.collect()
    assert (n == 3).all()


def test_contiguous_buffers_of_strided_values():
    a = mx.arange(6).reshape(2, 3).T
    assert bytes(a) == np.arange(6, dtype=np.int32).reshape(2, 3).T.tobytes()
    assert bytearray(mx.array([1, 2], mx.uint8)) == b"\x01\x02"


def test_writes_through_a_view_change_the_array():
    a = mx.arange(4)
    row = a.reshape(2, 2)[1]
    n = np.array(a, copy=False)
    n[0], n[3] = 7, 9
    assert a.tolist() == [7, 1, 2, 9] and row.tolist() == [2, 9] and (a + 1).tolist() == [8, 2, 3, 10]
    memoryview(row)[0] = 5
    assert a.tolist() == [7, 1, 5, 9]
    io.BytesIO(b"\1\0\0\0\2\0\0\0").readinto(a[:2])
    assert a.tolist() == [1, 2, 5, 9]
    # A result takes over no memory that somebody may write to.
    a = a * 2
    mx.eval(a)
    n[:] = 0
    assert a.tolist() == [2, 4, 10, 18] and row.tolist() == [0, 0]


def test_writes_that_would_be_lost_or_wrong_are_refused():
    flipped = mx.arange(6).reshape(2, 3).T
    for a in (mx.ones(2), mx.array(1.0), mx.broadcast_to(mx.arange(2), (3, 2)), mx.array([True, False])):
        with pytest.raises((TypeError, ValueError)):
            np.asarray(a)[...] = 1
    with pytest.raises((BufferError, TypeError)):
        io.BytesIO(bytes(24)).readinto(flipped)
    for mask in (mx.array([True, False, True]), mx.array([1, 0, 1], mx.uint8).view(mx.bool_)):
        bits = mask.view(mx.uint8)
        np.asarray(bits)[1] = 7
        assert bits.tolist() == [1, 7, 1] and mask.sum().item() == 2 and mask.tolist() == [True, False, True]
    bits = mx.array([1, 0, 1], mx.uint8)
    mask = bits.view(mx.bool_)
    mx.eval(mask)
    np.asarray(bits)[1] = 7
    assert mask.sum().item() == 2
    frozen = np.arange(3)
    frozen.flags.writeable = False
    assert not np.asarray(mx.asarray(frozen)).flags.writeable


def test_bfloat16():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    a = mx.array([1.5, -2.0], mx.bfloat16)
    n = np.array(a)
    assert n.dtype == ml_dtypes.bfloat16 and n.tolist() == [1.5, -2.0]
    b = mx.array(n)
    assert b.dtype == mx.bfloat16 and b.tolist() == [1.5, -2.0]
    assert mx.array(n, dtype=mx.float32).tolist() == [1.5, -2.0]


def test_array_method():
    a = mx.array([1, 2])
    assert a.__array__(np.float64).dtype == np.float64
    with pytest.raises(ValueError):
        a.__array__(np.float64, copy=False)
    assert np.sin(a).shape == (2,) and a.__array_namespace__() is mx
    with pytest.raises(ValueError):
        a.__array_namespace__(api_version="1900.1")


def test_array_copies_and_asarray_may_share():
    n = np.arange(4, dtype=np.int32)
    copied, shared = mx.array(n), mx.asarray(n, copy=False)
    n[0] = 9
    assert copied.tolist() == [0, 1, 2, 3]
    assert np.shares_memory(np.asarray(shared), n)
    frozen = np.arange(4.0, dtype=np.float32)
    frozen.flags.writeable = False
    assert np.shares_memory(np.asarray(mx.asarray(frozen)), frozen)
    assert not np.shares_memory(np.asarray(mx.asarray(n)), n)
    a = mx.ones(2)
    same = mx.asarray(a)
    same += 1
    assert same.tolist() == [2, 2] and a.tolist() == [1, 1] and mx.asarray(a, mx.int32).dtype == mx.int32
    for bad in ([1, 2], 1.5):
        with pytest.raises(ValueError):
            mx.asarray(bad, copy=False)
    with pytest.raises(ValueError):
        mx.asarray(a, mx.int32, copy=False)


def test_shared_memory_is_strided_kept_alive_and_never_written():
    n = np.arange(24, dtype=np.float32).reshape(4, 6)
    a = mx.asarray(n[::-1, ::2], copy=False)
    b = a * 2 + 1
    del a
    np.testing.assert_array_equal(np.array(b), n[::-1, ::2] * 2 + 1)
    np.testing.assert_array_equal(n, np.arange(24).reshape(4, 6))
    c = mx.asarray(np.arange(1000, dtype=np.int64), copy=False)
    gc.collect()
    assert c.tolist() == list(range(1000))


def test_other_buffers():
    assert mx.array(stdlib_array.array("d", [1.5, 2.5])).tolist() == [1.5, 2.5]
    assert mx.array(memoryview(bytearray(8)).cast("i")).dtype == mx.int32
    with pytest.raises(ValueError):
        mx.array(np.array([1, 2], dtype=">i4"))


@pytest.mark.parametrize("name", [n for n in FORMATS if n != "float64"])
@pytest.mark.parametrize("version", [None, (1, 0)])
def test_dlpack_round_trip(name, version):
    a = mx.arange(6).reshape(2, 3).astype(getattr(mx, name)).T

    class Old:
        """A producer of the given version."""

        def __dlpack__(self, **_):
            return a.__dlpack__(max_version=version)

        def __dlpack_device__(self):
            return a.__dlpack_device__()

    b = mx.from_dlpack(Old())
    assert b.dtype == a.dtype and b.tolist() == a.tolist()
    n = np.from_dlpack(a)
    np.testing.assert_array_equal(n, np.array(a))


def test_dlpack_details():
    a = mx.arange(3)
    assert a.__dlpack_device__() == (1, 0)
    assert '"dltensor"' in repr(a.__dlpack__()) and '"dltensor_versioned"' in repr(a.__dlpack__(max_version=(1, 1)))
    assert np.shares_memory(np.from_dlpack(a), np.asarray(a))
    with pytest.raises(BufferError):
        a.__dlpack__(dl_device=(2, 0))
    n = np.arange(6.0, dtype=np.float32).reshape(2, 3)
    assert np.shares_memory(np.asarray(mx.from_dlpack(n)), n)
    assert not np.shares_memory(np.asarray(mx.from_dlpack(n, copy=True)), n)
    assert mx.from_dlpack(n[:, ::-1]).tolist() == n[:, ::-1].tolist()
    assert mx.from_dlpack(np.arange(3.0)).dtype == mx.float32
    assert mx.from_dlpack(np.arange(3.0), copy=False).dtype == mx.float64
    assert mx.from_dlpack(mx.array([1.0], mx.bfloat16)).dtype == mx.bfloat16
    with pytest.raises(TypeError):
        mx.from_dlpack([1, 2])
    # Capsules that nobody takes are freed, and so is what they held.
    before = mx.get_active_memory()
    for _ in range(20):
        big = mx.ones(100_000) + 1
        big.__dlpack__()
    del big
    gc.collect()
    assert mx.get_active_memory() - before < 400_000
