"""Random numbers: the same bits as MLX for the same key, and as the plain rendering of the algorithm in threefry.py."""

import numpy as np
import pytest
import threefry
from oracle import assert_same, beyond_mlx, mlx, mx, outcome

SEEDS = (0, 1, 42, 2**32 + 5, 2**64 - 1)
SHAPES = ((), (0,), (1,), (2,), (3,), (5,), (16,), (33,), (1001,), (3, 5), (5, 0, 2), (7, 9, 11), (100_001,))
FLOATS = ("float32", "float16", "bfloat16")


def both(expression, rtol=0):
    assert_same(outcome(expression, mx), outcome(expression, mlx), rtol=rtol)


@pytest.mark.parametrize("seed", SEEDS)
def test_key_and_split(seed):
    assert mx.random.key(seed).dtype == mx.uint32
    assert mx.random.key(seed).tolist() == threefry.key(seed).tolist()
    for num in (0, 1, 2, 3, 4, 7, 10):
        assert mx.random.split(mx.random.key(seed), num).tolist() == threefry.split(threefry.key(seed), num).tolist()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("seed", SEEDS)
def test_bits_become_numbers(seed, shape):
    """Whatever has exact arithmetic is exact."""
    key, plain = mx.random.key(seed), threefry.key(seed)
    equal = np.testing.assert_array_equal
    for low, high in ((0, 1), (-1, 1), (2.5, 7.25), (-3.7, 11.3)):
        equal(np.array(mx.random.uniform(low, high, shape, key=key)), threefry.uniform(plain, shape, low, high))
        equal(
            np.array(mx.random.uniform(low, high, shape, mx.float16, key=key)),
            threefry.uniform(plain, shape, low, high, np.float16),
        )
    equal(np.array(mx.random.randint(-7, 100, shape, key=key)), threefry.randint(plain, -7, 100, shape))
    equal(np.array(mx.random.randint(0, 2**40, shape, mx.int64, key=key)), threefry.randint(plain, 0, 2**40, shape, np.int64))
    equal(np.array(mx.random.bernoulli(0.3, shape, key=key)), threefry.bernoulli(plain, 0.3, shape))
    size = int(np.prod(shape))
    equal(np.array(mx.random.permutation(size, key=key)), threefry.permutation(plain, size))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_distributions(seed, dtype):
    rtol = {"float32": 4e-6, "float16": 2e-3, "bfloat16": 1.6e-2}[dtype]
    for shape in ((), (0,), (7,), (3, 5), (10_001,)):
        both(lambda m: m.random.uniform(-2, 3, shape, getattr(m, dtype), m.random.key(seed)))
        for name in ("normal", "laplace"):
            both(lambda m: getattr(m.random, name)(shape, getattr(m, dtype), key=m.random.key(seed)), rtol)
            both(lambda m: getattr(m.random, name)(shape, getattr(m, dtype), loc=1.5, scale=2.5, key=m.random.key(seed)), rtol)
        both(lambda m: m.random.truncated_normal(-1, 2, shape, getattr(m, dtype), m.random.key(seed)), 2 * rtol)
    # -log(-log(u)) near u = 1 turns a rounding of the logarithm into much more; float32 has enough digits.
    if dtype == "float32":
        both(lambda m: m.random.gumbel((1000,), m.float32, key=m.random.key(seed)), 1e-4)


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_more_distributions(seed):
    logits = np.random.default_rng(seed % 1000).normal(size=(4, 5, 6)).astype(np.float32)
    for axis in (-1, 0, 1):
        rest = tuple(np.delete(logits.shape, axis))
        both(lambda m: m.random.categorical(m.array(logits), axis, key=m.random.key(seed)))
        both(lambda m: m.random.categorical(m.array(logits), axis, shape=(3, *rest), key=m.random.key(seed)))
        both(lambda m: m.random.categorical(m.array(logits), axis, num_samples=7, key=m.random.key(seed)))
    # Samples of one distribution alone are drawn otherwise.
    alone = np.random.default_rng(seed % 1000).normal(size=50).astype(np.float32)
    for shape, axis in (((50,), -1), ((1, 50), -1), ((50, 1), 0), ((1, 50, 1), 1)):
        rest = tuple(np.delete(shape, axis))
        both(lambda m: m.random.categorical(m.array(alone.reshape(shape)), axis, key=m.random.key(seed)))
        both(lambda m: m.random.categorical(m.array(alone.reshape(shape)), axis, shape=(300, *rest), key=m.random.key(seed)))
        both(lambda m: m.random.categorical(m.array(alone.reshape(shape)), axis, num_samples=300, key=m.random.key(seed)))
    both(lambda m: m.random.permutation(m.arange(12).reshape(4, 3), key=m.random.key(seed)))
    both(lambda m: m.random.permutation(m.arange(12).reshape(4, 3), axis=1, key=m.random.key(seed)))
    both(lambda m: m.random.normal((5,), m.complex64, key=m.random.key(seed)), 1e-5)
    both(lambda m: m.random.bernoulli(m.array([0.1, 0.5, 0.9]), key=m.random.key(seed)))
    both(lambda m: m.random.bernoulli(m.array([[0.1], [0.9]]), (2, 50), key=m.random.key(seed)))
    both(lambda m: m.random.uniform(m.array([0.0, 1]), m.array([[1.0], [3]]), (2, 2), key=m.random.key(seed)))
    both(lambda m: m.random.normal((2, 3), loc=m.array([1.0, 2, 3]), scale=m.array([[1.0], [2]]), key=m.random.key(seed)), 1e-5)
    both(lambda m: m.random.randint(m.array([0, 10, 100]), m.array([5, 20, 200]), (4, 3), key=m.random.key(seed)))


