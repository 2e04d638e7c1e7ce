"""Derivatives and vectorization: against MLX, finite differences, each other, and loops."""

import numpy as np
import pytest
from oracle import assert_same, beyond_mlx, mlx, mx, outcome

# Smooth functions of one or two (3, 4) arrays with entries in (0.2, 0.8).
UNARY = {
    name: (lambda name: lambda m, x: getattr(m, name)(x))(name)
    for name in (
        "abs negative square sqrt rsqrt reciprocal exp expm1 log log2 log10 log1p sin cos tan sinh cosh tanh arcsin arccos "
        "arctan arcsinh arctanh erf erfinv sigmoid degrees radians sum prod mean var std max min logsumexp softmax cumsum "
        "cumprod logcumsumexp sort median flatten transpose conjugate real stop_gradient contiguous flip tril triu trace "
        "floor round sign diagonal"
    ).split()
} | {
    "arccosh": lambda m, x: m.arccosh(x + 1.5),
    "reductions": lambda m, x: m.sum(x, 0) * m.max(x, 0) + m.prod(x, 0) - m.var(x, axis=0, ddof=1) * m.logsumexp(x, 0),
    "softmax axis": lambda m, x: m.softmax(x, axis=0, precise=True) * x,
    "scans": lambda m, x: m.cumsum(x, 1, reverse=True) * m.cumprod(x, 0, inclusive=False) + m.cummax(x, 1),
    "views": lambda m, x: m.reshape(x, (4, 3)).T[1:, ::-2] * m.moveaxis(x, 0, 1)[:2, 1:],
    "broadcast": lambda m, x: m.broadcast_to(x[:1], (3, 4)) * x + m.expand_dims(x[:, 0], 1),
    "join": lambda m, x: m.concatenate([x * x, m.stack([x[0], x[1]])]) * 2,
    "split": lambda m, x: m.split(x, 2, axis=1)[1] * m.split(x, [1, 3], axis=1)[1],
    "pad": lambda m, x: m.pad(x * x, 1) + m.pad(x, 1, mode="edge"),
    "repeat": lambda m, x: m.repeat(x, 2, axis=0) * m.tile(x, (2, 1)),
    "roll": lambda m, x: m.roll(x, 1, 1) * x + m.diff(m.pad(x, [(0, 0), (1, 0)])),
    "gather": lambda m, x: x[m.array([0, 2, 0])] * m.take(x, m.array([1, 1, 0, 3]), axis=1),
    "along": lambda m, x: m.take_along_axis(x, m.array([[0], [3], [0]]), axis=1) * x,
    "put along": lambda m, x: m.put_along_axis(x * x, m.array([[0], [3], [0]]), x[:, :1] * 3, axis=1),
    "setitem": lambda m, x: assigned(x * 1, (slice(None, 2), m.array([0, 2])), x[1:, :2] * x[1:, 2:]),
    "at add": lambda m, x: (x.at[m.array([0, 0, 1])].add(x * x)) ** 2,
    "where": lambda m, x: m.where(x > 0.5, x * x, m.exp(x)),
    "clip": lambda m, x: m.clip(x, 0.4, 0.6) * x,
    "casts": lambda m, x: (x.astype(m.float16) * 2).astype(m.float32) * x,
    "complex": lambda m, x: m.abs(m.exp(x.astype(m.complex64) * 1j) + x),
    "as_strided": lambda m, x: m.as_strided(x, (3, 3), (4, 1), 1) ** 2,
    "argsort": lambda m, x: m.take(x.flatten(), m.argsort(m.stop_gradient(x).flatten())) ** 2,
    "topk": lambda m, x: m.topk(x, 2, axis=1) ** 2,
}
BINARY = {
    name: (lambda name: lambda m, x, y: getattr(m, name)(x, y))(name)
    for name in "add subtract multiply divide power arctan2 logaddexp maximum minimum remainder floor_divide outer inner kron".split()
} | {
    "matmul": lambda m, x, y: x @ y.T + m.addmm(x @ x.T, x, y.T, alpha=2.0),
    "vector matmul": lambda m, x, y: (x[0] @ y.T) * (x @ y[1]) + (x[0] @ y[0]),
    "einsum": lambda m, x, y: m.einsum("ij,kj->ik", x, y) * m.tensordot(x, y, 2),
    "broadcasting": lambda m, x, y: x[:, :1] * y + x[0] / y,
    "select": lambda m, x, y: m.where(x > y, x * y, x / y),
    "mean squared": lambda m, x, y: m.mean((x - y) ** 2),
}
FUNCTIONS = {**{n: (f, 1) for n, f in UNARY.items()}, **{n: (f, 2) for n, f in BINARY.items()}}
STEPS = {"floor", "round", "sign", "floor_divide", "stop_gradient", "casts"}


