//! `einsum_path`, which returns no arrays and so is no declared operation.

use crate::array::PyArray;
use crate::errors::{OrRaise, type_name};
use millpond_core::ops::matmul;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

/// The order in which `einsum` contracts these operands, and a description of what that saves.
///
/// The order is a list of tuples: positions in the list of operands, from which each step takes its operands out and to whose
/// end it adds its result.
#[pyfunction]
#[pyo3(signature = (subscripts, *operands))]
fn einsum_path<'py>(py: Python<'py>, subscripts: &str, operands: &Bound<'py, PyTuple>) -> PyResult<(Bound<'py, PyList>, String)> {
    let shape = |operand: Bound<'py, PyAny>| match operand.cast::<PyArray>() {
        Ok(a) => Ok(a.get().get()),
        Err(_) => {
            let got = type_name(&operand);
            Err(PyTypeError::new_err(format!("einsum_path(): operands must be arrays, not {got}")))
        }
    };
    let arrays = operands.iter().map(shape).collect::<PyResult<Vec<_>>>()?;
    let shapes: Vec<&[usize]> = arrays.iter().map(|a| a.shape()).collect();
    let (steps, summary) = matmul::einsum_path(subscripts, &shapes).or_raise()?;
    let steps = steps.into_iter().map(|step| PyTuple::new(py, step)).collect::<PyResult<Vec<_>>>()?;
    Ok((PyList::new(py, steps)?, summary))
}

/// Adds the function to the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(einsum_path, m)?)
}
