//! Every operation of the registry as a Python function, and as a method of `array`, from its declaration alone.
//!
//! A function is a CPython builtin. Its C entry point knows only a number, the operation's place in a table; it parses the
//! arguments by the declared signature and calls the declaration.

mod args;
mod convert;
mod entry;
mod names;
pub mod text;

pub use args::call_operands;
pub use convert::ints;

use crate::array::class;
use millpond_core::registry::{self, OpDecl, Output};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

/// The value of an operation as a Python object.
#[inline]
pub fn output(py: Python<'_>, output: Output) -> PyResult<Bound<'_, PyAny>> {
    let wrap = |a| crate::array::wrap(py, a);
    Ok(match output {
        Output::Array(a) => wrap(a)?,
        Output::Tuple(v) => PyTuple::new(py, v.into_iter().map(wrap).collect::<PyResult<Vec<_>>>()?)?.into_any(),
        Output::List(v) => PyList::new(py, v.into_iter().map(wrap).collect::<PyResult<Vec<_>>>()?)?.into_any(),
    })
}

/// Adds all operations to the module and its submodules, and the methods to the class.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    for (at, decl) in registry::all().enumerate() {
        entry::add_function(m, decl, at)?;
    }
    let class = class(py);
    for &name in names::METHODS {
        let declared = |d: &&OpDecl| d.name == name || d.aliases.contains(&name);
        if let Some((at, decl)) = registry::all().enumerate().find(|(_, d)| declared(d)) {
            entry::add_method(&class, name, decl, at)?;
        }
    }
    Ok(())
}
