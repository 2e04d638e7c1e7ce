"""Functions on trees: values nested in lists, tuples and dictionaries, such as the parameters of a model.

Lists, tuples (named ones too) and dictionaries are the branches of a tree; everything else, ``None`` included,
is a leaf. The path of a leaf is written with dots: in ``{"layers": [{"w": 1}]}`` the leaf lies at ``layers.0.w``.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import Any, Callable, Iterator, Optional

__all__ = [
    "tree_flatten",
    "tree_map",
    "tree_map_with_path",
    "tree_merge",
    "tree_reduce",
    "tree_unflatten",
]

_BRANCHES = (list, tuple, dict)


def _is_branch(tree: Any, is_leaf: Optional[Callable[[Any], bool]]) -> bool:
    return isinstance(tree, _BRANCHES) and not (is_leaf is not None and is_leaf(tree))


def _items(branch: Any) -> Iterator[tuple[Any, Any]]:
    return iter(branch.items()) if isinstance(branch, dict) else enumerate(branch)


def _like(sequence: Any, values: list) -> Any:
    """``values`` as a sequence of the same type as ``sequence``."""
    kind = type(sequence)
    return kind(*values) if hasattr(kind, "_fields") else kind(values)


def tree_map(fn: Callable, tree: Any, *rest: Any, is_leaf: Optional[Callable] = None) -> Any:
    """A tree of the same shape with ``fn(leaf)`` in place of every leaf.

    Args:
        fn: Called with each leaf of ``tree``, and with what lies at the same place in each tree of ``rest``.
        tree: The tree whose shape is followed.
        rest: Further trees that have at least the branches of ``tree``; what lies at a leaf of ``tree`` is passed
            whole, be it a leaf there or not.
        is_leaf: Says of a branch whether to treat it as a leaf.

    Returns:
        The tree of results. Sequences keep their type, dictionaries become plain ones.

    Raises:
        KeyError, IndexError, TypeError: A tree of ``rest`` lacks a branch of ``tree``.

    Example:
        >>> tree_map(lambda x: 10 * x, {"a": 1, "b": (2, 3)})
        {'a': 10, 'b': (20, 30)}
    """
    return tree_map_with_path(lambda _, *leaves: fn(*leaves), tree, *rest, is_leaf=is_leaf)


def tree_map_with_path(
    fn: Callable, tree: Any, *rest: Any, is_leaf: Optional[Callable] = None, path: Optional[Any] = None
) -> Any:
    """As :func:`tree_map`, with the path of the leaf as the first argument of ``fn``.

    Args:
        path: Put before every path, followed by a dot. A lone leaf has just this path.

    Example:
        >>> tree_map_with_path(lambda path, x: f"{path}={x}", {"model": [{"w": 1}]})
        {'model': [{'w': 'model.0.w=1'}]}
    """
    if not _is_branch(tree, is_leaf):
        return fn(path, tree, *rest)
    prefix = f"{path}." if path else ""
    mapped = {
        key: tree_map_with_path(
            fn, child, *(other[key] for other in rest), is_leaf=is_leaf, path=f"{prefix}{key}"
        )
        for key, child in _items(tree)
    }
    return mapped if isinstance(tree, dict) else _like(tree, list(mapped.values()))


def tree_flatten(
    tree: Any,
    prefix: str = "",
    is_leaf: Optional[Callable] = None,
    destination: Optional[list[tuple[str, Any]] | dict[str, Any]] = None,
) -> list[tuple[str, Any]] | dict[str, Any]:
    """The leaves of a tree with their paths, as a list of pairs or as a dictionary.

    Args:
        tree: The tree to flatten. A lone leaf has the path ``""``.
        prefix: Put before every path; its first character is dropped, so write ``".model"``.
        is_leaf: Says of a branch whether to treat it as a leaf.
        destination: A list or dictionary to add to; a new list by default.

    Returns:
        ``destination``. Empty branches leave no trace in it.

    Raises:
        ValueError: ``destination`` is neither a list nor a dictionary.

    Example:
        >>> tree_flatten({"a": [1, {"b": 2}]})
        [('a.0', 1), ('a.1.b', 2)]
    """
    if destination is None:
        destination = []
    if isinstance(destination, list):
        add = lambda path, leaf: destination.append((path, leaf))  # noqa: E731
    elif isinstance(destination, dict):
        add = destination.__setitem__
    else:
        raise ValueError(
            f"tree_flatten: destination must be a list, a dictionary or None, not {type(destination).__name__}"
        )

    def visit(tree: Any, path: str) -> None:
        if _is_branch(tree, is_leaf):
            for key, child in _items(tree):
                visit(child, f"{path}.{key}")
        else:
            add(path[1:], tree)

    visit(tree, prefix)
    return destination


def tree_unflatten(tree: list[tuple[str, Any]] | dict[str, Any]) -> Any:
    """The tree whose leaves and paths are given: the inverse of :func:`tree_flatten`.

    A branch becomes a list where all keys under it are numbers, with ``{}`` at places no path names; otherwise
    it becomes a dictionary.

    Args:
        tree: Pairs of path and leaf, or a dictionary from path to leaf.

    Raises:
        ValueError: Two leaves have the same path.

    Example:
        >>> tree_unflatten([("a.0", 1), ("a.1.b", 2)])
        {'a': [1, {'b': 2}]}
    """
    pairs = list(tree.items()) if isinstance(tree, dict) else tree
    if len(pairs) == 1 and pairs[0][0] == "":
        return pairs[0][1]
    return _grow([(path.split("."), leaf) for path, leaf in pairs])


def _grow(leaves: list[tuple[list[str], Any]]) -> Any:
    """The branch with these leaves, each with its path as a list of keys."""
    below: dict[str, list[tuple[list[str], Any]]] = {}
    for (key, *path), leaf in leaves:
        below.setdefault(key, []).append((path, leaf))
    branch = {}
    for key, group in below.items():
        here = [leaf for path, leaf in group if path in ([], [""])]
        if len(here) > 1:
            raise ValueError(f"tree_unflatten: {len(here)} leaves have the same path, which ends in {key!r}")
        if len(group) == 1 and here:
            branch[key] = here[0]
        else:
            branch[key] = _grow([(path or [""], leaf) for path, leaf in group])
    if all(key.isdecimal() for key in branch):
        places = {int(key): child for key, child in branch.items()}
        return [places.get(place, {}) for place in range(max(places, default=-1) + 1)]
    return branch


def tree_reduce(fn: Callable, tree: Any, initializer: Any = None, is_leaf: Optional[Callable] = None) -> Any:
    """Folds the leaves of a tree into one value with ``fn(value, leaf)``, in the order of :func:`tree_flatten`.

    Args:
        initializer: The value to start from; the first leaf where it is ``None``.

    Returns:
        The last value; ``initializer`` where the tree has no leaf.

    Example:
        >>> tree_reduce(lambda total, x: total + x, {"a": [1, 2, 3], "b": [4, 5]}, 0)
        15
    """
    value = initializer
    for _, leaf in tree_flatten(tree, is_leaf=is_leaf):
        value = leaf if value is None else fn(value, leaf)
    return value


def tree_merge(tree_a: Any, tree_b: Any, merge_fn: Optional[Callable] = None) -> Any:
    """One tree with the leaves of both, as a deep ``dict.update``.

    ``None`` and empty branches give way to whatever the other tree has in their place.

    Args:
        merge_fn: Called with both leaves where each tree has one at the same place.

    Raises:
        ValueError: Both trees have a leaf at the same place and there is no ``merge_fn``, or two empty
            branches of different types meet.

    Example:
        >>> tree_merge({"a": {"b": 1}}, {"a": {"c": 2}})
        {'a': {'b': 1, 'c': 2}}
    """
    branch_a, branch_b = isinstance(tree_a, _BRANCHES), isinstance(tree_b, _BRANCHES)
    empty_a = tree_a is None or (branch_a and not tree_a)
    empty_b = tree_b is None or (branch_b and not tree_b)
    if empty_a and empty_b:
        if branch_a and branch_b and type(tree_a) is not type(tree_b):
            kinds = type(tree_a).__name__, type(tree_b).__name__
            raise ValueError("tree_merge: cannot merge {} with {}, both empty".format(*kinds))
        if branch_a and branch_b:
            return tree_a
        tree_a = tree_b = None
    elif empty_a or empty_b:
        return tree_b if empty_a else tree_a
    elif isinstance(tree_a, dict) and isinstance(tree_b, dict):
        shared = {key: tree_merge(tree_a[key], tree_b[key], merge_fn) for key in tree_a if key in tree_b}
        return {**tree_a, **tree_b, **shared}
    elif isinstance(tree_a, (list, tuple)) and isinstance(tree_b, (list, tuple)):
        return _like(tree_a, [tree_merge(a, b, merge_fn) for a, b in zip_longest(tree_a, tree_b)])

    if merge_fn is None:
        raise ValueError("tree_merge: both trees have a leaf at the same place and there is no merge function")
    return merge_fn(tree_a, tree_b)
