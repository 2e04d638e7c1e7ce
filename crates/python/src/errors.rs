//! The core's errors as Python exceptions, and Python exceptions on their way through the core.

use millpond_core::error::{Error, Kind};
use pyo3::exceptions::{
    PyIndexError, PyKeyboardInterrupt, PyMemoryError, PyNotImplementedError, PyRuntimeError, PyTypeError, PyValueError,
};
use pyo3::prelude::*;
use std::cell::RefCell;

thread_local! {
    /// The exception that a Python callback raised while core code called it on this thread.
    static CARRIED: RefCell<Option<(Error, PyErr)>> = const { RefCell::new(None) };
}

/// Wraps a Python exception so that core code can hand it back to us unchanged.
pub fn carry(kind: Kind, exception: PyErr) -> Error {
    let error = Error::new(kind, exception.to_string());
    CARRIED.set(Some((error.clone(), exception)));
    error
}

thread_local! {
    /// What a signal handler raised while this thread was waiting in the core.
    static INTERRUPT: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

/// Keeps what a signal handler raised until the interrupted wait has returned.
pub fn carry_interrupt(exception: PyErr) {
    INTERRUPT.set(Some(exception));
}

/// The Python exception for `error`: the carried one if it is that, else by its kind.
pub fn exception(error: Error) -> PyErr {
    if let Some((carried, exception)) = CARRIED.take()
        && carried.is_same(&error)
    {
        return exception;
    }
    let message = error.message().to_owned();
    match error.kind() {
        Kind::Value => PyValueError::new_err(message),
        Kind::Type => PyTypeError::new_err(message),
        Kind::Index => PyIndexError::new_err(message),
        Kind::Memory => PyMemoryError::new_err(message),
        Kind::NoRule => PyNotImplementedError::new_err(message),
        Kind::NoKernel | Kind::Device | Kind::Runtime => PyRuntimeError::new_err(message),
        Kind::Interrupted => INTERRUPT.take().unwrap_or_else(|| PyKeyboardInterrupt::new_err(message)),
    }
}

/// `result` with the core's error as an exception.
pub trait OrRaise<T> {
    /// The value, or the exception for the error.
    fn or_raise(self) -> PyResult<T>;
}

impl<T> OrRaise<T> for Result<T, Error> {
    #[inline]
    fn or_raise(self) -> PyResult<T> {
        self.map_err(exception)
    }
}

/// The name of the type of `obj`, for messages.
pub fn type_name(obj: &Bound<'_, PyAny>) -> String {
    obj.get_type().name().map_or_else(|_| "object".to_owned(), |n| n.to_string())
}
