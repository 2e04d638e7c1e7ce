"""Kernels written by hand: the CPU form here, the GPU in a process of its own."""

import os
import subprocess
import sys

import numpy as np
import pytest

import millpond.core as mx


def exp_kernel(**more):
    source = "let i = thread_position_in_grid.x;\nlet x: T = inp[i];\nout[i] = exp(x);"
    return mx.fast.wgsl_kernel("myexp", ["inp"], ["out"], source, **more)


def call(kernel, a, **more):
    arguments = {"grid": (a.size, 1, 1), "threadgroup": (256, 1, 1), "output_shapes": [a.shape], "output_dtypes": [a.dtype]}
    return kernel(inputs=[a], template=[("T", a.dtype)], **{**arguments, **more})[0]


def test_the_cpu_form():
    def cpu(inp, out):
        np.exp(inp, out=out)

    for dtype in (mx.float32, mx.float16):
        a = mx.random.normal((4, 16)).astype(dtype)
        b = call(exp_kernel(cpu=cpu), a.T, stream=mx.cpu)
        assert b.dtype == dtype and b.shape == (16, 4)
        np.testing.assert_allclose(np.array(b.astype(mx.float32)), np.exp(np.array(a.T.astype(mx.float32))), rtol=2e-3)


def test_bad_input():
    a = mx.ones(4)
    for _ in range(2):
        with pytest.raises(NotImplementedError, match=r"\[myexp\] has no CPU kernel"):
            mx.eval(call(exp_kernel(), a, stream=mx.cpu))
    with pytest.raises(RuntimeError, match=r"\[myexp\] the CPU function failed: ZeroDivisionError"):
        mx.eval(call(exp_kernel(cpu=lambda x, y: 1 / 0), a, stream=mx.cpu))
    with pytest.raises(ValueError, match=r"\[myexp\] grid and threadgroup"):
        call(exp_kernel(), a, grid=(0, 1, 1))
    with pytest.raises(ValueError, match=r"\[myexp\] takes 1 inputs, got 2"):
        exp_kernel()(inputs=[a, a], output_shapes=[(4,)], output_dtypes=[a.dtype], grid=(4, 1, 1), threadgroup=(4, 1, 1))
    with pytest.raises(ValueError, match="no name"):
        mx.fast.wgsl_kernel("bad", ["a b"], ["out"], "")
    with pytest.raises(NotImplementedError, match=r"\[myexp\] has no vjp rule"):
        mx.grad(lambda a: call(exp_kernel(), a).sum())(a)


ON_THE_GPU = """
import numpy as np
import millpond.core as mx
from test_wgsl_kernel import call, exp_kernel

mx.set_default_device(mx.gpu)
a = mx.array(np.linspace(-2, 2, 600, dtype=np.float32).reshape(20, 30))
for x in (a, a.T, a[3:7], a[:, ::-1], a.astype(mx.float16), a.astype(mx.bfloat16)):
    b = call(exp_kernel(), x)
    assert b.dtype == x.dtype
    wide = np.array(x.astype(mx.float32))
    np.testing.assert_allclose(np.array(b.astype(mx.float32)), np.exp(wide), rtol=1e-5 if x.dtype == mx.float32 else 1e-2)

source = '''let at = thread_position_in_grid;
let from_ = i32(at.x) * x_strides[0] + i32(at.y) * x_strides[1];
y[at.x * x_shape[1] + at.y] = scale * x[from_] + f32(N);'''
k = mx.fast.wgsl_kernel("strided", ["x", "scale"], ["y"], source, ensure_row_contiguous=False)
for x in (a, a.T, a[2:5, 3:9], a[::-1]):
    (y,) = k(inputs=[x, 2.0], template=[("N", 3)], output_shapes=[x.shape], output_dtypes=[mx.float32],
             grid=(*x.shape, 1), threadgroup=(8, 8, 1))
    np.testing.assert_allclose(np.array(y), 2 * np.array(x) + 3, rtol=1e-6)

source = "total_add(0u, half_of(x[thread_position_in_grid.x]));\\natomicAdd(&count[0], 1u);"
k = mx.fast.wgsl_kernel("sums", ["x"], ["total"], source.split("\\n")[0],
                        header="fn half_of(x: f32) -> f32 { return x * 0.5; }", atomic_outputs=True)
ones = mx.ones(70000)
(t,) = k(inputs=[ones], output_shapes=[(1,)], output_dtypes=[mx.float32], init_value=1, grid=(70000, 1, 1), threadgroup=(64, 1, 1))
assert t.item() == 35001.0, t

fill = mx.fast.wgsl_kernel("fill", [], ["y"], "y[thread_position_in_grid.x] = f32(thread_position_in_grid.x % 7u);")
n = 65536 + 5
(y,) = fill(inputs=[], output_shapes=[(n,)], output_dtypes=[mx.float32], grid=(n, 1, 1), threadgroup=(1, 1, 1))
np.testing.assert_array_equal(np.array(y), np.arange(n) % 7)

@mx.custom_function
def f(x):
    return call(exp_kernel(), x)

f.vjp(lambda x, c, y: c * y)
np.testing.assert_allclose(np.array(mx.grad(lambda x: f(x).sum())(a)), np.exp(np.array(a)), rtol=1e-5)

bad = mx.fast.wgsl_kernel("bad", ["x"], ["y"], "let i = thread_position_in_grid.x;\\nlet j = nothing(i);")
for _ in range(2):
    try:
        mx.eval(call(bad, a))
    except RuntimeError as error:
        assert "bad" in str(error) and "line 2 of the source: `let j = nothing(i);`" in str(error), error
    else:
        raise AssertionError("the kernel was built")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the software driver is a Linux package")
def test_on_a_gpu():
    here = os.path.dirname(__file__)
    software = {"MILLPOND_GPU": "software", "WGPU_BACKEND": "vulkan"}
    environment = {**os.environ, **software, "PYTHONPATH": os.pathsep.join([here, *sys.path])}
    done = subprocess.run([sys.executable, "-c", ON_THE_GPU], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
