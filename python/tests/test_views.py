"""Functions that rearrange data: every dtype, and every layout of what they are given."""

import numpy as np
import pytest
from oracle import DTYPES, LAYOUTS, assert_same, make, mlx, mx, outcome, sample, to_numpy

FUNCTIONS = {
    "reshape": lambda m, x: m.reshape(x, (6, -1)),
    "flatten": lambda m, x: m.flatten(x, 1),
    "unflatten": lambda m, x: m.unflatten(x, 2, (2, -1)),
    "transpose": lambda m, x: m.transpose(x, (2, 0, 1)),
    "permute_dims": lambda m, x: m.permute_dims(x, (1, 0, 2)),
    "matrix_transpose": lambda m, x: m.matrix_transpose(x),
    "swapaxes": lambda m, x: m.swapaxes(x, 0, 2),
    "moveaxis": lambda m, x: m.moveaxis(x, 0, -1),
    "expand_dims": lambda m, x: m.expand_dims(x, (0, 2)),
    "squeeze": lambda m, x: m.squeeze(x[:1, :, None]),
    "broadcast_to": lambda m, x: m.broadcast_to(x[:, :1], (5, 2, 3, 4)),
    "slices": lambda m, x: (x[1:, ::2, ::-1], x[:, -1], x[..., 1:3], x[:, 2:0:-1]),
    "concatenate": lambda m, x: m.concatenate([x, x[:, 1:], x[:, :0]], axis=1),
    "concat": lambda m, x: m.concat([x, x[:1]]),
    "stack": lambda m, x: m.stack([x, x[::-1]], axis=2),
    "split": lambda m, x: m.split(x, 2, axis=2),
    "split at": lambda m, x: m.split(x, [1, 3], axis=-1),
    "unstack": lambda m, x: m.unstack(x, axis=1),
    "repeat": lambda m, x: m.repeat(x, 3, axis=1),
    "tile": lambda m, x: m.tile(x, (2, 1, 3)),
    "roll": lambda m, x: m.roll(x, (1, -2), (0, 2)),
    "flip": lambda m, x: m.flip(x, (0, 2)),
    "pad": lambda m, x: m.pad(x, [(1, 0), (0, 2), (1, 1)], constant_values=1),
    "pad edge": lambda m, x: m.pad(x, 2, mode="edge"),
    "pad reflect": lambda m, x: m.pad(x, ((1, 1), (2, 1), (3, 2)), mode="reflect"),
    "pad symmetric": lambda m, x: m.pad(x, 2, mode="symmetric"),
    "diagonal": lambda m, x: m.diagonal(x, 1, 0, 2),
    "diag": lambda m, x: m.diag(x[0], -1),
    "trace": lambda m, x: m.trace(x, 0, 1, 2),
    "tril": lambda m, x: m.tril(x, 1),
    "triu": lambda m, x: m.triu(x, -1),
    "as_strided": lambda m, x: m.as_strided(x, (2, 3), (4, 1), 2),
    "contiguous": lambda m, x: m.contiguous(x),
    "atleast": lambda m, x: (m.atleast_1d(x), m.atleast_2d(x[0, 0]), m.atleast_3d(x[0])),
    "meshgrid": lambda m, x: m.meshgrid(x[0, 0], x[:, 0, 0], indexing="ij"),
    "diff": lambda m, x: m.diff(x, n=2, axis=2),
    "take": lambda m, x: m.take(x, m.array([2, 0, -1]), axis=1),
    "take_along_axis": lambda m, x: m.take_along_axis(x, m.array([[[2], [0], [1]]]), axis=2),
    "put_along_axis": lambda m, x: m.put_along_axis(x, m.array([[[2], [0], [1]]]), m.ones_like(x[:, :, :1]), axis=2),
    "slice": lambda m, x: m.slice(x, m.array([1, 2]), (1, 2), (2, 2, 1)),
    "slice_update": lambda m, x: m.slice_update(x, x[:1, :1, :2], m.array([1, 2]), (1, 2)),
    "kron": lambda m, x: m.kron(x[0, :2], x[1, :2]),
    "outer": lambda m, x: m.outer(x[0, 0], x[1]),
    "searchsorted": lambda m, x: m.searchsorted(m.sort(x[0, 0]), x[1]),
    "equality": lambda m, x: (m.array_equal(x, x), m.allclose(x, x), m.array_equal(x, x[:1])),
    "at": lambda m, x: (x.at[m.array([0, 0])].add(x[1]), x.at[:, 1].maximum(x[:, 0]), x.at[1, ::2].minimum(1)),
    "item": lambda m, x: (x[1, 2, 3].item(), x.tolist(), len(x), x.shape, x.ndim, x.size, x.nbytes, x.itemsize),
}
# MLX reads arrays that do not lie in one piece as if they did.
PLAIN = {"as_strided"}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_rearranging(name, dtype):
    values = sample(dtype, (2, 3, 4), special=False)
    for layout in LAYOUTS:
        got, want = (outcome(lambda: FUNCTIONS[name](m, LAYOUTS[layout](m, values, dtype))) for m in (mx, mlx))
        if name in PLAIN:
            want = outcome(lambda: FUNCTIONS[name](mlx, make(mlx, to_numpy(LAYOUTS[layout](mlx, values, dtype)), dtype)))
        if (name, dtype) == ("searchsorted", "complex64"):  # MLX compares real parts alone
            x = to_numpy(LAYOUTS[layout](mlx, values, dtype))
            want = want._replace(data=np.searchsorted(np.sort(x[0, 0]), x[1]).astype(np.uint32))
        try:
            assert_same(got, want)
        except AssertionError as error:
            raise AssertionError(f"{layout}: {error}") from None


