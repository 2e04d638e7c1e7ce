"""The random numbers that a key stands for, written plainly with numpy (bit for bit those of MLX 0.32).

Threefry-2x32, 20 rounds (Salmon et al., SC'11; the variant JAX uses). Keys are uint32[2] = (seed >> 32, seed & 0xffffffff).
"""

import math

import numpy as np

np.seterr(all="ignore")
f32 = np.float32
U32 = np.uint32
ROT = ((13, 15, 26, 6), (17, 29, 16, 24))
LOW = np.nextafter(f32(-1), f32(0))  # -1 + 2^-24


def threefry2x32(key, x0, x1):
    """Encrypt the counters (x0[i], x1[i]) with key (k0, k1)."""
    k0, k1 = U32(key[0]), U32(key[1])
    ks = (k0, k1, U32(0x1BD11BDA) ^ k0 ^ k1)
    x0 = np.atleast_1d(np.asarray(x0, U32)) + ks[0]
    x1 = np.atleast_1d(np.asarray(x1, U32)) + ks[1]
    for i in range(5):
        for r in ROT[i % 2]:
            x0 = x0 + x1
            x1 = ((x1 << U32(r)) | (x1 >> U32(32 - r))) ^ x0
        x0 = x0 + ks[(i + 1) % 3]
        x1 = x1 + ks[(i + 2) % 3] + U32(i + 1)
    return x0, x1


def key(seed):
    return np.array([seed >> 32, seed & 0xFFFFFFFF], U32)


def bits(key, shape):
    """n uint32 words, C order. h = ceil(n/2), e = floor(n/2): counter i<e is (i, i+h), giving words i and h+i;
    for odd n the middle word e is the FIRST output of counter (e, 0)."""
    n = int(np.prod(shape, dtype=np.int64))
    e, h = n // 2, (n + 1) // 2
    i = np.arange(e, dtype=U32)
    out = np.empty(n, U32)
    out[:e], out[h:] = threefry2x32(key, i, i + U32(h))
    if n % 2:
        out[e] = threefry2x32(key, [e], [0])[0][0]
    return out.reshape(shape)


def split(key, num=2):
    return bits(key, (num, 2))


class GlobalState:
    """mx.random.seed(s) sets state = key(s); each keyless call does state, sub = split(state); uses sub."""

    def __init__(self, seed):
        self.state = key(seed)

    def next(self):
        self.state, sub = split(self.state)
        return sub


def uniform(key, shape=(), low=0.0, high=1.0, dtype=f32):
    """f32(bits) * 2^-32 in f32, min with the largest value below 1 of `dtype`, cast to dtype, then
    u * (high - low) + low, each step in dtype (low and high are first cast to dtype)."""
    below1 = {2: None, 4: np.nextafter(f32(1), f32(0))}[np.dtype(dtype).itemsize]
    if below1 is None:
        below1 = f32(1 - 2.0**-11) if dtype is np.float16 else f32(1 - 2.0**-8)
    u = np.minimum(bits(key, shape).astype(f32) * f32(2.0**-32), below1).astype(dtype)
    low, high = np.asarray(low).astype(dtype), np.asarray(high).astype(dtype)
    return (u * (high - low).astype(dtype)).astype(dtype) + low


def normal(key, shape=(), loc=None, scale=None, dtype=f32, erfinv=None):
    """erfinv(uniform_f32(-1+2^-24, 1)) cast to dtype, times (dtype(sqrt 2) * scale), plus loc. complex64: shape+(2,)
    reals, (re + i im) / sqrt 2. float64 is the f32 erfinv widened, times sqrt 2 in f64."""
    z = erfinv(uniform(key, shape, LOW, 1.0)).astype(dtype)
    s = np.asarray(math.sqrt(2)).astype(dtype)
    if scale is not None:
        s = (s * np.asarray(scale).astype(dtype)).astype(dtype)
    z = (z * s).astype(dtype)
    return z if loc is None else z + np.asarray(loc).astype(dtype)


