"""Tree functions: by themselves, and beside those of MLX where it is installed."""

import doctest
from collections import namedtuple

import pytest

from millpond import utils

Pair = namedtuple("Pair", "a b")
has_b = lambda tree: isinstance(tree, dict) and "b" in tree  # noqa: E731


def test_flatten():
    tree = {"a": {"b": 1}, "c": [2, (3, None)], "empty": {}}
    pairs = [("a.b", 1), ("c.0", 2), ("c.1.0", 3), ("c.1.1", None)]
    assert utils.tree_flatten(tree) == pairs
    assert utils.tree_flatten(tree, destination={"z": 0}) == {"z": 0, **dict(pairs)}
    assert utils.tree_flatten([[[0]]], prefix=".hello") == [("hello.0.0.0", 0)]
    assert utils.tree_flatten(tree, is_leaf=has_b)[0] == ("a", {"b": 1})
    with pytest.raises(ValueError, match="destination .* not tuple"):
        utils.tree_flatten(tree, destination=())


@pytest.mark.parametrize("tree", [7, [], [1, [2, {"x": 3}]], {"a": [{"w": 1}, {"w": 2}]}, {"a": {"0": 1, "k": 2}}])
def test_unflatten_is_the_inverse_of_flatten(tree):
    assert utils.tree_unflatten(utils.tree_flatten(tree)) == tree
    assert utils.tree_unflatten(utils.tree_flatten(tree, destination={})) == tree


def test_unflatten():
    assert utils.tree_unflatten([("2", "c"), ("0", "a")]) == ["a", {}, "c"]
    assert utils.tree_unflatten([("10", 10), ("9", 9)])[9:] == [9, 10]
    with pytest.raises(ValueError, match="2 leaves have the same path.*'a'"):
        utils.tree_unflatten([("x.a", 1), ("x.a", 2)])


def test_map():
    assert utils.tree_map(lambda x: 10 * x, [1, {"a": 2}, (3,)]) == [10, {"a": 20}, (30,)]
    assert utils.tree_map(lambda x, y: x + y, {"a": [1]}, {"a": (2, 5), "b": 3}) == {"a": [3]}
    assert utils.tree_map(lambda x: x, Pair(1, [2])) == Pair(1, [2])
    assert utils.tree_map(len, {"a": {"b": 1}}, is_leaf=has_b) == {"a": 1}
    with pytest.raises(KeyError):
        utils.tree_map(lambda x, y: x, {"a": 1}, {})


def test_map_with_path():
    tree = {"model": [{"w": 0}, {"b": 1}]}
    pair = lambda *args: args  # noqa: E731
    assert utils.tree_map_with_path(pair, tree) == {"model": [{"w": ("model.0.w", 0)}, {"b": ("model.1.b", 1)}]}
    assert utils.tree_map_with_path(pair, [1], path="p") == [("p.0", 1)]
    assert utils.tree_map_with_path(pair, 1) == (None, 1)


def test_reduce():
    tree = {"a": [1, 2, 3], "b": [4, 5]}
    add = lambda total, x: total + x  # noqa: E731
    assert utils.tree_reduce(add, tree) == 15
    assert utils.tree_reduce(add, tree, 10) == 25
    assert utils.tree_reduce(add, [], 3) == 3
    assert utils.tree_reduce(add, []) is None


def test_merge():
    assert utils.tree_merge({"a": {"b": 1}, "c": 2}, {"a": {"d": 3}}) == {"a": {"b": 1, "d": 3}, "c": 2}
    assert utils.tree_merge([1, {}], [{}, 2, 3]) == [1, 2, 3]
    assert utils.tree_merge({"a": 1}, {"a": 2}, max) == {"a": 2}
    assert utils.tree_merge({"a": None}, {"a": 2}) == {"a": 2}
    with pytest.raises(ValueError, match="no merge function"):
        utils.tree_merge({"a": 1}, {"a": 2})
    with pytest.raises(ValueError, match="list with dict"):
        utils.tree_merge({"a": []}, {"a": {}})


def test_examples():
    failed, tried = doctest.testmod(utils)
    assert failed == 0 and tried >= 6


TREES = [1, None, [], {}, (), [1], (1, 2), [1, [2, 3]], {"a": 1}, {"a": [1, {"b": 2}], "c": (3,)}, Pair(1, {"x": 2})]
CALLS = [
    *(lambda u, t=t: u.tree_flatten(t) for t in TREES),
    *(lambda u, t=t: u.tree_flatten(t, is_leaf=has_b, prefix=".p") for t in TREES),
    *(lambda u, t=t: u.tree_unflatten(u.tree_flatten(t)) for t in TREES),
    *(lambda u, t=t: u.tree_map(lambda x: [x], t) for t in TREES),
    *(lambda u, t=t: u.tree_map_with_path(lambda p, x: (p, x), t, is_leaf=has_b) for t in TREES),
    *(lambda u, t=t: u.tree_reduce(lambda a, x: (a, x), t) for t in TREES),
    *(lambda u, s=s, t=t: u.tree_map(lambda x, y: (x, y), s, t) for s in TREES for t in TREES),
    *(lambda u, s=s, t=t: u.tree_merge(s, t) for s in TREES for t in TREES),
    *(lambda u, s=s, t=t: u.tree_merge(s, t, lambda x, y: (x, y)) for s in TREES for t in TREES),
]


def test_results_and_errors_are_those_of_mlx():
    theirs = pytest.importorskip("mlx.utils")

    def outcome(call, module):
        try:
            return call(module)
        except Exception as error:
            return type(error)

    for number, call in enumerate(CALLS):
        assert outcome(call, utils) == outcome(call, theirs), f"call {number}"
