//! Evaluation of trees, and what a process does about signals and its own end.

use crate::errors::OrRaise;
use crate::transforms::arrays_in;
use millpond_core::array::Array;
use millpond_core::graph;
use millpond_core::stream;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Computes all arrays in the arguments, which may be trees, and waits for them.
#[pyfunction]
#[pyo3(signature = (*args))]
fn eval(py: Python<'_>, args: &Bound<'_, PyTuple>) -> PyResult<()> {
    let arrays = arrays_in(args.as_any())?;
    if arrays.iter().all(Array::is_available) {
        return Ok(());
    }
    py.detach(|| graph::eval(&arrays)).or_raise()
}

/// Starts computing all arrays in the arguments, which may be trees, and returns at once.
#[pyfunction]
#[pyo3(signature = (*args))]
fn async_eval(py: Python<'_>, args: &Bound<'_, PyTuple>) -> PyResult<()> {
    let arrays = arrays_in(args.as_any())?;
    py.detach(|| graph::async_eval(&arrays)).or_raise()
}

/// The thread that Python runs signal handlers on.
static MAIN: AtomicUsize = AtomicUsize::new(0);

fn note_main_thread(py: Python<'_>) -> PyResult<()> {
    let ident: usize = py.import("threading")?.call_method0("main_thread")?.getattr("ident")?.extract()?;
    MAIN.store(ident, Ordering::Relaxed);
    Ok(())
}

/// Whether a signal handler has raised while this thread was waiting. Only the main thread runs handlers.
fn interrupted() -> bool {
    // SAFETY: asks the system for the thread's identity; needs no interpreter.
    if unsafe { ffi::PyThread_get_thread_ident() } as usize != MAIN.load(Ordering::Relaxed) {
        return false;
    }
    Python::try_attach(|py| match py.check_signals() {
        Ok(()) => false,
        Err(exception) => {
            crate::errors::carry_interrupt(exception);
            true
        }
    })
    .unwrap_or(false)
}

/// Lets work in flight finish before the interpreter goes away: it may read memory that Python objects own.
#[pyfunction]
fn _at_exit(py: Python<'_>) {
    // Failures stay with their arrays, which nobody will read; a second Ctrl-C ends the wait.
    let _ = py.detach(stream::synchronize);
}

/// Makes the main thread of a forked child known.
#[pyfunction]
fn _after_fork(py: Python<'_>) -> PyResult<()> {
    note_main_thread(py)
}

/// Adds the functions to the module and hooks into the process.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    m.add_function(wrap_pyfunction!(eval, m)?)?;
    m.add_function(wrap_pyfunction!(async_eval, m)?)?;
    note_main_thread(py)?;
    graph::set_interrupt_check(interrupted);
    py.import("atexit")?.call_method1("register", (wrap_pyfunction!(_at_exit, m)?,))?;
    if let Some(register) = py.import("os")?.getattr_opt("register_at_fork")? {
        let options = pyo3::types::PyDict::new(py);
        options.set_item("after_in_child", wrap_pyfunction!(_after_fork, m)?)?;
        register.call((), Some(&options))?;
    }
    Ok(())
}
