//! Systems with square matrices, and inverses.

use super::cpu::{each, matrices};
use super::*;

op! {
    solve as "linalg.solve" "(a: array, b: array)" => |c| solve(c.array(0)?, c.array(1)?);
    /// The solution `x` of `a x = b`: `b` is a vector, or matrices of shape `(…, N, K)`. Leading axes broadcast.
    ///
    /// # Errors
    /// When `a` is not made of square matrices, shapes do not fit, or the dtype is not `float32` or `float64`; at evaluation,
    /// when a matrix is singular.
    pub fn solve(a: &Array, b: &Array) -> Result<Array> {
        systems("solve", a, b, |inputs| Array::apply(Handle::Static(&Solve), inputs))
    }

    inv as "linalg.inv" "(a: array)" => |c| inv(c.array(0)?);
    /// The inverse of each matrix.
    ///
    /// # Errors
    /// When `a` is not made of square matrices of `float32` or `float64`; at evaluation, when one is singular.
    pub fn inv(a: &Array) -> Result<Array> {
        check_square("inv", a)?;
        Array::apply(Handle::Static(&Inverse), std::slice::from_ref(a))
    }

    pinv as "linalg.pinv" "(a: array)" => |c| pinv(c.array(0)?);
    /// The Moore-Penrose pseudo-inverse of each matrix, in which singular values below `max(M, N)` epsilons of the largest count as zero.
    ///
    /// # Errors
    /// When `a` is not made of matrices of `float32` or `float64`; at evaluation, when the decomposition does not converge.
    pub fn pinv(a: &Array) -> Result<Array> {
        check_matrices("pinv", a)?;
        let (m, n) = matrix_of(&a.spec());
        let k = m.min(n);
        if k == 0 {
            return t(a);
        }
        let (u, s, vt) = svd(a)?;
        let epsilon = if a.dtype() == Dtype::Float64 { f64::EPSILON } else { f32::EPSILON.into() };
        let bound = multiply(crate::ops::reduce::max(&s, keep(-1))?, epsilon * m.max(n) as f64)?;
        let zero = crate::ops::elementwise::less_equal(&s, &bound)?;
        let reciprocal = where_(&zero, 0, divide(1, where_(&zero, 1, &s)?)?)?;
        let axis = |a: &Array, back: usize| a.ndim() - back;
        let thin_u = crate::ops::view::narrow(&u, axis(&u, 1), 0, k)?;
        let thin_v = t(&crate::ops::view::narrow(&vt, axis(&vt, 2), 0, k)?)?;
        matmul(&scale_columns(&thin_v, &reciprocal)?, &t(&thin_u)?)
    }
}

/// Applies `solve` to matrices `a` and right-hand sides `b` of one dtype and with the same leading axes; a vector `b` is a column.
pub(super) fn systems(op: &str, a: &Array, b: &Array, solve: impl FnOnce(&[Array]) -> Result<Array>) -> Result<Array> {
    let dtype = a.dtype().promote(b.dtype());
    let dtype = if dtype.is_inexact() { dtype } else { Dtype::Float32 };
    let (a, b) = (astype(a, dtype)?, astype(b, dtype)?);
    check_square(op, &a)?;
    let vector = b.ndim() == 1;
    let columns = if vector { expand_dims(&b, -1)? } else { b.clone() };
    let n = a.shape()[a.ndim() - 1];
    let ([batch_a @ .., _, _], [batch_b @ .., rows, k]) = (a.shape(), columns.shape()) else {
        return Err(Error::value(format!("[linalg::{op}] The second input must have at least one dimension.")));
    };
    if *rows != n {
        let (a, b) = (show(a.shape()), show(b.shape()));
        return Err(Error::value(format!(
            "[linalg::{op}] Last dimension of first input with shape {a} must match second to last dimension of second input with shape {b}."
        )));
    }
    let batch = broadcast_all(&format!("linalg::{op}"), [batch_a, batch_b])?;
    let whole = |x: &Array, tail: [usize; 2]| {
        let shape: Shape = batch.iter().copied().chain(tail).collect();
        broadcast_to(x, &shape)
    };
    let x = solve(&[whole(&a, [n, n])?, whole(&columns, [n, *k])?])?;
    if vector { crate::ops::view::squeeze(&x, -1) } else { Ok(x) }
}

fn singular(op: &str, matrix: usize) -> Error {
    Error::runtime(format!("[linalg::{op}] matrix {matrix} is singular"))
}

/// `(…, N, N), (…, N, K) → (…, N, K)`, with the same leading axes.
struct Solve;

impl Primitive for Solve {
    fn name(&self) -> &str {
        "solve"
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![inputs[1].clone()])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let (a, b) = (call.contiguous(0)?, call.contiguous(1)?);
        real!(a.dtype(), T => {
            let (a, b) = (matrices::<T>(&a), matrices::<T>(&b));
            each(call, a.count, |i, out| {
                // SAFETY: asked for once.
                let x = unsafe { out.get::<T>(0) };
                x.copy_from_slice(b.at(i));
                if factor::solve(a.at(i), a.rows, x, b.columns) { Ok(()) } else { Err(singular("solve", i)) }
            })
        })
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let gb = solve(&t(&call.primals[0])?, &call.cotangents[0])?;
        call.wanted
            .iter()
            .map(|&i| match i {
                0 => negative(&matmul(&gb, &t(&call.outputs[0])?)?).map(Some),
                _ => Ok(Some(gb.clone())),
            })
            .collect()
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let turned = call.tangents[0].as_ref().map(|da| matmul(da, &call.outputs[0])).transpose()?;
        let change = match (&call.tangents[1], turned) {
            (Some(db), Some(turned)) => subtract(db, turned)?,
            (Some(db), None) => db.clone(),
            (None, Some(turned)) => negative(&turned)?,
            (None, None) => return Ok(vec![None]),
        };
        Ok(vec![Some(solve(&call.primals[0], &change)?)])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        batch_in_front(call)
    }
}

/// The inverses of square matrices.
struct Inverse;

impl Inverse {
    /// `−y x y`: what a change `x` of a matrix does to its inverse `y`.
    fn change(x: &Array, y: &Array) -> Result<Array> {
        negative(&matmul(&matmul(y, x)?, y)?)
    }
}

impl Primitive for Inverse {
    fn name(&self) -> &str {
        "inv"
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![inputs[0].clone()])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let a = call.contiguous(0)?;
        real!(a.dtype(), T => {
            let a = matrices::<T>(&a);
            each(call, a.count, |i, out| {
                // SAFETY: asked for once.
                let x = unsafe { out.get::<T>(0) };
                x.fill(T::ZERO);
                (0..a.rows).for_each(|d| x[d * a.rows + d] = T::ONE);
                if factor::solve(a.at(i), a.rows, x, a.rows) { Ok(()) } else { Err(singular("inv", i)) }
            })
        })
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        Ok(vec![Some(Inverse::change(&call.cotangents[0], &t(&call.outputs[0])?)?)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        Ok(vec![call.tangents[0].as_ref().map(|da| Inverse::change(da, &call.outputs[0])).transpose()?])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        batch_in_front(call)
    }
}
