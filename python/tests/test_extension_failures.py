"""Callbacks of a separately compiled module that fail, in every way, and the ways to compute that axpby does not use.

The module is a debug build with another version of PyO3 than the core's, which is a release build.
"""

import sys

import numpy as np
import pytest

import millpond.core as mx
from extensions import ROOT, build, on_the_gpu
from repeat import leaks_nothing

MODULE = "crates/extension/module"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return build(f"{MODULE}/Cargo.toml", "millpond-extension-module", "millpond_probe", tmp_path_factory.mktemp("probe"))


@pytest.fixture(scope="module")
def m(folder):
    sys.path.insert(0, str(folder))
    import millpond_probe

    sys.path.remove(str(folder))
    return millpond_probe


X = mx.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
MODES = pytest.mark.parametrize("panics", [False, True])


def kind(panics):
    return RuntimeError if panics else ValueError


def test_the_module_has_another_pyo3():
    def version(lock):
        return (ROOT / lock).read_text().split('name = "pyo3"\nversion = "')[1].split('"')[0]

    assert version(f"{MODULE}/Cargo.lock").rsplit(".", 1)[0] != version("Cargo.lock").rsplit(".", 1)[0]


def test_where_nothing_fails(m):
    assert m.probe(X).tolist() == (2 * X).tolist()
    assert mx.grad(lambda x: m.probe(x).sum())(X).tolist() == mx.full(X.shape, 2.0).tolist()
    assert mx.jvp(m.probe, [X], [X])[1][0].tolist() == (2 * X).tolist()
    assert mx.vmap(m.probe, in_axes=1, out_axes=1)(X).tolist() == (2 * X).tolist()


@MODES
def test_a_shape_rule(m, panics):
    for _ in range(2):
        with pytest.raises(kind(panics), match=r"\[probe\].*infer went wrong"):
            m.probe(X, "infer", panics)


@MODES
def test_a_kernel_fails_at_every_read(m, panics):
    z = m.probe(X, "eval_cpu", panics)
    after = z + 1
    for _ in range(2):
        for read in (mx.eval, np.array, repr, lambda a: a.tolist(), lambda a: a[0, 0].item()):
            with pytest.raises(kind(panics), match=r"\[probe\].*eval_cpu went wrong"):
                read(z)
        with pytest.raises(kind(panics), match=r"\[probe\].*eval_cpu went wrong"):
            mx.eval(after)
    assert (X + 1).tolist()[0][0] == 2.0


@pytest.mark.parametrize("fails, says", [("threads", "panicked.*threads went wrong"), ("dtype", "writes float64 .* float32")])
def test_a_kernel_fails_on_the_way(m, fails, says):
    z = m.probe(X, fails)
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"\[probe\].*" + says):
            mx.eval(z)


@MODES
@pytest.mark.parametrize(
    "rule, transform",
    [
        ("vjp", lambda f: mx.grad(lambda x: f(x).sum())(X)),
        ("vjp", lambda f: mx.vjp(f, [X], [X])),
        ("jvp", lambda f: mx.jvp(f, [X], [X])),
        ("vmap", lambda f: mx.vmap(f)(X)),
    ],
)
def test_rules(m, rule, transform, panics):
    for _ in range(2):
        with pytest.raises(kind(panics), match=rf"\[probe\].*{rule} went wrong"):
            transform(lambda x: m.probe(x, rule, panics))
    assert m.probe(X, rule, panics).tolist() == (2 * X).tolist()


def test_a_scalar_program(m):
    with pytest.raises(RuntimeError, match=r"\[probe\].*scalar program panicked: program went wrong"):
        m.probe(X, "program")


def test_wrong_numbers_of_results(m):
    with pytest.raises(RuntimeError, match=r"\[probe\].*gives no output"):
        m.probe(X, "no outputs")
    with pytest.raises(RuntimeError, match=r"\[probe\] the vjp rule gives 2 arrays, not 1"):
        mx.grad(lambda x: m.probe(x, "two cotangents").sum())(X)
    with pytest.raises(RuntimeError, match=r"\[probe\].*vmap rule gives 0"):
        mx.eval(mx.vmap(lambda x: m.probe(x, "no batch"))(X))


