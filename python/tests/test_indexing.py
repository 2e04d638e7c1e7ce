"""Indexing by random mixes of everything that an index may be, against numpy, which MLX agrees with."""

import random

import numpy as np
import pytest
from oracle import beyond_mlx, mx

SHAPE = (2, 3, 4, 5)
ARRAY = np.arange(120, dtype=np.int32).reshape(SHAPE)
KINDS = ("int", "slice", "array", "column", "scalar array", "none", "ellipsis")


def random_index(rng, kinds):
    """The same index for `mx` and for numpy."""
    ours, theirs = [], []
    axis, length = 0, rng.randint(1, 5)
    while len(ours) < length and axis < 4:
        kind = rng.choice(kinds)
        size = SHAPE[axis]
        if kind in ("none", "ellipsis"):
            ours.append(None if kind == "none" else ...)
            theirs.append(ours[-1])
            if kind == "ellipsis":
                break
            continue
        axis += 1
        if kind == "int":
            ours.append(rng.randrange(-size, size))
            theirs.append(ours[-1])
        elif kind == "slice":
            bound = lambda: rng.choice([None, rng.randint(-size - 1, size + 1)])  # noqa: E731
            ours.append(slice(bound(), bound(), rng.choice([None, 1, 2, -1, -2])))
            theirs.append(ours[-1])
        else:
            shape = {"array": (6,), "column": (7, 1), "scalar array": ()}[kind]
            values = np.array([rng.randrange(-size, size) for _ in range(int(np.prod(shape)))], np.int32).reshape(shape)
            dtype = rng.choice([mx.int32, mx.int64] + ([mx.uint8, mx.uint32] if values.min() >= 0 else []))
            ours.append(mx.array(values).astype(dtype))
            theirs.append(values)
    return tuple(ours), tuple(theirs)


@pytest.mark.parametrize("seed", range(20))
def test_get(seed):
    rng = random.Random(seed)
    for _ in range(100):
        ours, theirs = random_index(rng, KINDS)
        got = np.array(mx.array(ARRAY)[ours])
        np.testing.assert_array_equal(got, ARRAY[theirs], err_msg=str(theirs))


@pytest.mark.parametrize("seed", range(20))
def test_get_from_a_view(seed):
    rng = random.Random(seed)
    x = np.ascontiguousarray(ARRAY.T)
    for _ in range(50):
        ours, theirs = random_index(rng, KINDS)
        np.testing.assert_array_equal(np.array(mx.array(x).T[ours]), ARRAY[theirs], err_msg=str(theirs))


@beyond_mlx  # which cannot write to some of the mixes that it reads
@pytest.mark.parametrize("how", ("scalar", "row", "full"))
@pytest.mark.parametrize("seed", range(10))
def test_set(seed, how):
    rng = random.Random(seed)
    # Where an index array names a place twice, which value stays is not defined: only a scalar is written there.
    kinds = KINDS if how == "scalar" else ("int", "slice", "none", "ellipsis")
    for _ in range(60):
        ours, theirs = random_index(rng, kinds)
        shape = ARRAY[theirs].shape
        shape = {"scalar": (), "row": shape[-1:], "full": shape}[how]
        value = np.array([rng.randrange(1000) for _ in range(int(np.prod(shape)))], np.int32).reshape(shape)
        want = ARRAY.copy()
        want[theirs] = value
        got = mx.array(ARRAY)
        got[ours] = int(value) if how == "scalar" and rng.random() < 0.5 else mx.array(value)
        np.testing.assert_array_equal(np.array(got), want, err_msg=str(theirs))


OPERATIONS = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply, "maximum": np.maximum, "minimum": np.minimum}


@beyond_mlx
@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("seed", range(5))
def test_at(seed, name):
    """Places that are named twice are updated twice."""
    rng = random.Random(seed)
    for _ in range(40):
        ours, theirs = random_index(rng, KINDS)
        value = np.array([rng.randrange(-3, 4) for _ in range(ARRAY[theirs].size)], np.int32).reshape(ARRAY[theirs].shape)
        want = ARRAY.copy()
        OPERATIONS[name].at(want, theirs, value)
        got = getattr(mx.array(ARRAY).at[ours], name)(mx.array(value))
        np.testing.assert_array_equal(np.array(got), want, err_msg=str(theirs))


@beyond_mlx
@pytest.mark.parametrize("depth", range(1, 5))
def test_masks(depth):
    rng = np.random.default_rng(depth)
    mask = rng.integers(0, 2, SHAPE[:depth]).astype(bool)
    a = mx.array(ARRAY)
    np.testing.assert_array_equal(np.array(a[mx.array(mask)]), ARRAY[mask])
    np.testing.assert_array_equal(np.array(a[mask]), ARRAY[mask])
    want = ARRAY.copy()
    want[mask] = 7
    a[mx.array(mask)] = 7
    np.testing.assert_array_equal(np.array(a), want)
    want[~mask] = np.arange(want[~mask].size).reshape(want[~mask].shape)
    a[mx.array(~mask)] = mx.array(want[~mask])
    np.testing.assert_array_equal(np.array(a), want)


@beyond_mlx
@pytest.mark.parametrize("index", [2, -3, (0, 3), (slice(None), 5), (0, 0, 4), (..., -6)], ids=str)
def test_an_integer_out_of_range(index):
    a = mx.array(ARRAY)
    with pytest.raises(IndexError):
        mx.eval(a[index])
    with pytest.raises(IndexError):
        a[index] = 1
        mx.eval(a)


@beyond_mlx
@pytest.mark.parametrize("bad", [2, -3, 2**31 - 1, -(2**31)])
def test_an_index_array_out_of_range(bad):
    a, i = mx.array(ARRAY), mx.array([0, bad])
    for build in (
        lambda: a[i],
        lambda: mx.take(a, i, axis=0),
        lambda: a.at[i].add(1),
        lambda: mx.take_along_axis(a, mx.broadcast_to(i[:, None, None, None], (2, 3, 4, 5)), axis=0),
        lambda: mx.put_along_axis(a, mx.broadcast_to(i[:, None, None, None], (2, 3, 4, 5)), mx.array(1), axis=0),
    ):
        with pytest.raises(IndexError, match=str(bad)):
            mx.eval(build())
    assert a.sum().item() == ARRAY.sum()


@beyond_mlx
def test_writing_nothing():
    a = mx.array(ARRAY)
    a[1:1] = 5
    a[mx.array([], mx.int32)] = 5
    np.testing.assert_array_equal(np.array(a), ARRAY)
