"""Transforms from Python: arguments, trees, and exceptions on their way through."""

import gc
import inspect
import weakref
from typing import NamedTuple

import millpond.core as mx
import numpy as np
import pytest


def product(x, y):
    return (x * y).sum()


X, Y = mx.array([1.0, 2.0]), mx.array([3.0, 4.0])


def test_argnums_and_argnames():
    assert mx.grad(product)(X, Y).tolist() == [3, 4]
    assert mx.grad(product, argnums=1)(X, Y).tolist() == [1, 2]
    both = mx.grad(product, argnums=(0, 1))(X, Y)
    assert type(both) is tuple and [g.tolist() for g in both] == [[3, 4], [1, 2]]
    assert mx.grad(product, argnums=[1])(X, Y).tolist() == [1, 2]
    first, named = mx.grad(product, argnames="y")(X, y=Y)
    assert first is None and named["y"].tolist() == [1, 2]
    first, named = mx.grad(product, argnums=0, argnames=["y"])(X, y=Y)
    assert first.tolist() == [3, 4] and named["y"].tolist() == [1, 2]
    # What is not differentiated passes through as it is.
    assert mx.grad(product)(X, 3).tolist() == [3, 3]


@pytest.mark.parametrize(
    "call",
    [
        lambda: mx.grad(product, argnums=-1), lambda: mx.grad(product, argnums=2)(X, Y),
        lambda: mx.grad(product, argnums=(0, 0)), lambda: mx.grad(product, argnums=()), lambda: mx.grad(product)(),
        lambda: mx.grad(product, argnames="z")(X, y=Y), lambda: mx.grad(product)("a", Y), lambda: mx.grad(product)(None, Y),
        lambda: mx.grad(product)([X, "a"], Y), lambda: mx.grad(lambda x: 3.0)(X), lambda: mx.grad(lambda x: None)(X),
        lambda: mx.grad(lambda x: x * x)(X), lambda: mx.grad(lambda x: (x.sum(), x))(X),
        lambda: mx.value_and_grad(lambda x: [x.sum(), x])(X), lambda: mx.grad(lambda d: d["a"].sum())({"a": X, "b": 5}),
    ],
)
def test_what_cannot_be_differentiated(call):
    with pytest.raises(ValueError):
        call()


def test_wrong_types():
    for f in (mx.grad, mx.value_and_grad, mx.vmap):
        with pytest.raises(TypeError):
            f(3)
    with pytest.raises(TypeError):
        mx.grad(product, argnums="a")
    with pytest.raises(TypeError):
        mx.vjp(lambda x: x, X, X)


class Point(NamedTuple):
    x: object
    y: object


def test_trees():
    tree = {"a": X, "b": [Y, (X,)]}
    g = mx.grad(lambda t: (t["a"] * t["b"][0] * t["b"][1][0]).sum())(tree)
    assert g["a"].tolist() == [3, 8] and g["b"][0].tolist() == [1, 4] and type(g["b"][1]) is tuple
    g = mx.grad(lambda p: (p.x * p.y).sum())(Point(X, Y))
    assert type(g) is Point and g.x.tolist() == [3, 4]


def test_value_and_aux():
    value, g = mx.value_and_grad(lambda x: x.sum())(X)
    assert value.item() == 3 and g.tolist() == [1, 1]
    (value, twice, text), g = mx.value_and_grad(lambda x: (x.sum(), x * 2, "aux"))(X)
    assert (value.item(), twice.tolist(), text, g.tolist()) == (3, [2, 4], "aux", [1, 1])


def test_nesting_and_control_flow():
    x = mx.array(2.0)
    cube = lambda x: x * x * x  # noqa: E731
    assert mx.grad(mx.grad(cube))(x).item() == 12 and mx.grad(mx.grad(mx.grad(cube)))(x).item() == 6
    assert mx.grad(lambda x: x * x if x.item() > 0 else -x)(mx.array(3.0)).item() == 6
    assert mx.grad(lambda x: (mx.eval(x * x), x * x)[1])(mx.array(3.0)).item() == 6
    assert mx.grad(lambda x: mx.stop_gradient(x) * x)(mx.array(3.0)).item() == 3
    assert mx.vmap(mx.grad(lambda x: x * x))(X).tolist() == [2, 4]
    assert mx.grad(lambda x: mx.vmap(lambda y: y * y)(x).sum())(X).tolist() == [2, 4]


