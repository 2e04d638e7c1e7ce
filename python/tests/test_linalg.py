"""Linear algebra: values as numpy's, shapes, dtypes and errors as MLX's."""

import math

import numpy as np
import pytest
from oracle import assert_same, beyond_mlx, mlx, mx, name_of, outcome

cpu = {"stream": mlx.cpu}


def same(run, **kwargs):
    """``run`` gets the module and what every call must say: MLX has no linear algebra on its default device."""
    assert_same(outcome(run, mx, {}), outcome(run, mlx, cpu if mx is not mlx else {}), **kwargs)


def matrices(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(np.float32)


def definite(*shape, seed=0):
    x = matrices(*shape, seed=seed)
    return x @ np.swapaxes(x, -1, -2) + np.eye(shape[-1], dtype=np.float32)


S = definite(2, 4, 4)
CASES = {
    "cholesky": lambda m, s: m.linalg.cholesky(m.array(S), **s),
    "cholesky upper": lambda m, s: m.linalg.cholesky(m.array(S), True, **s),
    "cholesky f64": lambda m, s: m.linalg.cholesky(m.array(S, m.float64), **s),
    "cholesky_inv": lambda m, s: m.linalg.cholesky_inv(m.array(np.linalg.cholesky(S)), **s),
    "cholesky_inv upper": lambda m, s: m.linalg.cholesky_inv(m.array(np.linalg.cholesky(S).swapaxes(1, 2)), upper=True, **s),
    "inv": lambda m, s: m.linalg.inv(m.array(S), **s),
    "tri_inv": lambda m, s: m.linalg.tri_inv(m.array(S), **s),
    "tri_inv upper": lambda m, s: m.linalg.tri_inv(m.array(S), upper=True, **s),
    "solve vector": lambda m, s: m.linalg.solve(m.array(S[0]), m.array(S[1, 0]), **s),
    "solve": lambda m, s: m.linalg.solve(m.array(S), m.array(matrices(2, 4, 3)), **s),
    "solve integers": lambda m, s: m.linalg.solve(m.array(S[0]), m.array([1, 2, 3, 4]), **s),
    "solve_triangular": lambda m, s: m.linalg.solve_triangular(m.array(S[0]), m.array(matrices(4, 3)), **s),
    "solve_triangular upper": lambda m, s: m.linalg.solve_triangular(m.array(S[0]), m.array(matrices(4)), upper=True, **s),
    "lu": lambda m, s: m.linalg.lu(m.array(matrices(2, 4, 4)), **s),
    "lu tall": lambda m, s: m.linalg.lu(m.array(matrices(5, 3)), **s),
    "lu wide": lambda m, s: m.linalg.lu(m.array(matrices(3, 5)), **s),
    "lu_factor": lambda m, s: m.linalg.lu_factor(m.array(matrices(2, 4, 4)), **s),
    "eigvalsh": lambda m, s: m.linalg.eigvalsh(m.array(S), **s),
    "eigvalsh upper": lambda m, s: m.linalg.eigvalsh(m.array(matrices(3, 3)), UPLO="U", **s),
    "eigvalsh lower": lambda m, s: m.linalg.eigvalsh(m.array(matrices(3, 3)), "L", **s),
    "singular values": lambda m, s: m.linalg.svd(m.array(matrices(3, 4, 2)), compute_uv=False, **s),
    "pinv": lambda m, s: m.linalg.pinv(m.array(matrices(3, 5)), **s),
    "det": lambda m, s: m.linalg.det(m.array(matrices(3, 4, 4)), **s),
    "det of integers": lambda m, s: m.linalg.det(m.array([[1, 2], [3, 4]]), **s),
    "det of nothing": lambda m, s: m.linalg.det(m.zeros((3, 0, 0)), **s),
    "slogdet": lambda m, s: tuple(m.linalg.slogdet(m.array(matrices(3, 4, 4)), **s)),
    "slogdet singular": lambda m, s: tuple(m.linalg.slogdet(m.zeros((2, 2)), **s)),
    "cross": lambda m, s: m.linalg.cross(m.array([1.0, 2, 3]), m.array([4, 5, 6]), **s),
    "cross of two": lambda m, s: m.linalg.cross(m.array([1.0, 2]), m.array([4.0, 5, 6]), **s),
    "cross planes": lambda m, s: m.linalg.cross(m.array([[1.0, 2], [3, 4]]), m.array([[5.0, 6], [7, 9]]), **s),
    "cross axis": lambda m, s: m.linalg.cross(m.array(matrices(3, 2)), m.array(matrices(3, 2, seed=1)), axis=0, **s),
    "svd of no rows": lambda m, s: m.linalg.svd(m.zeros((0, 3)), **s),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_values(name):
    same(CASES[name], rtol=1e-4)


NORMS = [
    (shape, order, axis)
    for shape, axes in {(5,): (None, 0), (3, 4): (None, 0, 1, [0, 1], [1, 0]), (2, 3, 4): (None, -1, [0, 2])}.items()
    for axis in axes
    for order in (None, 0, 1, -1, 2, -2, 3, 2.5, math.inf, -math.inf, "fro", "f", "nuc", "inf")
]


@pytest.mark.parametrize("shape, order, axis", NORMS)
def test_norm(shape, order, axis):
    for keepdims in (False, True):
        same(lambda m, s: m.linalg.norm(m.array(matrices(*shape)), order, axis, keepdims, **s), rtol=2e-5)


def test_norms_of_other_dtypes():
    same(lambda m, s: m.linalg.norm(m.array([3, 4]), **s))
    same(lambda m, s: m.linalg.norm(m.array([3, 4], m.float16), ord=1, **s))
    same(lambda m, s: m.linalg.norm(m.array([3 + 4j]), **s))
    same(lambda m, s: m.linalg.norm(m.array(-3.0), **s))
    same(lambda m, s: m.linalg.norm(m.zeros((0,)), **s))
    same(lambda m, s: m.linalg.norm(m.ones((2, 2)), axis=5, **s))


BAD = {
    "vector": lambda m: m.array([1.0, 2]),
    "wide": lambda m: m.ones((2, 3)),
    "half": lambda m: m.ones((2, 2), m.float16),
    "integers": lambda m: m.ones((2, 2), m.int32),
}
REFUSING = "cholesky cholesky_inv inv tri_inv lu lu_factor qr svd eigh eigvalsh eig eigvals pinv".split()


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("name", REFUSING)
def test_what_is_no_matrix(name, kind):
    same(lambda m, s: [x.shape for x in np.atleast_1d(getattr(m.linalg, name)(BAD[kind](m), **s))] and ())


@beyond_mlx
def test_what_has_no_answer_is_an_error():  # MLX's cholesky gives numbers, its others other errors
    for failing in (
        lambda: mx.linalg.cholesky(mx.array([[1.0, 2], [2, 1]])),
        lambda: mx.linalg.inv(mx.zeros((2, 2))),
        lambda: mx.linalg.solve(mx.ones((3, 2, 2)), mx.ones(2)),
    ):
        result = failing()
        for _ in range(2):
            with pytest.raises(RuntimeError, match="matrix 0"):
                mx.eval(result)
    with pytest.raises(ValueError, match="UPLO"):
        mx.linalg.eigh(mx.ones((2, 2)), UPLO="X")  # MLX takes it for L
    with pytest.raises(ValueError, match="two"):
        mx.linalg.eigvals(mx.ones(2))


@pytest.mark.parametrize("shape", [(3, 3), (5, 2), (2, 5), (4, 3, 3), (2, 1, 3, 2), (0, 2, 2), (64, 64)])
def test_factors(shape):
    x = matrices(*shape)
    a = mx.array(x)
    k = min(shape[-2:])
    u, s, vt = mx.linalg.svd(a, stream=mx.cpu)
    assert u.shape == (*shape[:-1], shape[-2]) and s.shape == (*shape[:-2], k) and vt.shape == (*shape[:-2], shape[-1], shape[-1])
    np.testing.assert_allclose(np.array(u[..., :k] * s[..., None, :] @ vt[..., :k, :]), x, atol=1e-4)
    np.testing.assert_allclose(np.array(s), np.linalg.svd(x, compute_uv=False), atol=2e-5, rtol=2e-5)
    q, r = mx.linalg.qr(a, stream=mx.cpu)
    np.testing.assert_allclose(np.array(q @ r), x, atol=2e-5)
    np.testing.assert_allclose(np.array(mx.swapaxes(q, -1, -2) @ q), np.broadcast_to(np.eye(k), (*shape[:-2], k, k)), atol=2e-5)
    assert mx.array_equal(mx.triu(r), r)
    if shape[-1] != shape[-2]:
        return
    w, v = mx.linalg.eigh(mx.array(x + np.swapaxes(x, -1, -2)), stream=mx.cpu)
    np.testing.assert_allclose(np.array(v * w[..., None, :] @ mx.swapaxes(v, -1, -2)), x + np.swapaxes(x, -1, -2), atol=1e-4)
    w, v = mx.linalg.eig(a, stream=mx.cpu)
    assert name_of(w.dtype) == name_of(v.dtype) == "complex64"
    np.testing.assert_allclose(np.array(a.astype(mx.complex64) @ v), np.array(v * w[..., None, :]), atol=1e-4)


@beyond_mlx
def test_derivatives():  # MLX has almost none
    s = mx.array(S[0])
    assert mx.allclose(mx.grad(lambda a: mx.linalg.slogdet(a)[1])(s), mx.linalg.inv(s).T, rtol=1e-3, atol=1e-4)
    assert mx.allclose(mx.grad(mx.linalg.det)(s), mx.linalg.det(s) * mx.linalg.inv(s).T, rtol=1e-3, atol=1e-3)
    # The sum of the eigenvalues is the trace, that of the squared singular values the squared norm.
    assert mx.allclose(mx.grad(lambda a: mx.linalg.eigh(a)[0].sum())(s), mx.eye(4), atol=1e-5)
    assert mx.allclose(mx.grad(lambda a: (mx.linalg.svd(a)[1] ** 2).sum())(s), 2 * s, rtol=1e-4, atol=1e-4)
    batched = mx.vmap(mx.grad(lambda a: mx.linalg.cholesky(a).sum()))(mx.array(S))
    assert mx.allclose(batched[1], mx.grad(lambda a: mx.linalg.cholesky(a).sum())(mx.array(S[1])), atol=1e-5)
    with pytest.raises(NotImplementedError, match="eig"):
        mx.grad(lambda a: mx.linalg.eigvals(a).real.sum())(s)


def test_multivariate_normal():
    mean, cov = np.array([1.0, -2.0], np.float32), np.array([[2.0, 0.6], [0.6, 1.0]], np.float32)
    x = np.array(mx.random.multivariate_normal(mx.array(mean), mx.array(cov), (20_000,), key=mx.random.key(0), stream=mx.cpu))
    assert x.shape == (20_000, 2)
    np.testing.assert_allclose(x.mean(0), mean, atol=0.05)
    np.testing.assert_allclose(np.cov(x.T), cov, atol=0.06)


@pytest.mark.parametrize(
    "mean, cov, shape",
    [
        ((2,), (2, 2), ()), ((5, 2), (2, 2), ()), ((5, 2), (2, 2), (3, 5)), ((2,), (5, 2, 2), (3, 5)), ((5, 2), (2, 2), (3,)),
        ((), (2, 2), ()), ((3,), (2, 2), ()), ((2,), (2,), ()), ((2,), (2, 3), ()), ((2,), (2, 2), (0,)),
    ],
)  # fmt: skip
def test_shapes_of_normal_vectors(mean, cov, shape):
    def run(m, s):
        covariance = m.eye(2) if cov == (2, 2) else m.ones(cov)
        return m.random.multivariate_normal(m.zeros(mean), covariance, shape, key=m.random.key(0), **s) * 0

    same(run)
    same(lambda m, s: m.random.multivariate_normal(m.zeros(2), m.eye(2), dtype=m.float16, **s))


@pytest.mark.parametrize("dtype", [mx.float16, mx.bfloat16])
def test_determinants_of_narrow_floats(dtype):
    a = mx.array([[2.0, 1.0], [1.0, 3.0]], dtype)
    assert mx.linalg.det(a).dtype == dtype and mx.linalg.det(a).item() == 5.0
    sign, logarithm = mx.linalg.slogdet(a)
    assert sign.dtype == logarithm.dtype == dtype and sign.item() == 1.0
    assert abs(logarithm.item() - np.log(5)) < 0.01


@pytest.mark.parametrize("n", range(6))
def test_determinants_of_every_size(n):
    x = np.random.default_rng(n).normal(size=(3, n, n)).astype(np.float32)
    np.testing.assert_allclose(np.array(mx.linalg.det(mx.array(x))), np.linalg.det(x), rtol=1e-4, atol=1e-5)


def complex_matrix(*shape):
    random = np.random.default_rng(len(shape))
    return (random.normal(size=shape) + 1j * random.normal(size=shape)).astype(np.complex64)


@pytest.mark.parametrize("shape", [(3, 3), (2, 4, 4), (1, 1), (0, 2, 2)])
def test_complex_eigenvalues(shape):
    x = complex_matrix(*shape)
    a = mx.array(x @ np.conj(np.swapaxes(x, -1, -2)) + np.eye(shape[-1], dtype=np.complex64))
    for uplo in "LU":
        same(lambda m, s, uplo=uplo: m.linalg.eigvalsh(m.array(np.array(a)), UPLO=uplo, **s))
        w, v = mx.linalg.eigh(a, uplo)
        assert name_of(w.dtype) == "float32" and name_of(v.dtype) == "complex64"
        np.testing.assert_allclose(np.array((v * w[..., None, :]) @ mx.conj(v).swapaxes(-1, -2)), np.array(a), atol=1e-4)
    w, v = mx.linalg.eig(mx.array(x))
    np.testing.assert_allclose(x @ np.array(v), np.array(v * w[..., None, :]), atol=1e-4)


@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (2, 3, 4), (1, 5), (0, 2, 2)])
def test_complex_singular_values(shape):
    x = complex_matrix(*shape)
    u, values, v = mx.linalg.svd(mx.array(x))
    k = min(shape[-2:])
    assert name_of(values.dtype) == "float32" and u.shape[-1] == shape[-2] and v.shape[-1] == shape[-1]
    np.testing.assert_allclose(np.array((u[..., :k] * values[..., None, :]) @ v[..., :k, :]), x, atol=1e-4)
    np.testing.assert_allclose(np.array(values), np.linalg.svd(x, compute_uv=False), atol=1e-4)
    np.testing.assert_allclose(np.array(mx.linalg.svd(mx.array(x), compute_uv=False)), np.array(values), atol=1e-4)


