//! Orthonormal columns.

use super::cpu::{each, matrices};
use super::*;
use crate::ops::join::concatenate;
use crate::ops::view::narrow;

op! {
    qr as "linalg.qr" "(a: array)" => |c| qr(c.array(0)?);
    /// `Q` of shape `(…, M, K)` with orthonormal columns and upper triangular `R` of `(…, K, N)` with `a = Q R`, for
    /// `K = min(M, N)`.
    ///
    /// # Errors
    /// When `a` is not made of matrices of `float32` or `float64`.
    pub fn qr(a: &Array) -> Result<(Array, Array)> {
        check_matrices("qr", a)?;
        let outputs = Array::from_primitive(Handle::Static(&Qr), std::slice::from_ref(a))?.into_vec();
        let [q, r] = outputs.try_into().expect("two outputs");
        Ok((q, r))
    }
}

/// `a → Q, R`.
struct Qr;

/// `x r⁻¹` for upper triangular `r`.
fn over(x: &Array, r: &Array) -> Result<Array> {
    t(&solve_triangular(&t(r)?, &t(x)?, false)?)
}

/// The changes of `Q` and the square `R` for a change `da` of `Q R`.
fn forward(q: &Array, r: &Array, da: &Array) -> Result<(Array, Array)> {
    let w = over(da, r)?;
    let c = matmul(&t(q)?, &w)?;
    let lower = tril(&c, -1)?;
    let upper = subtract(&c, subtract(&lower, t(&lower)?)?)?;
    Ok((subtract(&w, matmul(q, &upper)?)?, matmul(&upper, r)?))
}

/// The cotangent of `Q R` for cotangents of `Q` and the square `R`.
fn backward(q: &Array, r: &Array, gq: &Array, gr: &Array) -> Result<Array> {
    let m = subtract(matmul(r, &t(&triu(gr, 0)?)?)?, matmul(&t(gq)?, q)?)?;
    let mirrored = add(tril(&m, 0)?, t(&tril(&m, -1)?)?)?;
    let inner = add(gq, matmul(q, &mirrored)?)?;
    t(&solve_triangular(r, &t(&inner)?, true)?)
}

/// The first `k` columns and the rest.
fn columns(a: &Array, k: usize) -> Result<(Array, Array)> {
    let axis = a.ndim() - 1;
    Ok((narrow(a, axis, 0, k)?, narrow(a, axis, k, a.shape()[axis] - k)?))
}

impl Primitive for Qr {
    fn name(&self) -> &str {
        "qr"
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let (m, n) = matrix_of(&inputs[0]);
        let like = |shape: [usize; 2]| Spec { shape: with_matrix(&inputs[0], &shape), dtype: inputs[0].dtype };
        Ok(smallvec![like([m, m.min(n)]), like([m.min(n), n])])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let a = call.contiguous(0)?;
        real!(a.dtype(), T => {
            let a = matrices::<T>(&a);
            each(call, a.count, |i, out| {
                // SAFETY: each is asked for once.
                let (q, r) = unsafe { (out.get::<T>(0), out.get::<T>(1)) };
                factor::qr(a.at(i), (a.rows, a.columns), q, r);
                Ok(())
            })
        })
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let ([q, r], [gq, gr]) = (call.outputs, call.cotangents) else { unreachable!("two outputs") };
        let (m, n) = matrix_of(&call.primals[0].spec());
        if m >= n {
            return Ok(vec![Some(backward(q, r, gq, gr)?)]);
        }
        // The columns beyond the square part do not turn Q; they see it turn.
        let ((r, _), (gr, gv), (_, y)) = (columns(r, m)?, columns(gr, m)?, columns(&call.primals[0], m)?);
        let gq = add(gq, matmul(&y, &t(&gv)?)?)?;
        let parts = [backward(q, &r, &gq, &gr)?, matmul(q, &gv)?];
        Ok(vec![Some(concatenate(&parts, Some(-1))?)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let (Some(da), [q, r]) = (&call.tangents[0], call.outputs) else { return Ok(vec![None, None]) };
        let (m, n) = matrix_of(&call.primals[0].spec());
        if m >= n {
            let (dq, dr) = forward(q, r, da)?;
            return Ok(vec![Some(dq), Some(dr)]);
        }
        let ((r, _), (dx, dy), (_, y)) = (columns(r, m)?, columns(da, m)?, columns(&call.primals[0], m)?);
        let (dq, dr) = forward(q, &r, &dx)?;
        let rest = add(matmul(&t(&dq)?, &y)?, matmul(&t(q)?, &dy)?)?;
        Ok(vec![Some(dq), Some(concatenate(&[dr, rest], Some(-1))?)])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        batch_in_front(call)
    }
}
