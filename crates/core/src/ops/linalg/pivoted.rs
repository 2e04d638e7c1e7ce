//! Triangular factors with partial pivoting, and determinants.

use super::cpu::{each, matrices};
use super::*;
use crate::ops::create::Matrix;
use crate::ops::elementwise::{abs, log, not_equal, remainder, sign};
use crate::ops::index::take_along_axis;
use crate::ops::join::concatenate;
use crate::ops::reduce::{prod, sum};
use crate::ops::sort::argsort;
use crate::ops::view::{narrow, put_window, squeeze};

op! {
    lu as "linalg.lu" "(a: array)" => |c| lu(c.array(0)?);
    /// `P, L, U` with `a = L[P] U`: `L` of shape `(…, M, K)` has ones on its diagonal, `U` is `(…, K, N)`, `P` of `uint32` says
    /// which row of `L` belongs to each row of `a`.
    ///
    /// # Errors
    /// When `a` is not made of matrices of `float32` or `float64`.
    pub fn lu(a: &Array) -> Result<(Array, Array, Array)> {
        let [packed, _, places] = factors("lu", a)?;
        let (m, n) = matrix_of(&a.spec());
        let k = m.min(n);
        let ones = Matrix { m: Some(k), dtype: a.dtype(), ..Matrix::default() };
        let l = add(tril(&narrow(&packed, a.ndim() - 1, 0, k)?, -1)?, eye(m, ones)?)?;
        Ok((places, l, triu(&narrow(&packed, a.ndim() - 2, 0, k)?, 0)?))
    }

    lu_factor as "linalg.lu_factor" "(a: array)" => |c| lu_factor(c.array(0)?);
    /// The factors `L` and `U` of [`lu`](lu()) in one array of the shape of `a`, and the row that each step exchanged with, `uint32`.
    ///
    /// # Errors
    /// When `a` is not made of matrices of `float32` or `float64`.
    pub fn lu_factor(a: &Array) -> Result<(Array, Array)> {
        let [packed, pivots, _] = factors("lu_factor", a)?;
        Ok((packed, pivots))
    }

    det as "linalg.det" "(a: array)" => |c| det(c.array(0)?);
    /// The determinant of each square matrix. Integers become `float32`.
    ///
    /// # Errors
    /// When `a` is not made of square matrices of real numbers.
    pub fn det(a: &Array) -> Result<Array> {
        let dtype = result_dtype(a);
        let a = wide(a)?;
        check_square("det", &a)?;
        let n = a.shape()[a.ndim() - 1];
        let value = if n <= 3 {
            expanded(&a, 0, &(0..n).collect::<Vec<_>>())?
        } else {
            let (diagonal, parity) = pivoted(&a, factors("det", &a)?)?;
            multiply(prod(&diagonal, -1)?, parity)?
        };
        astype(&value, dtype)
    }

    slogdet as "linalg.slogdet" "(a: array)" => |c| slogdet(c.array(0)?);
    /// The sign of the determinant of each square matrix, and the logarithm of its absolute value; 0 and −∞ for a singular one.
    ///
    /// # Errors
    /// As [`det`](det()).
    pub fn slogdet(a: &Array) -> Result<(Array, Array)> {
        let dtype = result_dtype(a);
        let a = wide(a)?;
        check_square("slogdet", &a)?;
        let (diagonal, parity) = pivoted(&a, factors("slogdet", &a)?)?;
        let signs = stop_gradient(&multiply(prod(&sign(&diagonal)?, -1)?, parity)?)?;
        let logarithm = sum(&log(&abs(&diagonal)?)?, -1)?;
        Ok((astype(&signs, dtype)?, astype(&logarithm, dtype)?))
    }
}

fn factors(op: &str, a: &Array) -> Result<[Array; 3]> {
    check_matrices(op, a)?;
    let outputs = Array::from_primitive(Handle::Static(&Lu), std::slice::from_ref(a))?.into_vec();
    Ok(outputs.try_into().expect("three outputs"))
}

/// The dtype of a determinant: that of its matrix, `float32` for integers.
fn result_dtype(a: &Array) -> Dtype {
    a.dtype().to_inexact()
}

/// `a` in a dtype that factors are computed in, if it is made of real numbers.
fn wide(a: &Array) -> Result<Array> {
    if a.dtype().size() < 4 { astype(a, Dtype::Float32) } else { real(a) }
}