@pytest.mark.parametrize("to", DTYPES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_view(dtype, to):
    values = sample(dtype, (3, 8), special=False)
    for layout in ("contiguous", "offset", "transposed", "stepped"):
        got, want = (outcome(lambda: LAYOUTS[layout](m, values, dtype).view(getattr(m, to))) for m in (mx, mlx))
        if to == "bool_":  # MLX keeps the bytes, and counts 255 of them where one is 255
            want = want._replace(data=want.data.view(np.uint8) != 0)
        assert_same(got, want, rtol=0)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_bytes_as_truth_values(dtype):
    values = np.array([[0, 1, 2, 255], [128, 0, 0, 3]], np.uint8)
    values = values if dtype == "uint8" else values.view(np.float32)
    truth = values.view(np.uint8) != 0
    with_values = mx.vmap(lambda x: x.view(mx.bool_), out_axes=1)(mx.array(values)).T
    for x in (mx.array(values).view(mx.bool_), mx.array(values.view(np.bool_)), with_values):
        assert x.tolist() == truth.tolist() and x.sum(axis=1).tolist() == truth.sum(axis=1).tolist()
        assert x.astype(mx.int32).tolist() == x.view(mx.uint8).tolist() == truth.astype(int).tolist()
        assert (x == True).tolist() == truth.tolist() and mx.where(x, 5, 7).tolist() == np.where(truth, 5, 7).tolist()  # noqa: E712
        assert x.any(axis=1).tolist() == [True, True] and not x.all().item() and (x + x).view(mx.uint8).max().item() == 1
    with pytest.raises(ValueError, match="float32 of shape .* cannot be viewed as bool"):
        mx.array(1.0).view(mx.bool_)


@pytest.mark.parametrize("dtype", ("float16", "bfloat16", "float32", "float64", "complex64"))
@pytest.mark.parametrize("shapes", [((3, 4), (4, 5)), ((4,), (4, 5)), ((3, 4), (4,)), ((4,), (4,)), ((2, 3, 4), (4, 5)), ((2, 1, 3, 4), (5, 4, 2)),
                                    ((0, 4), (4, 2)), ((2, 0), (0, 3)), ((1, 1), (1, 1)), ((65, 33), (33, 130)), ((70, 257), (257, 9))])  # fmt: skip
def test_matmul(shapes, dtype):
    left, right = (sample(dtype, shape, i, special=False) for i, shape in enumerate(shapes))
    rtol = {"float16": 2e-2, "bfloat16": 1e-1, "float64": 1e-12}.get(dtype, 1e-4)
    for first in LAYOUTS if left.size else ("contiguous",):
        for second in LAYOUTS if right.size else ("contiguous",):
            got, want = (
                outcome(lambda: m.matmul(LAYOUTS[first](m, left, dtype), LAYOUTS[second](m, right, dtype))) for m in (mx, mlx)
            )
            assert_same(got, want, rtol=rtol)


def test_products():
    a, b = (sample("float32", (4, 4), i, special=False) for i in range(2))
    for expression in (
        lambda m, a, b: a @ b + m.addmm(a, a, b, alpha=2.0, beta=0.5),
        lambda m, a, b: (m.inner(a, b), m.vecdot(a, b), m.vecdot(a, b, axis=0), m.tensordot(a, b, 1), m.tensordot(a, b, 2)),
        lambda m, a, b: m.tensordot(a, b, [[0], [1]]),
        lambda m, a, b: [m.einsum(s, a, b) for s in ("ij,jk->ik", "ij,ij->", "ij,kj->ik", "ij,kl->jl", "...i,i...->...")],
        lambda m, a, b: [m.einsum(s, a) for s in ("ij->ji", "ii->i", "ii", "ij->j")],
    ):
        assert_same(*(outcome(lambda: expression(m, m.array(a), m.array(b))) for m in (mx, mlx)), rtol=1e-4)


def test_views_share_memory_and_stay_correct():
    """A view of a view of a view is what numpy says, and writing to a copy leaves the rest alone."""
    x = np.arange(2 * 3 * 4 * 5, dtype=np.int32).reshape(2, 3, 4, 5)
    a = mx.array(x)
    for _ in range(3):
        a, x = a.transpose(3, 0, 2, 1)[::-1], x.transpose(3, 0, 2, 1)[::-1]
        a, x = a[:, ::-1, 1:], x[:, ::-1, 1:]
        np.testing.assert_array_equal(np.array(a), x)
        np.testing.assert_array_equal(np.array(a.reshape(-1)), x.reshape(-1))
    b = a + 0
    b[0] = -1
    np.testing.assert_array_equal(np.array(a), x)
