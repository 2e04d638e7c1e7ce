"""The software GPU driver from Python, in a process of its own: devices are chosen when the first is named."""

import os
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the software driver is a Linux package")


def run(program, **variables):
    environment = {**os.environ, "MILLPOND_GPU": "software", "WGPU_BACKEND": "vulkan", **variables}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("discrete", ["0", "1"])
def test_both_devices_on_the_same_arrays(discrete):
    out = run(
        """
        import millpond.core as mx
        import numpy as np

        assert mx.device_count(mx.gpu) == 1 and mx.is_available(mx.gpu)
        assert "llvmpipe" in mx.device_info(mx.gpu)["device_name"]
        a = mx.array(np.linspace(0, 1, 1000, dtype=np.float32).reshape(10, 100))
        b = mx.ones((10, 100))
        c = mx.add(a, b, stream=mx.cpu)
        d = mx.add(a, c, stream=mx.gpu)
        e = mx.softmax(d @ d.T, axis=-1, stream=mx.gpu)
        with mx.stream(mx.gpu):
            loss, grad = mx.value_and_grad(lambda x: (mx.exp(x) * x).sum())(a)
        x = np.asarray(a)
        np.testing.assert_allclose(np.asarray(d), 2 * x + 1, rtol=1e-6)
        np.testing.assert_allclose(np.asarray(e).sum(axis=1), np.ones(10), rtol=1e-5)
        np.testing.assert_allclose(np.asarray(grad), np.exp(x) * (1 + x), rtol=1e-5)
        mx.synchronize()
        print("done")
        """,
        MILLPOND_GPU_DISCRETE=discrete,
    )
    assert out == "done\n"


@pytest.mark.parametrize("discrete", ["0", "1"])
def test_what_a_gpu_has_read_may_be_written_by_numpy(discrete):
    out = run(
        """
        import millpond.core as mx
        import numpy as np

        a = mx.arange(1000)
        b = mx.add(a, 1, stream=mx.gpu)
        mx.eval(b)
        np.asarray(a)[10], np.asarray(b)[11] = 5, 100
        print(mx.add(a, b, stream=mx.gpu)[9:12].tolist())
        """,
        MILLPOND_GPU_DISCRETE=discrete,
    )
    assert out == "[19, 16, 111]\n"


def test_work_in_flight_at_the_end_of_the_program():
    run(
        """
        import millpond.core as mx

        with mx.stream(mx.gpu):
            x = mx.ones((500, 500))
            for _ in range(200):
                x = mx.exp(x * 0.1)
        mx.async_eval(x)
        """
    )


def test_a_forked_child_is_told():
    out = run(
        """
        import os
        import millpond.core as mx

        x = mx.add(mx.ones((4,)), 1.0, stream=mx.gpu)
        mx.eval(x)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                mx.eval(mx.add(x, 1.0, stream=mx.gpu))
            except RuntimeError as error:
                code = 0 if "fork" in str(error) else 2
            if (x + 1).sum().item() != 12.0:
                code = 3
            os._exit(code)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """
    )
    assert out == "0\n"


def test_no_gpu_is_a_value_error():
    run(
        """
        import millpond.core as mx

        assert mx.device_count(mx.gpu) == 0
        try:
            mx.add(mx.ones(2), 1.0, stream=mx.gpu)
        except ValueError as error:
            assert "gpu" in str(error)
        else:
            raise AssertionError("a missing device was accepted")
        """,
        MILLPOND_GPU="none",
    )


def test_strict_mode_names_the_missing_kernel():
    run(
        """
        import millpond.core as mx

        x = mx.linalg.inv(mx.array([[1.0, 3.0], [0.0, 2.0]]), stream=mx.gpu)
        try:
            mx.eval(x)
        except RuntimeError as error:
            assert "no GPU kernel" in str(error)
        else:
            raise AssertionError("an operation without a kernel ran")
        """,
        MILLPOND_STRICT_DEVICE="1",
    )


@pytest.mark.parametrize("discrete", ["0", "1"])
def test_errors_of_the_device_stay_with_what_depends_on_them(discrete):
    out = run(
        """
        import millpond.core as mx

        a = mx.arange(10.0)
        with mx.stream(mx.gpu):
            bad = mx.take(a, mx.array([3, 12])) + 1
            vast = mx.ones((1 << 42,)) + 1
            good = mx.take(a, mx.array([3, -1])) + 1
        for array, kind in [(bad, IndexError), (vast, MemoryError), (bad, IndexError)]:
            try:
                mx.eval(array)
            except kind as error:
                assert kind is MemoryError or "12 is out of range" in str(error), error
            else:
                raise AssertionError("no error")
        print(good.tolist())
        """,
        MILLPOND_GPU_DISCRETE=discrete,
    )
    assert out == "[4.0, 10.0]\n"


