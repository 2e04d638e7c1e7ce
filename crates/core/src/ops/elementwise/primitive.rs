//! The primitive behind every row of the tables, and the rules it shares with other elementwise primitives.

use super::*;
use crate::ext::*;
use crate::ops::view::batch_to_front;

pub use super::rule::Rule;

/// An elementwise primitive: a scalar operation, and what it does to a change of each argument.
pub struct Elementwise {
    /// The name.
    pub name: &'static str,
    /// What happens to one element.
    pub op: ScalarOp,
    /// One rule an argument; `None` where the result is constant almost everywhere.
    pub rules: &'static [Option<Rule>],
}

/// The dtype `name` says no to.
pub(super) fn undefined(name: &str, dtypes: &[Dtype]) -> Error {
    let mut names: Vec<&str> = dtypes.iter().map(|d| d.name()).collect();
    names.dedup();
    Error::value(format!("[{name}] not defined for {}", names.join(" and ")))
}

impl Elementwise {
    fn rule(&self, i: usize, change: &Array, primals: &[Array], output: &Array) -> Option<Term> {
        let rule = self.rules.get(i).copied().flatten()?;
        let primals: SmallVec<[Term; 3]> = primals.iter().map(Term::from).collect();
        Some(rule(&change.into(), &primals, &output.into()))
    }
}

impl Primitive for Elementwise {
    fn name(&self) -> &str {
        self.name
    }

    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        debug_assert!(inputs.iter().all(|s| s.shape == inputs[0].shape), "{}: inputs are broadcast by the caller", self.name);
        let mut dtypes: SmallVec<[Dtype; 3]> = SmallVec::new();
        inputs.iter().for_each(|s| dtypes.push(s.dtype));
        let dtype = self.op.result(&dtypes).map_err(|_| undefined(self.name, &dtypes))?;
        Ok(smallvec![Spec::new(&inputs[0].shape, dtype)])
    }

    fn program(&self, inputs: &[Dtype]) -> Option<Program> {
        Program::of(self.op, inputs).ok()
    }

    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let cotangent = conjugate(&call.cotangents[0])?;
        let back = |&i: &usize| {
            let Some(change) = self.rule(i, &cotangent, call.primals, &call.outputs[0]) else { return Ok(None) };
            astype(&conjugate(&change.array()?)?, call.primals[i].dtype()).map(Some)
        };
        call.wanted.iter().map(back).collect()
    }

    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let y = &call.outputs[0];
        let terms = call.tangents.iter().enumerate().filter_map(|(i, t)| self.rule(i, t.as_ref()?, call.primals, y));
        let sum = terms.reduce(|a, b| a + b);
        Ok(vec![sum.map(|s| astype(&s.array()?, y.dtype())).transpose()?])
    }

    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        vmap_elementwise(call)
    }
}

/// The vmap rule of every elementwise primitive: batch axes in front, and the operation as it is.
pub fn vmap_elementwise(call: &Vmap) -> Result<Batched> {
    let inputs: SmallVec<[Array; 3]> =
        call.inputs.iter().zip(call.axes).map(|(a, &axis)| batch_to_front(a, axis, call.size)).collect::<Result<_>>()?;
    let outputs = Array::from_primitive(call.primitive.clone(), &inputs)?;
    Ok(outputs.into_iter().map(|o| (o, Some(0))).collect())
}
