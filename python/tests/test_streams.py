"""Devices and streams: every form in which programs name them, and the order that results keep."""


import numpy as np
import pytest
from oracle import beyond_mlx, mx
from repeat import on_threads


def name(value):
    return repr(value).replace("millpond", "mlx")


def test_devices():
    assert name(mx.Device(mx.cpu)) == "Device(cpu, 0)" and name(mx.Device(mx.gpu, 1)) == "Device(gpu, 1)"
    assert mx.Device(mx.cpu) == mx.cpu and mx.cpu == mx.Device(mx.cpu) and mx.Device(mx.cpu) != mx.gpu
    assert mx.Device(mx.cpu) != mx.Device(mx.cpu, 1) and mx.Device(mx.cpu) != "cpu"
    assert mx.Device(mx.cpu).type == mx.cpu and mx.cpu.name == "cpu" and (mx.cpu.value, mx.gpu.value) == (0, 1)
    assert name(mx.cpu) == "DeviceType.cpu" and mx.DeviceType.gpu is mx.gpu
    with pytest.raises(TypeError):
        mx.Device("cpu")


def test_what_there_is():
    assert mx.device_count(mx.cpu) == 1 and mx.is_available(mx.cpu) and mx.is_available(mx.Device(mx.cpu))
    assert mx.is_available(mx.gpu) == (mx.device_count(mx.gpu) > 0)
    info = mx.device_info(mx.cpu)
    assert isinstance(info, dict) and {"device_name", "architecture"} <= set(info)
    assert mx.device_info() == mx.device_info(mx.default_device())


@pytest.mark.skipif(mx.device_count(mx.gpu) > 0, reason="there is a GPU")
@pytest.mark.parametrize(
    "call",
    [
        lambda: mx.set_default_device(mx.gpu),
        lambda: mx.default_stream(mx.gpu),
        lambda: mx.new_stream(mx.gpu),
        lambda: mx.eval(mx.exp(mx.ones(2), stream=mx.gpu)),
        lambda: mx.stream(mx.gpu).__enter__(),
        lambda: mx.synchronize(mx.gpu),
    ],
)
def test_a_gpu_where_there_is_none(call):
    with pytest.raises(ValueError, match="(?i)gpu"):
        call()
    assert name(mx.default_device()) == "Device(cpu, 0)" and (mx.ones(2) + 1).tolist() == [2, 2]


def test_streams():
    first, second = mx.new_stream(mx.cpu), mx.new_stream(mx.Device(mx.cpu))
    assert first != second and first == first and first != "a" and first.device == mx.cpu
    assert name(first).startswith("Stream(Device(cpu, 0), ") and name(first) != name(second)
    assert mx.default_stream(mx.cpu) == mx.default_stream(mx.Device(mx.cpu))
    before = mx.default_stream(mx.cpu)
    mx.set_default_stream(first)
    assert mx.default_stream(mx.cpu) == first
    with mx.stream(second):
        assert mx.default_stream(mx.cpu) == second and mx.default_device() == mx.cpu
        with mx.stream(mx.cpu):
            assert mx.default_device() == mx.cpu
        assert mx.default_stream(mx.cpu) == second
    assert mx.default_stream(mx.cpu) == first
    mx.set_default_stream(before)
    assert mx.default_stream(mx.cpu) == before
    for bad in (mx.set_default_stream, mx.stream):
        with pytest.raises(TypeError):
            bad("cpu")


def test_where_a_stream_goes():
    stream = mx.new_stream(mx.cpu)
    local = mx.new_thread_local_stream(mx.cpu)
    for place in (stream, mx.cpu, mx.Device(mx.cpu), None, local, mx.new_thread_unsafe_stream(mx.cpu)):
        assert mx.add(mx.ones(2), 1, stream=place).tolist() == [2, 2]
        assert mx.ones(2).sum(stream=place).item() == 2
        assert mx.zeros((2,), stream=place).tolist() == [0, 0]
        assert mx.random.uniform(shape=(2,), key=mx.random.key(0), stream=place).shape == (2,)
        mx.synchronize(place)
    mx.synchronize()
    for place in ("cpu", 1.5, mx.float32):
        with pytest.raises(TypeError):
            mx.exp(mx.ones(2), stream=place)


