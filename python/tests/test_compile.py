"""Compiled functions: run once for each kind of arguments, the same results as MLX's, under every transform."""

import numpy as np
import pytest
from oracle import assert_same, beyond_mlx, mlx, mx, outcome


def same(run):
    assert_same(outcome(run, mx), outcome(run, mlx))


def counted(function):
    """The function, and a list that grows when it runs."""
    runs = []

    def wrapped(*args, **kwargs):
        runs.append(1)
        return function(*args, **kwargs)

    return wrapped, runs


def test_values():
    def run(m):
        x, y = m.array([[1.0, 2.0], [3.0, 4.0]]), m.array([1.0, -1.0])
        f = m.compile(lambda a, b: (m.exp(-a) @ b + a[0], {"sum": a.sum(), "same": b}))
        constant = m.compile(lambda a: (a, 3, None, "text"))
        return f(x, y), f(y * x, x[0]), constant(x), m.compile(lambda a: None)(x), m.compile(lambda: m.ones(2))()

    same(run)


def test_arguments_that_are_no_arrays():
    def run(m):
        f = m.compile(lambda tree, by=2, *, name="a": tree["x"] * by + len(name) + tree["y"][0])
        tree = {"x": m.array([1.0, 2.0]), "y": [m.array(3.0), None]}
        return f(tree), f(tree, 3), f(tree, by=4, name="long"), f(tree, 2.5), f(tree, True)

    same(run)
    for bad in (object(), np.ones(2)):
        same(lambda m: m.compile(lambda a: a)(bad))
    same(lambda m: m.compile(3))


@beyond_mlx
def test_it_runs_once_for_each_kind():
    f, runs = counted(lambda a, b=1: mx.sin(a) * b + a.shape[0])
    compiled = mx.compile(f, shapeless=True)
    for _ in range(3):
        for x in (mx.ones(3), mx.ones((4, 2)), mx.ones(3, mx.float16)):
            assert mx.array_equal(compiled(x), f(x))
            runs.pop()
    assert len(runs) == 3
    compiled(mx.ones(3), 2), compiled(mx.ones(3), 2.0), compiled(mx.ones(3), True), compiled(mx.ones(3), b=1)
    assert len(runs) == 7
    many, runs = counted(lambda a, b: a + b)
    compiled = mx.compile(many)
    for b in range(200):
        assert compiled(mx.array(1.0), b).item() == 1 + b
    compiled(mx.array(1.0), 199)
    assert len(runs) == 200


def test_values_can_not_be_looked_at():
    def run(m):
        m.compile(lambda a: a if a > 0 else -a)(m.array(1.0))

    same(run)
    same(lambda m: m.compile(lambda a: a * a.item())(m.array(1.0)))


def test_state():
    def run(m):
        state = {"a": m.array(1.0), "list": [m.array([1.0, 2.0])]}

        def step(x):
            state["a"] = state["a"] + x
            state["list"][0] = state["list"][0] * x
            return state["a"] * 2

        compiled = m.compile(step, inputs=state, outputs=state)
        first = compiled(m.array(2.0)), dict(state), state["list"][0]
        state["a"] = m.array(10.0)  # not a constant
        return first, compiled(m.array(3.0)), compiled(m.array(3.0)), state

    same(run)


def test_training_with_a_compiled_step():
    def run(m):
        x = m.array(np.linspace(-1, 1, 40).reshape(20, 2).astype(np.float32))
        target = x @ m.array([2.0, -3.0])
        state = [{"w": m.zeros(2)}]

        def step(x, y):
            loss = lambda p: ((x @ p["w"] - y) ** 2).mean()  # noqa: E731
            value, gradient = m.value_and_grad(loss)(state[0])
            state[0]["w"] = state[0]["w"] - 0.5 * gradient["w"]
            return value

        compiled = m.compile(step, inputs=state, outputs=state)
        return [compiled(x, target) for _ in range(10)], state

    got, want = outcome(run, mx), outcome(run, mlx)
    assert_same(got, want, rtol=1e-4)


def test_randomness():
    def run(m):
        frozen = m.compile(lambda: m.random.uniform(shape=(3,)))
        m.random.seed(3)
        again = frozen().tolist() == frozen().tolist()
        drawn = m.compile(lambda: m.random.uniform(shape=(3,)), inputs=m.random.state, outputs=m.random.state)
        m.random.seed(5)
        return again, drawn(), drawn(), m.random.uniform(shape=(3,))

    same(run)


def test_transforms():
    def run(m):
        x, y = m.array([0.5, 1.0]), m.array([2.0, 3.0])
        f = m.compile(lambda a: m.sin(a) * a)
        return (
            m.grad(lambda a: f(a).sum())(x), m.compile(m.grad(lambda a: f(a).sum()))(x), m.vmap(f)(x),
            m.jvp(f, [x], [y]), m.vmap(m.grad(f))(x), m.compile(m.vmap(m.grad(f)))(x), m.compile(m.compile(f))(x),
        )  # fmt: skip

    same(run)


def test_checkpoints_and_custom_functions():
    def run(m):
        x = m.array([0.5, 1.0])
        kept = m.checkpoint(lambda a: m.exp(m.sin(a)).sum())
        custom = m.custom_function(lambda a: m.sin(a))
        custom.vjp(lambda primal, cotangent, output: cotangent * 7)
        slope = lambda a: m.grad(lambda b: custom(b).sum())(a)  # noqa: E731
        return m.compile(m.grad(kept))(x), m.grad(m.compile(kept))(x), m.compile(slope)(x), m.grad(m.grad(m.compile(lambda a: kept(a) * a.sum())))(x[0])

    same(run)


def test_switching_it_off():
    f, runs = counted(lambda a: a + 1)
    compiled = mx.compile(f)
    mx.disable_compile()
    try:
        compiled(mx.ones(2)), compiled(mx.ones(2))
        assert len(runs) == 2
    finally:
        mx.enable_compile()
    compiled(mx.ones(2)), compiled(mx.ones(2))
    assert len(runs) <= 4


@beyond_mlx
def test_a_failing_function_leaves_no_trace():
    state = {"a": mx.array(1.0)}

    def f(x):
        state["a"] = state["a"] + x
        raise KeyError("mine")

    compiled = mx.compile(f, inputs=state, outputs=state)
    for _ in range(2):
        with pytest.raises(KeyError, match="mine"):
            compiled(mx.array(1.0))
        assert state["a"].item() == 1
    with pytest.raises(ValueError, match="compile"):
        mx.compile(lambda a: a.tolist())(mx.ones(3))
