"""The rows of the table: what is measured, and how each peer says it.

A row's expression takes the peer's namespace (``millpond.core``, ``numpy``, ``torch``, ``jax.numpy``, ``mlx.core``) and
the inputs. ``every`` is for all peers; ``numpy``, ``torch``, ``jax`` and ``mx`` (Millpond and MLX) override it, and
``None`` leaves a peer out. A list is evaluated whole; of a tuple, the first item is, while the others stay alive.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Callable, Optional

MILLION = 1 << 20
_AS_EVERY: Any = object()


@dataclass(frozen=True)
class Input:
    """An input: standard normal numbers, or integers below ``high``."""

    dtype: str
    shape: tuple[int, ...]
    high: Optional[int] = None


def f32(*shape: int) -> Input:
    return Input("float32", shape)


def i32(high: int, *shape: int) -> Input:
    return Input("int32", shape, high)


@dataclass
class Row:
    name: str
    inputs: list[Input]
    every: Optional[Callable] = None
    numpy: Optional[Callable] = _AS_EVERY
    torch: Optional[Callable] = _AS_EVERY
    jax: Optional[Callable] = _AS_EVERY
    mx: Optional[Callable] = _AS_EVERY
    lazy: bool = False
    """Only the building of the expression is measured."""
    random: bool = False
    """The results of the peers differ by design and aren't compared."""

    def expression(self, family: str) -> Optional[Callable]:
        own = getattr(self, family)
        return self.every if own is _AS_EVERY else own


def _chain_inline(xp, x, y):
    return xp.sqrt(xp.abs((x * y + x) * 0.5 - y) + 1.0) / 3.0


def _chain_named(xp, x, y):
    a = x * y
    b = a + x
    c = b * 0.5
    d = c - y
    e = xp.abs(d)
    f = e + 1.0
    g = xp.sqrt(f)
    return g / 3.0, a, b, c, d, e, f, g


def _layer_norm(xp, x, w, b):
    mean = x.mean(-1, keepdims=True)
    centred = x - mean
    var = (centred * centred).mean(-1, keepdims=True)
    return centred / xp.sqrt(var + 1e-5) * w + b