def test_no_driver_is_no_gpu():
    run(
        """
        import millpond.core as mx

        assert mx.device_count(mx.gpu) == 0 and not mx.is_available(mx.gpu)
        assert (mx.ones((3,)) + 1).sum().item() == 6
        try:
            mx.new_stream(mx.gpu)
        except ValueError as error:
            assert "gpu" in str(error)
        else:
            raise AssertionError("a missing device was accepted")
        """,
        VK_DRIVER_FILES="/nonexistent.json",
        VK_ICD_FILENAMES="/nonexistent.json",
    )


def test_float64_is_computed_by_the_host_or_refused():
    program = """
        import millpond.core as mx

        x = mx.array([1.0, 2.0], mx.float64)
        with mx.stream(mx.gpu):
            y = x / 3
        try:
            print(y.tolist())
        except RuntimeError as error:
            print("refused", "no GPU kernel for float64" in str(error))
        """
    assert run(program) == f"[{1 / 3}, {2 / 3}]\n"
    assert run(program, MILLPOND_STRICT_DEVICE="1") == "refused True\n"


def test_bytes_copied_are_counted_by_direction():
    program = """
        import millpond.core as mx

        assert mx.is_available(mx.gpu)  # from now on arrays are in memory that both see
        a = mx.array([1.0] * 1000)
        b = mx.exp(a, stream=mx.gpu)
        mx.eval(b)
        b.tolist()
        print(mx.get_transfers())
        """
    assert run(program) == "{'to_device': 0, 'to_host': 0}\n"
    assert run(program, MILLPOND_GPU_DISCRETE="1") == "{'to_device': 4000, 'to_host': 4000}\n"


def test_integers_of_64_bits_where_the_device_has_none():
    program = """
        import millpond.core as mx

        with mx.stream(mx.gpu):
            x = mx.arange(4, dtype=mx.int64) * (1 << 40) - 5
        try:
            print(x.tolist())
        except RuntimeError as error:
            print("refused", "no GPU kernel for" in str(error) and "int64" in str(error))
        """
    want = [k * (1 << 40) - 5 for k in range(4)]
    assert run(program, MILLPOND_STRICT_DEVICE="1") == f"{want}\n"
    assert run(program, MILLPOND_GPU_WITHOUT="int64") == f"{want}\n"
    assert run(program, MILLPOND_GPU_WITHOUT="int64", MILLPOND_STRICT_DEVICE="1") == "refused True\n"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"MILLPOND_GPU": "none"}, ["MILLPOND_GPU=none"]),
        ({"MILLPOND_GPU": "nonsense"}, ["MILLPOND_GPU", "'nonsense'"]),
        ({"MILLPOND_GPU": "7,8"}, ["MILLPOND_GPU", "number 7", "number 8"]),
        ({"MILLPOND_GPU": ""}, ["MILLPOND_GPU=software"]),
        ({"MILLPOND_GPU_WITHOUT": "int65"}, ["MILLPOND_GPU_WITHOUT", "'int65'", "int64"]),
        ({"VK_DRIVER_FILES": "/nonexistent.json", "VK_ICD_FILENAMES": "/nonexistent.json"}, ["mesa-vulkan-drivers"]),
    ],
)
def test_why_there_is_no_gpu(variables, said):
    out = run(
        """
        import millpond.core as mx

        if mx.device_count(mx.gpu):
            raise SystemExit  # there is a real one

        def refused(f):
            try:
                f()
            except ValueError as error:
                return str(error)
            raise AssertionError("a missing device was accepted")

        everywhere = [
            lambda: mx.add(mx.ones(2), 1.0, stream=mx.gpu),
            lambda: mx.new_stream(mx.gpu),
            lambda: mx.set_default_device(mx.gpu),
            lambda: mx.default_stream(mx.gpu),
        ]
        print(*{refused(f) for f in everywhere}, sep="\\n")
        assert (mx.ones((3,)) + 1).sum().item() == 6
        """,
        **variables,
    )
    assert out.count("\n") <= 1, out
    for words in said if out else []:
        assert words.replace("'", '"') in out, out
