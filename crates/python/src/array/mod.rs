//! The `array` class: a Python object around a handle of a core array.
//!
//! The object is frozen for Rust; what changes is the handle behind its lock: `a[i] = v` and `a += b` put another array there,
//! which every name of the object then sees. Nobody holds the lock while Python code, an evaluation or a destructor runs.

mod at;
mod construct;
mod export;
mod import;
mod indexing;
// The generated slots call unsafe functions without blocks of their own when their names come from a macro.
#[allow(unsafe_op_in_unsafe_fn)]
mod operators;
mod protocols;
mod read;
mod scalars;

pub use construct::{array_from, asarray, if_array};
pub use export::exportable;
pub use import::{Memory, Share, array_like};
pub use scalars::scalar;

use crate::dtype::{PyDtype, object};
use crate::errors::OrRaise;
use millpond_core::array::Array;
use millpond_core::dtype::Dtype;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};
use pyo3::{PyTypeInfo, ffi};
use std::sync::{Mutex, OnceLock, PoisonError};

/// An N-dimensional array object.
#[pyclass(frozen, sequence, subclass, name = "array", module = "millpond.core", weakref)]
pub struct PyArray {
    handle: Mutex<Array>,
}

impl PyArray {
    /// The array behind the object now.
    #[inline]
    pub fn get(&self) -> Array {
        self.handle.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts another array behind the object.
    pub fn set(&self, array: Array) {
        let old = std::mem::replace(&mut *self.handle.lock().unwrap_or_else(PoisonError::into_inner), array);
        // Dropped here, after the lock: it may be the last handle of a graph that owns Python objects.
        drop(old);
    }
}

impl From<Array> for PyArray {
    #[inline]
    fn from(array: Array) -> PyArray {
        PyArray { handle: Mutex::new(array) }
    }
}

/// A Python object for `array`.
#[inline]
pub fn wrap(py: Python<'_>, array: Array) -> PyResult<Bound<'_, PyAny>> {
    Ok(Bound::new(py, PyArray::from(array))?.into_any())
}

/// [`wrap`] for several.
pub fn wrap_all(py: Python<'_>, arrays: impl IntoIterator<Item = Array>) -> PyResult<Vec<Bound<'_, PyAny>>> {
    arrays.into_iter().map(|a| wrap(py, a)).collect()
}

/// The array that `obj` is, of our class or of one derived from it.
#[inline]
pub fn instance<'a>(obj: &'a Bound<'_, PyAny>) -> Option<&'a PyArray> {
    // SAFETY: reading the type of a live object; the type pointer is compared, not followed.
    let same = unsafe { ffi::Py_TYPE(obj.as_ptr()) } == PyArray::type_object_raw(obj.py());
    let is_one = same || obj.is_instance_of::<PyArray>();
    // SAFETY: the object's type is `array` or derived from it.
    is_one.then(|| unsafe { obj.cast_unchecked::<PyArray>() }.get())
}

/// Evaluates, and copies from a device if need be, with the interpreter released.
pub fn evaluate(py: Python<'_>, array: &Array) -> PyResult<()> {
    if array.is_on_host() {
        return Ok(());
    }
    py.detach(|| array.value().map(drop)).or_raise()
}

#[pymethods]
impl PyArray {
    /// A zero, until `__init__` says what it is: derived classes may take other arguments.
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(val, dtype=None)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> PyArray {
        static ZERO: OnceLock<Array> = OnceLock::new();
        ZERO.get_or_init(|| Array::scalar(0.0, Dtype::Float32)).clone().into()
    }

    #[pyo3(signature = (val, dtype=None))]
    fn __init__(&self, val: &Bound<'_, PyAny>, dtype: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        self.set(array_from(val, crate::dtype::argument("array", dtype)?)?);
        Ok(())
    }

    /// The length of each axis.
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.get().shape())
    }

    /// The type of the elements.
    #[getter]
    fn dtype<'py>(&self, py: Python<'py>) -> &'py Py<PyDtype> {
        object(py, self.get().dtype())
    }

    /// The number of axes.
    #[getter]
    fn ndim(&self) -> usize {
        self.get().ndim()
    }

    /// The number of elements.
    #[getter]
    fn size(&self) -> usize {
        self.get().size()
    }

    /// The bytes all elements take.
    #[getter]
    fn nbytes(&self) -> usize {
        self.get().nbytes()
    }

    /// The bytes one element takes.
    #[getter]
    fn itemsize(&self) -> usize {
        self.get().dtype().size()
    }
}

/// Adds the class to the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<PyArray>()?;
    m.add_class::<at::ArrayAt>()?;
    m.add_class::<import::ArrayLike>()?;
    m.add_class::<protocols::ArrayIterator>()?;
    m.add_function(wrap_pyfunction!(construct::asarray_py, m)?)?;
    m.add_function(wrap_pyfunction!(construct::from_dlpack_py, m)?)?;
    Ok(())
}

/// The class object.
pub fn class(py: Python<'_>) -> Bound<'_, PyType> {
    PyArray::type_object(py)
}