def test_the_implicit_key():
    def draw(m):
        m.random.seed(7)
        return [m.random.uniform(shape=(3,)), m.random.randint(0, 9, (4,)), m.random.permutation(5), m.random.bernoulli(), m.random.uniform()]

    both(draw)
    mx.random.seed(3)
    state = threefry.GlobalState(3)
    for _ in range(5):
        np.testing.assert_array_equal(np.array(mx.random.uniform(shape=(3,))), threefry.uniform(state.next(), (3,)))
    assert mx.random.state[0].tolist() == state.state.tolist() and len(mx.random.state) == 1


def test_the_key_is_drawn_when_the_operation_is_built():
    mx.random.seed(1)
    first, second = mx.random.uniform(shape=(4,)), mx.random.uniform(shape=(4,))
    late = second.tolist(), first.tolist()
    mx.random.seed(1)
    first, second = mx.random.uniform(shape=(4,)), mx.random.uniform(shape=(4,))
    assert (first.tolist(), second.tolist()) == (late[1], late[0])


def test_keys_can_be_mapped():
    keys = mx.random.split(mx.random.key(7), 3)
    for draw in (
        lambda k: mx.random.uniform(shape=(5,), key=k),
        lambda k: mx.random.normal((3,), key=k),
        lambda k: mx.random.split(k),
        lambda k: mx.random.permutation(6, key=k),
    ):
        loop = mx.stack([draw(keys[i]) for i in range(3)])
        np.testing.assert_array_equal(np.array(mx.vmap(draw)(keys)), np.array(loop))


def test_ends_of_the_range():
    key = mx.random.key(0)
    for dtype in FLOATS:
        x = mx.random.uniform(shape=(1 << 20,), dtype=getattr(mx, dtype), key=key)
        assert x.max().item() < 1 and x.min().item() >= 0
    assert mx.random.bernoulli(1.0, (1 << 20,), key=key).all().item()
    assert not mx.random.bernoulli(0.0, (1 << 20,), key=key).any().item()
    assert mx.isfinite(mx.random.normal((1 << 20,), key=key)).all().item()


BAD = [
    lambda m: m.random.key(-1),
    lambda m: m.random.key(2**64),
    lambda m: m.random.key(1.5),
    lambda m: m.random.uniform(key=m.array([1, 2])),
    lambda m: m.random.uniform(key=m.array([1, 2, 3], m.uint32)),
    lambda m: m.random.uniform(shape=(2,), dtype=m.int32),
    lambda m: m.random.uniform(m.zeros(3), 1, (2,)),
    lambda m: m.random.uniform(m.zeros(3), 1, ()),
    lambda m: m.random.normal((2,), m.int32),
    lambda m: m.random.normal((-1,)),
    lambda m: m.random.laplace((2,), m.int32),
    lambda m: m.random.truncated_normal(0, 1, (2,), m.int32),
    lambda m: m.random.randint(0, 5, (2,), m.float32),
    lambda m: m.random.bernoulli(m.array(1)),
    lambda m: m.random.bernoulli(m.zeros(3), (2,)),
    lambda m: m.random.categorical(m.zeros((2, 3)), 3),
    lambda m: m.random.categorical(m.zeros((2, 3)), shape=(2,), num_samples=1),
    lambda m: m.random.categorical(m.zeros((2, 3)), shape=(3,)),
    lambda m: m.random.split(m.random.key(0), -1),
    lambda m: m.random.permutation(-1),
]


@pytest.mark.parametrize("call", BAD, ids=map(str, range(len(BAD))))
def test_bad_arguments(call):
    both(call)


@beyond_mlx
def test_each_thread_has_its_own_implicit_key():
    import threading

    mx.random.seed(5)
    mine = mx.random.uniform(shape=(3,)).tolist()
    theirs = []

    def work():
        mx.random.seed(5)
        theirs.extend(mx.random.uniform(shape=(3,)).tolist())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    mx.random.seed(5)
    assert theirs == mine == mx.random.uniform(shape=(3,)).tolist()
