//! Errors: typed, cheap to clone (a failed task hands the same error to everything that depends on it), and complete in their message.

use std::fmt;
use std::sync::Arc;

/// The result of anything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong; see [`Kind`] for the classes. The message names the operation, shapes and dtypes.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: Kind,
    message: String,
}

/// The class of an error. Python raises the exception named in parentheses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A value, shape or axis that does not fit (`ValueError`).
    Value,
    /// A wrong dtype or type (`TypeError`).
    Type,
    /// An index out of range (`IndexError`).
    Index,
    /// Memory exhausted; evaluating again may succeed (`MemoryError`).
    Memory,
    /// The operation has no such rule or kernel (`NotImplementedError`).
    NoRule,
    /// The operation has no kernel for this on the device; it runs on the host instead (`RuntimeError` when that is forbidden).
    NoKernel,
    /// A device that failed, or a stream that is asked for what can never happen (`RuntimeError`).
    Device,
    /// A computation that failed: singular matrix, panic in a kernel (`RuntimeError`).
    Runtime,
    /// The wait was interrupted by a signal (`KeyboardInterrupt`).
    Interrupted,
}

impl Error {
    /// [`Kind::NoRule`]: the primitive `name` has no rule called `rule`.
    pub fn no_rule(name: &str, rule: &str) -> Error {
        Error::new(Kind::NoRule, format!("[{name}] has no {rule} rule"))
    }

    /// An error of `kind`.
    pub fn new(kind: Kind, message: impl Into<String>) -> Error {
        Error(Arc::new(Inner { kind, message: message.into() }))
    }

    /// A value, shape or axis that does not fit.
    pub fn value(message: impl Into<String>) -> Error {
        Error::new(Kind::Value, message)
    }

    /// A wrong dtype.
    pub fn dtype(message: impl Into<String>) -> Error {
        Error::new(Kind::Type, message)
    }

    /// An index out of range.
    pub fn index(message: impl Into<String>) -> Error {
        Error::new(Kind::Index, message)
    }

    /// A computation that failed.
    pub fn runtime(message: impl Into<String>) -> Error {
        Error::new(Kind::Runtime, message)
    }

    /// The class of this error.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Whether `other` is this very error, not another one that says the same.
    pub fn is_same(&self, other: &Error) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The message, without the class.
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind, self.0.message)
    }
}

impl std::error::Error for Error {}
