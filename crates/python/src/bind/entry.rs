//! The C entry points, one for each place in the table of operations, and the objects made from them.

use super::{args, text};
use millpond_core::registry::{self, OpDecl};
use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyModule, PyString, PyType};
use std::ffi::CString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

type Entry = ffi::PyCFunctionFastWithKeywords;

/// All declarations by place.
fn table() -> &'static [&'static OpDecl] {
    static TABLE: OnceLock<Vec<&'static OpDecl>> = OnceLock::new();
    TABLE.get_or_init(|| registry::all().collect())
}

/// Runs `call` for C: with the interpreter attached, errors set, and no panic getting out.
#[inline]
fn guarded(decl: &OpDecl, call: impl FnOnce(Python<'_>) -> PyResult<Bound<'_, PyAny>>) -> *mut ffi::PyObject {
    Python::attach(|py| {
        let result = catch_unwind(AssertUnwindSafe(|| call(py)));
        let result =
            result.unwrap_or_else(|_| Err(PyRuntimeError::new_err(format!("[{}] internal error: it panicked", decl.name))));
        match result {
            Ok(object) => object.into_ptr(),
            Err(error) => {
                error.restore(py);
                std::ptr::null_mut()
            }
        }
    })
}

/// The function at place `AT`.
///
/// # Safety
/// Called by Python as `METH_FASTCALL | METH_KEYWORDS`.
unsafe extern "C" fn function<const AT: usize>(
    _slf: *mut ffi::PyObject,
    values: *const *mut ffi::PyObject,
    n: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    let decl = table()[AT];
    // SAFETY: Python gives `n` values and one more for each name, alive during the call.
    guarded(decl, |py| unsafe { args::call(py, decl, None, values, n as usize, names) })
}

/// The method at place `AT`.
///
/// # Safety
/// As [`function`]; `slf` is an `array`.
unsafe extern "C" fn method<const AT: usize>(
    slf: *mut ffi::PyObject,
    values: *const *mut ffi::PyObject,
    n: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    let decl = table()[AT];
    // SAFETY: as in `function`; the descriptor has checked the type of `slf`.
    guarded(decl, |py| unsafe { args::call(py, decl, Some(slf), values, n as usize, names) })
}

const ROW: usize = 16;
macro_rules! rows {
    ($entry:ident: $($row:literal)*) => { [$(rows!(@row $entry, $row)),*] };
    (@row $entry:ident, $row:literal) => {
        rows!(@cells $entry, $row, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
    (@cells $entry:ident, $row:literal, $($i:literal)*) => { [$($entry::<{ $row * ROW + $i }> as Entry),*] };
}
const ROWS: usize = 32;
static FUNCTIONS: [[Entry; ROW]; ROWS] =
    rows!(function: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);
static METHODS: [[Entry; ROW]; ROWS] =
    rows!(method: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);

fn entry(table: &'static [[Entry; ROW]; ROWS], at: usize) -> Entry {
    assert!(at < ROW * ROWS, "more operations than entry points: add rows");
    table[at / ROW][at % ROW]
}

/// A definition that lives as long as the process, as builtins need.
fn definition(name: &str, doc: &str, entry: Entry) -> *mut ffi::PyMethodDef {
    let leak = |s: &str| CString::new(s).expect("no NUL in names and documentation").into_raw().cast_const();
    Box::into_raw(Box::new(ffi::PyMethodDef {
        ml_name: leak(name),
        ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: entry },
        ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        ml_doc: leak(doc),
    }))
}

/// The submodule that `path` names (`random`), and the last part of it (`normal`).
fn home<'a, 'py>(m: &Bound<'py, PyModule>, path: &'a str) -> PyResult<(Bound<'py, PyModule>, &'a str)> {
    match path.rsplit_once('.') {
        Some((module, name)) => Ok((crate::submodule(m, module)?, name)),
        None => Ok((m.clone(), path)),
    }
}

/// Adds the function of `decl` under its name and aliases.
pub fn add_function(m: &Bound<'_, PyModule>, decl: &OpDecl, at: usize) -> PyResult<()> {
    let py = m.py();
    let (module, name) = home(m, decl.name)?;
    let def = definition(name, &text::docstring(decl, name, false), entry(&FUNCTIONS, at));
    let module_name: Bound<'_, PyString> = module.name()?;
    // SAFETY: the definition is leaked; the module and its name are alive, and the function holds its own references.
    let function =
        unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyCFunction_NewEx(def, module.as_ptr(), module_name.as_ptr()))? };
    module.add(name, &function)?;
    for alias in decl.aliases {
        let (module, name) = home(m, alias)?;
        module.add(name, &function)?;
    }
    Ok(())
}

/// Adds the method `name` of `decl` to `class`.
pub fn add_method(class: &Bound<'_, PyType>, name: &str, decl: &OpDecl, at: usize) -> PyResult<()> {
    let def = definition(name, &text::docstring(decl, name, true), entry(&METHODS, at));
    // SAFETY: the definition is leaked, the class is alive.
    let method = unsafe { Bound::from_owned_ptr_or_err(class.py(), ffi::PyDescr_NewMethod(class.as_type_ptr(), def))? };
    class.setattr(name, method)
}