def _numpy_softmax(np, x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _numpy_logsumexp(np, x):
    top = x.max(-1, keepdims=True)
    return np.log(np.exp(x - top).sum(-1)) + top[:, 0]


def _numpy_scatter_add(np, table, rows, values):
    table = table.copy()
    np.add.at(table, rows, values)
    return table


def _gelu(xp, x):
    return 0.5 * x * (1 + xp.erf(x * math.sqrt(0.5)))


def _jax_gelu(jnp, x):
    import jax

    return jax.nn.gelu(x, approximate=False)


def _jax_random(kind, n):
    def draw(jnp, key):
        import jax

        return getattr(jax.random, kind)(jax.random.wrap_key_data(key.astype(jnp.uint32)), (n,))

    return draw


def _mlp(xp, x, w1, w2, w3):
    h = xp.maximum(x @ w1, 0.0)
    h = xp.maximum(h @ w2, 0.0)
    return h @ w3


def _mx_step(mx, x, y, *weights):
    def loss(weights):
        scores = _mlp(mx, x, *weights)
        right = mx.take_along_axis(scores, y[:, None], axis=-1).squeeze(-1)
        return mx.mean(mx.logsumexp(scores, axis=-1) - right)

    value, gradients = mx.value_and_grad(loss)(list(weights))
    return [value] + [w - 0.01 * g for w, g in zip(weights, gradients)]


def _torch_step(torch, x, y, *weights):
    weights = [w.detach().requires_grad_() for w in weights]
    w1, w2, w3 = weights
    scores = torch.relu(torch.relu(x @ w1) @ w2) @ w3
    value = torch.nn.functional.cross_entropy(scores, y.long())
    gradients = torch.autograd.grad(value, weights)
    with torch.no_grad():
        return [value.detach()] + [w - 0.01 * g for w, g in zip(weights, gradients)]


def _jax_step(jnp, x, y, *weights):
    import jax

    def loss(weights):
        scores = _mlp(jnp, x, *weights)
        right = jnp.take_along_axis(scores, y[:, None], axis=-1)[:, 0]
        return jnp.mean(jax.nn.logsumexp(scores, axis=-1) - right)

    value, gradients = jax.value_and_grad(loss)(list(weights))
    return [value] + [w - 0.01 * g for w, g in zip(weights, gradients)]


def _matmul(name, dtype, *shapes, numpy=_AS_EVERY):
    return Row(name, [Input(dtype, shape) for shape in shapes], lambda xp, a, b: a @ b, numpy=numpy)


def _cast(dtype, numpy=_AS_EVERY):
    return Row(
        f"astype f32 → {dtype} 8M",
        [f32(8 * MILLION)],
        lambda xp, x: x.astype(getattr(xp, dtype)),
        numpy=numpy,
        torch=lambda torch, x: x.to(getattr(torch, dtype)),
    )


def _unary(name, n):
    return Row(f"{name} {n}M", [f32(n * MILLION)], lambda xp, x: getattr(xp, name)(x))


# Where numpy is left out of the rows on tiny arrays: it has no graph, no gradients and no devices to keep track of.
ROWS = [
    Row("node a + a", [f32(4)], lazy=True, mx=lambda mx, a: a + a),
    Row("node a + 2.0", [f32(4)], lazy=True, mx=lambda mx, a: a + 2.0),
    Row("node exp(a)", [f32(4)], lazy=True, mx=lambda mx, a: mx.exp(a)),
    Row("one tiny op: a + a", [f32(4)], lambda xp, a: a + a, numpy=None),
    Row("ten tiny ops", [f32(4), f32(4)], lambda xp, a, b: (((a + b) * a - b) * (a + b) - a) * b + a * b, numpy=None),
    Row("chain of 8, inline, 4M", [f32(4 * MILLION)] * 2, _chain_inline),
    Row("chain of 8, named, 4M", [f32(4 * MILLION)] * 2, _chain_named, jax=_chain_inline),
    Row("add 8M", [f32(8 * MILLION)] * 2, lambda xp, a, b: a + b),
    Row("add bfloat16 8M", [Input("bfloat16", (8 * MILLION,))] * 2, lambda xp, a, b: a + b, numpy=None),
    Row("multiply by scalar 8M", [f32(8 * MILLION)], lambda xp, a: a * 2.0),
    Row("where 8M", [f32(8 * MILLION)] * 2, lambda xp, a, b: xp.where(a > b, a, b)),
    Row("clip 8M", [f32(8 * MILLION)], lambda xp, x: xp.clip(x, -0.5, 0.5)),
    Row("power x**2 8M", [f32(8 * MILLION)], lambda xp, x: x**2),
    Row("power |x|**2.5 4M", [f32(4 * MILLION)], lambda xp, x: xp.abs(x) ** 2.5),
    Row("any(a > b) 8M", [f32(8 * MILLION)] * 2, lambda xp, a, b: (a - 20 > b).any()),
    _unary("exp", 8),
    _unary("sin", 8),
    _unary("tanh", 8),
    Row("log(1 + x*x) 8M", [f32(8 * MILLION)], lambda xp, x: xp.log(1 + x * x)),
    Row(
        "gelu 4M", [f32(4 * MILLION)], numpy=None, mx=_gelu, jax=_jax_gelu,
        torch=lambda torch, x: torch.nn.functional.gelu(x),
    ),
    Row("sum 16M", [f32(16 * MILLION)], lambda xp, x: x.sum()),
    Row("mean((x - y)**2) 8M", [f32(8 * MILLION)] * 2, lambda xp, x, y: ((x - y) ** 2).mean()),
    Row("sum axis 0 4096²", [f32(4096, 4096)], lambda xp, x: x.sum(0)),
    Row("sum axis 1 4096²", [f32(4096, 4096)], lambda xp, x: x.sum(1)),
    Row("mean axis 1 4096²", [f32(4096, 4096)], lambda xp, x: x.mean(1)),
    Row(
        "var axis 1 4096²", [f32(4096, 4096)], lambda xp, x: x.var(1),
        torch=lambda torch, x: x.var(1, correction=0),
    ),
    Row("max 16M", [f32(16 * MILLION)], lambda xp, x: x.max()),
    Row("max axis 1 4096²", [f32(4096, 4096)], lambda xp, x: x.max(1), torch=lambda torch, x: x.amax(1)),
    Row("argmax axis 1 4096²", [f32(4096, 4096)], lambda xp, x: x.argmax(1)),
    Row(
        "softmax 4096×1024", [f32(4096, 1024)], numpy=_numpy_softmax, mx=lambda mx, x: mx.softmax(x, axis=-1),
        torch=lambda torch, x: torch.softmax(x, -1), jax=lambda jnp, x: __import__("jax").nn.softmax(x, -1),
    ),
    Row(
        "logsumexp 4096×1024", [f32(4096, 1024)], numpy=_numpy_logsumexp, mx=lambda mx, x: mx.logsumexp(x, axis=-1),
        torch=lambda torch, x: torch.logsumexp(x, -1), jax=lambda jnp, x: __import__("jax").nn.logsumexp(x, -1),
    ),
    Row(
        "layer norm of ops 4096×1024", [f32(4096, 1024), f32(1024), f32(1024)], _layer_norm,
        torch=lambda torch, x, w, b: torch.nn.functional.layer_norm(x, x.shape[-1:], w, b),
    ),
    _matmul("matmul 64", "float32", (64, 64), (64, 64)),
    _matmul("matmul 256", "float32", (256, 256), (256, 256)),
    _matmul("matmul 1024", "float32", (1024, 1024), (1024, 1024)),
    _matmul("matmul bfloat16 1024", "bfloat16", (1024, 1024), (1024, 1024), numpy=None),
    _matmul("matmul float16 1024", "float16", (1024, 1024), (1024, 1024), numpy=None),
    _matmul("matmul 256×(64×64)", "float32", (256, 64, 64), (256, 64, 64)),
    _matmul("matmul 4096² by a vector", "float32", (4096, 4096), (4096,)),
    _matmul("matmul bfloat16 4096² by a vector", "bfloat16", (4096, 4096), (4096,), numpy=None),
    Row("a + b.T 4096²", [f32(4096, 4096)] * 2, lambda xp, a, b: a + b.T),
    Row(
        "copy of a.T 4096²", [f32(4096, 4096)], mx=lambda mx, a: mx.contiguous(a.T),
        numpy=lambda np, a: np.ascontiguousarray(a.T), torch=lambda torch, a: a.T.contiguous(),
        jax=lambda jnp, a: a.T,
    ),
    Row("concatenate axis 0, 2×4M", [f32(4 * MILLION)] * 2, lambda xp, a, b: xp.concatenate([a, b])),
    Row("concatenate axis 1, 2×2048²", [f32(2048, 2048)] * 2, lambda xp, a, b: xp.concatenate([a, b], axis=1)),
    Row(
        "take 8192 rows of 512", [f32(16384, 512), i32(16384, 8192)], lambda xp, t, i: xp.take(t, i, axis=0),
        torch=lambda torch, t, i: torch.index_select(t, 0, i),
    ),
    Row(
        "take_along_axis 4096×1024", [f32(4096, 1024), i32(1024, 4096, 1024)],
        lambda xp, x, i: xp.take_along_axis(x, i, axis=1), torch=lambda torch, x, i: torch.gather(x, 1, i.long()),
    ),
    Row(
        "scatter-add 8192 rows of 512", [f32(16384, 512), i32(16384, 8192), f32(8192, 512)],
        lambda xp, t, i, v: t.at[i].add(v), numpy=_numpy_scatter_add,
        torch=lambda torch, t, i, v: torch.index_add(t, 0, i, v),
    ),
    Row(
        "sort 1M", [f32(MILLION)], lambda xp, x: xp.sort(x), torch=lambda torch, x: torch.sort(x)[0],
    ),
    Row("argsort 1024²", [f32(1024, 1024)], lambda xp, x: xp.argsort(x, axis=-1)),
    Row("cumsum 4096×1024", [f32(4096, 1024)], lambda xp, x: xp.cumsum(x, axis=1)),
    _cast("float16"),
    _cast("bfloat16", numpy=None),
    Row(
        "normal 4M", [i32(1 << 30, 2)], random=True, mx=lambda mx, _: mx.random.normal((4 * MILLION,)),
        numpy=lambda np, _: np.random.default_rng().standard_normal(4 * MILLION, dtype=np.float32),
        torch=lambda torch, _: torch.randn(4 * MILLION), jax=_jax_random("normal", 4 * MILLION),
    ),
    Row(
        "uniform 4M", [i32(1 << 30, 2)], random=True, mx=lambda mx, _: mx.random.uniform(shape=(4 * MILLION,)),
        numpy=lambda np, _: np.random.default_rng().random(4 * MILLION, dtype=np.float32),
        torch=lambda torch, _: torch.rand(4 * MILLION), jax=_jax_random("uniform", 4 * MILLION),
    ),
    Row(
        "MLP training step, batch 256, width 512",
        [f32(256, 512), i32(10, 256), f32(512, 512), f32(512, 512), f32(512, 10)],
        mx=_mx_step, torch=_torch_step, jax=_jax_step, numpy=None,
    ),
]
