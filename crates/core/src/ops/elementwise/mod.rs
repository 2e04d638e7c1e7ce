//! Elementwise operations: one scalar operation applied to every element. A function is one row of a table; kernels, fusion,
//! gradients and vectorization come from the row.

mod binary;
mod cast;
mod unary;

pub use binary::*;
pub use cast::*;
pub use unary::*;

use crate::ext::*;
use crate::ops::view::batch_to_front;

/// The declarations of the family.
pub static OPS: &[&OpDecl] = &[];

/// The derivative of the output with respect to one input, given the inputs and the output; `None` where it is zero.
pub type Derivative = fn(&[Array], &Array) -> Result<Option<Array>>;

/// An elementwise primitive: a scalar operation, and its derivative with respect to each argument.
pub struct Elementwise {
    /// The name.
    pub name: &'static str,
    /// What happens to one element.
    pub op: ScalarOp,
    /// One derivative an argument.
    pub derivatives: &'static [Derivative],
}

impl Primitive for Elementwise {
    fn name(&self) -> &str {
        self.name
    }

    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let dtypes: SmallVec<[Dtype; 3]> = inputs.iter().map(|s| s.dtype).collect();
        debug_assert!(inputs.iter().all(|s| s.shape == inputs[0].shape), "{}: inputs are broadcast by the caller", self.name);
        Ok(smallvec![Spec::new(&inputs[0].shape, self.op.result(&dtypes)?)])
    }

    fn program(&self, inputs: &[Dtype]) -> Option<Program> {
        let mut b = Builder::new(inputs);
        let args: SmallVec<[_; 3]> = (0..inputs.len() as u16).collect();
        let out = b.emit(self.op, &args).ok()?;
        Some(b.finish(&[out]))
    }

    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        call.wanted
            .iter()
            .map(|&i| match self.derivatives[i](call.primals, &call.outputs[0])? {
                Some(d) => Ok(Some(multiply(&call.cotangents[0], &d)?)),
                None => Ok(None),
            })
            .collect()
    }

    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let mut sum: Option<Array> = None;
        for (i, tangent) in call.tangents.iter().enumerate() {
            let Some(tangent) = tangent else { continue };
            let Some(d) = self.derivatives[i](call.primals, &call.outputs[0])? else { continue };
            let term = multiply(tangent, &d)?;
            sum = Some(match sum {
                Some(s) => add(&s, &term)?,
                None => term,
            });
        }
        Ok(vec![sum])
    }

    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        vmap_elementwise(call)
    }
}

/// The vmap rule of every elementwise primitive: batch axes in front, and the operation as it is.
pub fn vmap_elementwise(call: &Vmap) -> Result<Batched> {
    let inputs: Vec<Array> =
        call.inputs.iter().zip(call.axes).map(|(a, &axis)| batch_to_front(a, axis, call.size)).collect::<Result<_>>()?;
    let outputs = Array::from_primitive(call.primitive.clone(), &inputs)?;
    Ok(outputs.into_iter().map(|o| (o, Some(0))).collect())
}

/// Operands as arrays of type `dtype` and of their common shape.
pub fn align<const N: usize>(op: &str, operands: [Operand; N], dtype: Dtype) -> Result<[Array; N]> {
    let shapes = operands.iter().map(|o| if let Operand::Array(a) = o { a.shape() } else { &[] });
    let shape = broadcast_all(op, shapes.collect::<SmallVec<[&[usize]; 3]>>())?;
    let mut out: SmallVec<[Array; 3]> = SmallVec::new();
    for operand in operands {
        out.push(match operand {
            Operand::Scalar(s) => Array::splat(s, &shape, dtype),
            Operand::Array(a) => crate::ops::view::broadcast_to(&astype(&a, dtype)?, &shape)?,
        });
    }
    Ok(out.into_iter().collect::<Vec<_>>().try_into().unwrap_or_else(|_| unreachable!("as many as operands")))
}
