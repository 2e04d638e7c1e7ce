"""Runs programs written for MLX on Millpond, unchanged.

``import millpond.as_mlx`` makes ``import mlx`` and the import of any of its modules mean Millpond's from then on.
``python -m millpond.as_mlx SCRIPT ARGS...`` runs a script so, and ``python -m millpond.as_mlx -m MODULE ARGS...`` a
module. ``MLX_DISABLE_COMPILE`` in the environment means what it means to MLX.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import runpy
import sys

__all__ = ["install"]

_OTHER, _OURS = "mlx", "millpond"
_USAGE = "usage: python -m millpond.as_mlx SCRIPT [ARGS...] | -m MODULE [ARGS...]"


def _translated(name: str, old: str, new: str) -> str | None:
    """``name`` with the package ``old`` at its front replaced by ``new``; None if it isn't in ``old``."""
    head, dot, tail = name.partition(".")
    return f"{new}{dot}{tail}" if head == old else None


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds ``mlx.x`` where ``millpond.x`` is, and loads it as the very same module object."""

    def find_spec(self, name, path=None, target=None):
        ours = _translated(name, _OTHER, _OURS)
        if ours is None or (ours not in sys.modules and importlib.util.find_spec(ours) is None):
            return None
        return importlib.machinery.ModuleSpec(name, self)

    def create_module(self, spec):
        module = importlib.import_module(_translated(spec.name, _OTHER, _OURS))
        # The import system is about to put `spec` in its place; the module goes on under its own name.
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module):
        module.__spec__ = module.__spec__.loader_state
        _alias_loaded()


def _alias_loaded() -> None:
    """Gives every module of Millpond that is loaded its other name too.

    Those within a compiled module (``millpond.core.fast``) have no package that a finder could search.
    """
    for name, module in list(sys.modules.items()):
        other = _translated(name, _OURS, _OTHER)
        # `mlx` itself is loaded through the finder; an early entry would stand in its way.
        if other not in (None, _OTHER) and not name.startswith(__name__):
            sys.modules.setdefault(other, module)


def install() -> None:
    """Makes ``mlx`` mean Millpond in this process. Doing it again changes nothing.

    Raises:
        ImportError: The ``mlx`` package itself is already imported.
    """
    if any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    if any(name == _OTHER or name.startswith(_OTHER + ".") for name in sys.modules):
        raise ImportError("mlx is already imported: import millpond.as_mlx before it", name=__name__)
    sys.meta_path.insert(0, _Finder())
    core = importlib.import_module("millpond.core")
    core._show_as("mlx.core")
    if "MLX_DISABLE_COMPILE" in os.environ:
        core.disable_compile()


def _main() -> None:
    args = sys.argv[1:]
    if not args or args[0] in ("-h", "--help") or args == ["-m"]:
        raise SystemExit(_USAGE)
    if args[0] == "-m":
        sys.argv = args[1:]
        runpy.run_module(args[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = args
        if not sys.flags.safe_path:
            sys.path[0] = os.path.dirname(os.path.abspath(args[0]))
        runpy.run_path(args[0], run_name="__main__")


if __name__ == "__main__":
    # This file runs as `__main__`; what it installs must be the importable module's.
    importlib.import_module("millpond.as_mlx")
    _main()
else:
    install()