def test_derivatives_of_complex_eigenvalues_and_singular_values():
    x, direction = complex_matrix(3, 3), complex_matrix(3, 3, 1)[..., 0]
    hermitian = x @ x.conj().T
    weights = mx.array([1.0, 2.0, -3.0])
    for f, at, along in [
        (lambda a: mx.linalg.eigvalsh(a), hermitian, direction + direction.conj().T),
        (lambda a: mx.square(mx.abs(mx.linalg.eigh(a)[1])).T @ weights, hermitian, direction + direction.conj().T),
        (lambda a: mx.linalg.svd(a, compute_uv=False), x, direction),
    ]:
        run = lambda a, f=f: (f(a) * weights).sum()
        slope = mx.jvp(run, [mx.array(at)], [mx.array(along)])[1][0].item()
        step = 1e-2
        ends = (run(mx.array(at + sign * step * along)).item() for sign in (1, -1))
        assert slope == pytest.approx((next(ends) - next(ends)) / (2 * step), rel=2e-2, abs=1e-2)
        assert slope == pytest.approx((np.conj(np.array(mx.grad(run)(mx.array(at)))) * along).sum().real, rel=1e-3)
    with pytest.raises(TypeError, match="svd.*complex64"):
        mx.grad(lambda a: mx.real(mx.linalg.svd(a)[0]).sum())(mx.array(x))
