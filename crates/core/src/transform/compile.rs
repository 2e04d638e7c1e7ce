//! Compilation: a function is run once on placeholders, and what it did to them is applied to other arrays.

use super::trace::{Record, Rule, Trace};
use crate::array::{Array, Spec};
use crate::error::{Error, Result};
use crate::shape::show;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The operations of a function, for arguments of fixed shapes and dtypes. Arrays that the function captured are constants.
pub struct Compiled {
    inputs: Vec<Array>,
    outputs: Vec<Array>,
    /// What the outputs need, in order.
    tape: Vec<Arc<Record>>,
}

impl Compiled {
    /// What `f` does to arguments of these shapes and dtypes. It must not read their values.
    ///
    /// # Errors
    /// What `f` returns; evaluating an argument is an error.
    pub fn new(f: impl FnOnce(&[Array]) -> Result<Vec<Array>>, arguments: &[Spec]) -> Result<Compiled> {
        let trace = Trace::new(Rule::Replay);
        let inputs = arguments.iter().map(|spec| trace.placeholder(spec.clone(), "compile")).collect::<Result<Vec<_>>>()?;
        let outputs = f(&inputs);
        // The tape closes also when the function fails.
        let tape = trace.close();
        let outputs = outputs?;
        let mut needed: HashSet<usize> = outputs.iter().map(Array::id).collect();
        let mut kept: Vec<Arc<Record>> = Vec::new();
        for record in tape.into_iter().rev() {
            if record.outputs.iter().any(|o| needed.contains(&o.id())) {
                needed.extend(record.inputs.iter().map(Array::id));
                kept.push(record);
            }
        }
        kept.reverse();
        Ok(Compiled { inputs, outputs, tape: kept })
    }

    /// The results of the same operations on `arguments`.
    ///
    /// # Errors
    /// When number, shapes or dtypes are not those it was compiled for.
    pub fn call(&self, arguments: &[Array]) -> Result<Vec<Array>> {
        if arguments.len() != self.inputs.len() {
            let (got, want) = (arguments.len(), self.inputs.len());
            return Err(Error::value(format!("[compile] the function takes {want} arrays, not {got}")));
        }
        let mut now: HashMap<usize, Array> = HashMap::with_capacity(self.inputs.len() + self.tape.len());
        for (input, argument) in self.inputs.iter().zip(arguments) {
            if input.spec() != argument.spec() {
                let (want, got) = (show(input.shape()), show(argument.shape()));
                return Err(Error::value(format!(
                    "[compile] the function was compiled for shape {want} and type {}, not {got} and {}",
                    input.dtype(),
                    argument.dtype()
                )));
            }
            now.insert(input.id(), argument.clone());
        }
        let current = |now: &HashMap<usize, Array>, a: &Array| now.get(&a.id()).unwrap_or(a).clone();
        for record in &self.tape {
            let inputs: Vec<Array> = record.inputs.iter().map(|i| current(&now, i)).collect();
            let outputs = record.stream.run(|| Array::from_primitive(record.primitive.clone(), &inputs))?;
            now.extend(record.outputs.iter().map(Array::id).zip(outputs));
        }
        Ok(self.outputs.iter().map(|o| current(&now, o)).collect())
    }

    /// The number of operations.
    pub fn len(&self) -> usize {
        self.tape.len()
    }

    /// Whether it does nothing.
    pub fn is_empty(&self) -> bool {
        self.tape.is_empty()
    }
}
