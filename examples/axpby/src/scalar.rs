//! The same operation as a scalar program: kernels, fusion with its neighbours, gradients, tangents and batches come from it.

use millpond::ext::*;
use millpond::ops::elementwise::{align, scalar_function};

/// `alpha · x + beta · y`, as [`axpby`](crate::axpby).
///
/// # Errors
/// When the shapes do not broadcast together.
pub fn axpby(x: impl Into<Operand>, y: impl Into<Operand>, alpha: f64, beta: f64) -> Result<Array> {
    let (x, y) = (x.into(), y.into());
    let dtype = Operand::result_type(&[&x, &y]).to_inexact();
    let mut b = Builder::new(&[dtype, dtype]);
    let (alpha, beta) = (b.constant(alpha.into(), dtype), b.constant(beta.into(), dtype));
    let ax = b.binary(ScalarOp::Mul, alpha, b.input(0))?;
    let by = b.binary(ScalarOp::Mul, beta, b.input(1))?;
    let z = b.binary(ScalarOp::Add, ax, by)?;
    Ok(scalar_function("axpby", b.finish(&[z]), &align("axpby", [x, y], dtype)?)?.swap_remove(0))
}
