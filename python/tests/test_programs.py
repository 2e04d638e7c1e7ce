"""Whole programs give what they give with MLX: values, dtypes, structures, texts and exceptions."""

import importlib

import mlx.utils as mlx_trees
import pytest
from oracle import assert_same, mlx, mx, outcome
from programs import PROGRAMS

trees = importlib.import_module(f"{mx.__name__.partition('.')[0]}.utils")


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_program(program):
    got, want = program(mx, trees), program(mlx, mlx_trees)
    assert list(got) == list(want)
    for name in want:
        settled = (outcome(value if callable(value) else lambda value=value: value) for value in (got[name], want[name]))
        # Sums of products are rounded in another order, and what is computed from them carries it on.
        assert_same(*settled, rtol=1e-4 if program.__name__ != "mixed_precision" else None)
