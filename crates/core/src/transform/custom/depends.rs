//! Arrays that wait for others.

use crate::array::{Array, Spec};
use crate::error::Result;
use crate::graph::CpuCall;
use crate::primitive::{Batched, Handle, Jvp, Primitive, Specs, Vjp, Vmap};

/// `arrays`, unchanged, but computed only after `dependencies` have been: nothing that uses the results runs earlier.
///
/// Gradients, tangents and batches go through the arrays as if the dependencies were not there.
pub fn depends(arrays: &[Array], dependencies: &[Array]) -> Result<Vec<Array>> {
    if arrays.is_empty() || dependencies.is_empty() {
        return Ok(arrays.to_vec());
    }
    let inputs: Vec<Array> = arrays.iter().chain(dependencies).cloned().collect();
    Ok(Array::from_primitive(Depends { outputs: arrays.len() }, &inputs)?.into_vec())
}

/// The first `outputs` inputs, once all inputs are there.
struct Depends {
    outputs: usize,
}

impl Primitive for Depends {
    fn name(&self) -> &str {
        "depends"
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(inputs[..self.outputs].iter().cloned().collect())
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        (0..self.outputs).try_for_each(|i| call.forward(i, i))
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        Ok(call.wanted.iter().map(|&i| call.cotangents.get(i).cloned()).collect())
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        Ok(call.tangents[..self.outputs].to_vec())
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let outputs = Array::from_primitive(Handle::clone(call.primitive), call.inputs)?;
        Ok(outputs.into_iter().zip(call.axes.iter().copied()).collect())
    }
}