/// The determinant of the rows from `row` on and of `columns`, by expansion: its derivative exists where factors have none.
fn expanded(a: &Array, row: usize, columns: &[usize]) -> Result<Array> {
    let mut sum = None;
    for (i, &column) in columns.iter().enumerate() {
        let entry = narrow(&narrow(a, a.ndim() - 2, row, 1)?, a.ndim() - 1, column, 1)?;
        let entry = squeeze(&entry, [-2, -1])?;
        let rest: Vec<usize> = columns.iter().copied().filter(|&c| c != column).collect();
        let term = if rest.is_empty() { entry } else { multiply(entry, expanded(a, row + 1, &rest)?)? };
        sum = Some(match sum {
            None => term,
            Some(sum) if i % 2 == 1 => subtract(&sum, &term)?,
            Some(sum) => add(&sum, &term)?,
        });
    }
    match sum {
        Some(sum) => Ok(sum),
        None => crate::ops::create::ones(&a.shape()[..a.ndim() - 2], a.dtype()),
    }
}

/// The diagonal of `U`, and −1 for an odd number of exchanged rows, else 1.
fn pivoted(a: &Array, factors: [Array; 3]) -> Result<(Array, Array)> {
    let [packed, pivots, _] = factors;
    let n = a.shape()[a.ndim() - 1];
    let steps = crate::ops::create::arange(n as i64, Dtype::Uint32)?;
    let odd = remainder(sum(&not_equal(&pivots, &steps)?, -1)?, 2)?;
    Ok((main_diagonal(&packed)?, subtract(1, multiply(astype(&odd, a.dtype())?, 2)?)?))
}

/// Packed factors, pivots, and the place of each row in their product.
pub(super) struct Lu;

impl Lu {
    /// Rows of `x` in the order that `places` gives.
    pub(super) fn rows(x: &Array, places: &Array) -> Result<Array> {
        let places = broadcast_to(&expand_dims(places, -1)?, x.shape())?;
        take_along_axis(x, &places, Some(-2))
    }

    /// `L` and `U` of a packed pair, made square with ones on the diagonal.
    fn squares(packed: &Array) -> Result<(Array, Array)> {
        let (m, n) = matrix_of(&packed.spec());
        let k = m.min(n);
        let (rows, columns) = (packed.ndim() - 2, packed.ndim() - 1);
        let dtype = packed.dtype();
        let blank = |shape: [usize; 2]| {
            let shape = with_matrix(&packed.spec(), &shape);
            Array::splat(0, &shape, dtype)
        };
        let l = tril(&narrow(packed, columns, 0, k)?, -1)?;
        let l = concatenate(&[l, blank([m, m - k])], Some(columns as i64))?;
        let u = triu(&narrow(packed, rows, 0, k)?, 0)?;
        let u = concatenate(&[u, blank([n - k, n])], Some(rows as i64))?;
        // Ones on the part of U's diagonal that the matrix does not have.
        let rest = subtract(identity(n, dtype)?, put_window(&identity(k, dtype)?, &[n, n], &[0, 0], &[1, 1])?)?;
        Ok((add(l, identity(m, dtype)?)?, add(u, rest)?))
    }
}

impl Primitive for Lu {
    fn name(&self) -> &str {
        "lu"
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let (m, n) = matrix_of(&inputs[0]);
        let counts = |n: usize| Spec { shape: with_matrix(&inputs[0], &[n]), dtype: Dtype::Uint32 };
        Ok(smallvec![inputs[0].clone(), counts(m.min(n)), counts(m)])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let a = call.contiguous(0)?;
        real!(a.dtype(), T => {
            let a = matrices::<T>(&a);
            each(call, a.count, |i, out| {
                // SAFETY: each is asked for once.
                let (packed, pivots, places) = unsafe { (out.get::<T>(0), out.get(1), out.get(2)) };
                factor::lu(a.at(i), (a.rows, a.columns), packed, pivots, places);
                Ok(())
            })
        })
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let g = &call.cotangents[0];
        let (l, u) = Lu::squares(&call.outputs[0])?;
        let inner = add(tril(&matmul(&t(&l)?, g)?, -1)?, triu(&matmul(g, &t(&u)?)?, 0)?)?;
        let right = t(&solve_triangular(&u, &t(&inner)?, true)?)?;
        let both = solve_triangular(&t(&l)?, &right, true)?;
        Ok(vec![Some(Lu::rows(&both, &call.outputs[2])?)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let Some(da) = &call.tangents[0] else { return Ok(vec![None; 3]) };
        let (l, u) = Lu::squares(&call.outputs[0])?;
        let order = argsort(&call.outputs[2], -1)?;
        let left = solve_triangular(&l, &Lu::rows(da, &order)?, false)?;
        let both = t(&solve_triangular(&t(&u)?, &t(&left)?, false)?)?;
        let change = add(matmul(&l, &tril(&both, -1)?)?, matmul(&triu(&both, 0)?, &u)?)?;
        Ok(vec![Some(change), None, None])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        batch_in_front(call)
    }
}
