"""The C interface, used by a module in C that is compiled here and knows only the header."""

import gc

import numpy as np
import pytest

import c_module
import millpond.core as mx
from repeat import leaks_nothing, on_threads


@pytest.fixture(scope="module")
def c(tmp_path_factory):
    if c_module.compiler() is None:
        pytest.skip("there is no C compiler")
    return c_module.attached(c_module.compiled(tmp_path_factory.mktemp("c")))


@pytest.fixture
def scale(c):
    return lambda *args, **kwargs: c_module.scale(c, *args, **kwargs)


def test_operations_by_name(c):
    assert c.exercise() is None


def test_a_primitive_in_c_computes_and_frees_its_state(c, scale):
    x = mx.arange(6, dtype=mx.float32).reshape(2, 3)
    z = mx.exp(scale(x.T) * 0.5) + 1
    np.testing.assert_allclose(np.array(z), np.exp(np.arange(6).reshape(2, 3).T * 1.5) + 1, rtol=1e-6)
    del z
    gc.collect()
    assert c.states_alive() == 0


def test_its_rules(scale):
    x = mx.array([1.0, 2.0, 3.0])
    assert mx.grad(lambda x: scale(x * x).sum())(x).tolist() == [6.0, 12.0, 18.0]
    _, tangents = mx.jvp(lambda x: scale(x), [x], [mx.array([1.0, 0.0, 2.0])])
    assert tangents[0].tolist() == [3.0, 0.0, 6.0]
    batch = mx.arange(6, dtype=mx.float32).reshape(2, 3)
    assert mx.vmap(scale)(batch).tolist() == (batch * 3).tolist()
    assert mx.vmap(scale, in_axes=1)(batch).tolist() == (batch.T * 3).tolist()
    assert mx.grad(lambda x: mx.grad(lambda x: scale(x * x * x).sum())(x).sum())(x).tolist() == [18.0, 36.0, 54.0]


def test_errors_come_back_as_exceptions_at_every_read(c, scale):
    x = mx.array([1.0, 2.0])
    broken = scale(x, broken=True)
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"\[scale\] this one is broken"):
            mx.eval(broken)
    with pytest.raises(RuntimeError, match="float32"):
        scale(mx.array([1, 2]))
    with pytest.raises(NotImplementedError, match=r"\[scale\] has no vjp rule"):
        mx.grad(lambda x: scale(x, ruleless=True).sum())(x)
    with pytest.raises(NotImplementedError, match=r"\[scale\] has no vmap rule"):
        mx.vmap(lambda x: scale(x, ruleless=True))(x)
    assert scale(x, ruleless=True).tolist() == [3.0, 6.0]
    del broken
    gc.collect()
    assert c.states_alive() == 0


def test_several_threads(scale):
    def work(k):
        x = mx.full((1000,), float(k))
        for _ in range(20):
            x = scale(x, 1.0)
        return x.sum().item()

    assert on_threads(4, work) == [1000.0 * k for k in range(4)]


def test_failing_over_and_over_leaks_nothing(c, scale):
    x, ints = mx.array([1.0, 2.0]), mx.array([1, 2])

    def fail(times):
        for _ in range(times):
            with pytest.raises(RuntimeError):
                mx.eval(scale(x, broken=True))
            with pytest.raises(RuntimeError):
                scale(ints)

    leaks_nothing(fail)
    assert c.states_alive() == 0
