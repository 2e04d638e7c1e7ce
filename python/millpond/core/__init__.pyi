"""Arrays, operations, streams and transforms."""

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from os import PathLike
from types import ModuleType
from typing import Any, Protocol, Self, TypeAlias

from . import cuda as cuda, fft as fft, linalg as linalg, metal as metal, random as random

scalar: TypeAlias = bool | int | float | complex
StreamOrDevice: TypeAlias = Stream | ThreadLocalStream | Device | DeviceType | None

__version__: str
newaxis: None
pi: float
e: float
euler_gamma: float
inf: float
nan: float

class DtypeCategory(Enum):
    complexfloating = 0
    floating = 1
    inexact = 2
    signedinteger = 3
    unsignedinteger = 4
    integer = 5
    number = 6
    generic = 7

class Dtype:
    @property
    def size(self) -> int: ...
    def __hash__(self) -> int: ...

bool_: Dtype
uint8: Dtype
uint16: Dtype
uint32: Dtype
uint64: Dtype
int8: Dtype
int16: Dtype
int32: Dtype
int64: Dtype
float16: Dtype
bfloat16: Dtype
float32: Dtype
float64: Dtype
complex64: Dtype
complexfloating: DtypeCategory
floating: DtypeCategory
inexact: DtypeCategory
signedinteger: DtypeCategory
unsignedinteger: DtypeCategory
integer: DtypeCategory
number: DtypeCategory
generic: DtypeCategory

class finfo:
    def __init__(self, dtype: Dtype) -> None: ...
    @property
    def dtype(self) -> Dtype: ...
    @property
    def bits(self) -> int: ...
    @property
    def min(self) -> float: ...
    @property
    def max(self) -> float: ...
    @property
    def eps(self) -> float: ...
    @property
    def smallest_normal(self) -> float: ...

class iinfo:
    def __init__(self, dtype: Dtype) -> None: ...
    @property
    def dtype(self) -> Dtype: ...
    @property
    def min(self) -> int: ...
    @property
    def max(self) -> int: ...

def issubdtype(arg1: Dtype | DtypeCategory, arg2: Dtype | DtypeCategory) -> bool: ...
def isdtype(dtype: Dtype, kind: Dtype | str | tuple[Dtype | str, ...]) -> bool: ...
def can_cast(from_: array | Dtype, to: Dtype) -> bool: ...
def result_type(*arrays_and_dtypes: array | Dtype) -> Dtype: ...
def broadcast_shapes(*shapes: Sequence[int]) -> tuple[int, ...]: ...

class DeviceType(Enum):
    cpu = 0
    gpu = 1

cpu: DeviceType
gpu: DeviceType

class Device:
    def __init__(self, type: DeviceType, index: int = 0) -> None: ...
    @property
    def type(self) -> DeviceType: ...
    @property
    def index(self) -> int: ...
    def __hash__(self) -> int: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: object) -> None: ...

class Stream:
    def __init__(self, device: Device | DeviceType | None = None) -> None: ...
    @property
    def device(self) -> Device: ...
    @property
    def index(self) -> int: ...
    def __hash__(self) -> int: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: object) -> None: ...

class ThreadLocalStream:
    @property
    def device(self) -> Device: ...
    def __hash__(self) -> int: ...

class StreamContext:
    def __init__(self, s: Stream | ThreadLocalStream | Device | DeviceType) -> None: ...
    def __enter__(self) -> None: ...
    def __exit__(self, *exc: object) -> None: ...

def stream(s: Stream | ThreadLocalStream | Device | DeviceType) -> StreamContext: ...
def default_device(device: Device | DeviceType | None = None) -> Device: ...
def set_default_device(device: Device | DeviceType) -> None: ...
def default_stream(device: Device | DeviceType | None = None) -> Stream: ...
def set_default_stream(stream: Stream) -> None: ...
def new_stream(device: Device | DeviceType | None = None) -> Stream: ...
def new_thread_unsafe_stream(device: Device | DeviceType | None = None) -> Stream: ...
def new_thread_local_stream(device: Device | DeviceType | None = None) -> ThreadLocalStream: ...
def synchronize(stream: StreamOrDevice = None) -> None: ...
def clear_streams() -> None: ...
def device_count(device_type: DeviceType) -> int: ...
def is_available(device: Device | DeviceType) -> bool: ...
def device_info(d: Device | DeviceType | None = None) -> dict[str, str | int]: ...

class Timeline:
    def __enter__(self) -> list[dict[str, Any]]: ...
    def __exit__(self, *exc: object) -> None: ...

def __array_namespace_info__() -> Any: ...
def timeline(path: str | PathLike[str] | None = None) -> Timeline: ...

class PrintOptions:
    def __init__(self, precision: int = -1) -> None: ...
    @property
    def precision(self) -> int: ...

class _PrintOptionsContext:
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: object) -> None: ...

def set_printoptions(precision: int = -1) -> None: ...
def get_printoptions() -> PrintOptions: ...
def printoptions(precision: int = -1) -> _PrintOptionsContext: ...
def eval(*args: object) -> None: ...
def async_eval(*args: object) -> None: ...
def get_active_memory() -> int: ...
def get_peak_memory() -> int: ...
def get_transfers() -> dict[str, int]: ...
def get_cache_memory() -> int: ...
def reset_peak_memory() -> None: ...
def get_memory_limit() -> int: ...
def set_memory_limit(limit: int) -> int: ...
def set_cache_limit(limit: int) -> int: ...
def set_wired_limit(limit: int) -> int: ...
def clear_cache() -> None: ...
def get_array_buffer_size(*args: object) -> int: ...
def grad(
    fun: Callable[..., Any], argnums: int | Sequence[int] | None = None, argnames: str | Sequence[str] | None = None
) -> Callable[..., Any]: ...
def value_and_grad(
    fun: Callable[..., Any], argnums: int | Sequence[int] | None = None, argnames: str | Sequence[str] | None = None
) -> Callable[..., tuple[Any, Any]]: ...
def vjp(
    fun: Callable[..., Any], primals: Sequence[array], cotangents: Sequence[array]
) -> tuple[list[array], list[array]]: ...
def jvp(
    fun: Callable[..., Any], primals: Sequence[array], tangents: Sequence[array]
) -> tuple[list[array], list[array]]: ...
def vmap(fun: Callable[..., Any], in_axes: object = 0, out_axes: object = 0) -> Callable[..., Any]: ...
def einsum_path(subscripts: str, *operands: array) -> tuple[list[tuple[int, ...]], str]: ...
def load(
    file: Any, /, format: str | None = None, return_metadata: bool = False, *, stream: StreamOrDevice = None
) -> Any: ...
def save(file: Any, arr: array) -> None: ...
def save_safetensors(file: Any, arrays: dict[str, array], metadata: dict[str, str] | None = None) -> None: ...
def savez(file: Any, *args: array, **kwargs: array) -> None: ...
def savez_compressed(file: Any, *args: array, **kwargs: array) -> None: ...
def compile(
    fun: Callable[..., Any], inputs: object = None, outputs: object = None, shapeless: bool = False
) -> Callable[..., Any]: ...
def disable_compile() -> None: ...
def enable_compile() -> None: ...
def checkpoint(fun: Callable[..., Any]) -> Callable[..., Any]: ...
def depends(inputs: array | Sequence[array], dependencies: array | Sequence[array]) -> Any: ...