def test_in_place_inside_a_transform():
    def f(x):
        x = x * 1
        x += 2
        x *= x
        return x.sum()

    assert mx.grad(f)(X).tolist() == [6, 8] and X.tolist() == [1, 2]


def test_vjp_and_jvp():
    outputs, grads = mx.vjp(lambda x, y: (x * y, x + y), [X, Y], [mx.ones(2), mx.ones(2)])
    assert [o.tolist() for o in outputs] == [[3, 8], [4, 6]] and [g.tolist() for g in grads] == [[4, 5], [2, 3]]
    outputs, tangents = mx.jvp(lambda x: x * x, (X,), (mx.array([1.0, 0.0]),))
    assert outputs[0].tolist() == [1, 4] and tangents[0].tolist() == [2, 0]
    for bad in (lambda: mx.vjp(lambda x: x, [X], [mx.ones(3)]), lambda: mx.jvp(lambda x: x, [X], [])):
        with pytest.raises(ValueError):
            bad()


def test_vmap_axes():
    m = mx.array([[1.0, 2.0], [3.0, 4.0]])
    assert mx.vmap(lambda x: x.sum())(m).tolist() == [3, 7]
    assert mx.vmap(lambda x: x.sum(), in_axes=1)(m).tolist() == [4, 6]
    assert mx.vmap(lambda x: x * 2, out_axes=1)(m).tolist() == [[2, 6], [4, 8]]
    assert mx.vmap(lambda x, y: x + y, in_axes=(0, None))(X, Y).tolist() == [[4, 5], [5, 6]]
    assert mx.vmap(lambda d: d["a"] + d["b"], in_axes={"a": 0, "b": None})({"a": X, "b": Y}).shape == (2, 2)
    assert mx.vmap(lambda d, e: d["a"] + e, in_axes=({"a": 0}, None))({"a": X}, Y).shape == (2, 2)
    a, b = mx.vmap(lambda x: (x, {"k": x * 2}))(X)
    assert a.tolist() == [1, 2] and b["k"].tolist() == [2, 4]
    assert mx.vmap(lambda x: mx.array(1.0))(X).tolist() == [1, 1]
    assert mx.vmap(mx.vmap(lambda x: x + 1))(m).tolist() == [[2, 3], [4, 5]]


@pytest.mark.parametrize(
    "call, error",
    [
        (lambda: mx.vmap(product, in_axes=(0,))(X, Y), ValueError), (lambda: mx.vmap(product)(X, mx.ones(3)), ValueError),
        (lambda: mx.vmap(product, in_axes=(None, None))(X, Y), ValueError), (lambda: mx.vmap(lambda x: x)(3.0), ValueError),
        (lambda: mx.vmap(lambda x: x, in_axes="a")(X), ValueError), (lambda: mx.vmap(lambda x, k=2: x * k)(X, k=3), TypeError),
        (lambda: mx.vmap(lambda x: 3.0)(X), ValueError), (lambda: mx.vmap(lambda x: x, in_axes=2)(X), (ValueError, IndexError)),
        (lambda: mx.vmap(lambda x: x.item())(X), (ValueError, RuntimeError)),
    ],
)
def test_what_cannot_be_vectorized(call, error):
    with pytest.raises(error):
        call()


@pytest.mark.parametrize("transform", [mx.grad, mx.value_and_grad, mx.vmap])
def test_exceptions_pass_through_unchanged(transform):
    class Mine(Exception):
        pass

    raised = Mine("look", 3)

    def f(x):
        raise raised

    with pytest.raises(Mine) as info:
        transform(f)(X)
    assert info.value is raised
    with pytest.raises(Mine) as info:
        mx.grad(lambda x: transform(f)(x).sum())(X)
    assert info.value is raised
    # And leave nothing behind.
    assert mx.grad(product)(X, Y).tolist() == [3, 4]
    with pytest.raises(ValueError):
        mx.grad(lambda x: (x + mx.ones(7)).sum())(X)


