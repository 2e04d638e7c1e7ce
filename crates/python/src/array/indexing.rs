//! `a[…]`, `a[…] = v` and iteration: Python subscripts as the core's.

use super::{PyArray, array_from, if_array, instance, scalar, wrap};
use crate::errors::{OrRaise, type_name};
use millpond_core::args::Operand;
use millpond_core::array::Array;
use millpond_core::dtype::Dtype;
use millpond_core::ops::index::{self, Index};
use pyo3::exceptions::{PyIndexError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyEllipsis, PyList, PySlice, PyString, PyTuple};
use smallvec::{SmallVec, smallvec};

type Subscript = SmallVec<[Index; 4]>;

/// Row `at` of `array`.
pub fn row(array: &Array, at: i64) -> PyResult<Array> {
    index::get(array, &[Index::At(at)]).or_raise()
}

/// The subscript that `obj` is.
pub fn subscript(obj: &Bound<'_, PyAny>) -> PyResult<Subscript> {
    match obj.cast::<PyTuple>() {
        Ok(parts) => parts.iter_borrowed().map(|p| part(&p)).collect(),
        Err(_) => Ok(smallvec![part(obj)?]),
    }
}

fn part(obj: &Bound<'_, PyAny>) -> PyResult<Index> {
    if let Some(array) = instance(obj) {
        return Ok(by_array(array.get()));
    }
    if obj.is_none() {
        return Ok(Index::NewAxis);
    }
    if obj.is(PyEllipsis::get(obj.py())) {
        return Ok(Index::Ellipsis);
    }
    if let Ok(slice) = obj.cast::<PySlice>() {
        return range(slice);
    }
    if let Ok(truth) = obj.cast::<PyBool>() {
        return Ok(Index::Mask(Array::scalar(truth.is_true(), Dtype::Bool)));
    }
    if let Some(at) = integer(obj)? {
        return Ok(Index::At(at));
    }
    if obj.is_instance_of::<PyList>() || obj.is_instance_of::<PyTuple>() {
        let array = array_from(obj, None)?;
        // An empty list names no element; as an array it would be of floats.
        let dtype = if array.size() == 0 { Some(Dtype::Int32) } else { None };
        return Ok(by_array(array_from(obj, dtype)?));
    }
    if !obj.is_instance_of::<PyString>()
        && scalar(obj)?.is_none()
        && let Some(array) = if_array(obj)?
    {
        return Ok(by_array(array));
    }
    let message = format!("arrays are indexed by int | slice | None | ... | array | list, not {}", type_name(obj));
    Err(PyValueError::new_err(message))
}

fn by_array(array: Array) -> Index {
    if array.dtype() == Dtype::Bool { Index::Mask(array) } else { Index::Array(array) }
}

/// An integer, or a 0-d array of another library that can stand for one.
fn integer(obj: &Bound<'_, PyAny>) -> PyResult<Option<i64>> {
    // SAFETY: a live object.
    let is_index = unsafe { ffi::PyIndex_Check(obj.as_ptr()) } != 0;
    if !is_index {
        return Ok(None);
    }
    match obj.extract::<i64>() {
        Ok(at) => Ok(Some(at)),
        // numpy arrays have `__index__` too, and refuse it unless they are 0-d.
        Err(e) if e.is_instance_of::<PyTypeError>(obj.py()) => Ok(None),
        Err(_) => Err(PyIndexError::new_err(format!("index {obj} is out of range for any array"))),
    }
}

fn range(slice: &Bound<'_, PySlice>) -> PyResult<Index> {
    let bound = |name: &str| -> PyResult<Option<i64>> {
        let value = slice.getattr(name)?;
        if value.is_none() {
            return Ok(None);
        }
        match integer(&value)? {
            Some(i) => Ok(Some(i)),
            None => Err(PyValueError::new_err(format!("slice indices must be integers or None, not {}", type_name(&value)))),
        }
    };
    Ok(Index::Range { start: bound("start")?, stop: bound("stop")?, step: bound("step")? })
}

/// A value to be put into an array.
pub fn value(obj: &Bound<'_, PyAny>) -> PyResult<Operand> {
    if let Some(a) = instance(obj) {
        return Ok(Operand::Array(a.get()));
    }
    match scalar(obj)? {
        Some(s) => Ok(Operand::Scalar(s)),
        None => Ok(Operand::Array(array_from(obj, None)?)),
    }
}

#[pymethods]
impl PyArray {
    fn __getitem__<'py>(&self, py: Python<'py>, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        wrap(py, get(py, &self.get(), &subscript(index)?)?)
    }

    fn __setitem__(&self, py: Python<'_>, index: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let (array, subscript, value) = (self.get(), subscript(index)?, self::value(value)?);
        let changed = if has_mask(&subscript) {
            py.detach(|| index::set(&array, &subscript, value))
        } else {
            index::set(&array, &subscript, value)
        };
        self.set(changed.or_raise()?);
        Ok(())
    }

    fn __delitem__(&self, _index: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(PyTypeError::new_err("the elements of an array can't be deleted"))
    }
}

/// The elements that `subscript` names. Only masks are evaluated, with the interpreter released.
fn get(py: Python<'_>, array: &Array, subscript: &[Index]) -> PyResult<Array> {
    if has_mask(subscript) {
        py.detach(|| index::get(array, subscript)).or_raise()
    } else {
        index::get(array, subscript).or_raise()
    }
}

/// Whether evaluation may be needed to know the shape.
pub fn has_mask(subscript: &[Index]) -> bool {
    subscript.iter().any(|i| matches!(i, Index::Mask(_)))
}
