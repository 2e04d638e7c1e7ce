"""A separately compiled module with an operation of its own: `examples/axpby`, built here and put beside the installed core."""

import re
import subprocess
import sys

import numpy as np
import pytest

import millpond.core as mx
from extensions import ROOT, build, on_the_gpu
from repeat import leaks_nothing, on_threads

EXAMPLE = ROOT / "examples" / "axpby"


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    """The folder that the built module is in."""
    folder = tmp_path_factory.mktemp("module")
    return build("examples/axpby/Cargo.toml", "millpond-axpby", "millpond_axpby", folder)


@pytest.fixture(scope="module")
def axpby(module):
    sys.path.insert(0, str(module))
    import millpond_axpby

    sys.path.remove(str(module))
    return millpond_axpby


@pytest.fixture(params=["axpby", "axpby_scalar"])
def f(axpby, request):
    return getattr(axpby, request.param)


def test_results(f):
    a, b = mx.ones((3, 4)), mx.ones((3, 4))
    c = f(a, b, 4.0, 2.0, stream=mx.cpu)
    assert isinstance(c, mx.array)
    assert (c.shape, c.dtype) == ((3, 4), mx.float32)
    assert mx.all(c == 6.0).item()


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "complex64"])
def test_any_strides(f, dtype):
    x = np.arange(12, dtype=np.float32).reshape(3, 4)
    a, b = mx.array(x).astype(getattr(mx, dtype)), mx.array(x[0] + 1).astype(getattr(mx, dtype))
    for u, v, want in [(a, b, 4 * x + 2 * (x[0] + 1)), (a.T, a.T, 6 * x.T), (a[:, ::-1], a, 4 * x[:, ::-1] + 2 * x)]:
        z = f(u, v, 4.0, 2.0)
        assert z.dtype == getattr(mx, dtype)
        np.testing.assert_allclose(np.array(z.astype(mx.float32)), want, rtol=1e-2)
    assert f(mx.array([1, 2]), mx.array([3, 4]), 0.5, 1.0).tolist() == [3.5, 5.0]


def test_transforms(f):
    x, y = mx.array([1.0, 2.0, 3.0]), mx.array([0.5, -1.0, 2.0])
    loss = lambda x, y: (f(mx.sin(x), y * y, 4.0, 2.0) * x).sum()  # noqa: E731
    gx, gy = mx.grad(loss, argnums=(0, 1))(x, y)
    nx, ny = np.array(x), np.array(y)
    np.testing.assert_allclose(np.array(gx), 4 * np.cos(nx) * nx + 4 * np.sin(nx) + 2 * ny**2, rtol=1e-5)
    np.testing.assert_allclose(np.array(gy), 4 * ny * nx, rtol=1e-5)
    _, (back,) = mx.vjp(lambda x: f(x, y, 4.0, 2.0), [x], [mx.array([1.0, 2.0, 3.0])])
    assert back.tolist() == [4.0, 8.0, 12.0]
    _, (forward,) = mx.jvp(lambda x, y: f(x, y, 4.0, 2.0), [x, y], [mx.ones(3), mx.ones(3)])
    assert forward.tolist() == [6.0, 6.0, 6.0]
    batch = mx.arange(6, dtype=mx.float32).reshape(2, 3)
    np.testing.assert_allclose(np.array(mx.vmap(lambda x: f(x, y, 4.0, 2.0))(batch)), 4 * np.array(batch) + 2 * ny)
    both = mx.vmap(lambda x, y: f(x, y, 4.0, 2.0), in_axes=(0, 1))(batch, batch.T)
    np.testing.assert_allclose(np.array(both), 6 * np.array(batch))
    slopes = mx.vmap(mx.grad(lambda x: loss(x, y)))(batch)
    np.testing.assert_allclose(np.array(slopes[1]), np.array(mx.grad(loss)(batch[1], y)), rtol=1e-6)


def test_inside_a_larger_graph_and_donation(f):
    x = mx.random.normal((512, 512))
    y = x
    for _ in range(30):
        y = f(mx.tanh(y), x, 0.5, 0.5) + 0.0
    want = np.array(x)
    for _ in range(30):
        want = 0.5 * np.tanh(want) + 0.5 * np.array(x)
    np.testing.assert_allclose(np.array(y), want, atol=1e-4)


def test_streams_and_threads(f):
    x = mx.ones((1000,))
    other = mx.new_stream(mx.cpu)
    assert f(f(x, x, 1.0, 1.0, stream=other), x, 1.0, 1.0).sum().item() == 3000.0
    with pytest.raises(TypeError):
        f(x, x, 1.0, 1.0, stream="somewhere")

    def work(k):
        z = mx.full((5000,), float(k))
        for _ in range(50):
            z = f(z, z, 0.5, 0.5)
        return z.mean().item()

    assert on_threads(4, work) == [0.0, 1.0, 2.0, 3.0]


