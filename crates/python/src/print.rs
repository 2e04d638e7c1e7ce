//! Printing: the core's text, and its options.

use crate::errors::OrRaise;
use millpond_core::array::Array;
use millpond_core::print;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::Mutex;

/// The text of an evaluated array.
pub fn text(array: &Array) -> PyResult<String> {
    print::repr(array).or_raise()
}

/// How numbers are printed: `precision` decimals, or as many as they need if it is -1.
#[pyclass(frozen, name = "PrintOptions", module = "millpond.core")]
struct PrintOptions {
    #[pyo3(get)]
    precision: i64,
}

#[pymethods]
impl PrintOptions {
    #[new]
    #[pyo3(signature = (precision=-1))]
    fn new(precision: i64) -> PrintOptions {
        PrintOptions { precision }
    }

    fn __repr__(&self) -> String {
        format!("PrintOptions(precision={})", self.precision)
    }
}

/// Options that hold inside `with`.
#[pyclass(frozen, name = "_PrintOptionsContext", module = "millpond.core")]
struct PrintOptionsContext {
    precision: i64,
    /// What to return to, innermost last.
    previous: Mutex<Vec<i64>>,
}

#[pymethods]
impl PrintOptionsContext {
    fn __enter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf.get().previous.lock().unwrap_or_else(|e| e.into_inner()).push(print::print_decimals());
        print::set_print_decimals(slf.get().precision);
        slf
    }

    #[pyo3(signature = (*_exc))]
    fn __exit__(&self, _exc: &Bound<'_, PyTuple>) -> PyResult<()> {
        let previous = self.previous.lock().unwrap_or_else(|e| e.into_inner()).pop();
        print::set_print_decimals(previous.ok_or_else(|| PyRuntimeError::new_err("these options were not entered"))?);
        Ok(())
    }
}

/// Sets how many decimals are printed; -1 is as many as a number needs, up to six significant digits.
#[pyfunction]
#[pyo3(signature = (precision=-1))]
fn set_printoptions(precision: i64) {
    print::set_print_decimals(precision);
}

/// How numbers are printed now.
#[pyfunction]
fn get_printoptions() -> PrintOptions {
    PrintOptions { precision: print::print_decimals() }
}

/// A context in which numbers are printed with `precision` decimals.
#[pyfunction]
#[pyo3(signature = (precision=-1))]
fn printoptions(precision: i64) -> PrintOptionsContext {
    PrintOptionsContext { precision, previous: Mutex::default() }
}

/// Adds the options to the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<PrintOptions>()?;
    m.add_class::<PrintOptionsContext>()?;
    m.add_function(wrap_pyfunction!(set_printoptions, m)?)?;
    m.add_function(wrap_pyfunction!(get_printoptions, m)?)?;
    m.add_function(wrap_pyfunction!(printoptions, m)?)
}