def randint(key, low, high, shape=(), dtype=np.int32):
    """u = f32 uniform(low, high); max(floor(u).astype(dtype), low). High is excluded, low == high gives low."""
    return np.maximum(np.floor(uniform(key, shape, low, high)).astype(dtype), np.asarray(low).astype(dtype))


def bernoulli(key, p, shape):
    """f32(bits) < f32(p) * 4294967808 (2^32 rounded one f32 ulp up), compared in f32: p = 1 is always true."""
    return bits(key, shape).astype(f32) < np.asarray(p).astype(f32) * f32(4294967808.0)


def gumbel(key, shape=(), dtype=f32, log=np.log):
    """-log(-log(uniform)) in dtype."""
    return (-log(-log(uniform(key, shape, dtype=dtype)))).astype(dtype)


def categorical(key, logits, axis=-1, shape=None, num_samples=None):
    """argmax(logits + f32 gumbel) over axis. With shape: noise has shape `shape` with the class axis inserted at `axis`
    (counted from the end). With num_samples: noise has shape logits.shape + (num_samples,)."""
    a = axis % logits.ndim
    if logits.size == logits.shape[a] and (num_samples is not None or (logits.ndim > 1 if shape is None else shape)):
        # One distribution, and samples along an axis: where uniform numbers fall among the cumulative weights.
        rest = logits.shape[:a] + logits.shape[a + 1:]
        out = rest + (num_samples,) if num_samples is not None else rest if shape is None else tuple(shape)
        bounds = np.cumsum(np.exp(logits.reshape(-1) - logits.max()), dtype=f32)
        return np.searchsorted(bounds, uniform(key, out) * bounds[-1], "right").astype(U32)
    if num_samples is not None:
        g = gumbel(key, logits.shape + (num_samples,))
        return (logits[..., None] + g).argmax(a).astype(U32)
    back = a - logits.ndim
    rest = logits.shape[:a] + logits.shape[a + 1:]
    s = list(rest if shape is None else shape)
    s.insert(len(s) + 1 + back, logits.shape[a])
    return (logits + gumbel(key, tuple(s))).argmax(back).astype(U32)


def permutation(key, x, axis=0):
    """Stable argsort of bits of shape (n,)."""
    n = x if isinstance(x, int) else x.shape[axis]
    p = np.argsort(bits(key, (n,)), kind="stable").astype(U32)
    return p if isinstance(x, int) else np.take(x, p, axis)


def laplace(key, shape=(), loc=0.0, scale=1.0, dtype=f32, log1p=np.log1p):
    """u = f32 uniform(-1+2^-24, 1); sign(u) * log1p(-|u|) in f32, cast to dtype, * scale, + loc."""
    u = uniform(key, shape, LOW, 1.0)
    z = (np.sign(u) * log1p(-np.abs(u))).astype(dtype)
    if scale != 1:
        z = (z * np.asarray(scale).astype(dtype)).astype(dtype)
    return z if loc == 0 else z + np.asarray(loc).astype(dtype)


def truncated_normal(key, lower, upper, shape, dtype=f32, erf=None, erfinv=None):
    """clip(sqrt2 * erfinv(uniform(erf(lower/sqrt2), erf(upper/sqrt2))), lower, upper), all in dtype."""
    s2 = np.asarray(math.sqrt(2)).astype(dtype)
    lo, hi = np.asarray(lower).astype(dtype), np.asarray(upper).astype(dtype)
    u = uniform(key, shape, erf((lo / s2).astype(dtype)), erf((hi / s2).astype(dtype)), dtype)
    return np.clip((s2 * erfinv(u)).astype(dtype), lo, hi).astype(dtype)


# multivariate_normal(mean, cov, shape): U, S, V = svd(cov); mean + normal(shape + (n,)) @ ((U * sqrt(S)) @ V); f32 only.