def test_thread_local_streams():
    local, other = mx.new_thread_local_stream(mx.cpu), mx.new_thread_local_stream(mx.cpu)
    assert local != other and local == local and local.device == mx.cpu
    assert name(local).startswith("ThreadLocalStream(Device(cpu, 0), ")

    def work(_=None):
        with mx.stream(local):
            return (mx.ones(3) * 2).tolist()

    seen = [*on_threads(3, work), work()]
    assert seen == [[2, 2, 2]] * 4


@beyond_mlx
def test_newer_forms():
    made = mx.Stream(mx.cpu)
    assert isinstance(made, mx.Stream) and made.device == mx.cpu and made != mx.default_stream(mx.cpu)
    assert mx.new_stream().device == mx.default_device()
    with made as entered:
        assert mx.default_stream(mx.cpu) == made and entered in (None, made)
    assert mx.default_stream(mx.cpu) != made
    with mx.default_device(mx.cpu):
        assert name(mx.default_device()) == "Device(cpu, 0)"
    assert name(mx.default_device()) == "Device(cpu, 0)"
    with pytest.raises(ValueError):
        mx.eval(mx.exp(mx.ones(2), stream=mx.Device(mx.cpu, 1)))


def test_results_do_not_depend_on_the_streams():
    rng = np.random.default_rng(0)
    streams = [mx.new_stream(mx.cpu) for _ in range(3)] + [mx.default_stream(mx.cpu)]
    functions = ("sin", "cos", "square", "tanh", "abs")

    def graph(pick):
        choice = np.random.default_rng(1)
        pool = [mx.array(rng_values) for rng_values in values]
        for _ in range(200):
            a, b = (pool[i] for i in choice.integers(0, len(pool), 2))
            stream = pick(choice.integers(0, len(streams)))
            pool.append(mx.add(getattr(mx, functions[choice.integers(0, 5)])(a, stream=stream), b * 0.5, stream=stream))
        mx.eval(pool[-20:])
        return [np.array(p) for p in pool[-20:]]

    for _ in range(10):
        values = rng.normal(size=(4, 50)).astype(np.float32)
        for one, many in zip(graph(lambda i: streams[3]), graph(lambda i: streams[i])):
            np.testing.assert_array_equal(one, many)


def test_async_eval():
    arrays = [mx.ones((100, 100)) * i for i in range(5)]
    sums = [a.sum() for a in arrays]
    mx.async_eval(sums, {"a": arrays[0]})
    assert [s.item() for s in sums] == [10_000 * i for i in range(5)]
    mx.synchronize()


@beyond_mlx
def test_any_thread_may_evaluate_what_another_built():
    shared = mx.ones((64, 64))
    built = [shared @ shared * i for i in range(20)]
    results = on_threads(8, lambda worker: [(b + worker).sum().item() for b in built])
    assert all(results[w] == [64.0 * 64 * (64 * i + w) for i in range(20)] for w in range(8))


def test_memory_functions():
    mx.synchronize()
    mx.clear_cache()
    before = mx.get_active_memory()
    mx.reset_peak_memory()
    a = mx.zeros((256, 1024)) + 1
    mx.eval(a)
    assert mx.get_active_memory() - before >= 2**20 and mx.get_peak_memory() >= before + 2**20
    del a
    assert mx.get_active_memory() - before < 2**20
    assert mx.get_cache_memory() >= 0
    mx.clear_cache()
    assert mx.get_cache_memory() == 0
    for setter in (mx.set_memory_limit, mx.set_cache_limit):
        limit = setter(10**9)  # each returns the limit before it
        assert setter(limit) == 10**9
    assert mx.get_memory_limit() > 0
    for bad in (mx.set_memory_limit, mx.set_cache_limit):
        with pytest.raises((TypeError, OverflowError)):
            bad(-1)


@beyond_mlx
def test_memory_that_is_not_there():
    kept = mx.arange(10) + 1
    mx.eval(kept)
    limit = mx.set_memory_limit(mx.get_active_memory() + 2**20)
    try:
        with pytest.raises(MemoryError, match=r"\d"):
            mx.eval(mx.zeros((2**24,)) + 1)
        assert (kept + 1).tolist() == list(range(2, 12))
    finally:
        mx.set_memory_limit(limit)
    assert (mx.zeros((2**20,)) + 1).sum().item() == 2**20


def test_a_loop_leaves_memory_where_it_was():
    x = mx.ones((1000,))
    mx.eval(x)

    def step():
        y = x
        for _ in range(50):
            y = mx.sin(y) + x
        mx.eval(y)

    step()
    before = mx.get_active_memory()
    for _ in range(50):
        step()
    assert mx.get_active_memory() <= before + 4096
