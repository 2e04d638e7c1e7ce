"""Devices, streams, evaluation, memory, and what a process does at its end and when it forks."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import millpond.core as mx
import numpy as np
import pytest
from repeat import on_threads


def run(code, **kwargs):
    return subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60, **kwargs)


def test_devices():
    d = mx.Device(mx.cpu)
    assert repr(d) == "Device(cpu, 0)" and d.type is mx.cpu and d == mx.cpu and mx.cpu == d and d != mx.gpu
    assert repr(mx.Device(mx.gpu, 1)) == "Device(gpu, 1)" and d != mx.Device(mx.cpu, 1) and d != "cpu"
    assert repr(mx.cpu) == "DeviceType.cpu" and mx.DeviceType(0) is mx.cpu and list(mx.DeviceType) == [mx.cpu, mx.gpu]
    assert len({d, mx.Device(mx.cpu)}) == 1
    assert mx.device_count(mx.cpu) == 1 and mx.is_available(mx.cpu) and not mx.is_available(mx.Device(mx.cpu, 1))
    info = mx.device_info()
    assert info == mx.device_info(mx.cpu)
    assert info["cores"] >= 1 and info["memory_size"] > 2**20 and info["device_name"] and info["architecture"] and info["simd"]
    with pytest.raises(TypeError):
        mx.Device("cpu")
    with pytest.raises(TypeError):
        mx.device_count(d)


@pytest.mark.skipif(mx.device_count(mx.gpu) > 0, reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_said_to_be_missing():
    asked = [
        lambda: mx.exp(mx.ones(2), stream=mx.gpu), lambda: mx.set_default_device(mx.gpu), lambda: mx.default_stream(mx.gpu),
        lambda: mx.new_stream(mx.gpu), lambda: mx.Stream(mx.gpu), lambda: mx.synchronize(mx.gpu),
        lambda: mx.stream(mx.gpu).__enter__(), lambda: mx.default_device(mx.gpu), lambda: mx.Device(mx.gpu).__enter__(),
    ]
    for ask in asked:
        with pytest.raises(ValueError, match="no gpu"):
            ask()
    assert mx.device_info(mx.gpu) == {} and mx.default_device() == mx.cpu
    assert (mx.ones(2) + 1).tolist() == [2, 2]


def test_streams():
    s1, s2, s3, s4 = mx.new_stream(mx.cpu), mx.new_stream(mx.Device(mx.cpu)), mx.Stream(mx.cpu), mx.new_stream()
    assert len({s1, s2, s3, s4}) == 4 and s1 == s1 and s1 != s2 and s1 != "s" and s1.device == mx.cpu
    assert repr(s1) == f"Stream(Device(cpu, 0), {s1.index})"
    default = mx.default_stream(mx.cpu)
    assert default == mx.default_stream() == mx.default_stream(mx.Device(mx.cpu))
    mx.set_default_stream(s1)
    assert mx.default_stream(mx.cpu) == s1
    mx.set_default_stream(default)
    for wrong in (mx.cpu, "s", None):
        with pytest.raises(TypeError):
            mx.set_default_stream(wrong)


def test_contexts():
    s, t, default = mx.new_stream(), mx.new_stream(), mx.default_stream()
    context = mx.stream(s)
    assert type(context) is mx.StreamContext
    with context:
        assert mx.default_stream(mx.cpu) == s
        with t:
            assert mx.default_stream() == t
            with mx.default_device(mx.cpu):
                assert mx.default_stream() == default and mx.default_device() == mx.cpu
            with t:
                pass
            assert mx.default_stream() == t
        assert mx.default_stream() == s
        seen = []
        other = threading.Thread(target=lambda: seen.append(mx.default_stream()))
        other.start()
        other.join()
        assert seen == [default]
    assert mx.default_stream() == default
    with pytest.raises(ZeroDivisionError), s:
        1 / 0
    assert mx.default_stream() == default
    with pytest.raises(TypeError):
        mx.stream("cpu")


def test_a_stream_wherever_one_goes():
    a, local = mx.array([0.0]), mx.new_thread_local_stream(mx.cpu)
    assert local == local and local != mx.new_thread_local_stream() and repr(local).startswith("ThreadLocalStream(Device(cpu, 0), ")
    for s in (None, mx.cpu, mx.Device(mx.cpu), mx.new_stream(), mx.new_thread_unsafe_stream(mx.cpu), local):
        assert mx.exp(a, stream=s).item() == 1 and a.exp(stream=s).item() == 1 and mx.add(a, 1, stream=s).item() == 1
        if s is not None:
            with mx.stream(s):
                assert (a + 1).item() == 1
            mx.synchronize(s)
    with pytest.raises(TypeError):
        mx.exp(a, stream="cpu")
    mx.synchronize()
    mx.clear_streams()


def test_thread_local_streams_differ_between_threads():
    local, seen = mx.new_thread_local_stream(mx.cpu), []

    def note():
        with mx.stream(local):
            seen.append(mx.default_stream())

    note()
    note()
    other = threading.Thread(target=note)
    other.start()
    other.join()
    assert seen[0] == seen[1] != seen[2]


def test_evaluating_trees():
    a, b = mx.ones(2) + 1, mx.ones(2) + 2
    mx.eval(a, [b, {"x": a}, (b, "text", None)], 3)
    mx.async_eval({"a": a * 2, "b": [b]})
    assert mx.eval() is None
    assert mx.get_array_buffer_size(a, a) >= 8
    with pytest.raises(ValueError):
        mx.get_array_buffer_size(a * 3)


def test_the_timeline_shows_streams():
    s, x = mx.new_stream(), mx.ones(1000)
    mx.eval(x)
    with mx.timeline() as spans:
        y = mx.exp(x, stream=s)
        mx.eval(y, x * 3)
    # Whatever else runs in the process meanwhile is recorded too.
    mine = [span for span in spans if span["shape"] == (1000,)]
    assert {span["stream"] for span in mine} == {s, mx.default_stream()}
    for span in mine:
        assert span["queued_ns"] <= span["start_ns"] <= span["end_ns"] and span["bytes"] == 4000
    assert any("exp" in span["name"] for span in mine)


def test_arrays_cross_threads():
    x = mx.arange(1000).astype(mx.float32)
    y = mx.exp(x * 0.001)
    assert len(set(on_threads(8, lambda _: (y + 1).sum().item()))) == 1


def test_memory():
    mx.clear_cache()
    mx.reset_peak_memory()
    before = mx.get_active_memory()
    a = mx.ones(1_000_000) + 1
    mx.eval(a)
    assert mx.get_active_memory() >= before + 4_000_000 and mx.get_peak_memory() >= mx.get_active_memory()
    limit = mx.set_memory_limit(mx.get_active_memory() + 1_000_000)
    try:
        b = a + 1
        with pytest.raises(MemoryError, match="allowed"):
            mx.eval(b)
        for data in (bytearray(4_000_000), memoryview(bytes(4_000_000)), [0.5] * 1_000_000):
            with pytest.raises(MemoryError, match="allowed"):
                mx.array(data)
        # None of these may be taken for something else because it doesn't fit.
        other, c = np.ones(1_000_000, np.float32), mx.zeros(1_000_000)
        for use in (lambda: c + other, lambda: other * c, lambda: c == other, lambda: c[other > 0], lambda: mx.add(c, other)):
            with pytest.raises(MemoryError, match="allowed"):
                use()
    finally:
        assert mx.set_memory_limit(limit) < limit
    # Memory errors alone are retried.
    assert b[0].item() == 3 and (a * 2)[0].item() == 4
    previous = mx.set_cache_limit(0)
    del a, b
    assert mx.get_cache_memory() == 0 and mx.set_cache_limit(previous) == 0
    assert mx.set_wired_limit(mx.set_wired_limit(5)) == 5
    with pytest.raises(TypeError):
        mx.set_memory_limit(-1)


def test_the_end_with_work_in_flight():
    code = """
        import millpond.core as mx
        x = mx.ones((1000, 1000))
        for _ in range(200):
            x = mx.exp(x * 0.001)
        y = mx.exp(x, stream=mx.new_stream())
        mx.async_eval(x, y)
        print("bye")
    """
    result = run(code)
    assert (result.returncode, result.stdout, result.stderr) == (0, "bye\n", "")


@pytest.mark.skipif(not hasattr(signal, "SIGINT") or sys.platform == "win32", reason="needs POSIX signals")
def test_ctrl_c_ends_a_wait():
    code = """
        import millpond.core as mx, os, signal, threading, time
        def endless():
            x = mx.ones((1000, 1000))
            while True:
                for _ in range(5000):
                    x = mx.exp(x * 0.001)
                mx.eval(x)
        # A process started in the background of a shell ignores the signal.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            endless()
        except KeyboardInterrupt:
            print("interrupted", (mx.ones(2) + 1).tolist(), flush=True)
        os._exit(0)
    """
    # Several times: the signal must not get lost between the places that ask for it.
    for _ in range(3):
        result = run(code)
        assert result.stdout == "interrupted [2.0, 2.0]\n", (result.returncode, result.stderr)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_computes():
    code = """
        import millpond.core as mx, os, sys
        s = mx.new_stream()
        a = mx.ones(100_000) * 2
        mx.eval(a, mx.exp(a, stream=s))
        b = mx.exp(a * 0, stream=s)
        pid = os.fork()
        if pid == 0:
            ok = b.tolist() == [1.0] * 100_000 and (a + 1).sum().item() == 300_000
            mx.async_eval(mx.exp(a, stream=s))
            mx.synchronize()
            os._exit(0 if ok else 1)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        print(status, b[0].item(), mx.exp(a * 0, stream=s)[7].item())
    """
    result = run(code)
    assert result.stdout == "0 1.0 1.0\n", result.stderr


def test_waiting_releases_the_interpreter():
    x = mx.ones((1500, 1500))
    for _ in range(60):
        x = mx.exp(x * 0.001)
    ticks, done = [], threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.001)

    ticker = threading.Thread(target=tick)
    ticker.start()
    start = time.monotonic()
    mx.eval(x)
    end = time.monotonic()
    done.set()
    ticker.join()
    assert sum(start < t < end for t in ticks) > 2