def test_a_state_whose_end_panics(m):
    z = m.probe(X, "drop")
    mx.eval(z)
    del z
    assert m.probe(X).tolist() == (2 * X).tolist()


def test_a_missing_rule_names_primitive_and_rule(m):
    for transform, rule in [
        (lambda: mx.grad(lambda x: m.bare(x).sum())(X), "vjp"),
        (lambda: mx.jvp(m.bare, [X], [X]), "jvp"),
        (lambda: mx.vmap(m.bare)(X), "vmap"),
    ]:
        with pytest.raises(NotImplementedError, match=rf"\[bare\] has no {rule} rule"):
            transform()
    assert m.bare(X).tolist() == X.tolist()


def test_a_scalar_program_is_the_kernel(m):
    for x in (X, X.T, X.astype(mx.float16), mx.array([1, 2, 3]), mx.array(3.0), mx.zeros((0, 2))):
        z = m.doubled(x)
        assert (z.dtype, z.tolist()) == (x.dtype, (x + x).tolist())
    assert mx.exp(m.doubled(X * 0.5) - 1).tolist() == mx.exp(X - 1).tolist()


def test_a_view(m):
    cube = mx.arange(24, dtype=mx.float32).reshape(2, 3, 4)
    for x in (X, X.T, X[:, ::2], cube.transpose(2, 0, 1), mx.array([7.0]), mx.broadcast_to(X[0], (4, 3))):
        assert m.mirrored(x).tolist() == m.mirrored(x, "copy").tolist() == x[..., ::-1].tolist()
    # No layout at all, and one that leaves the storage, are for the kernel.
    assert m.mirrored(X, "beyond").tolist() == X[:, ::-1].tolist()
    big = mx.zeros((1024, 1024))
    mx.eval(big)
    before = mx.get_active_memory()
    z = m.mirrored(big)
    mx.eval(z)
    assert mx.get_active_memory() - before < big.nbytes // 2


def test_a_view_rule_that_panics(m):
    z = m.mirrored(X, "panic")
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"\[mirrored\].*view went wrong"):
            mx.eval(z)


def test_failing_over_and_over_leaks_nothing(m):
    def fail(times):
        for i in range(times):
            panics = i % 500 == 0
            with pytest.raises((ValueError, RuntimeError)):
                mx.eval(m.probe(X, "eval_cpu", panics))
            with pytest.raises((ValueError, RuntimeError)):
                m.probe(X, "infer", panics)
            for rule, transform in (("vjp", mx.grad), ("vmap", mx.vmap)):
                with pytest.raises((ValueError, RuntimeError)):
                    transform(lambda x: m.probe(x, rule, panics).sum())(X)
            with pytest.raises(NotImplementedError):
                mx.vmap(m.bare)(X)

    leaks_nothing(fail)
    assert m.alive() == 0


ON_THE_GPU = """
import millpond.core as mx
import millpond_probe as m

def says(words, error, f):
    for _ in range(2):
        try:
            f()
        except error as e:
            assert all(w in str(e) for w in words), e
        else:
            raise AssertionError(words)

mx.set_default_device(mx.gpu)
x = mx.arange(3000, dtype=mx.float32).reshape(3, 1000)
assert m.probe(x).tolist() == (2 * x).tolist()
assert m.doubled(x).tolist() == (2 * x).tolist()
assert m.mirrored(x).tolist() == x[:, ::-1].tolist()
for fails in ("eval_gpu", "scratch", "source"):
    for panics in (False, True):
        z = m.probe(x, fails, panics)
        says(["[probe]", fails + " went wrong"], RuntimeError if panics else ValueError, lambda: mx.eval(z))
z = m.probe(x, "text")
says(["GPU kernel probe", "line 7 of the probe", "nonsense"], (RuntimeError, ValueError), lambda: mx.eval(z))
z = m.bare(x)
says(["[bare]", "GPU kernel"], RuntimeError, lambda: mx.eval(z))
assert m.probe(x).tolist() == (2 * x).tolist()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the software driver is a Linux package")
def test_on_a_gpu(folder):
    on_the_gpu(ON_THE_GPU, folder)
