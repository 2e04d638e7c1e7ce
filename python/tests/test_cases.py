"""Every line of ``cases/*.txt`` is an expression that Millpond and MLX must agree on: value, dtype, shape, or exception.

A line ``expression ==> expectation`` is one where Millpond does more than MLX or differs from it for a reason that
``docs/differences.md`` gives; MLX, which may end the process there, isn't asked: the expectation is
an expression for the value, or ``!`` and the exceptions that may be raised. A line that starts with ``%`` is run before
the lines below it, up to the next ``##`` heading; ``a; b; c`` runs a and b and asks for c. ``mx`` is the module, ``np`` numpy; ``I`` and ``F`` make int32 and
float32 arrays.
"""

import bisect
import builtins
import collections
import copy
import math
import operator
import pathlib
import pickle

import numpy as np
import pytest
from oracle import assert_same, beyond_mlx, mlx, mx, outcome, settle


def read(path):
    setup = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("##"):
            setup = []
        elif line.startswith("%"):
            setup = [*setup, line[1:]]
        elif line and not line.startswith("#"):
            expression, arrow, expectation = line.partition(" ==> ")
            marks = beyond_mlx if arrow else ()
            yield pytest.param(setup, expression, expectation, id=f"{path.stem}:{number}:{expression}", marks=marks)


CASES = [case for path in sorted((pathlib.Path(__file__).parent / "cases").glob("*.txt")) for case in read(path)]


def assign(array, index, value):
    array[index] = value
    return array


def scope(module):
    """What an expression may name."""
    names = {"mx": module, "np": np, "nan": math.nan, "inf": math.inf, "math": math, "operator": operator, "copy": copy}
    names |= {"bisect": bisect, "collections": collections}
    names["I"] = lambda values, dtype=module.int32: module.array(values, dtype)
    names["F"] = lambda values, dtype=module.float32: module.array(values, dtype)
    # The gradient of the sum of a function's result, by all of its arguments.
    names["g"] = lambda f: lambda *args: module.grad(
        lambda *inner: f(*inner).sum(), argnums=tuple(range(len(args)))
    )(*args)
    return names | {"setat": assign, "pickle": pickle}


def run(module, setup, expression):
    names = scope(module)
    *statements, result = expression.split("; ")
    for statement in [*setup, *statements]:
        exec(statement, names)
    return eval(result, names)


@pytest.mark.parametrize("setup, expression, expectation", CASES)
def test_case(setup, expression, expectation):
    got = outcome(run, mx, setup, expression)
    if not expectation:
        assert_same(got, outcome(run, mlx, setup, expression))
    elif expectation.startswith("!"):
        kinds = tuple(getattr(builtins, kind) for kind in expectation[1:].split("|"))
        assert isinstance(got, kinds), f"{got!r} is not {expectation}"
        assert str(got), "the message is empty"
    else:
        assert_same(got, settle(run(mx, setup, expectation)))
