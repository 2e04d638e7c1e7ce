//! Arrays and streams as arguments and results of Python functions, and errors as exceptions.

use crate::array::Array;
use crate::error::{Error, Kind};
use crate::stream::Stream;
use crate::table::{api, check};
use millpond_abi as abi;
use pyo3::exceptions::{
    PyImportError, PyIndexError, PyKeyboardInterrupt, PyMemoryError, PyNotImplementedError, PyRuntimeError, PyTypeError,
    PyValueError,
};
use pyo3::ffi;
use pyo3::prelude::*;
use std::ptr;

/// Finds the installed Millpond for the module `m`. Call it first when the module is initialized.
///
/// # Errors
/// `ImportError` when there is no Millpond, or not with the C interface this module was compiled for.
pub fn attach(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    let module = m.name()?.to_string();
    let fail = |why: String| PyImportError::new_err(format!("{module} can't be used: {why}"));
    let version = |core: &Bound<'_, PyModule>| core.getattr("__version__").map_or("?".into(), |v| v.to_string());
    let core = py.import("millpond.core").map_err(|e| fail(format!("millpond can't be imported: {e}")))?;
    let missing = |_| {
        let (major, minor, found) = (abi::MAJOR, abi::MINOR, version(&core));
        fail(format!("it needs version {major}.{minor} of Millpond's C interface, but the installed millpond {found} has none"))
    };
    let capsule = core.getattr("_C_API").map_err(missing)?;
    // SAFETY: the interpreter is attached; the name is the capsule's.
    let table = unsafe { ffi::PyCapsule_GetPointer(capsule.as_ptr(), abi::CAPSULE.as_ptr()) };
    if table.is_null() {
        return Err(missing(PyErr::fetch(py)));
    }
    // SAFETY: the pointer is the one in the capsule.
    unsafe { crate::table::attach(table.cast()) }.map_err(|e| fail(e.message().to_owned()))
}

/// Runs `f` on `stream`, or on the current one when there is none.
pub fn on<R>(stream: Option<Stream>, f: impl FnOnce() -> R) -> R {
    match stream {
        Some(stream) => stream.run(f),
        None => f(),
    }
}

impl From<Error> for PyErr {
    fn from(error: Error) -> PyErr {
        let message = error.message().to_owned();
        match error.kind() {
            Kind::Value => PyValueError::new_err(message),
            Kind::Type => PyTypeError::new_err(message),
            Kind::Index => PyIndexError::new_err(message),
            Kind::Memory => PyMemoryError::new_err(message),
            Kind::NoRule | Kind::NoKernel => PyNotImplementedError::new_err(message),
            Kind::Device | Kind::Runtime => PyRuntimeError::new_err(message),
            Kind::Interrupted => PyKeyboardInterrupt::new_err(message),
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for Array {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Array> {
        let mut out = ptr::null_mut();
        // SAFETY: the object is alive and the interpreter is attached.
        check(unsafe { (api().array_from_object)(object.as_ptr().cast(), &mut out) })?;
        Ok(Array::own(out))
    }
}

impl<'py> IntoPyObject<'py> for Array {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let mut out = ptr::null_mut();
        // SAFETY: the handle is ours and the interpreter is attached.
        check(unsafe { (api().array_to_object)(self.raw(), &mut out) })?;
        // SAFETY: the core gave us a new object.
        unsafe { Bound::from_owned_ptr_or_err(py, out.cast()) }
    }
}

impl<'py> FromPyObject<'_, 'py> for Stream {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Stream> {
        let mut out = 0;
        // SAFETY: the object is alive and the interpreter is attached.
        check(unsafe { (api().stream_from_object)(object.as_ptr().cast(), &mut out) })?;
        Ok(Stream(out))
    }
}