def test_gradients_of_real_work_agree_with_differences():
    w = mx.array(np.random.default_rng(0).normal(size=(3,)).astype(np.float32))

    def loss(w):
        return (mx.exp(w) * w * w).sum()

    g = np.array(mx.grad(loss)(w))
    for i in range(3):
        step = np.zeros(3, np.float32)
        step[i] = 1e-2
        difference = (loss(w + step).item() - loss(w - step).item()) / 2e-2
        assert g[i] == pytest.approx(difference, rel=1e-2, abs=1e-2)


@pytest.mark.parametrize("transform", [mx.grad, mx.value_and_grad, mx.vmap, mx.compile, mx.checkpoint, mx.custom_function])
def test_a_transformed_function_passes_for_the_function(transform):
    def loss(weights, bias=0.0):
        return (weights + bias).sum()

    transformed = transform(loss)
    assert transformed.__name__ == "loss" and transformed.__qualname__ == loss.__qualname__
    assert transformed.__wrapped__ is loss and inspect.signature(transformed) == inspect.signature(loss)
    assert not hasattr(transformed, "no_such_attribute")


@pytest.mark.parametrize("transform", [mx.grad, mx.value_and_grad, mx.vmap, mx.compile, mx.checkpoint, mx.custom_function])
def test_an_object_that_holds_its_transformed_method_is_collected(transform):
    class Model:
        def __init__(self):
            self.weights = mx.ones(3)
            self.state = [self.weights, {}]
            self.step = transform(self.loss)

        def loss(self, x):
            return (x * self.weights).sum()

    model = Model()
    if transform is not mx.vmap:
        model.step(mx.ones(3))
    alive = weakref.ref(model)
    del model
    gc.collect()
    assert alive() is None


def test_trees_that_contain_themselves_are_refused():
    tree = [mx.ones(2)]
    tree.append(tree)
    for call in (
        lambda: mx.eval(tree),
        lambda: mx.async_eval(tree),
        lambda: mx.grad(lambda t: t[0].sum())(tree),
        lambda: mx.vmap(lambda t: t[0])(tree),
        lambda: mx.compile(lambda t: t[0])(tree),
        lambda: mx.checkpoint(lambda t: t[0])(tree),
    ):
        with pytest.raises(RecursionError):
            call()
    assert (mx.ones(2) + 1).tolist() == [2, 2]


def test_what_a_function_puts_into_the_containers_it_is_differentiated_by_stays_there():
    def loss(state):
        weights = state["weights"]
        state["mean"] = 0.5 * state["mean"] + 0.5 * weights.mean()
        state["seen"][0] += 1
        state["seen"].append(weights)
        return (weights * 2).sum()

    weights = mx.array([1.0, 3.0])
    state = {"weights": weights, "mean": mx.array(0.0), "seen": [mx.array(0.0)]}
    grads = mx.grad(loss)(state)
    assert list(grads) == ["weights", "mean", "seen"] and grads["weights"].tolist() == [2, 2]
    assert state["weights"] is weights and state["mean"].item() == 1 and state["seen"][0].item() == 1
    assert state["seen"][1] is weights and weights.tolist() == [1, 3]

    def failing(state):
        state["mean"] = state["mean"] + 1
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        mx.grad(failing)(state)
    assert state["mean"].item() == 1

    def emptied(state):
        return state.pop("weights").sum() + sum(a.sum() for a in state.pop("seen"))

    value, grads = mx.value_and_grad(emptied)(state)
    assert value.item() == 9 and list(state) == ["mean"] and grads["weights"].tolist() == [1, 1]


def test_an_array_that_appears_while_the_function_runs_is_an_error():
    parameters = {"a": mx.array(1.0)}

    def loss(p):
        parameters["b"] = mx.array(2.0)
        return p["a"]

    with pytest.raises(ValueError, match="added"):
        mx.grad(loss)(parameters)
