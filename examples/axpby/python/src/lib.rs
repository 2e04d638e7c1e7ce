//! `millpond_axpby`: the operation for Python. Nothing of it is compiled into Millpond.

#![forbid(unsafe_code)]

#[path = "../../src/kernel.rs"]
mod kernel;
#[path = "../../src/kernel_gpu.rs"]
mod kernel_gpu;
#[path = "../../src/operation.rs"]
mod operation;
#[path = "../../src/primitive.rs"]
mod primitive;
#[path = "../../src/scalar.rs"]
mod scalar;

use millpond::python::{attach, on};
use millpond::{Array, Stream};
use primitive::Axpby;
use pyo3::prelude::*;

/// `alpha * x + beta * y`, broadcast together; integers are computed in `float32`.
#[pyfunction]
#[pyo3(signature = (x, y, alpha, beta, *, stream = None))]
fn axpby(x: Array, y: Array, alpha: f64, beta: f64, stream: Option<Stream>) -> PyResult<Array> {
    Ok(on(stream, || operation::axpby(x, y, alpha, beta))?)
}

/// The same as a scalar program, which fuses with the operations around it.
#[pyfunction]
#[pyo3(signature = (x, y, alpha, beta, *, stream = None))]
fn axpby_scalar(x: Array, y: Array, alpha: f64, beta: f64, stream: Option<Stream>) -> PyResult<Array> {
    Ok(on(stream, || scalar::axpby(x, y, alpha, beta))?)
}

#[pymodule]
fn millpond_axpby(m: &Bound<'_, PyModule>) -> PyResult<()> {
    attach(m)?;
    m.add_function(wrap_pyfunction!(axpby, m)?)?;
    m.add_function(wrap_pyfunction!(axpby_scalar, m)?)
}
