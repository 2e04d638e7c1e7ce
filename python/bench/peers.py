"""What the harness needs to know of each peer: how to make its arrays, run an expression and read the result."""

from __future__ import annotations

import importlib
import importlib.util
import os
from typing import Any, Callable

import numpy as np

from bench.rows import Input, Row

SUBJECT = "millpond"
"""The peer that all others are compared with."""
PEERS = [SUBJECT, "numpy", "torch", "jax", "mlx"]

_MODULES = {
    # Another module with the same interface can stand in, to try the harness itself.
    SUBJECT: os.environ.get("MILLPOND_BENCH_MODULE", "millpond.core"),
    "numpy": "numpy",
    "torch": "torch",
    "jax": "jax.numpy",
    "mlx": "mlx.core",
}


def installed() -> list[str]:
    def found(module: str) -> bool:
        try:
            return importlib.util.find_spec(module) is not None
        except ModuleNotFoundError:
            return False

    return [peer for peer in PEERS if found(_MODULES[peer])]


def sample(spec: Input, rng: np.random.Generator) -> np.ndarray:
    """The numbers of an input, in numpy's nearest dtype."""
    if spec.high is not None:
        return rng.integers(0, spec.high, spec.shape, dtype=spec.dtype)
    return rng.standard_normal(spec.shape, dtype=np.float32)


class Peer:
    """A peer, loaded into this process."""

    def __init__(self, name: str):
        self.name = name
        self.family = name if name in ("numpy", "torch", "jax") else "mx"
        self.xp = importlib.import_module(_MODULES[name])
        if name == "torch":
            self.xp.set_num_threads(os.cpu_count())

    def array(self, spec: Input, values: np.ndarray) -> Any:
        if self.family == "numpy":
            return values.astype(spec.dtype)
        if self.family == "torch":
            return self.xp.from_numpy(values).to(getattr(self.xp, spec.dtype))
        array = self.xp.array(values).astype(getattr(self.xp, spec.dtype))
        self.finish(array)
        return array

    def finish(self, result: Any) -> None:
        """Waits until `result` is computed."""
        if self.family == "mx":
            self.xp.eval(result)
        elif self.family == "jax":
            import jax

            jax.block_until_ready(result)

    def bind(self, row: Row, arrays: list) -> Callable[[], Any]:
        """The row as a function without arguments that returns when the result is there."""
        expression, xp, finish = row.expression(self.family), self.xp, self.finish
        if self.family == "jax":
            import jax

            jitted = jax.jit(lambda *arrays: expression(xp, *arrays))
            return lambda: jax.block_until_ready(jitted(*arrays))
        if row.lazy:
            # One input: fewer arguments to pass means less of the harness in the time.
            (array,) = arrays
            return lambda: expression(xp, array)
        if self.family != "mx":
            return lambda: expression(xp, *arrays)

        def run():
            result = expression(xp, *arrays)
            finish(result[0] if type(result) is tuple else result)
            return result

        return run

    def digest(self, result: Any) -> list[float]:
        """The sum and the sum of magnitudes of a result, to compare peers by."""
        if isinstance(result, tuple):
            result = result[0]
        total = magnitude = 0.0
        for array in result if isinstance(result, list) else [result]:
            if self.family == "torch":
                values = array.double().numpy()
            elif self.family == "mx":
                values = np.array(array.astype(self.xp.float32), dtype=np.float64)
            else:
                values = np.asarray(array).astype(np.float64)
            total, magnitude = total + values.sum(), magnitude + np.abs(values).sum()
        return [float(total), float(magnitude)]
