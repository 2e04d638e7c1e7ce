//! Systems with triangular matrices.

use super::cpu::{each, matrices};
use super::inverse::systems;
use super::*;

op! {
    solve_triangular as "linalg.solve_triangular" "(a: array, b: array, *, upper: bool = False)" => |c| {
        solve_triangular(c.array(0)?, c.array(1)?, c.bool(2)?)
    };
    /// The solution `x` of `a x = b` for lower (or upper) triangular `a`, whose other triangle is not read: `b` is a vector, or
    /// matrices of shape `(…, N, K)`. Leading axes broadcast.
    ///
    /// # Errors
    /// When `a` is not made of square matrices, shapes do not fit, or the dtype is not `float32` or `float64`.
    pub fn solve_triangular(a: &Array, b: &Array, upper: bool) -> Result<Array> {
        systems("solve_triangular", a, b, |inputs| Array::apply(TriangularSolve { upper }, inputs))
    }

    tri_inv as "linalg.tri_inv" "(a: array, upper: bool = False)" => |c| tri_inv(c.array(0)?, c.bool(1)?);
    /// The inverse of a lower (or upper) triangular matrix, whose other triangle is not read.
    ///
    /// # Errors
    /// When `a` is not made of square matrices of `float32` or `float64`.
    pub fn tri_inv(a: &Array, upper: bool) -> Result<Array> {
        check_square("tri_inv", a)?;
        solve_triangular(a, &identity(a.shape()[a.ndim() - 1], a.dtype())?, upper)
    }
}

/// `(…, N, N), (…, N, K) → (…, N, K)`, with the same leading axes.
struct TriangularSolve {
    upper: bool,
}

impl TriangularSolve {
    fn triangle(&self, a: &Array) -> Result<Array> {
        if self.upper { triu(a, 0) } else { tril(a, 0) }
    }
}

impl Primitive for TriangularSolve {
    fn name(&self) -> &str {
        "solve_triangular"
    }
    fn attributes(&self) -> Attributes {
        vec![("upper", self.upper.into())]
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
                factor::solve_triangular(a.at(i), a.rows, self.upper, x, b.columns);
                Ok(())
            })
        })
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let (a, x) = (&call.primals[0], &call.outputs[0]);
        let gb = solve_triangular(&t(a)?, &call.cotangents[0], !self.upper)?;
        call.wanted
            .iter()
            .map(|&i| match i {
                0 => self.triangle(&negative(&matmul(&gb, &t(x)?)?)?).map(Some),
                _ => Ok(Some(gb.clone())),
            })
            .collect()
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let turned = call.tangents[0].as_ref().map(|da| matmul(&self.triangle(da)?, &call.outputs[0])).transpose()?;
        let change = match (&call.tangents[1], turned) {
            (Some(db), Some(turned)) => subtract(db, turned)?,
            (Some(db), None) => db.clone(),
            (None, Some(turned)) => negative(&turned)?,
            (None, None) => return Ok(vec![None]),
        };
        Ok(vec![Some(solve_triangular(&call.primals[0], &change, self.upper)?)])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        batch_in_front(call)
    }
}