class custom_function:
    def __init__(self, f: Callable[..., Any]) -> None: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def vjp(self, f: Callable[..., Any]) -> custom_function: ...
    def jvp(self, f: Callable[..., Any]) -> custom_function: ...
    def vmap(self, f: Callable[..., Any]) -> custom_function: ...

def asarray(a: object, dtype: Dtype | None = None, *, copy: bool | None = None) -> array: ...
def from_dlpack(x: object, /, *, copy: bool | None = None) -> array: ...

class ArrayAt:
    def __getitem__(self, indices: object) -> ArrayAt: ...
    def add(self, value: object) -> array: ...
    def subtract(self, value: object) -> array: ...
    def multiply(self, value: object) -> array: ...
    def divide(self, value: object) -> array: ...
    def maximum(self, value: object) -> array: ...
    def minimum(self, value: object) -> array: ...

class ArrayLike(Protocol):
    def __mlx_array__(self) -> array: ...

class ArrayIterator:
    def __iter__(self) -> Self: ...
    def __next__(self) -> array: ...

class array:
    """An N-dimensional array object."""

    def __init__(self, val: object, dtype: Dtype | None = None) -> None: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> Dtype: ...
    @property
    def ndim(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def nbytes(self) -> int: ...
    @property
    def itemsize(self) -> int: ...
    @property
    def T(self) -> array: ...
    @property
    def mT(self) -> array: ...
    @property
    def real(self) -> array: ...
    @property
    def imag(self) -> array: ...
    @property
    def at(self) -> ArrayAt: ...
    def item(self) -> Any: ...
    def tolist(self) -> Any: ...
    def __getitem__(self, index: object) -> array: ...
    def __setitem__(self, index: object, value: object) -> None: ...
    def __iter__(self) -> ArrayIterator: ...
    def __len__(self) -> int: ...
    def __contains__(self, element: object) -> bool: ...
    def __bool__(self) -> bool: ...
    def __int__(self) -> int: ...
    def __float__(self) -> float: ...
    def __complex__(self) -> complex: ...
    def __index__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __bytes__(self) -> bytes: ...
    def __reversed__(self) -> ArrayIterator: ...
    def __copy__(self) -> array: ...
    def __deepcopy__(self, memo: dict[Any, Any]) -> array: ...
    def __array__(self, dtype: object = None, copy: bool | None = None) -> Any: ...
    def __array_namespace__(self, api_version: str | None = None) -> ModuleType: ...
    def __dlpack__(
        self,
        *,
        stream: object = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> object: ...
    def __dlpack_device__(self) -> tuple[int, int]: ...
    def __eq__(self, other: object) -> array: ...  # type: ignore[override]
    def __ne__(self, other: object) -> array: ...  # type: ignore[override]
    def __lt__(self, other: object) -> array: ...
    def __le__(self, other: object) -> array: ...
    def __gt__(self, other: object) -> array: ...
    def __ge__(self, other: object) -> array: ...
    def __neg__(self) -> array: ...
    def __pos__(self) -> array: ...
    def __abs__(self) -> array: ...
    def __invert__(self) -> array: ...
    def __add__(self, other: object) -> array: ...
    def __radd__(self, other: object) -> array: ...
    def __iadd__(self, other: object) -> array: ...
    def __sub__(self, other: object) -> array: ...
    def __rsub__(self, other: object) -> array: ...
    def __isub__(self, other: object) -> array: ...
    def __mul__(self, other: object) -> array: ...
    def __rmul__(self, other: object) -> array: ...
    def __imul__(self, other: object) -> array: ...
    def __truediv__(self, other: object) -> array: ...
    def __rtruediv__(self, other: object) -> array: ...
    def __itruediv__(self, other: object) -> array: ...
    def __floordiv__(self, other: object) -> array: ...
    def __rfloordiv__(self, other: object) -> array: ...
    def __ifloordiv__(self, other: object) -> array: ...
    def __mod__(self, other: object) -> array: ...
    def __rmod__(self, other: object) -> array: ...
    def __imod__(self, other: object) -> array: ...
    def __pow__(self, other: object) -> array: ...
    def __rpow__(self, other: object) -> array: ...
    def __ipow__(self, other: object) -> array: ...
    def __matmul__(self, other: object) -> array: ...
    def __rmatmul__(self, other: object) -> array: ...
    def __imatmul__(self, other: object) -> array: ...
    def __and__(self, other: object) -> array: ...
    def __rand__(self, other: object) -> array: ...
    def __iand__(self, other: object) -> array: ...
    def __or__(self, other: object) -> array: ...
    def __ror__(self, other: object) -> array: ...
    def __ior__(self, other: object) -> array: ...
    def __xor__(self, other: object) -> array: ...
    def __rxor__(self, other: object) -> array: ...
    def __ixor__(self, other: object) -> array: ...
    def __lshift__(self, other: object) -> array: ...
    def __rlshift__(self, other: object) -> array: ...
    def __ilshift__(self, other: object) -> array: ...
    def __rshift__(self, other: object) -> array: ...
    def __rrshift__(self, other: object) -> array: ...
    def __irshift__(self, other: object) -> array: ...
    def abs(self, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The absolute value, element by element; the modulus (`float32`) of complex numbers. The smallest integer of a signed
        type wraps to itself.
        """
    def all(self, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """Whether all elements over `axis` are true, that is, not zero. All of nothing are.

        # Errors
        When an axis is out of range or named twice.
        """
    def any(self, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """Whether any element over `axis` is true, that is, not zero. None of nothing is.

        # Errors
        When an axis is out of range or named twice.
        """
    def argmax(self, axis: None | int = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The position of the largest element along one axis, or among all elements in row-major order for `None`, as `uint32`: the
        first of equal ones, the first NaN where there is one.

        # Errors
        When the axis is out of range or holds nothing.
        """
    def argmin(self, axis: None | int = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The position of the smallest element along one axis, or among all elements in row-major order for `None`, as `uint32`: the
        first of equal ones, the first NaN where there is one.

        # Errors
        When the axis is out of range or holds nothing.
        """
    def astype(self, dtype: Dtype, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """`a` with its elements converted to `dtype`: floats saturate to integers and NaN becomes 0, integers wrap, everything that
        is not zero becomes `true`, the imaginary part is dropped.
        """
    def conj(self, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The complex conjugate of each element; `a` itself if it is real."""
    def cos(self, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The cosine of angles in radians, element by element. Integers are computed in `float32`."""
    def cummax(self, axis: None | int = None, *, reverse: bool = False, inclusive: bool = True, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The largest element so far along an axis, or over all elements in row-major order for `None`; NaN from the first NaN on.

        # Errors
        When the axis is out of range.
        """
    def cummin(self, axis: None | int = None, *, reverse: bool = False, inclusive: bool = True, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The smallest element so far along an axis, or over all elements in row-major order for `None`; NaN from the first NaN on.

        # Errors
        When the axis is out of range.
        """
    def cumprod(self, axis: None | int = None, *, reverse: bool = False, inclusive: bool = True, dtype: None | Dtype = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The running product along an axis, or over all elements in row-major order for `None`; integers wrap.

        # Errors
        When the axis is out of range.
        """
    def cumsum(self, axis: None | int = None, *, reverse: bool = False, inclusive: bool = True, dtype: None | Dtype = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The running sum along an axis, or over all elements in row-major order for `None`. `bool` is summed in `int32`; integers wrap.

        # Errors
        When the axis is out of range.
        """
    def diag(self, k: int = 0, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """For a matrix its `k`-th diagonal; for a vector the matrix of zeros that has it on the `k`-th diagonal.

        # Errors
        When `a` is neither.
        """
    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The elements of `a` whose index along `axis2` is the one along `axis1` plus `offset`, as a new last axis in place of
        those two. Nothing is copied.

        # Errors
        When `a` has fewer than two axes or the two are the same.
        """
    def exp(self, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The exponential, element by element. Integers are computed in `float32`."""
    def flatten(self, start_axis: int = 0, end_axis: int = -1, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """`a` with the axes from `start_axis` to `end_axis`, that one too, merged into one. A 0-d array becomes one of shape `(1,)`.

        # Errors
        When an axis is out of range or `start_axis` comes after `end_axis`.
        """
    def log(self, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The natural logarithm, element by element; NaN below zero. Integers are computed in `float32`."""
    def log10(self, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The logarithm to base 10, element by element; NaN below zero. Integers are computed in `float32`."""
    def log1p(self, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """`log(1 + a)`, element by element, accurate near zero; NaN below -1. Integers are computed in `float32`."""
    def log2(self, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The logarithm to base 2, element by element; NaN below zero. Integers are computed in `float32`."""
    def logcumsumexp(self, axis: None | int = None, *, reverse: bool = False, inclusive: bool = True, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The logarithm of the running sum of exponentials along an axis, or over all elements in row-major order for `None`, without
        overflow. Integers become `float32`.

        # Errors
        When the axis is out of range.
        """
    def logsumexp(self, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """`log(sum(exp(a)))` over `axis` without overflow. Integers are computed in `float32`, `float16` and `bfloat16` too and
        rounded once.

        # Errors
        When `a` is empty, or an axis is out of range or named twice.
        """
    def max(self, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The largest element over `axis`; NaN where there is one. Complex numbers compare by real, then imaginary part. Equal
        largest elements share the gradient.

        # Errors
        When an axis is out of range, named twice, or of length 0 for a result that is not empty.
        """
    def mean(self, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The mean over `axis`; NaN of nothing. Integers are averaged in `float32`, `float16` and `bfloat16` too and rounded once.

        # Errors
        When an axis is out of range or named twice.
        """
    def min(self, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The smallest element over `axis`; NaN where there is one. Complex numbers compare by real, then imaginary part. Equal
        smallest elements share the gradient.

        # Errors
        When an axis is out of range, named twice, or of length 0 for a result that is not empty.
        """
    def moveaxis(self, source: int, destination: int, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """`a` with axis `source` moved to position `destination`, the others in their order.

        # Errors
        When an axis is out of range.
        """
    def prod(self, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The product over `axis`. Small integers and `bool` are multiplied in 32 bits; integers wrap. `float16` and `bfloat16` are
        multiplied in `float32` and rounded once. The product of nothing is 1.

        # Errors
        When an axis is out of range or named twice.
        """
    def reciprocal(self, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """`1 / a`, element by element. Integers are computed in `float32`."""
    def reshape(self, *shape: int | Sequence[int] | None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The elements of `a` in row-major order under another shape. One length may be `-1`: it is what the others leave.
        Nothing is copied when the layout of `a` allows it.

        # Errors
        When the sizes differ, or more than one length is `-1`.
        """
    def round(self, decimals: int = 0, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """`a` rounded to `decimals` decimals, halves to even; negative `decimals` round left of the point, integers too, which wrap."""
    def rsqrt(self, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """`1 / sqrt(a)`, element by element; NaN below zero. Integers are computed in `float32`."""
    def sin(self, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The sine of angles in radians, element by element. Integers are computed in `float32`."""
    def split(self, indices_or_sections: int | Sequence[int], axis: int = 0, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> list[array]:
        """`a` cut along `axis`.

        # Errors
        When the axis is out of range, or it cannot be cut into that many equal parts.
        """
    def sqrt(self, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The square root, element by element; NaN below zero. Integers are computed in `float32`."""
    def square(self, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """`a²`, element by element; integers wrap."""
    def squeeze(self, axis: None | int | Sequence[int] = None, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """`a` without the given axes, which have length 1; without all axes of length 1 for `None`.

        # Errors
        When a given axis is not of length 1.
        """
    def std(self, axis: None | int | Sequence[int] = None, keepdims: bool = False, ddof: int = 0, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The standard deviation over `axis`: the square root of `var`.

        # Errors
        When an axis is out of range or named twice.
        """
    def sum(self, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The sum over `axis`. Small integers and `bool` are summed in 32 bits; integers wrap. `float16` and `bfloat16` are summed in
        `float32` and rounded once. The sum of nothing is 0.

        # Errors
        When an axis is out of range or named twice.
        """
    def swapaxes(self, axis1: int, axis2: int, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """`a` with two axes exchanged.

        # Errors
        When an axis is out of range.
        """
    def transpose(self, *axes: int | Sequence[int] | None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """`a` with its axes in the given order; reversed for `None`. Nothing is copied.

        # Errors
        When `axes` is not a permutation of the axes of `a`.
        """
    def var(self, axis: None | int | Sequence[int] = None, keepdims: bool = False, ddof: int = 0, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The variance over `axis`: the sum of squared distances from the mean, divided by the number of elements less `ddof` (NaN
        when that is not positive). Dtypes as for `mean`; the variance of complex numbers is real.

        # Errors
        When an axis is out of range or named twice.
        """
    def view(self, dtype: Dtype, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
        """The bytes of `a` as elements of `dtype`. Where the sizes differ the last axis grows or shrinks accordingly. Between
        `complex64` and `float32` gradients flow; between other types they do not. As `bool`, bytes other than 0 are true.

        # Errors
        When `a` is 0-d and the sizes differ, or its last axis does not hold a whole number of elements.
        """

def abs(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The absolute value, element by element; the modulus (`float32`) of complex numbers. The smallest integer of a signed
    type wraps to itself.
    """

def acos(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The inverse cosine in radians, element by element; NaN outside [-1, 1]. Integers are computed in `float32`."""

def acosh(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The inverse hyperbolic cosine, element by element; NaN below 1. Integers are computed in `float32`."""

def add(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The sum `a + b`, broadcast together; integers wrap, booleans are joined by "or"."""

def addmm(c: array, a: array, b: array, /, alpha: float = 1.0, beta: float = 1.0, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`alpha · a @ b + beta · c`, with `c` broadcast to the shape of the product.

    # Errors
    As `matmul`, and when `c` does not broadcast to the product.
    """

def all(a: array, /, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether all elements over `axis` are true, that is, not zero. All of nothing are.

    # Errors
    When an axis is out of range or named twice.
    """

def allclose(a: array, b: array, /, rtol: float = 1e-05, atol: float = 1e-08, *, equal_nan: bool = False, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether all elements are close (0-d): see `isclose`."""

def any(a: array, /, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether any element over `axis` is true, that is, not zero. None of nothing is.

    # Errors
    When an axis is out of range or named twice.
    """

def arange(start: None | int | float = None, stop: None | int | float = None, step: None | int | float = None, dtype: None | Dtype = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`start, start + step, …` up to but without `stop`, of shape `(⌈(stop − start) / step⌉,)`.

    The span is a stop (`5`), a range (`2..7`), or `(start, stop, step)`. Without `dtype` integers make `int32` (`int64` when they
    need it) and floats `float32`. In an integer `dtype` start and step are converted first and sums wrap; floating elements are
    `start + i · step` rounded once.

    # Errors
    When the step is zero, the length is not finite, or `dtype` is `bool`.
    """

def arccos(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The inverse cosine in radians, element by element; NaN outside [-1, 1]. Integers are computed in `float32`."""

def arccosh(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The inverse hyperbolic cosine, element by element; NaN below 1. Integers are computed in `float32`."""

def arcsin(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The inverse sine in radians, element by element; NaN outside [-1, 1]. Integers are computed in `float32`."""

def arcsinh(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The inverse hyperbolic sine, element by element. Integers are computed in `float32`."""

def arctan(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The inverse tangent in radians, element by element. Integers are computed in `float32`."""

def arctan2(a: scalar | array, b: scalar | array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The angle in radians of the point with ordinate `a` and abscissa `b`, in [-π, π], broadcast together. Integers are
    computed in `float32`.

    # Errors
    When an operand is complex.
    """

def arctanh(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The inverse hyperbolic tangent, element by element; NaN outside [-1, 1]. Integers are computed in `float32`."""

def argmax(a: array, /, axis: None | int = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The position of the largest element along one axis, or among all elements in row-major order for `None`, as `uint32`: the
    first of equal ones, the first NaN where there is one.

    # Errors
    When the axis is out of range or holds nothing.
    """

def argmin(a: array, /, axis: None | int = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The position of the smallest element along one axis, or among all elements in row-major order for `None`, as `uint32`: the
    first of equal ones, the first NaN where there is one.

    # Errors
    When the axis is out of range or holds nothing.
    """

def argpartition(a: array, /, kth: int, axis: None | int = -1, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The indices, as `uint32`, that `partition` the elements along an axis, or all of them for `None`.

    # Errors
    When the axis or `kth` is out of range.
    """

def argsort(a: array, /, axis: None | int = -1, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The indices, as `uint32`, that put the elements in ascending order along an axis, or all of them for `None`. Equal elements
    keep their order.

    # Errors
    When the axis is out of range.
    """

def array_equal(a: scalar | array, b: scalar | array, equal_nan: bool = False, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether `a` and `b` have the same shape and equal elements (0-d). With `equal_nan` NaN equals NaN."""

def as_strided(a: array, /, shape: None | Sequence[int] = None, strides: None | int | Sequence[int] = None, offset: int = 0, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The elements of `a`, taken in row-major order, at `offset + Σ iₖ · stridesₖ` for each index of `shape`. Strides count
    elements; they may be zero or negative, and places may overlap.

    # Errors
    When there are not as many strides as lengths, or an index would reach outside of `a`.
    """

def asin(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The inverse sine in radians, element by element; NaN outside [-1, 1]. Integers are computed in `float32`."""

def asinh(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The inverse hyperbolic sine, element by element. Integers are computed in `float32`."""

def astype(a: array, dtype: Dtype, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` with its elements converted to `dtype`: floats saturate to integers and NaN becomes 0, integers wrap, everything that
    is not zero becomes `true`, the imaginary part is dropped.
    """

def atan(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The inverse tangent in radians, element by element. Integers are computed in `float32`."""

def atan2(a: scalar | array, b: scalar | array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The angle in radians of the point with ordinate `a` and abscissa `b`, in [-π, π], broadcast together. Integers are
    computed in `float32`.

    # Errors
    When an operand is complex.
    """

def atanh(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The inverse hyperbolic tangent, element by element; NaN outside [-1, 1]. Integers are computed in `float32`."""

def atleast_1d(*arys: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array | list[array]:
    """`a`, with shape `(1,)` if it is 0-d.

    # Errors
    None of its own.
    """

def atleast_2d(*arys: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array | list[array]:
    """`a` with at least two axes: new ones are in front.

    # Errors
    None of its own.
    """

def atleast_3d(*arys: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array | list[array]:
    """`a` with at least three axes: a vector lies along the middle one, a matrix has a new one behind.

    # Errors
    None of its own.
    """

def bartlett(M: int, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The triangular window of `m` points, `1 − |2 i / (m − 1) − 1|`, of shape `(m,)` and dtype `float32`."""

def bitwise_and(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The bits set in both, broadcast together.

    # Errors
    When the operands are not integers or booleans.
    """

def bitwise_invert(a: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """All bits of each element flipped; "not" of booleans.

    # Errors
    When `a` is not of an integer or boolean dtype.
    """

def bitwise_left_shift(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The bits of `a` moved up by `b` places, broadcast together; booleans become `uint8`.

    # Errors
    When the operands are not integers or booleans.
    """

def bitwise_or(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The bits set in either, broadcast together.

    # Errors
    When the operands are not integers or booleans.
    """

def bitwise_right_shift(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The bits of `a` moved down by `b` places, broadcast together, filled with the sign of signed integers; booleans become
    `uint8`.

    # Errors
    When the operands are not integers or booleans.
    """

def bitwise_xor(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The bits set in exactly one, broadcast together.

    # Errors
    When the operands are not integers or booleans.
    """

def blackman(M: int, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The Blackman window of `m` points, `0.42 − 0.5 cos(2π t) + 0.08 cos(4π t)` with `t = i / (m − 1)`, of shape `(m,)` and dtype
    `float32`.
    """

def broadcast_arrays(*arrays: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> tuple[array, ...]:
    """The arrays broadcast to their common shape. Nothing is copied.

    # Errors
    When their shapes do not broadcast together.
    """

def broadcast_to(a: array, /, shape: int | Sequence[int], *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` repeated along new axes in front and along axes of length 1, to `shape`. Nothing is copied.

    # Errors
    When `a` does not broadcast to `shape`.
    """

def ceil(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The smallest integer not below each element, in the dtype of `a`.

    # Errors
    When `a` is complex.
    """

def clip(a: scalar | array, /, a_min: None | scalar | array, a_max: None | scalar | array, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` with what is below `a_min` raised to it and then what is above `a_max` lowered to it, broadcast together. At a bound
    the gradient is the bound's.

    # Errors
    When neither bound is given.
    """

def concat(arrays: Sequence[array], axis: None | int = 0, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The arrays one behind the other along `axis`, in the dtype they promote to; flattened first for `None`.

    # Errors
    When there are none, the axis is out of range, or their shapes differ elsewhere.
    """

def concatenate(arrays: Sequence[array], axis: None | int = 0, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The arrays one behind the other along `axis`, in the dtype they promote to; flattened first for `None`.

    # Errors
    When there are none, the axis is out of range, or their shapes differ elsewhere.
    """

def conj(a: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The complex conjugate of each element; `a` itself if it is real."""

def conjugate(a: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The complex conjugate of each element; `a` itself if it is real."""

def contiguous(a: array, /, allow_col_major: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` with its elements adjacent in memory in row-major order, or in column-major order if `allow_col_major` and they
    are so already. Copies only when they are neither.
    """

def cos(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The cosine of angles in radians, element by element. Integers are computed in `float32`."""

def cosh(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The hyperbolic cosine, element by element. Integers are computed in `float32`."""

def count_nonzero(a: array, /, *, axis: None | int | Sequence[int] = None, keepdims: bool = False, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """How many elements over `axis` are not zero, as `int32`. NaN is not zero.

    # Errors
    When an axis is out of range or named twice.
    """

def cummax(a: array, /, axis: None | int = None, *, reverse: bool = False, inclusive: bool = True, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The largest element so far along an axis, or over all elements in row-major order for `None`; NaN from the first NaN on.

    # Errors
    When the axis is out of range.
    """

def cummin(a: array, /, axis: None | int = None, *, reverse: bool = False, inclusive: bool = True, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The smallest element so far along an axis, or over all elements in row-major order for `None`; NaN from the first NaN on.

    # Errors
    When the axis is out of range.
    """

def cumprod(a: array, /, axis: None | int = None, *, reverse: bool = False, inclusive: bool = True, dtype: None | Dtype = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The running product along an axis, or over all elements in row-major order for `None`; integers wrap.

    # Errors
    When the axis is out of range.
    """

def cumsum(a: array, /, axis: None | int = None, *, reverse: bool = False, inclusive: bool = True, dtype: None | Dtype = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The running sum along an axis, or over all elements in row-major order for `None`. `bool` is summed in `int32`; integers wrap.

    # Errors
    When the axis is out of range.
    """

def cumulative_prod(a: array, /, axis: None | int = None, *, reverse: bool = False, inclusive: bool = True, dtype: None | Dtype = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The running product along an axis, or over all elements in row-major order for `None`; integers wrap.

    # Errors
    When the axis is out of range.
    """

def cumulative_sum(a: array, /, axis: None | int = None, *, reverse: bool = False, inclusive: bool = True, dtype: None | Dtype = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The running sum along an axis, or over all elements in row-major order for `None`. `bool` is summed in `int32`; integers wrap.

    # Errors
    When the axis is out of range.
    """

def degrees(a: scalar | array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Angles in radians converted to degrees. Integers are computed in `float32`."""

def diag(a: array, /, k: int = 0, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """For a matrix its `k`-th diagonal; for a vector the matrix of zeros that has it on the `k`-th diagonal.

    # Errors
    When `a` is neither.
    """

def diagonal(a: array, offset: int = 0, axis1: int = 0, axis2: int = 1, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The elements of `a` whose index along `axis2` is the one along `axis1` plus `offset`, as a new last axis in place of
    those two. Nothing is copied.

    # Errors
    When `a` has fewer than two axes or the two are the same.
    """

def diff(a: array, /, n: int = 1, axis: int = -1, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The differences of neighbours along `axis`, taken `n` times; of `bool`, whether they differ.

    # Errors
    When `n` is negative or the axis is out of range.
    """

def divide(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The quotient `a / b`, broadcast together. Integers are divided as `float32`."""

def divmod(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> tuple[array, ...]:
    """`floor_divide` and `remainder` of `a` by `b`, broadcast together.

    # Errors
    When an operand is complex.
    """

def einsum(subscripts: str, *operands: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The sum of products that `subscripts` describe, such as `"ij,jk->ik"`: a letter an axis, equal letters run together, letters
    that are not in the result are summed, `...` stands for axes that are broadcast. Without `->` the result has the letters
    that occur once, in alphabetical order.

    # Errors
    When the subscripts are malformed, do not fit the operands, or lengths under one letter differ.
    """

def empty(shape: int | Sequence[int], dtype: None | Dtype = float32, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Zeros of `shape` and `dtype`.

    # Errors
    When `shape` has more elements than can be counted.
    """

def empty_like(a: array, /, dtype: None | Dtype = None, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Zeros of the shape and dtype of `a`."""

def equal(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether `a == b`, broadcast together; NaN equals nothing."""

def erf(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The error function, element by element. Integers are computed in `float32`.

    # Errors
    When `a` is complex.
    """

def erfinv(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The inverse of `erf`, element by element: infinite at -1 and 1, NaN beyond. Integers are computed in `float32`.

    # Errors
    When `a` is complex.
    """

def exp(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The exponential, element by element. Integers are computed in `float32`."""

def expand_dims(a: array, /, axis: int | Sequence[int], *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` with new axes of length 1 at the given positions of the result.

    # Errors
    When a position is out of range or named twice.
    """

def expm1(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`exp(a) - 1`, element by element, accurate near zero. Integers are computed in `float32`."""

def eye(n: int, m: None | int = None, k: int = 0, dtype: None | Dtype = float32, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Ones on diagonal `k` and zeros elsewhere, of shape `(n, m)`."""

def flatten(a: array, /, start_axis: int = 0, end_axis: int = -1, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` with the axes from `start_axis` to `end_axis`, that one too, merged into one. A 0-d array becomes one of shape `(1,)`.

    # Errors
    When an axis is out of range or `start_axis` comes after `end_axis`.
    """

def flip(a: array, /, axis: None | int | Sequence[int] = None, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` with the order of its elements reversed along `axis`. Nothing is copied.

    # Errors
    When an axis is out of range.
    """

def floor(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The largest integer not above each element, in the dtype of `a`.

    # Errors
    When `a` is complex.
    """

def floor_divide(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The quotient `a / b` rounded down, broadcast together. An integer quotient by 0 is 0; complex numbers are divided without
    rounding.
    """

def from_fp8(x: array, dtype: Dtype = bfloat16, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The numbers of type `dtype` that the E4M3 bits (`uint8`) in `x` stand for.

    # Errors
    When `x` is not `uint8`, or `dtype` is no real floating-point dtype.
    """

def full(shape: int | Sequence[int], vals: scalar | array, dtype: None | Dtype = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`vals` broadcast to `shape`, converted to `dtype` (its own where `None`).

    # Errors
    When `vals` does not broadcast to `shape`, or is an integer that an integer `dtype` does not hold.
    """

def full_like(a: array, vals: scalar | array, dtype: None | Dtype = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`vals` broadcast to the shape of `a`, in its dtype.

    # Errors
    As `full`.
    """

def greater(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether `a > b`, broadcast together. Complex numbers compare by real part, then imaginary."""

def greater_equal(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether `a >= b`, broadcast together. Complex numbers compare by real part, then imaginary."""

def hamming(M: int, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The Hamming window of `m` points, `0.54 − 0.46 cos(2π i / (m − 1))`, of shape `(m,)` and dtype `float32`."""

def hanning(M: int, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The Hann window of `m` points, `sin²(π i / (m − 1))`, of shape `(m,)` and dtype `float32`."""

def identity(n: int, dtype: None | Dtype = float32, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The identity matrix of shape `(n, n)`."""

def imag(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The imaginary part of each element; zeros if `a` is real."""

def inner(a: array, b: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The sums of products along the last axes: the result has the other axes of `a`, then those of `b`. A 0-d operand scales the other.

    # Errors
    When the last axes differ in length, or as `matmul`.
    """

def isclose(a: array, b: array, /, rtol: float = 1e-05, atol: float = 1e-08, *, equal_nan: bool = False, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether `|a - b| <= atol + rtol · |b|`, broadcast together. Infinities are close if they are equal."""

def isfinite(a: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether each element, and both parts of it if it is complex, is neither infinite nor NaN."""

def isinf(a: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether each element, or a part of it if it is complex, is infinite."""

def isnan(a: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether each element, or a part of it if it is complex, is NaN."""

def isneginf(a: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether each element is negative infinity."""

def isposinf(a: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether each element is positive infinity."""

def kron(a: array, b: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The Kronecker product: every element of `a` times the whole of `b`, axis lengths multiplied."""

def left_shift(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The bits of `a` moved up by `b` places, broadcast together; booleans become `uint8`.

    # Errors
    When the operands are not integers or booleans.
    """

def less(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether `a < b`, broadcast together. Complex numbers compare by real part, then imaginary."""

def less_equal(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether `a <= b`, broadcast together. Complex numbers compare by real part, then imaginary."""

def linspace(start: int | float, stop: int | float, num: None | int = 50, endpoint: bool = True, dtype: None | Dtype = float32, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`num` evenly spaced numbers from `start` to `stop`, of shape `(num,)`.

    # Errors
    When `num` is negative.
    """

def log(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The natural logarithm, element by element; NaN below zero. Integers are computed in `float32`."""

def log10(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The logarithm to base 10, element by element; NaN below zero. Integers are computed in `float32`."""

def log1p(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`log(1 + a)`, element by element, accurate near zero; NaN below -1. Integers are computed in `float32`."""

def log2(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The logarithm to base 2, element by element; NaN below zero. Integers are computed in `float32`."""

def logaddexp(a: scalar | array, b: scalar | array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`log(exp(a) + exp(b))` without overflow, broadcast together. Integers are computed in `float32`."""

def logcumsumexp(a: array, /, axis: None | int = None, *, reverse: bool = False, inclusive: bool = True, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The logarithm of the running sum of exponentials along an axis, or over all elements in row-major order for `None`, without
    overflow. Integers become `float32`.

    # Errors
    When the axis is out of range.
    """

def logical_and(a: scalar | array, b: scalar | array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether both are not zero, broadcast together."""

def logical_not(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether each element is zero (NaN is not)."""

def logical_or(a: scalar | array, b: scalar | array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether either is not zero, broadcast together."""

def logical_xor(a: scalar | array, b: scalar | array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether exactly one is not zero, broadcast together."""

def logsumexp(a: array, /, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`log(sum(exp(a)))` over `axis` without overflow. Integers are computed in `float32`, `float16` and `bfloat16` too and
    rounded once.

    # Errors
    When `a` is empty, or an axis is out of range or named twice.
    """

def matmul(a: array, b: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The matrix product of `a` of shape `(…, M, K)` and `b` of shape `(…, K, N)`: shape `(…, M, N)`, the leading axes broadcast.

    An operand with one axis is a row on the left, a column on the right, and that axis is not in the result. The dtypes
    promote. `float16` and `bfloat16` are summed in `float32`.

    # Errors
    When an operand has no axes, `K` differs, the leading axes do not broadcast, or the dtype is not floating or complex.
    """

def matrix_norm(a: array, /, ord: None | int | float | str = None, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The norm of vectors (one axis) or matrices (two), or with the default order of all elements of the axes.

    The order is a number or `'fro'` or `'nuc'`. With one, `axis=None` takes the whole of an array of one or two axes.
    Integers become `float32`, complex numbers their absolute values.

    # Errors
    When an axis is out of range, there are more than two, or the order is none for that many.
    """

def matrix_transpose(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` with its last two axes exchanged.

    # Errors
    When `a` has fewer than two axes.
    """

def max(a: array, /, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The largest element over `axis`; NaN where there is one. Complex numbers compare by real, then imaginary part. Equal
    largest elements share the gradient.

    # Errors
    When an axis is out of range, named twice, or of length 0 for a result that is not empty.
    """

def maximum(a: scalar | array, b: scalar | array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The larger of each pair, broadcast together; NaN if either is NaN. Complex numbers compare by real part, then imaginary.
    Where both are equal the gradient is `b`'s.
    """

def mean(a: array, /, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The mean over `axis`; NaN of nothing. Integers are averaged in `float32`, `float16` and `bfloat16` too and rounded once.

    # Errors
    When an axis is out of range or named twice.
    """

def median(a: array, /, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The middle element over `axis`, or the mean of the two middle ones; NaN where there is one. Integers become `float32`.

    # Errors
    When an axis is out of range, named twice, or of length 0.
    """

def meshgrid(*arrays: array, sparse: bool = False, indexing: str = 'xy', stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> tuple[array, ...]:
    """The coordinates of a grid whose axes have the elements of each array, which are flattened. `sparse` grids have length 1
    along the axes they do not vary along. Nothing is copied.

    # Errors
    When the grid would be too large.
    """

def min(a: array, /, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The smallest element over `axis`; NaN where there is one. Complex numbers compare by real, then imaginary part. Equal
    smallest elements share the gradient.

    # Errors
    When an axis is out of range, named twice, or of length 0 for a result that is not empty.
    """

def minimum(a: scalar | array, b: scalar | array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The smaller of each pair, broadcast together; NaN if either is NaN. Complex numbers compare by real part, then imaginary.
    Where both are equal the gradient is `b`'s.
    """

def minmax(a: array, /, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> tuple[array, ...]:
    """The smallest and the largest element over `axis`: `min` and `max`.

    # Errors
    As for `min`.
    """

def moveaxis(a: array, /, source: int, destination: int, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` with axis `source` moved to position `destination`, the others in their order.

    # Errors
    When an axis is out of range.
    """

def multiply(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The product `a · b`, broadcast together; integers wrap, booleans are joined by "and"."""

def nan_to_num(a: scalar | array, nan: float = 0, posinf: None | float = None, neginf: None | float = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` with NaN and infinities replaced by numbers; complex numbers by their parts. Integers come back as they are."""

def negative(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`-a`, element by element; unsigned integers wrap.

    # Errors
    When `a` is boolean: use `logical_not`.
    """

def not_equal(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Whether `a != b`, broadcast together; NaN differs from everything."""

def ones(shape: int | Sequence[int], dtype: None | Dtype = float32, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Ones of `shape` and `dtype`.

    # Errors
    When `shape` has more elements than can be counted.
    """

def ones_like(a: array, /, dtype: None | Dtype = None, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Ones of the shape and dtype of `a`."""

def outer(a: array, b: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The products of every element of `a` with every element of `b`, both flattened: shape `(a.size, b.size)`."""

def pad(a: array, pad_width: int | Sequence[int] | Sequence[Sequence[int]], mode: str = 'constant', constant_values: scalar | array = 0, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` with more elements around it. `pad_width` are how many before and how many after: a pair for each axis, or one pair
    for all, or one number for all. An array without axes stays as it is.

    # Errors
    When widths are negative or not as many as that, a constant does not broadcast, or there is no element to mirror.
    """

def partition(a: array, /, kth: int, axis: None | int = -1, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The elements along an axis, or all of them for `None`, with the one that belongs at `kth` there, none greater before it and
    none less after it: sorted, in fact.

    # Errors
    When the axis or `kth` is out of range.
    """

def permute_dims(a: array, /, axes: None | int | Sequence[int] = None, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` with its axes in the given order; reversed for `None`. Nothing is copied.

    # Errors
    When `axes` is not a permutation of the axes of `a`.
    """

def positive(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` as it is."""

def pow(a: scalar | array, b: scalar | array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` to the power of `b`, broadcast together. Integer powers wrap; with a negative exponent
    they are 0 unless the base is 1 or -1.
    """

def power(a: scalar | array, b: scalar | array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` to the power of `b`, broadcast together. Integer powers wrap; with a negative exponent
    they are 0 unless the base is 1 or -1.
    """

def prod(a: array, /, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The product over `axis`. Small integers and `bool` are multiplied in 32 bits; integers wrap. `float16` and `bfloat16` are
    multiplied in `float32` and rounded once. The product of nothing is 1.

    # Errors
    When an axis is out of range or named twice.
    """

def put_along_axis(a: array, /, indices: array, values: array, axis: None | int = None, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` with `values`, broadcast to the shape of `indices`, put where `take_along_axis` would take from.

    # Errors
    As `take_along_axis`, and when the values do not broadcast to the indices.
    """

def radians(a: scalar | array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Angles in degrees converted to radians. Integers are computed in `float32`."""

def real(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The real part of each element; `a` itself if it is real."""

def reciprocal(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`1 / a`, element by element. Integers are computed in `float32`."""

def remainder(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The remainder `a - b · floor(a / b)`, which has the sign of `b`, broadcast together. An integer remainder by 0 is `a`.

    # Errors
    When an operand is complex.
    """

def repeat(array: array, repeats: int, axis: None | int = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Every element of `array` along `axis` so many times in a row; of the flattened array for `None`.

    # Errors
    When the axis is out of range or `repeats` is negative.
    """

def reshape(a: array, /, shape: int | Sequence[int], *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The elements of `a` in row-major order under another shape. One length may be `-1`: it is what the others leave.
    Nothing is copied when the layout of `a` allows it.

    # Errors
    When the sizes differ, or more than one length is `-1`.
    """

def right_shift(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The bits of `a` moved down by `b` places, broadcast together, filled with the sign of signed integers; booleans become
    `uint8`.

    # Errors
    When the operands are not integers or booleans.
    """

def roll(a: array, /, shift: int | Sequence[int], axis: None | int | Sequence[int] = None, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` with its elements moved by `shift` places along `axis`, those that leave at the end coming back at the front. One
    shift serves all axes; several for one axis add up. For `None` the array is rolled as if it were flat.

    # Errors
    When an axis is out of range, or there are neither one nor as many shifts as axes.
    """

def round(a: array, /, decimals: int = 0, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` rounded to `decimals` decimals, halves to even; negative `decimals` round left of the point, integers too, which wrap."""

def rsqrt(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`1 / sqrt(a)`, element by element; NaN below zero. Integers are computed in `float32`."""

def searchsorted(sorted_sequence: array, values: array, /, side: str = 'left', *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Where each of `values` belongs in a sorted vector, as `uint32`: the number of elements less than it; on
    the right `side`, of those not greater.

    # Errors
    When the sequence does not have one axis.
    """

def sigmoid(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The logistic function `1 / (1 + exp(-a))`, element by element. Integers are computed in `float32`.

    # Errors
    When `a` is complex.
    """

def sign(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """-1, 0 or 1 by the sign of each element, in the dtype of `a`; `z / |z|` of complex numbers, and 0 at 0. The sign of NaN is 0."""

def sin(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The sine of angles in radians, element by element. Integers are computed in `float32`."""

def sinh(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The hyperbolic sine, element by element. Integers are computed in `float32`."""

def slice(a: array, start_indices: array, axes: int | Sequence[int], slice_size: int | Sequence[int], stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The window of shape `slice_size` of `a` that begins, along each of `axes`, at the element of `start_indices` for it, and at 0 along the
    others. The start is computed; for a known one index with ranges.

    # Errors
    When the window is larger than `a`, or there are not as many starts as axes. A start out of range is an error of the result.
    """

def slice_update(a: array, update: array, start_indices: array, axes: int | Sequence[int], stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` with `update` in place of the window that `slice` of that shape would return. Leading axes that `update` lacks are
    of length 1.

    # Errors
    As `slice`.
    """

def softmax(a: array, /, axis: None | int | Sequence[int] = None, *, precise: bool = False, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`exp(a) / sum(exp(a))` over `axis`, without overflow; NaN for rows that hold nothing but −∞, or +∞. Integers become `float32`.
    `float16` and `bfloat16` are always computed in `float32` and rounded once, whether `precise` or not.

    # Errors
    When an axis is out of range or named twice.
    """

def sort(a: array, /, axis: None | int = -1, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The elements in ascending order along an axis, or all of them for `None`; NaN last, complex numbers by real, then imaginary part.

    # Errors
    When the axis is out of range.
    """

def split(a: array, /, indices_or_sections: int | Sequence[int], axis: int = 0, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> list[array]:
    """`a` cut along `axis`.

    # Errors
    When the axis is out of range, or it cannot be cut into that many equal parts.
    """

def sqrt(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The square root, element by element; NaN below zero. Integers are computed in `float32`."""

def square(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a²`, element by element; integers wrap."""

def squeeze(a: array, /, axis: None | int | Sequence[int] = None, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` without the given axes, which have length 1; without all axes of length 1 for `None`.

    # Errors
    When a given axis is not of length 1.
    """

def stack(arrays: Sequence[array], axis: None | int = 0, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The arrays, all of one shape, along a new axis.

    # Errors
    When there are none, the axis is out of range, or the shapes differ.
    """

def std(a: array, /, axis: None | int | Sequence[int] = None, keepdims: bool = False, ddof: int = 0, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The standard deviation over `axis`: the square root of `var`.

    # Errors
    When an axis is out of range or named twice.
    """

def stop_gradient(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a`, taken for a constant by transforms."""

def subtract(a: scalar | array, b: scalar | array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The difference `a - b`, broadcast together; integers wrap, booleans are joined by "exclusive or"."""

def sum(a: array, /, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The sum over `axis`. Small integers and `bool` are summed in 32 bits; integers wrap. `float16` and `bfloat16` are summed in
    `float32` and rounded once. The sum of nothing is 0.

    # Errors
    When an axis is out of range or named twice.
    """

def swapaxes(a: array, /, axis1: int, axis2: int, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` with two axes exchanged.

    # Errors
    When an axis is out of range.
    """

def take(a: array, /, indices: scalar | array, axis: None | int = None, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The slices of `a` at `indices` along `axis`, or the elements of `a` in row-major order for `None`. The axes of
    `indices` take the place of the axis. Negative indices count from the end.

    # Errors
    When the axis is out of range or the indices are not integers. An index out of range is an error of the result.
    """

def take_along_axis(a: array, /, indices: array, axis: None | int = -1, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """For every index of `indices`, the element of `a` whose index along `axis` is the one given there. The other axes of both
    are broadcast together. For `None` both are flattened.

    # Errors
    When the shapes do not agree or the indices are not integers. An index out of range is an error of the result.
    """

def tan(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The tangent of angles in radians, element by element. Integers are computed in `float32`."""

def tanh(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The hyperbolic tangent, element by element. Integers are computed in `float32`."""

def tensordot(a: array, b: array, /, axes: int | list[Sequence[int]] = 2, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The sum of products over pairs of axes: the last `n` of `a` with the first `n` of `b` for a number `n`, or as listed.
    The result has the other axes of `a`, then those of `b`.

    # Errors
    When the lists differ in length, an axis is out of range or named twice, the axes of a pair differ in length, or as
    `matmul`.
    """

def tile(a: array, reps: int | Sequence[int], /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The whole of `a`, `reps` times along each axis. Where there are fewer numbers than axes, the first axes are not
    repeated; where there are more, `a` has new axes in front.

    # Errors
    When a number is negative.
    """

def to_fp8(x: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The bits (`uint8`) of the E4M3 number nearest to each element, ties to even; beyond ±448 the nearest is ±448.

    # Errors
    When `x` is not of a real floating-point dtype.
    """

def topk(a: array, /, k: int, axis: None | int = -1, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The `k` largest elements along an axis, or of all for `None`, in ascending order.

    # Errors
    When the axis is out of range, or `k` is negative or more than its length.
    """

def trace(a: array, /, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: None | Dtype = None, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The sum of a `diagonal`, of elements converted to `dtype` if one is given.

    # Errors
    As `diagonal`.
    """

def transpose(a: array, /, axes: None | int | Sequence[int] = None, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` with its axes in the given order; reversed for `None`. Nothing is copied.

    # Errors
    When `axes` is not a permutation of the axes of `a`.
    """

def tri(n: int, m: None | int = None, k: int = 0, dtype: None | Dtype = None, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Ones on and below diagonal `k` and zeros above, of shape `(n, m)`."""

def tril(x: array, k: int = 0, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`x` with zeros above diagonal `k` of its last two axes.

    # Errors
    When `x` has fewer than two axes.
    """

def triu(x: array, k: int = 0, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`x` with zeros below diagonal `k` of its last two axes.

    # Errors
    When `x` has fewer than two axes.
    """

def trunc(a: array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The integer next to each element in the direction of zero, in the dtype of `a`.

    # Errors
    When `a` is complex.
    """

def unflatten(a: array, /, axis: int, shape: int | Sequence[int], *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`a` with `axis` split into axes of the lengths `shape`, one of which may be `-1`.

    # Errors
    When `shape` is empty or does not have as many elements as the axis.
    """

def unique(a: array, /, size: int, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False, fill_value: None | scalar | array = None, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array | tuple[array, ...]:
    """The different elements of `a`, flattened, in ascending order. There are `size` of them whatever the values are: the
    smallest ones if there are more (the others then count as the last of these in `inverse`), and if there are fewer, `fill_value`
    or the first of them in their stead. All NaNs are one element.

    # Errors
    When `size` is negative, or positive and there is nothing to fill the result with.
    """

def unstack(x: array, /, *, axis: int = 0, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> tuple[array, ...]:
    """The slices of `x` at each index of `axis`, which they do not have any more.

    # Errors
    When the axis is out of range.
    """

def var(a: array, /, axis: None | int | Sequence[int] = None, keepdims: bool = False, ddof: int = 0, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The variance over `axis`: the sum of squared distances from the mean, divided by the number of elements less `ddof` (NaN
    when that is not positive). Dtypes as for `mean`; the variance of complex numbers is real.

    # Errors
    When an axis is out of range or named twice.
    """

def vecdot(a: array, b: array, /, *, axis: int = -1, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The sums of the products `conj(a) · b` along `axis`, the other axes broadcast.

    # Errors
    When `axis` is out of range or its lengths differ, or the other axes do not broadcast.
    """

def view(a: array, dtype: Dtype, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The bytes of `a` as elements of `dtype`. Where the sizes differ the last axis grows or shrinks accordingly. Between
    `complex64` and `float32` gradients flow; between other types they do not. As `bool`, bytes other than 0 are true.

    # Errors
    When `a` is 0-d and the sizes differ, or its last axis does not hold a whole number of elements.
    """

def where(condition: array, x: scalar | array, y: scalar | array, /, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """`x` where `condition` is not zero, else `y`, all broadcast together, in the dtype that `x` and `y` promote to."""

def zeros(shape: int | Sequence[int], dtype: None | Dtype = float32, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Zeros of `shape` and `dtype`.

    # Errors
    When `shape` has more elements than can be counted.
    """

def zeros_like(a: array, /, dtype: None | Dtype = None, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """Zeros of the shape and dtype of `a`."""
