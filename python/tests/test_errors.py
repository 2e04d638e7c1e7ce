"""Wrong calls: the exception, and a message that says what was wrong."""

import millpond.core as mx
import numpy as np
import pytest

A = mx.ones((2, 3))


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: A + mx.ones((2, 4)), ValueError, ["add", "(2, 3)", "(2, 4)"]),
        (lambda: A.reshape(4, 2), ValueError, ["reshape", "(2, 3)"]),
        (lambda: mx.sum(A, axis=2), (ValueError, IndexError), ["sum", "2"]),
        (lambda: mx.sum(A, axis="a"), TypeError, ["sum", "axis", "int", "str"]),
        (lambda: mx.sum(A, axis=1.0), TypeError, ["sum", "axis", "float"]),
        (lambda: mx.exp("a"), TypeError, ["exp", "'a'", "array", "str"]),
        (lambda: mx.exp(None), TypeError, ["exp", "array", "NoneType"]),
        (lambda: mx.exp(A, 3), TypeError, ["exp"]),
        (lambda: mx.exp(a=A), TypeError, ["exp", "position"]),
        (lambda: mx.exp(), TypeError, ["exp", "'a'"]),
        (lambda: mx.add(A), TypeError, ["add", "'b'", "scalar | array"]),
        (lambda: mx.add(A, "a"), ValueError, ["add", "'b'", "str"]),
        (lambda: mx.add(A, None), TypeError, ["add", "'b'", "NoneType"]),
        (lambda: mx.add(A, b=1, c=2), TypeError, ["add", "'c'"]),
        (lambda: mx.add(A, 1, b=2), TypeError, ["add", "'b'", "two"]),
        (lambda: A.astype("float32"), TypeError, ["astype", "dtype", "Dtype", "str"]),
        (lambda: A.astype(np.float32), TypeError, ["astype", "Dtype"]),
        (lambda: mx.zeros(2, "float32"), TypeError, ["zeros", "dtype"]),
        (lambda: mx.zeros((2, -1)), ValueError, ["zeros", "negative"]),
        (lambda: mx.zeros("a"), TypeError, ["zeros", "shape"]),
        (lambda: mx.zeros((2**40, 2**40)), ValueError, ["zeros"]),
        (lambda: mx.array(1, "float32"), TypeError, ["dtype"]),
        (lambda: mx.eye(2.5), TypeError, ["eye", "'n'", "int", "float"]),
        (lambda: mx.result_type(), ValueError, ["result_type"]),
        (lambda: mx.result_type(mx.int32, 1.5), ValueError, ["result_type", "float"]),
        (lambda: mx.isdtype(mx.float32, "foo"), ValueError, ["isdtype", "foo"]),
        (lambda: mx.issubdtype(mx.float32, 3), ValueError, ["issubdtype", "int"]),
        (lambda: mx.iinfo(mx.bool_), ValueError, ["iinfo", "bool"]),
        (lambda: mx.finfo(mx.int8), ValueError, ["finfo", "int8"]),
        (lambda: mx.broadcast_shapes((2, 3), (4,)), ValueError, ["(2, 3)", "(4,)"]),
        (lambda: A[2], IndexError, ["2"]),
        (lambda: A[0, 0, 0], (ValueError, IndexError), ["2"]),
        (lambda: A["a"], ValueError, ["str"]),
        (lambda: A[1.0], ValueError, ["float"]),
        (lambda: A["a":], ValueError, ["slice", "str"]),
        (lambda: A[::0], ValueError, ["step"]),
        (lambda: A[mx.array([0.5])], (ValueError, TypeError), ["float32"]),
        (lambda: mx.concatenate([1, 2]), TypeError, ["concatenate", "'arrays'", "list"]),
    ],
)
def test_wrong_calls(call, error, words):
    with pytest.raises(error) as info:
        call()
    for word in words:
        assert word in str(info.value), str(info.value)


def test_an_error_sticks_to_its_arrays_and_no_others():
    bad = mx.arange(3)[mx.array([7])]
    worse, fine = bad + 1, mx.arange(3) + 1
    for _ in range(2):
        for array in (bad, worse):
            with pytest.raises(IndexError, match="7"):
                mx.eval(array)
    with pytest.raises(IndexError):
        worse.tolist()
    with pytest.raises(IndexError):
        np.array(bad)
    with pytest.raises(IndexError):
        print(bad)
    assert fine.tolist() == [1, 2, 3]


def test_questions_about_dtypes():
    assert mx.can_cast(mx.int32, mx.float32) and not mx.can_cast(mx.float32, mx.int32) and not mx.can_cast(mx.uint8, mx.int8)
    assert mx.result_type(mx.int32, mx.array([1.5])) is mx.float32
    assert mx.isdtype(mx.float32, "real floating") and not mx.isdtype(mx.float32, ("integral", "bool"))
    assert mx.issubdtype(mx.float32, mx.floating) and mx.issubdtype(mx.floating, mx.inexact)
    assert not mx.issubdtype(mx.bool_, mx.integer) and mx.issubdtype(mx.complex64, mx.inexact)
    assert mx.broadcast_shapes((2, 1), (3,)) == (2, 3)
    assert (mx.finfo(mx.float16).max, mx.finfo(mx.bfloat16).eps, mx.iinfo(mx.uint64).max) == (65504.0, 2**-7, 2**64 - 1)
    assert mx.float32 != "float32" and mx.float32 != None and mx.bool_.size == 1  # noqa: E711


@pytest.mark.parametrize("call", [lambda: mx.zeros(2**70), lambda: mx.sum(mx.zeros(2), axis=2**70), lambda: mx.add(mx.zeros(2), 2**70)])
def test_integers_too_large_name_the_operation(call):
    with pytest.raises(OverflowError, match=r"^(zeros|sum|add)\(\): argument '\w+': "):
        call()


def test_dividing_integers_in_place_by_something_that_is_no_number():
    a = mx.array([1, 2])
    with pytest.raises(TypeError):
        a /= None
    with pytest.raises(ValueError, match=r"\[divide\]"):
        a /= 2
