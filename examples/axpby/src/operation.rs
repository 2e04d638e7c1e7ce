//! The operation: what users call. It prepares the inputs and makes a node of the graph.

use crate::Axpby;
use millpond::ext::*;
use millpond::ops::elementwise::align;

/// `alpha · x + beta · y`, broadcast together, in the dtype that `x` and `y` promote to; integers are computed in `float32`.
///
/// # Errors
/// When the shapes do not broadcast together.
pub fn axpby(x: impl Into<Operand>, y: impl Into<Operand>, alpha: f64, beta: f64) -> Result<Array> {
    let (x, y) = (x.into(), y.into());
    let dtype = Operand::result_type(&[&x, &y]).to_inexact();
    Array::apply(Axpby { alpha, beta }, &align("axpby", [x, y], dtype)?)
}
