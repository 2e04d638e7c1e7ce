"""Results depend on the inputs alone: not on the instruction set, the number of threads, or what ran before."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from oracle import beyond_mlx, mx

# Prints one line for each operation: its name and a digest of the bytes of its results.
PROGRAM = """
import hashlib
import numpy as np
import millpond.core as mx

rng = np.random.default_rng(0)
large = {name: mx.array(rng.standard_normal((301, 1027)), getattr(mx, name)) for name in ("float16", "bfloat16", "float32", "float64")}
large["int32"] = mx.array(rng.integers(-1000, 1000, (301, 1027)), mx.int32)
large["complex64"] = large["float32"] + 1j * large["float32"].T.reshape(301, 1027)

def show(name, *arrays):
    digest = hashlib.sha256()
    for a in arrays:
        digest.update(bytes(memoryview(mx.contiguous(a.view(mx.uint8))))) if a.ndim else digest.update(repr(a.item()).encode())
    print(name, digest.hexdigest()[:16])

for name, x in large.items():
    y = x[::-1]
    show(f"{name} sums", x.sum(), x.sum(0), x.sum(1), x.T.sum(0), (x * y + x).sum(1))
    show(f"{name} products", (x / 30 + 1).prod(1) if name != "int32" else x.prod(0))
    show(f"{name} arithmetic", x + y, x * y - x, mx.where(x == y, x, y), mx.abs(x))
    show(f"{name} scans", mx.cumsum(x, 0), mx.cumsum(x, 1), mx.cumsum(x))
    show(f"{name} sorts", mx.sort(x, 0), mx.sort(x, 1), mx.argsort(x), mx.sort(x, None))
    if name != "int32":
        show(f"{name} functions", mx.exp(x), mx.sin(x), mx.tanh(x), mx.log(mx.abs(x) + 1), mx.sqrt(x), x**1.5)
        show(f"{name} products of matrices", x @ y.T, x.T @ y, x @ y[0], x[0] @ y.T, x[:8] @ y[:8].T)
    if name in ("float16", "bfloat16", "float32", "float64"):
        show(f"{name} statistics", x.mean(), x.var(1), mx.logsumexp(x, 0), mx.median(x, 1), x.max(0), x.argmin(1))
        show(f"{name} softmax", mx.softmax(x, -1), mx.softmax(x, 0), mx.softmax(x))
        show(f"{name} erf", mx.erf(x), mx.erfinv(x / 10), mx.sigmoid(x), mx.arctan2(x, y), mx.expm1(x), mx.log1p(mx.abs(x)))
        show(f"{name} gathers", x[mx.array([3, 1, 3])], mx.take(x, mx.array([5, 0, 9]), 1), x.at[mx.array([0, 0, 1])].add(y[:3]))
key = mx.random.key(7)
for draw in ("uniform", "normal", "gumbel", "laplace"):
    show(draw, getattr(mx.random, draw)(shape=(100_003,), key=key))
show("discrete", mx.random.randint(0, 1000, (50_001,), key=key), mx.random.bernoulli(0.3, (50_001,), key=key),
     mx.random.permutation(10_007, key=key), mx.random.categorical(large["float32"], key=key))
gradient = mx.grad(lambda a: mx.softmax(mx.tanh(a @ a.T), -1).max())(large["float32"])
show("gradient", gradient)
"""


def results(**environment):
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        env=os.environ | environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return dict(line.rsplit(" ", 1) for line in run.stdout.splitlines())


@pytest.fixture(scope="module")
def plain():
    return results(MILLPOND_NUM_THREADS="1")


@beyond_mlx
@pytest.mark.parametrize("threads", ("2", "5"))
def test_threads(plain, threads):
    assert results(MILLPOND_NUM_THREADS=threads) == plain


@beyond_mlx
@pytest.mark.parametrize("isa", ("baseline", "avx2", "avx512"))
def test_instruction_sets(plain, isa):
    """A set this machine lacks means the best it has."""
    got = results(MILLPOND_ISA=isa)
    assert {name: got[name] for name in got if got[name] != plain[name]} == {}


@beyond_mlx
def test_the_same_again():
    x = mx.random.normal((401, 777), key=mx.random.key(1))
    first = [f(x) for f in (mx.sum, mx.softmax, mx.cumsum, mx.sort)]
    for _ in range(5):
        assert all(mx.array_equal(f(x), want) for f, want in zip((mx.sum, mx.softmax, mx.cumsum, mx.sort), first))


def test_products_beside_functions_that_no_chain_holds():
    x = mx.array(np.linspace(-3, 3, 1000, dtype=np.float32))
    y = mx.array(np.linspace(2, 5, 1000, dtype=np.float32))
    mx.eval(x, y)
    for name in ("sign", "sin", "floor", "arctan"):
        f = getattr(mx, name)
        fx = np.array(f(x))
        np.testing.assert_array_equal(np.array((y * 2) * f(x)), np.array(y) * 2 * fx)
        np.testing.assert_array_equal(np.array(f(x) - y * y), fx - np.array(y) * np.array(y))


UNARY = [
    mx.sin, mx.sign, mx.abs, mx.tanh, mx.square, mx.negative, mx.floor, mx.erf, mx.sigmoid,
    lambda a: mx.exp(mx.minimum(a, 2)), lambda a: mx.sqrt(mx.abs(a)), lambda a: mx.log(mx.abs(a) + 1), lambda a: a * 2,
    lambda a: a + 1, lambda a: a / 3, lambda a: mx.where(a > 0, a, 0.5), lambda a: a.astype(mx.float16).astype(mx.float32),
]  # fmt: skip
BINARY = [
    mx.add, mx.multiply, mx.subtract, mx.maximum, mx.minimum, mx.arctan2,
    lambda a, b: a / (mx.abs(b) + 1), lambda a, b: mx.where(a > b, a, b * 2),
]  # fmt: skip


@pytest.mark.parametrize("seed", range(150))
def test_a_program_gives_what_its_operations_give_one_by_one(seed):
    rng = np.random.default_rng(seed)
    shape = [(3, 3), (1000,), (37, 129), (1, 7), (64, 64)][rng.integers(5)]
    values = [rng.normal(size=s).astype(np.float32) for s in (shape, shape, shape, shape[-1:], ())]
    leaves = [*map(mx.array, values), mx.ones(shape)]
    plan = []
    for count in range(len(leaves), len(leaves) + rng.integers(2, 15)):
        table, arity = (UNARY, 1) if rng.random() < 0.5 else (BINARY, 2)
        plan.append((table[rng.integers(len(table))], [int(i) for i in rng.integers(max(0, count - 5), count, arity)]))

    def run(alone):
        arrays = list(leaves)
        for function, arguments in plan:
            arrays.append(function(*[arrays[i] for i in arguments]))
            if alone:
                mx.eval(arrays[-1])
        mx.eval(arrays[-2:])
        return [np.array(a) for a in arrays[-2:]]

    for together, alone in zip(run(False), run(True)):
        np.testing.assert_array_equal(together, alone)
