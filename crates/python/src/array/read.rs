//! Reading values into Python: `item`, `tolist` and the conversions to numbers.

use super::scalars::number;
use super::{PyArray, evaluate};
use crate::errors::OrRaise;
use millpond_core::array::{Array, Value};
use millpond_core::dispatch;
use millpond_core::dtype::Element;
use millpond_core::scalar::Scalar;
use millpond_core::shape::show;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyList;

/// The only element of `array`.
pub fn item(py: Python<'_>, array: &Array) -> PyResult<Scalar> {
    evaluate(py, array)?;
    array.item_scalar().or_raise()
}

fn nested<'py, T: Element>(py: Python<'py>, value: &Value, axis: usize, at: isize) -> PyResult<Bound<'py, PyAny>> {
    let layout = value.layout();
    if axis == layout.ndim() {
        // SAFETY: `at` is the position of an element of the value, which is evaluated and of type `T`.
        let element = unsafe { value.ptr().cast::<T>().offset(at).read() };
        return number(py, element.to_scalar());
    }
    let (n, step) = (layout.shape[axis], layout.strides[axis]);
    let list = PyList::empty(py);
    for i in 0..n as isize {
        list.append(nested::<T>(py, value, axis + 1, at + i * step)?)?;
    }
    Ok(list.into_any())
}

/// All elements as nested lists; a number for a 0-d array.
pub fn tolist<'py>(py: Python<'py>, array: &Array) -> PyResult<Bound<'py, PyAny>> {
    evaluate(py, array)?;
    let value = array.value().or_raise()?;
    dispatch!(array.dtype(), T => nested::<T>(py, value, 0, 0))
}

#[pymethods]
impl PyArray {
    /// The only element as a Python number.
    fn item<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        number(py, item(py, &self.get())?)
    }

    /// All elements as nested lists of Python numbers; a number for a 0-d array.
    fn tolist<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        tolist(py, &self.get())
    }

    fn __bool__(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(item(py, &self.get())?.to_bool())
    }

    fn __int__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let value = number(py, item(py, &self.get())?)?;
        py.get_type::<pyo3::types::PyInt>().call1((value,))
    }

    fn __float__(&self, py: Python<'_>) -> PyResult<f64> {
        match item(py, &self.get())? {
            Scalar::Complex(_) => Err(PyTypeError::new_err("a complex array cannot be converted to a float")),
            value => Ok(value.to_f64()),
        }
    }

    fn __complex__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let value = number(py, item(py, &self.get())?)?;
        py.get_type::<pyo3::types::PyComplex>().call1((value,))
    }

    fn __index__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let array = self.get();
        if array.ndim() != 0 || !array.dtype().is_integer() {
            let what = format!("not one of shape {} and type {}", show(array.shape()), array.dtype());
            return Err(PyTypeError::new_err(format!("only a 0-d integer array can be used as an index, {what}")));
        }
        number(py, item(py, &array)?)
    }

    fn __len__(&self) -> PyResult<usize> {
        self.get().shape().first().copied().ok_or_else(|| PyTypeError::new_err("len() of a 0-d array"))
    }

    fn __contains__(&self, py: Python<'_>, element: &Bound<'_, PyAny>) -> PyResult<bool> {
        let equal = self.__richcmp__(py, element, pyo3::basic::CompareOp::Eq)?;
        let Ok(equal) = equal.cast::<PyArray>() else { return Ok(false) };
        let equal = equal.get().get();
        evaluate(py, &equal)?;
        Ok(equal.to_vec::<bool>().or_raise()?.contains(&true))
    }
}
