"""Programs that import mlx run on Millpond."""

import subprocess
import sys

import pytest

PROGRAM = """
import pickle
import sys
import mlx.core as mx
from mlx.utils import tree_map
import mlx.core.random
import millpond.core, millpond.utils
assert mx is millpond.core and tree_map is millpond.utils.tree_map
assert mlx.core.random is millpond.core.random
assert millpond.utils.__spec__.name == "millpond.utils"
assert str(mx.float32) == repr(mx.ones(1).dtype) == "mlx.core.float32"
assert pickle.loads(pickle.dumps(mx.float32)) is mx.float32 and b"mlx" not in pickle.dumps(mx.float32)
try:
    import mlx.no_such_module
except ModuleNotFoundError as error:
    assert "mlx.no_such_module" in str(error), error
else:
    raise AssertionError("imported what isn't there")
print(sys.argv[1:], __name__, mx.array([1, 2]).sum().item())
"""


def python(*args, cwd):
    return subprocess.run([sys.executable, *args], cwd=cwd, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("how", [["program.py"], ["-m", "program"]])
def test_a_program_runs_unchanged(tmp_path, how):
    (tmp_path / "program.py").write_text(PROGRAM)
    done = python("-m", "millpond.as_mlx", *how, "--flag", "x", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "['--flag', 'x'] __main__ 3\n"


def test_an_import_does_the_same(tmp_path):
    done = python("-c", "import millpond.as_mlx\n" + PROGRAM, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_coming_too_late_is_an_error(tmp_path):
    program = "import sys, types\nsys.modules['mlx'] = types.ModuleType('mlx')\nimport millpond.as_mlx"
    done = python("-c", program, cwd=tmp_path)
    assert done.returncode != 0 and "ImportError: mlx is already imported" in done.stderr


@pytest.mark.parametrize("variable, module", [("MLX_DISABLE_COMPILE", "mlx"), ("MILLPOND_DISABLE_COMPILE", "millpond")])
def test_compiling_is_switched_off_from_outside(tmp_path, monkeypatch, variable, module):
    program = f"""
import {module}.core as mx
calls = []
f = mx.compile(lambda x: calls.append(1) or x)
f(mx.ones(2)), f(mx.ones(2))
print(len(calls))
"""
    (tmp_path / "program.py").write_text(program)
    assert python("-m", "millpond.as_mlx", "program.py", cwd=tmp_path).stdout == "1\n"
    monkeypatch.setenv(variable, "1")
    assert python("-m", "millpond.as_mlx", "program.py", cwd=tmp_path).stdout == "2\n"


def test_usage(tmp_path):
    done = python("-m", "millpond.as_mlx", cwd=tmp_path)
    assert done.returncode != 0 and done.stderr.startswith("usage: python -m millpond.as_mlx SCRIPT")
