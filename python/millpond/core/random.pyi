from collections.abc import Sequence

from . import Device, DeviceType, Dtype, Stream, ThreadLocalStream, array, float32, int32, scalar

state: Sequence[array]

def seed(seed: int) -> None: ...

def bernoulli(p: scalar | array = 0.5, shape: None | Sequence[int] = None, key: None | array = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Truth values that hold with probability `p`, of `shape` (that of `p` where `None`).

    # Errors
    When `p` is not floating or does not broadcast to `shape`, or the key is none.
    """

def categorical(logits: array, axis: int = -1, shape: None | Sequence[int] = None, num_samples: None | int = None, key: None | array = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Classes, as `uint32`, drawn with probabilities proportional to the exponentials of `logits` along an axis. The axis is
    gone from the result, which has the shape asked for, or a last axis of `num_samples`.

    # Errors
    When the axis is out of range or empty, both a shape and a number are given, the shape does not broadcast with the rest of
    `logits`, or the key is none.
    """

def gumbel(shape: int | Sequence[int] = (), dtype: None | Dtype = float32, key: None | array = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Numbers of `shape` with the standard Gumbel distribution, −log(−log u), `float32`. Other arguments change that."""

def key(seed: int, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The key that stands for `seed`: its two halves as `uint32`, the upper first, of shape `(2,)`."""

def laplace(shape: int | Sequence[int] = (), dtype: None | Dtype = float32, loc: float = 0.0, scale: float = 1.0, key: None | array = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Numbers of `shape` with the Laplace distribution, `float32`. Other arguments change that."""

def multivariate_normal(mean: array, cov: array, shape: int | Sequence[int] = (), dtype: None | Dtype = float32, key: None | array = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Vectors with the normal distribution of mean `mean`, of shape `(…, N)`, and covariance `cov`, positive semi-definite, of
    shape `(…, N, N)`: an array of `shape` (by default, what the leading axes broadcast to) and one more axis of `N`.
    Other arguments change that.

    # Errors
    When shapes do not fit, or the dtype is not `float32`.
    """

def normal(shape: int | Sequence[int] = (), dtype: None | Dtype = float32, loc: None | scalar | array = None, scale: None | scalar | array = None, key: None | array = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Normally distributed numbers of `shape`, mean 0 and deviation 1, `float32`. Other arguments change that."""

def permutation(x: scalar | array, axis: int = 0, key: None | array = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The numbers below an integer `x` in random order, `uint32` of shape `(x,)`; or the array `x` with its slices along its first
    axis in random order. Other arguments change that.

    # Errors
    When a number is negative or no integer, or the axis is out of range.
    """

def randint(low: scalar | array, high: scalar | array, shape: int | Sequence[int] = (), dtype: None | Dtype = int32, key: None | array = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Integers of `shape` from `low` up to but without `high`, `int32`. Other arguments change that."""

def split(key: array, num: int = 2, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`num` new keys made from `key`, of shape `(num, 2)`.

    # Errors
    When `key` is not a `uint32` array of shape `(2,)`.
    """

def truncated_normal(lower: scalar | array, upper: scalar | array, shape: None | Sequence[int] = None, dtype: None | Dtype = float32, key: None | array = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Normally distributed numbers of `shape` between `lower` and `upper`, `float32`. Other arguments change that."""

def uniform(low: scalar | array = 0, high: scalar | array = 1, shape: int | Sequence[int] = (), dtype: None | Dtype = float32, key: None | array = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Numbers of `shape` that are equally likely anywhere in [0, 1), `float32`. Other arguments change that."""
