//! A primitive that is a scalar program and nothing else. The program is its kernel and fuses with others; its rules come from
//! the primitives behind the program's instructions, applied one by one.

use super::*;
use crate::ext::*;

/// `program` applied to every element of `inputs`, which have one shape and the program's dtypes ([`align`] makes them so): as
/// many arrays as the program has outputs. It is differentiable and can be vectorized as its instructions are.
///
/// ```
/// use millpond_core::ext::*;
/// use millpond_core::ops::create::ones_like;
/// use millpond_core::ops::elementwise::scalar_function;
///
/// # fn main() -> Result<()> {
/// let cube: Program = "(x: f32) { s = mul.f32 x x; c = mul.f32 s x; } -> c".parse()?;
/// let x = Array::from_slice(&[1.0f32, 2.0], &[2])?;
/// let (y, slope) = jvp(|x| scalar_function("cube", cube, x), &[x.clone()], &[ones_like(&x)])?;
/// assert_eq!((y[0].to_vec::<f32>()?, slope[0].to_vec::<f32>()?), (vec![1.0, 8.0], vec![3.0, 12.0]));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// When number, shapes or dtypes of the inputs do not fit.
pub fn scalar_function(name: &str, program: Program, inputs: &[Array]) -> Result<Vec<Array>> {
    Ok(Array::from_primitive(ScalarFunction { name: name.to_owned(), program }, inputs)?.into_vec())
}

struct ScalarFunction {
    name: String,
    program: Program,
}

impl Primitive for ScalarFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn attributes(&self) -> Attributes {
        vec![("program", self.program.to_string().as_str().into())]
    }

    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let fits = inputs.iter().map(|s| s.dtype).eq(self.program.inputs().iter().copied());
        let Some(first) = inputs.first().filter(|first| fits && inputs.iter().all(|s| s.shape == first.shape)) else {
            let given: Vec<String> = inputs.iter().map(|s| format!("{} of shape {}", s.dtype, show(&s.shape))).collect();
            let wanted: Vec<&str> = self.program.inputs().iter().map(|d| d.name()).collect();
            let (name, wanted, given) = (&self.name, wanted.join(", "), given.join(", "));
            return Err(Error::value(format!("[{name}] takes arrays of one shape and of dtypes ({wanted}), got ({given})")));
        };
        Ok(self.program.outputs().iter().map(|&r| Spec::new(&first.shape, self.program.dtype_of(r))).collect())
    }

    fn program(&self, _inputs: &[Dtype]) -> Option<Program> {
        Some(self.program.clone())
    }

    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let mut inputs = call.primals.to_vec();
        let smooth = |i: &&usize| call.primals[**i].dtype().is_inexact();
        let wanted: Vec<usize> = call.wanted.iter().filter(smooth).copied().collect();
        let primals: Vec<Array> = wanted.iter().map(|&i| inputs[i].clone()).collect();
        let replayed = |changed: &[Array]| {
            wanted.iter().zip(changed).for_each(|(&i, a)| inputs[i] = a.clone());
            replay(&self.program, &inputs)
        };
        let mut gradients = vjp(replayed, &primals, call.cotangents)?.1.into_iter();
        Ok(call.wanted.iter().map(|i| if smooth(&i) { gradients.next() } else { None }).collect())
    }

    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let moving: Vec<(usize, &Array)> = call.tangents.iter().enumerate().filter_map(|(i, t)| Some((i, t.as_ref()?))).collect();
        let primals: Vec<Array> = moving.iter().map(|&(i, _)| call.primals[i].clone()).collect();
        let tangents: Vec<Array> = moving.iter().map(|&(_, t)| t.clone()).collect();
        let mut inputs = call.primals.to_vec();
        let replayed = |changed: &[Array]| {
            moving.iter().zip(changed).for_each(|(&(i, _), a)| inputs[i] = a.clone());
            replay(&self.program, &inputs)
        };
        Ok(jvp(replayed, &primals, &tangents)?.1.into_iter().map(|t| t.dtype().is_inexact().then_some(t)).collect())
    }

    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        vmap_elementwise(call)
    }
}

/// `program` as a graph of one operation an instruction.
fn replay(program: &Program, inputs: &[Array]) -> Result<Vec<Array>> {
    let shape = Shape::from_slice(inputs[0].shape());
    let mut registers = inputs.to_vec();
    for instr in program.instrs() {
        let args: SmallVec<[Array; 3]> = instr.args().iter().map(|&r| registers[usize::from(r)].clone()).collect();
        registers.push(match instr.op {
            ScalarOp::Copy => args[0].clone(),
            ScalarOp::Const(value) => Array::splat(value, &shape, instr.dtype),
            ScalarOp::Cast => astype(&args[0], instr.dtype)?,
            op => Array::apply(Handle::Static(primitive_of(op)?), &args)?,
        });
    }
    Ok(program.outputs().iter().map(|&r| registers[usize::from(r)].clone()).collect())
}

/// The primitive behind a scalar operation.
fn primitive_of(op: ScalarOp) -> Result<&'static Elementwise> {
    use super::{binary::*, select::SELECT, unary::*};
    let others = [&SELECT, &FLOOR_DIVIDE, &POWER, &RINT, &SIGN, &REAL, &IMAG, &CONJ, &INVERT];
    let mut all = UNARY_PRIMITIVES.iter().chain(BINARY_PRIMITIVES).copied().chain(others);
    all.find(|p| p.op == op)
        .ok_or_else(|| Error::new(Kind::NoRule, format!("[scalar program] the operation {} has no rules", op.name())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_primitive_for_every_scalar_operation() {
        let missing = ScalarOp::ALL.iter().filter(|op| !matches!(op, ScalarOp::Copy | ScalarOp::Cast));
        let missing: Vec<_> = missing.filter(|op| primitive_of(**op).is_err()).map(|op| op.name()).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn inputs_that_do_not_fit_are_named() {
        let program: Program = "(x: f32) { } -> x".parse().unwrap();
        let error = scalar_function("same", program, &[Array::scalar(1, Dtype::Int32)]).unwrap_err();
        assert!(error.message().contains("[same]") && error.message().contains("int32"), "{error}");
    }
}
