//! The part of `millpond.core.random` that is no operation: the implicit key.

use crate::array::wrap;
use millpond_core::ops::random;
use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyList;

/// Sets the key that random functions of this thread draw from when they are given none.
#[pyfunction]
fn seed(seed: &Bound<'_, PyAny>) -> PyResult<()> {
    let wrong = |_| PyTypeError::new_err(format!("seed(): argument 'seed' must be an int between 0 and 2**64 - 1, not {seed}"));
    random::seed(seed.extract::<u64>().map_err(wrong)?);
    Ok(())
}

/// The implicit key of the thread that looks, as a list of one array.
#[pyclass(frozen, name = "_RandomState", module = "millpond.core.random")]
pub struct RandomState;

#[pymethods]
impl RandomState {
    fn __len__(&self) -> usize {
        1
    }

    fn __getitem__<'py>(&self, py: Python<'py>, index: isize) -> PyResult<Bound<'py, PyAny>> {
        match index {
            0 | -1 => wrap(py, random::state()),
            _ => Err(PyIndexError::new_err("the state of random has one array")),
        }
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyList::new(py, [wrap(py, random::state())?])?.try_iter()?.into_any())
    }
}

/// Adds `seed` and `state` to the submodule.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<RandomState>()?;
    m.add("state", RandomState)?;
    m.add_function(wrap_pyfunction!(seed, m)?)
}
