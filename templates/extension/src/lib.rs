//! `my_extension`: operations of my own, for Python.

#![forbid(unsafe_code)]

mod operation;

use millpond::python::{attach, on};
use millpond::{Array, Stream};
use pyo3::prelude::*;

/// `(x + sqrt(x² + b)) / 2`, element by element: a smooth `maximum(x, 0)`.
#[pyfunction]
#[pyo3(signature = (x, b = 4.0, *, stream = None))]
fn squareplus(x: Array, b: f64, stream: Option<Stream>) -> PyResult<Array> {
    Ok(on(stream, || operation::squareplus(x, b))?)
}

#[pymodule]
fn my_extension(m: &Bound<'_, PyModule>) -> PyResult<()> {
    attach(m)?;
    m.add_function(wrap_pyfunction!(squareplus, m)?)
}
