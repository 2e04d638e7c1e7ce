//! Linear algebra: decompositions, solutions, norms. All take batches of matrices: the last two axes are a matrix.
//!
//! The primitives are decompositions and solutions in `float32` and `float64` (eigenvalues and singular values in `complex64` too), whose rules are written in products and
//! triangular solutions; the rest is made of them. What depends on values, a matrix that is singular or not positive
//! definite, is an error of the evaluation.

pub mod conformance;
#[macro_use]
mod cpu;
mod definite;
mod eigen;
mod inverse;
mod norms;
mod orthonormal;
mod pivoted;
mod singular;
#[cfg(test)]
mod tests;
mod triangular;

pub use definite::*;
pub use eigen::*;
pub use inverse::*;
pub use norms::*;
pub use orthonormal::*;
pub use pivoted::*;
pub use singular::*;
pub use triangular::*;

use crate::ext::*;
use crate::ops::create::{eye, identity, tril, triu};
use crate::ops::elementwise::{add, astype, conjugate, divide, equal, multiply, negative, real as real_part, subtract, where_};
use crate::ops::matmul::matmul;
use crate::ops::view::{batch_to_front, broadcast_to, diagonal, expand_dims, matrix_transpose};

/// The declarations of the family.
pub static OPS: &[&OpDecl] = &[
    &cholesky::DECL,
    &cholesky_inv::DECL,
    &cross::DECL,
    &det::DECL,
    &eig::DECL,
    &eigh::DECL,
    &eigvals::DECL,
    &eigvalsh::DECL,
    &inv::DECL,
    &lu::DECL,
    &lu_factor::DECL,
    &norm::DECL,
    &pinv::DECL,
    &qr::DECL,
    &slogdet::DECL,
    &solve::DECL,
    &solve_triangular::DECL,
    &svd::DECL,
    &tri_inv::DECL,
];

/// An error unless `a` holds matrices of `float32` or `float64`.
fn check_matrices(op: &str, a: &Array) -> Result<()> {
    check(op, a, &[Dtype::Float32, Dtype::Float64])
}

/// An error unless `a` holds matrices of `float32`, `float64` or `complex64`.
fn check_fields(op: &str, a: &Array) -> Result<()> {
    check(op, a, &[Dtype::Float32, Dtype::Float64, Dtype::Complex64])
}

fn check(op: &str, a: &Array, dtypes: &[Dtype]) -> Result<()> {
    if a.ndim() < 2 {
        let n = a.ndim();
        return Err(Error::value(format!(
            "[linalg::{op}] Arrays must have at least two dimensions. Received array with {n} dimensions."
        )));
    }
    if !dtypes.contains(&a.dtype()) {
        let names: Vec<String> = dtypes.iter().map(Dtype::to_string).collect();
        let (names, dtype) = (names.join(" or "), a.dtype());
        return Err(Error::value(format!("[linalg::{op}] Arrays must have type {names}. Received array with type {dtype}.")));
    }
    Ok(())
}

/// As [`check_matrices`], of square ones.
fn check_square(op: &str, a: &Array) -> Result<()> {
    check_matrices(op, a)?;
    check_sides(op, a)
}

/// As [`check_fields`], of square ones.
fn check_square_fields(op: &str, a: &Array) -> Result<()> {
    check_fields(op, a)?;
    check_sides(op, a)
}

fn check_sides(op: &str, a: &Array) -> Result<()> {
    match a.shape() {
        [.., m, n] if m == n => Ok(()),
        shape => {
            let shape = show(shape);
            Err(Error::value(format!("[linalg::{op}] The matrices must be square. Received array with shape {shape}.")))
        }
    }
}

/// `a` in `float32` if it holds integers or truth values.
fn real(a: &Array) -> Result<Array> {
    if a.dtype().is_inexact() { Ok(a.clone()) } else { astype(a, Dtype::Float32) }
}

/// The rule of vmap for a primitive over leading axes: batches become the first axis of every input.
fn batch_in_front(call: &Vmap) -> Result<Batched> {
    let inputs =
        (0..call.inputs.len()).map(|i| batch_to_front(&call.inputs[i], call.axes[i], call.size)).collect::<Result<Vec<_>>>()?;
    Ok(Array::from_primitive(call.primitive.clone(), &inputs)?.into_iter().map(|a| (a, Some(0))).collect())
}

/// The shape of matrices of `m × n` with the leading axes of `spec`.
fn with_matrix(spec: &Spec, tail: &[usize]) -> Shape {
    let batch = &spec.shape[..spec.shape.len() - 2];
    batch.iter().chain(tail).copied().collect()
}

fn matrix_of(spec: &Spec) -> (usize, usize) {
    let [.., m, n] = *spec.shape else { unreachable!("at least two axes") };
    (m, n)
}

/// `aᵀ`.
fn t(a: &Array) -> Result<Array> {
    matrix_transpose(a)
}

/// `aᴴ`, which is `aᵀ` for real matrices.
fn h(a: &Array) -> Result<Array> {
    if a.dtype().is_complex() { conjugate(&t(a)?) } else { t(a) }
}

/// `(a + aᴴ) / 2`.
fn hermitian(a: &Array) -> Result<Array> {
    multiply(add(a, h(a)?)?, 0.5)
}

/// The diagonals of matrices, where they are real.
fn real_diagonal(a: &Array) -> Result<Array> {
    real_part(&main_diagonal(a)?)
}

/// The columns of `a` multiplied by the elements of `s`.
fn scale_columns(a: &Array, s: &Array) -> Result<Array> {
    multiply(a, expand_dims(s, -2)?)
}

/// The matrices with the vectors `a` on their diagonals.
fn on_diagonal(a: &Array) -> Result<Array> {
    let n = a.shape().last().copied().unwrap_or(1);
    multiply(expand_dims(a, -1)?, identity(n, a.dtype())?)
}

fn main_diagonal(a: &Array) -> Result<Array> {
    diagonal(a, 0, -2, -1)
}

/// `1 / (wⱼ − wᵢ)` at `(i, j)`, 0 where the two are equal: how near eigenvalues make their eigenvectors turn.
fn gaps(w: &Array) -> Result<Array> {
    let difference = subtract(expand_dims(w, -2)?, expand_dims(w, -1)?)?;
    let none = equal(&difference, 0)?;
    where_(&none, 0, divide(1, where_(&none, 1, &difference)?)?)
}
