//! Pickling, copying, iterating and printing.

use super::{Memory, PyArray, Share, evaluate, wrap};
use crate::errors::OrRaise;
use millpond_core::array::{Array, Value};
use millpond_core::dtype::Dtype;
use millpond_core::ops::index::{self, Index};
use millpond_core::shape::{checked_size, row_major, show};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

/// The bytes of a contiguous, evaluated value.
fn bytes_of(value: &Value) -> &[u8] {
    match value.size() * value.dtype().size() {
        0 => &[],
        // SAFETY: a contiguous value of `n` bytes that nobody writes.
        n => unsafe { std::slice::from_raw_parts(value.ptr(), n) },
    }
}

/// Walks the first axis of an array.
#[pyclass(name = "ArrayIterator", module = "millpond.core")]
pub struct ArrayIterator {
    array: Array,
    next: usize,
}

#[pymethods]
impl ArrayIterator {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.next >= self.array.shape()[0] {
            return Ok(None);
        }
        let at = self.next as i64;
        self.next += 1;
        super::indexing::row(&self.array, at).and_then(|row| wrap(py, row)).map(Some)
    }

    fn __length_hint__(&self) -> usize {
        self.array.shape()[0] - self.next
    }
}

fn rows(array: Array) -> PyResult<ArrayIterator> {
    if array.ndim() == 0 {
        return Err(PyTypeError::new_err("iteration over a 0-d array"));
    }
    Ok(ArrayIterator { array, next: 0 })
}

#[pymethods]
impl PyArray {
    fn __iter__(&self) -> PyResult<ArrayIterator> {
        rows(self.get())
    }

    fn __reversed__(&self) -> PyResult<ArrayIterator> {
        let backwards = Index::Range { start: None, stop: None, step: Some(-1) };
        let ArrayIterator { array, .. } = rows(self.get())?;
        rows(index::get(&array, &[backwards]).or_raise()?)
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let array = self.get();
        evaluate(py, &array)?;
        let value = array.value().or_raise()?.contiguous().or_raise()?;
        Ok(PyBytes::new(py, bytes_of(&value)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let array = self.get();
        evaluate(py, &array)?;
        crate::print::text(&array)
    }

    fn __format__<'py>(slf: &Bound<'py, Self>, spec: &str) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let array = slf.get().get();
        if array.ndim() != 0 && spec.is_empty() {
            return Ok(slf.str()?.into_any());
        }
        if array.ndim() != 0 {
            let message = format!("format '{spec}' applies to 0-d arrays, not to shape {}", show(array.shape()));
            return Err(PyTypeError::new_err(message));
        }
        let number = super::scalars::number(py, super::read::item(py, &array)?)?;
        number.call_method1("__format__", (spec,))
    }

    /// By identity: equal values hash differently.
    fn __hash__(slf: &Bound<'_, Self>) -> isize {
        (slf.as_ptr() as usize >> 4) as isize
    }

    /// The value's bytes in row-major order, with shape and dtype.
    fn __getstate__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let array = self.get();
        let bytes = self.__bytes__(py)?;
        Ok((bytes, array.shape().to_vec(), array.dtype().name()).into_pyobject(py)?.into_any())
    }

    fn __setstate__(&self, state: (Vec<u8>, Vec<usize>, String)) -> PyResult<()> {
        let (bytes, shape, name) = state;
        let dtype = Dtype::from_name(&name).ok_or_else(|| PyValueError::new_err(format!("there is no dtype '{name}'")))?;
        let size = checked_size("array", &shape).or_raise()?;
        if size * dtype.size() != bytes.len() {
            return Err(PyValueError::new_err(format!("[array] {} bytes do not fill the pickled shape", bytes.len())));
        }
        let strides = row_major(&shape).iter().map(|s| s * dtype.size() as isize).collect();
        let memory = Memory { ptr: bytes.as_ptr().cast_mut(), shape, strides, dtype: Some(dtype), readonly: true };
        // SAFETY: `bytes` holds the elements, is alive here, and is copied.
        self.set(unsafe { memory.into_array(Box::new(()), true, Share::Never) }?);
        Ok(())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let state = slf.get().__getstate__(py)?;
        (slf.get_type(), (0.0,), state).into_pyobject(py).map(Bound::into_any)
    }

    fn __copy__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        wrap(py, self.get())
    }

    fn __deepcopy__<'py>(&self, py: Python<'py>, _memo: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
        wrap(py, self.get())
    }
}
