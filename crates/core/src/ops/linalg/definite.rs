//! Cholesky factors.

use super::cpu::{each, matrices};
use super::*;

op! {
    cholesky as "linalg.cholesky" "(a: array, upper: bool = False)" => |c| cholesky(c.array(0)?, c.bool(1)?);
    /// The lower triangular `L` with `L Lᵀ = a` of a symmetric positive definite matrix, or the upper triangular `Lᵀ`. Only the
    /// triangle of that side is read; gradients are those of a symmetric `a`.
    ///
    /// # Errors
    /// When `a` is not made of square matrices of `float32` or `float64`; at evaluation, when one is not positive definite.
    pub fn cholesky(a: &Array, upper: bool) -> Result<Array> {
        check_square("cholesky", a)?;
        let side = |x: &Array| if upper { t(x) } else { Ok(x.clone()) };
        side(&Array::apply(Handle::Static(&Cholesky), &[side(a)?])?)
    }

    cholesky_inv as "linalg.cholesky_inv" "(a: array, upper: bool = False)" => |c| cholesky_inv(c.array(0)?, c.bool(1)?);
    /// The inverse of the matrix whose lower (or upper) Cholesky factor `a` is.
    ///
    /// # Errors
    /// When `a` is not made of square matrices of `float32` or `float64`.
    pub fn cholesky_inv(a: &Array, upper: bool) -> Result<Array> {
        check_square("cholesky_inv", a)?;
        let inverse = tri_inv(a, upper)?;
        if upper { matmul(&inverse, &t(&inverse)?) } else { matmul(&t(&inverse)?, &inverse) }
    }
}

/// The lower factors of symmetric matrices.
struct Cholesky;

/// The lower triangle with half the diagonal: what is `L` in `X = L + Lᵀ`.
fn half(a: &Array) -> Result<Array> {
    subtract(tril(a, 0)?, multiply(on_diagonal(&main_diagonal(a)?)?, 0.5)?)
}

impl Primitive for Cholesky {
    fn name(&self) -> &str {
        "cholesky"
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
                let l = unsafe { out.get::<T>(0) };
                if factor::cholesky(a.at(i), a.rows, l) {
                    return Ok(());
                }
                Err(Error::runtime(format!("[linalg::cholesky] matrix {i} is not positive definite")))
            })
        })
    }
    /// Murray, "Differentiation of the Cholesky decomposition", 2016.
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let (l, g) = (&call.outputs[0], tril(&call.cotangents[0], 0)?);
        let inner = half(&matmul(&t(l)?, &g)?)?;
        let upper = t(l)?;
        let left = solve_triangular(&upper, &inner, true)?;
        let both = t(&solve_triangular(&upper, &t(&left)?, true)?)?;
        Ok(vec![Some(hermitian(&both)?)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let Some(da) = &call.tangents[0] else { return Ok(vec![None]) };
        let l = &call.outputs[0];
        let left = solve_triangular(l, &hermitian(da)?, false)?;
        let both = t(&solve_triangular(l, &t(&left)?, false)?)?;
        Ok(vec![Some(matmul(l, &half(&both)?)?)])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        batch_in_front(call)
    }
}
