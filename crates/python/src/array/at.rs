//! `array.at[…]`: updates that count every occurrence of an index and give a new array.

use super::indexing::{has_mask, subscript, value};
use super::{PyArray, wrap};
use crate::errors::OrRaise;
use millpond_core::array::Array;
use millpond_core::ops::index::{self, Index, Update};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// The place that `array.at[…]` names; its methods return a changed copy of the array.
#[pyclass(frozen, name = "ArrayAt", module = "millpond.core")]
pub struct ArrayAt {
    array: Array,
    subscript: Option<Vec<Index>>,
}

impl ArrayAt {
    fn update<'py>(&self, operand: &Bound<'py, PyAny>, how: Update) -> PyResult<Bound<'py, PyAny>> {
        let Some(subscript) = &self.subscript else {
            return Err(PyValueError::new_err("array.at needs an index first, as in x.at[0].add(4)"));
        };
        let (py, operand) = (operand.py(), value(operand)?);
        let changed = if has_mask(subscript) {
            py.detach(|| index::update(&self.array, subscript, operand, how))
        } else {
            index::update(&self.array, subscript, operand, how)
        };
        wrap(py, changed.or_raise()?)
    }
}

#[pymethods]
impl ArrayAt {
    fn __getitem__(&self, indices: &Bound<'_, PyAny>) -> PyResult<ArrayAt> {
        Ok(ArrayAt { array: self.array.clone(), subscript: Some(subscript(indices)?.into_vec()) })
    }

    /// The array with `value` added at the place, once for each time an element is named.
    fn add<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.update(value, Update::Add)
    }

    /// The array with `value` subtracted at the place, once for each time an element is named.
    fn subtract<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.update(value, Update::Subtract)
    }

    /// The array multiplied by `value` at the place, once for each time an element is named.
    fn multiply<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.update(value, Update::Multiply)
    }

    /// The array divided by `value` at the place, once for each time an element is named.
    fn divide<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.update(value, Update::Divide)
    }

    /// The array with the larger of its element and `value` at the place.
    fn maximum<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.update(value, Update::Maximum)
    }

    /// The array with the smaller of its element and `value` at the place.
    fn minimum<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.update(value, Update::Minimum)
    }
}

#[pymethods]
impl PyArray {
    /// Updates by index: `x.at[i].add(v)` adds at every occurrence of an index, which `x[i] += v` does not.
    #[getter]
    fn at(&self) -> ArrayAt {
        ArrayAt { array: self.get(), subscript: None }
    }
}
