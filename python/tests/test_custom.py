"""Functions with rules of their own, checkpoints and arrays that wait for others, beside MLX's."""

import gc
import weakref

import pytest
from oracle import assert_same, beyond_mlx, mlx, mx, outcome


def same(run):
    assert_same(outcome(run, mx), outcome(run, mlx))


def product(m, seen):
    """``sin(x) * y``, whose rules note what they are given."""

    @m.custom_function
    def f(x, y):
        return m.sin(x) * y

    @f.vjp
    def vjp(*given):
        seen.append(given)
        (x, y), cotangent, _ = given
        return cotangent * 10 * y, cotangent * 20 * x

    @f.jvp
    def jvp(*given):
        seen.append(given)
        _, (dx, dy) = given
        return dx * 7 if dy is None else dx * 7 + dy

    @f.vmap
    def vmap(*given):
        seen.append(given)
        return given[0][0] * 100, 0

    return f


def arguments(m):
    return m.array([0.5, 1.0]), m.array([2.0, 3.0])


def test_rules_are_given_what_mlx_gives():
    def run(m):
        seen = []
        f = product(m, seen)
        x, y = arguments(m)
        return (
            m.grad(lambda a, b: f(a, b).sum(), argnums=(0, 1))(x, y),
            m.grad(lambda a: f(a, y).sum())(x),
            m.jvp(f, [x, y], [y, x]),
            m.jvp(lambda a: f(a, y), [x], [y]),
            m.vmap(f)(x, y),
            m.vmap(f, in_axes=(0, None))(x, y),
            seen,
        )

    same(run)


def test_trees_and_other_arguments():
    def run(m):
        seen = []

        @m.custom_function
        def f(tree, scale, power=1):
            return {"out": tree["a"] * tree["b"][0] ** power * scale}

        @f.vjp
        def vjp(primals, cotangents, outputs, power):
            seen.append((primals, cotangents, outputs, power))
            return {"a": cotangents["out"] * 2, "b": [cotangents["out"] * 3]}, None

        x, y = arguments(m)
        return m.grad(lambda tree: f(tree, 3.0, power=2)["out"].sum())({"a": x, "b": [y]}), seen

    same(run)


def test_what_has_no_rule_is_derived():
    def run(m):
        f = m.custom_function(lambda x: m.sin(x) * 2)
        x, y = arguments(m)
        plain = m.grad(lambda a: f(a).sum())(x), m.jvp(f, [x], [y]), m.vmap(f)(x), f(x)
        f.vjp(lambda primal, cotangent, output: cotangent * primal)
        return plain, m.jvp(f, [x], [y]), m.vmap(f)(x), m.grad(lambda a: f(a).sum())(x)

    same(run)


def test_captured_arrays_are_constants_to_a_rule():
    def run(m):
        x, y = arguments(m)

        def loss(w):
            f = m.custom_function(lambda a: a * w)
            f.vjp(lambda primal, cotangent, output: cotangent)
            return f(x).sum()

        return m.grad(loss)(y)

    same(run)


@beyond_mlx
def test_rules_hold_inside_batches():  # MLX forgets the rule under vmap
    f = mx.custom_function(lambda x: mx.sin(x))
    f.vjp(lambda primal, cotangent, output: cotangent * 10)
    x = mx.array([[0.5, 1.0], [2.0, 3.0]])
    assert mx.grad(lambda a: mx.vmap(f)(a).sum())(x).tolist() == [[10, 10], [10, 10]]
    assert mx.vmap(mx.grad(lambda a: f(a).sum()))(x).tolist() == [[10, 10], [10, 10]]
    assert mx.grad(lambda a: mx.grad(lambda b: f(b * b).sum())(a).sum())(x).tolist() == [[20, 20], [20, 20]]


@beyond_mlx
def test_bad_rules_are_errors():  # MLX takes what it is given, or memory it is not
    x, y = arguments(mx)
    f = mx.custom_function(lambda a: a * 2)

    def slope(rule):
        f.vjp(rule)
        return mx.grad(lambda a: f(a).sum())(x)

    with pytest.raises(ValueError, match=r"\(3,\).*\(2,\)"):
        slope(lambda *_: mx.zeros(3))
    with pytest.raises(ValueError, match="2 arrays for 1"):
        slope(lambda *_: (x, y))
    with pytest.raises(ValueError, match="0 arrays for 1"):
        slope(lambda *_: 3.0)
    with pytest.raises(KeyError, match="mine"):
        slope(lambda *_: {}["mine"])
    assert slope(lambda *_: None).tolist() == [0, 0]
    assert slope(lambda *_: y.astype(mx.float16)).dtype == mx.float32
    for wrong in (3, None):
        with pytest.raises(TypeError):
            mx.custom_function(wrong)
        with pytest.raises(TypeError):
            f.vjp(wrong)