def test_bad_input(f):
    with pytest.raises(ValueError, match=r"\[axpby\].*\(2,\) and \(3,\)"):
        f(mx.ones(2), mx.ones(3), 1.0, 1.0)
    with pytest.raises((TypeError, ValueError)):
        f(object(), mx.ones(3), 1.0, 1.0)


def test_a_kernel_that_fails_does_so_at_every_read(axpby):
    x = mx.ones(3, dtype=mx.float64)
    z = axpby.axpby(x, x, 1.0, 1.0)
    for _ in range(2):
        with pytest.raises(TypeError, match=r"\[axpby\] supports .*, got float64"):
            mx.eval(z)


def test_failing_over_and_over_leaks_nothing(axpby):
    a, b, wide = mx.ones(2), mx.ones(3), mx.ones(2, dtype=mx.float64)

    def fail(times):
        for _ in range(times):
            with pytest.raises(ValueError):
                axpby.axpby(a, b, 1.0, 1.0)
            with pytest.raises(TypeError):
                mx.eval(axpby.axpby(wide, wide, 1.0, 1.0))

    leaks_nothing(fail)


def test_the_guide(axpby):
    text = (ROOT / "docs" / "extending.md").read_text()
    blocks = re.findall(r"```(rust|toml|python)\n(.*?)```", text, re.S)
    files = [f for f in EXAMPLE.rglob("*") if f.suffix in (".rs", ".toml") and "target" not in f.parts]
    sources = "\n".join(f.read_text() for f in files)
    assert len(blocks) > 10
    for language, block in blocks:
        if language == "python":
            exec(block, {})
        else:
            assert block.rstrip() in sources, block


def import_beside(module, core):
    """What importing the module says when `core` has been run first."""
    script = f"import sys, types, ctypes\nsys.path.insert(0, {str(module)!r})\n{core}\nimport millpond_axpby"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 1
    return done.stderr.strip().splitlines()[-1]


def test_another_version_of_the_interface_is_an_import_error(module):
    fake = "m = types.ModuleType('millpond.core'); m.__version__ = '9.8.7'; sys.modules['millpond.core'] = m\n"
    fake += "p = types.ModuleType('millpond'); p.core = m; sys.modules['millpond'] = p\n"
    said = import_beside(module, fake)
    assert said.startswith("ImportError: millpond_axpby") and "1.1" in said and "9.8.7" in said
    table = "t = (ctypes.c_uint64 * 512)(0x6d696c6c706f6e64, 7 | 3 << 32, 4096, ctypes.cast(v, ctypes.c_void_p).value)\n"
    new = "n = ctypes.pythonapi.PyCapsule_New; n.restype = ctypes.py_object\n"
    new += "n.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]; name = b'millpond.core._C_API'\n"
    capsule = fake + "v = ctypes.c_char_p(b'9.8.7')\n" + table + new + "m._C_API = n(t, name, None)"
    said = import_beside(module, capsule)
    assert said.startswith("ImportError: millpond_axpby") and "version 1.1 " in said and "9.8.7 has version 7.3" in said


ON_THE_GPU = """
import sys
import numpy as np
import millpond.core as mx
import millpond_axpby as m

assert "llvmpipe" in mx.device_info(mx.gpu)["device_name"]
x = np.sin(np.arange(35, dtype=np.float32)).reshape(5, 7)
for f in (m.axpby, m.axpby_scalar):
    for dtype in (mx.float32, mx.float16, mx.bfloat16, mx.complex64):
        a = mx.array(x).astype(dtype)
        for u, v, want in [(a, a, 3.5 * x), (a[:, ::-1], a[0], 4 * x[:, ::-1] - 0.5 * x[0]), (a.T, a.T, 3.5 * x.T)]:
            z = f(u, v, 4.0, -0.5, stream=mx.gpu)
            assert z.dtype == dtype
            np.testing.assert_allclose(np.array(z.astype(mx.float32)), want, atol=4e-2 if dtype.size == 2 else 1e-5)
    with mx.stream(mx.gpu):
        slope = mx.grad(lambda a: f(a * a, a, 4.0, 2.0).sum())(mx.array(x))
        batch = mx.vmap(lambda a: f(a, a, 4.0, 2.0))(mx.array(x))
    np.testing.assert_allclose(np.array(slope), 8 * x + 2, rtol=1e-5)
    np.testing.assert_allclose(np.array(batch), 6 * x, rtol=1e-5)
wide = mx.ones(3, dtype=mx.float64)
try:
    mx.eval(m.axpby(wide, wide, 1.0, 1.0, stream=mx.gpu))
except RuntimeError as error:
    assert "[axpby] has no GPU kernel for float64" in str(error), error
else:
    raise AssertionError("float64 ran on a GPU")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the software driver is a Linux package")
def test_on_a_gpu(module):
    on_the_gpu(ON_THE_GPU, module)
