from collections.abc import Sequence

from . import Device, DeviceType, Stream, ThreadLocalStream, array, float32

def cholesky(a: array, upper: bool = False, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The lower triangular `L` with `L Lᵀ = a` of a symmetric positive definite matrix, or the upper triangular `Lᵀ`. Only the
    triangle of that side is read; gradients are those of a symmetric `a`.

    # Errors
    When `a` is not made of square matrices of `float32` or `float64`; at evaluation, when one is not positive definite.
    """

def cholesky_inv(a: array, upper: bool = False, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The inverse of the matrix whose lower (or upper) Cholesky factor `a` is.

    # Errors
    When `a` is not made of square matrices of `float32` or `float64`.
    """

def cross(a: array, b: array, axis: int = -1, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The cross product along `axis`, which has 2 or 3 elements: a third one that is missing is 0. Other axes broadcast.

    # Errors
    When the axis is out of range or has another length, or shapes do not broadcast.
    """

def det(a: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The determinant of each square matrix. Integers become `float32`.

    # Errors
    When `a` is not made of square matrices of real numbers.
    """

def eig(a: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> tuple[array, ...]:
    """The eigenvalues of shape `(…, N)` and the eigenvectors of length 1, the columns of `(…, N, N)`, of square matrices:
    `complex64`, in no order. There are no derivatives.

    # Errors
    When `a` is not made of square matrices of `float32`, `float64` or `complex64`; at evaluation, when the iteration does not converge.
    """

def eigh(a: array, UPLO: str = 'L', stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> tuple[array, ...]:
    """The eigenvalues of shape `(…, N)`, in ascending order, and the eigenvectors, the columns of `(…, N, N)`, of symmetric
    or Hermitian matrices. Only the lower triangle of `a` is read (the upper one with `UPLO='U'`); gradients are those of a
    symmetric `a` with distinct eigenvalues, and of what does not depend on the phases of complex eigenvectors.

    # Errors
    When `a` is not made of square matrices of `float32`, `float64` or `complex64`; at evaluation, when the iteration does not converge.
    """

def eigvals(a: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The eigenvalues of `eig`, without the vectors.

    # Errors
    As `eig`.
    """

def eigvalsh(a: array, UPLO: str = 'L', stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The eigenvalues of `eigh`, without the vectors.

    # Errors
    As `eigh`.
    """

def inv(a: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The inverse of each matrix.

    # Errors
    When `a` is not made of square matrices of `float32` or `float64`; at evaluation, when one is singular.
    """

def lu(a: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> tuple[array, ...]:
    """`P, L, U` with `a = L[P] U`: `L` of shape `(…, M, K)` has ones on its diagonal, `U` is `(…, K, N)`, `P` of `uint32` says
    which row of `L` belongs to each row of `a`.

    # Errors
    When `a` is not made of matrices of `float32` or `float64`.
    """

def lu_factor(a: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> tuple[array, ...]:
    """The factors `L` and `U` of `lu` in one array of the shape of `a`, and the row that each step exchanged with, `uint32`.

    # Errors
    When `a` is not made of matrices of `float32` or `float64`.
    """

def norm(a: array, /, ord: None | int | float | str = None, axis: None | int | Sequence[int] = None, keepdims: bool = False, *, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The norm of vectors (one axis) or matrices (two), or with the default order of all elements of the axes.

    The order is a number or `'fro'` or `'nuc'`. With one, `axis=None` takes the whole of an array of one or two axes.
    Integers become `float32`, complex numbers their absolute values.

    # Errors
    When an axis is out of range, there are more than two, or the order is none for that many.
    """

def pinv(a: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The Moore-Penrose pseudo-inverse of each matrix, in which singular values below `max(M, N)` epsilons of the largest count as zero.

    # Errors
    When `a` is not made of matrices of `float32` or `float64`; at evaluation, when the decomposition does not converge.
    """

def qr(a: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> tuple[array, ...]:
    """`Q` of shape `(…, M, K)` with orthonormal columns and upper triangular `R` of `(…, K, N)` with `a = Q R`, for
    `K = min(M, N)`.

    # Errors
    When `a` is not made of matrices of `float32` or `float64`.
    """

def slogdet(a: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> tuple[array, ...]:
    """The sign of the determinant of each square matrix, and the logarithm of its absolute value; 0 and −∞ for a singular one.

    # Errors
    As `det`.
    """

def solve(a: array, b: array, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The solution `x` of `a x = b`: `b` is a vector, or matrices of shape `(…, N, K)`. Leading axes broadcast.

    # Errors
    When `a` is not made of square matrices, shapes do not fit, or the dtype is not `float32` or `float64`; at evaluation,
    when a matrix is singular.
    """

def solve_triangular(a: array, b: array, *, upper: bool = False, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The solution `x` of `a x = b` for lower (or upper) triangular `a`, whose other triangle is not read: `b` is a vector, or
    matrices of shape `(…, N, K)`. Leading axes broadcast.

    # Errors
    When `a` is not made of square matrices, shapes do not fit, or the dtype is not `float32` or `float64`.
    """

def svd(a: array, compute_uv: bool = True, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array | tuple[array, ...]:
    """The singular value decomposition `a = U S Vᴴ`: `U` of shape `(…, M, M)`, the singular values in descending order of `(…, K)`,
    and `Vᴴ` of `(…, N, N)`, for `K = min(M, N)`. Without `compute_uv`, the singular values alone.

    Gradients are those of distinct singular values; vectors beyond the `K`-th turn only with the others. Vectors of
    complex matrices have no derivatives, since their phases are free.

    # Errors
    When `a` is not made of matrices of `float32`, `float64` or `complex64`; at evaluation, when the iteration does not converge.
    """

def tri_inv(a: array, upper: bool = False, stream: None | Stream | ThreadLocalStream | Device | DeviceType = None) -> array:
    """The inverse of a lower (or upper) triangular matrix, whose other triangle is not read.

    # Errors
    When `a` is not made of square matrices of `float32` or `float64`.
    """