def assigned(array, index, value):
    array[index] = value
    return array


def inputs(count):
    # No two entries are closer than the steps of the finite differences: no kink lies between.
    spread = [np.linspace(0.2 + 0.027 * i, 0.8 + 0.027 * i, 12) for i in range(count)]
    return [np.random.default_rng(i).permutation(x).reshape(3, 4).astype(np.float32) for i, x in enumerate(spread)]


def arrays(m, count):
    return [m.array(x) for x in inputs(count)]


def weighted(m, function):
    """A scalar that depends on every entry of the result in its own way."""

    def loss(*args):
        out = function(m, *args)
        return (out * m.cos(m.arange(out.size).astype(m.float32)).reshape(out.shape)).sum()

    return loss


@pytest.mark.parametrize("name", FUNCTIONS)
def test_grad_agrees(name):
    function, count = FUNCTIONS[name]
    got, want = (
        outcome(lambda: m.value_and_grad(weighted(m, function), argnums=tuple(range(count)))(*arrays(m, count))) for m in (mx, mlx)
    )
    assert_same(got, want, rtol=2e-3 if name == "casts" else 1e-4)


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - STEPS))
def test_grad_against_differences(name):
    function, count = FUNCTIONS[name]
    loss = weighted(mx, function)
    args = arrays(mx, count)
    grads = mx.grad(loss, argnums=tuple(range(count)))(*args)
    grads = [grads] if count == 1 and not isinstance(grads, (list, tuple)) else grads
    direction = [mx.array(np.random.default_rng(9 + i).normal(size=(3, 4)).astype(np.float32)) for i in range(count)]
    step = 4e-3
    forward, backward = (loss(*[a + s * step * d for a, d in zip(args, direction)]).item() for s in (1, -1))
    want = (forward - backward) / (2 * step)
    got = sum((g * d).sum().item() for g, d in zip(grads, direction))
    assert got == pytest.approx(want, rel=2e-2, abs=2e-2 * max(1, abs(forward)))


# MLX lacks these forward rules or computes them wrongly; Millpond must have them all.
@beyond_mlx
@pytest.mark.parametrize("name", FUNCTIONS)
def test_jvp_is_the_transpose_of_vjp(name):
    function, count = FUNCTIONS[name]
    args = arrays(mx, count)
    tangents = [mx.array(np.random.default_rng(5 + i).normal(size=(3, 4)).astype(np.float32)) for i in range(count)]
    f = lambda *a: function(mx, *a)  # noqa: E731
    values, pushed = mx.jvp(f, args, tangents)
    cotangent = mx.array(np.random.default_rng(7).normal(size=values[0].shape).astype(np.float32))
    also, pulled = mx.vjp(f, args, [cotangent])
    np.testing.assert_allclose(np.array(values[0]), np.array(also[0]), rtol=1e-6)
    left, right = (pushed[0] * cotangent).sum().item(), sum((p * t).sum().item() for p, t in zip(pulled, tangents))
    assert left == pytest.approx(right, rel=2e-3 if name == "casts" else 1e-4, abs=1e-4)


@beyond_mlx
@pytest.mark.parametrize("in_axis", (0, 1, -1))
@pytest.mark.parametrize("name", FUNCTIONS)
def test_vmap_is_a_loop(name, in_axis):
    function, count = FUNCTIONS[name]
    batches = [np.stack([np.roll(x, shift) for shift in range(3)], in_axis) for x in inputs(count)]
    got = mx.vmap(lambda *a: function(mx, *a), in_axes=(in_axis,) * count if count > 1 else in_axis)(*map(mx.array, batches))
    loop = [np.array(function(mx, *(mx.array(b.take(i, in_axis)) for b in batches))) for i in range(3)]
    np.testing.assert_allclose(np.array(got), np.stack(loop), rtol=2e-5, atol=1e-6)