def test_checkpoint():
    def run(m):
        x, y = arguments(m)
        kept = m.checkpoint(lambda tree, scale, b: (m.exp(m.sin(tree["a"])) * tree["b"] * scale * b).sum())
        loss = lambda tree, b: kept(tree, 2.0, b=b)  # noqa: E731
        return m.value_and_grad(loss, argnums=(0, 1))({"a": x, "b": y}, x), kept({"a": x, "b": y}, 3, b=y)

    same(run)


@beyond_mlx
def test_checkpoint_sees_what_it_captures():  # MLX's gradient is zero there
    x, y = arguments(mx)
    loss = lambda w: mx.checkpoint(lambda a: (mx.sin(a) * w).sum())(x)  # noqa: E731
    assert mx.allclose(mx.grad(loss)(y), mx.sin(x))
    assert mx.checkpoint(lambda a: 3)(x) == 3
    runs = []

    @mx.checkpoint
    def f(a):
        runs.append(1)
        return mx.exp(mx.sin(a)).sum()

    mx.eval(mx.grad(f)(x))
    assert len(runs) == 2
    assert mx.allclose(mx.vmap(mx.grad(f))(mx.stack([x, y]))[1], mx.grad(f)(y))
    assert mx.allclose(mx.grad(lambda a: mx.grad(f)(a).sum())(x), mx.grad(lambda a: mx.grad(lambda b: mx.exp(mx.sin(b)).sum())(a).sum())(x))


def test_depends():
    def run(m):
        x, y = arguments(m)
        one, several = m.depends(x, y * 2), m.depends([x, x + 1], (y,))
        return one, several, m.grad(lambda a: m.depends(a * a, a * 3).sum())(x), m.depends(x, [])

    same(run)


@beyond_mlx
def test_depends_under_every_transform():  # MLX has no rules but the gradient's, and ends with nothing to depend on
    x, y = arguments(mx)
    f = lambda a: mx.depends(a * a, a * 3)  # noqa: E731
    assert mx.jvp(f, [x], [y])[1][0].tolist() == (2 * x * y).tolist()
    assert mx.vmap(f)(x).tolist() == (x * x).tolist()
    assert mx.depends([], []) == []
    with pytest.raises(TypeError, match="inputs"):
        mx.depends(3, x)
    with pytest.raises(TypeError, match="dependencies"):
        mx.depends(x, {"a": x})


@beyond_mlx
def test_a_call_keeps_no_argument_alive():
    class Tracked(list):
        pass

    f = mx.custom_function(lambda tree: tree[0] * 2)
    f.vjp(lambda primal, cotangent, output: [cotangent])
    tree = Tracked([mx.ones(4)])
    there = weakref.ref(tree)
    before = mx.get_active_memory()
    big = mx.ones(1 << 20) + 0
    mx.eval(big)
    out = mx.value_and_grad(lambda a: f([a]).sum())(big)
    mx.eval(out)
    mx.value_and_grad(lambda a: f(tree).sum() + a.sum())(mx.ones(2))
    del tree, big
    gc.collect()
    assert there() is None
    assert mx.get_active_memory() - before < 5 << 20, "only the gradient is left"


def test_einsum_path():
    def run(m):
        x, y, z = m.ones((2, 3)), m.ones((3, 4)), m.ones((4, 5))
        return (
            m.einsum_path("ij,jk,kl->il", x, y, z), m.einsum_path("ij->ji", x), m.einsum_path("ij,jk->ik", x, y),
            m.einsum_path("ij,jk", x, y), m.einsum_path("...j,jk->...k", x, y),
        )  # fmt: skip

    same(run)


@pytest.mark.parametrize("call", [("ij,jk->ik", 1), ("ij,jk->ik", 2), ("ij", 3)])
def test_einsum_path_of_what_does_not_fit(call):
    subscripts, count = call
    same(lambda m: m.einsum_path(subscripts, *[m.ones((2, 3))] * count))


@beyond_mlx
def test_einsum_path_to_an_axis_of_no_operand():  # MLX plans it, and einsum refuses
    with pytest.raises(ValueError, match="'k'"):
        mx.einsum_path("ij->ijk", mx.ones((2, 3)))