@beyond_mlx
@pytest.mark.parametrize("name", FUNCTIONS)
def test_vmap_of_grad_is_a_loop(name):
    function, count = FUNCTIONS[name]
    batches = [np.stack([np.roll(x, shift) for shift in range(3)]) for x in inputs(count)]
    gradient = mx.grad(weighted(mx, function))
    got = mx.vmap(gradient)(*map(mx.array, batches))
    loop = [np.array(gradient(*(mx.array(b[i]) for b in batches))) for i in range(3)]
    np.testing.assert_allclose(np.array(got), np.stack(loop), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", ["sin", "exp", "tanh", "square", "softmax", "logsumexp", "cumsum", "reductions", "broadcast", "gather"])
def test_second_derivatives(name):
    def twice(m):
        inner = m.grad(weighted(m, UNARY[name]))
        return m.grad(lambda x: (inner(x) ** 2).sum())(arrays(m, 1)[0])

    assert_same(outcome(twice, mx), outcome(twice, mlx), rtol=1e-3)


@pytest.mark.parametrize("out_axes", (0, 1, -1))
@pytest.mark.parametrize("in_axes", (0, 1, 2, -1))
def test_vmap_axes(in_axes, out_axes):
    x = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    for function in (lambda m, a: a * 2, lambda m, a: m.transpose(a), lambda m, a: m.sum(a, 0, keepdims=True), lambda m, a: a[0][:, None]):
        assert_same(
            *(outcome(lambda: m.vmap(lambda a: function(m, a), in_axes=in_axes, out_axes=out_axes)(m.array(x))) for m in (mx, mlx))
        )


def test_trees():
    params = {"w": [np.ones((2, 3), np.float32), np.zeros(3, np.float32)], "s": (np.float32(2),)}

    def run(m):
        tree = {"w": [m.array(p) for p in params["w"]], "s": (m.array(2.0),)}
        loss = lambda p, x: ((x @ p["w"][0] + p["w"][1]) * p["s"][0]).sum()  # noqa: E731
        return m.value_and_grad(loss)(tree, m.ones((4, 2)))

    assert_same(outcome(run, mx), outcome(run, mlx))


def test_python_control_flow_on_values():
    def branchy(x):
        total = mx.array(0.0)
        while total.item() < 10:  # evaluates inside grad, without losing the trace
            total = total + x * x
            mx.eval(total)
        return total if x.item() > 0 else -total

    value, gradient = mx.value_and_grad(branchy)(mx.array(2.0))
    assert value.item() == 12 and gradient.item() == 12
    assert mx.grad(branchy)(mx.array(-2.0)).item() == 12


def test_custom_function_and_checkpoint():
    def run(m):
        @m.custom_function
        def f(x, y):
            return m.sin(x) * y

        @f.vjp
        def f_vjp(primals, cotangent, output):
            x, y = primals
            return cotangent * 10 * y, cotangent * 20 * x

        x, y = m.array([0.5, 1.0]), m.array([2.0, 3.0])
        kept = m.checkpoint(lambda a: m.sin(m.exp(a)).sum())
        return m.grad(lambda a, b: f(a, b).sum(), argnums=(0, 1))(x, y), m.value_and_grad(kept)(x)

    assert_same(outcome(run, mx), outcome(run, mlx))


@beyond_mlx
@pytest.mark.parametrize("updates", [[3.0, 5.0, 7.0], [0.0, 5.0, 7.0], [0.0, 0.0, 7.0]])
@pytest.mark.parametrize("first", [2.0, 0.0])
def test_factors_that_meet_in_a_scatter(first, updates):  # MLX has no such derivative
    """Products by the rule of the product, where a factor is zero too: nothing is divided by."""
    index, x = [1, 1, 0], [4.0, first, 9.0]
    f = lambda a, u: (a.at[mx.array(index)].multiply(u) * mx.array([1.0, 2.0, 3.0])).sum()  # noqa: E731
    by_x, by_updates = mx.grad(f, argnums=(0, 1))(mx.array(x), mx.array(updates))
    u = updates
    assert by_x.tolist() == [u[2], 2 * u[0] * u[1], 3]
    assert by_updates.tolist() == [2 * first * u[1], 2 * first * u[0], x[0]]
    tangent = mx.jvp(f, [mx.array(x), mx.array(u)], [mx.ones(3), mx.ones(3)])[1][0].item()
    assert np.isclose(tangent, float(by_x.sum().item() + by_updates.sum().item()))
    batch = mx.vmap(mx.grad(f, argnums=1), in_axes=(None, 0))(mx.array(x), mx.array([u, u]))
    assert batch[1].tolist() == by_updates.tolist()
