//! `millpond_probe`: primitives that fail where they are told to, and one for each of the ways to compute.

#![forbid(unsafe_code)]

mod probe;
mod ways;

use millpond::python::{attach, on};
use millpond::{Array, Stream};
use pyo3::prelude::*;

/// `2 x`, by a primitive whose callback `fails` returns an error, or panics with `panics`.
#[pyfunction(name = "probe")]
#[pyo3(signature = (x, fails = "", panics = false, *, stream = None))]
fn probe_(x: Array, fails: &str, panics: bool, stream: Option<Stream>) -> PyResult<Array> {
    Ok(on(stream, || Array::apply(probe::Probe::new(fails, panics), &[x]))?)
}

/// How many primitives of [`probe_`] are alive.
#[pyfunction]
fn alive() -> isize {
    probe::alive()
}

/// `x`, by a primitive that has a CPU kernel and nothing else.
#[pyfunction]
#[pyo3(signature = (x, *, stream = None))]
fn bare(x: Array, stream: Option<Stream>) -> PyResult<Array> {
    Ok(on(stream, || Array::apply(ways::Bare, &[x]))?)
}

/// `2 x`, by a primitive that has a scalar program and no kernel.
#[pyfunction]
#[pyo3(signature = (x, *, stream = None))]
fn doubled(x: Array, stream: Option<Stream>) -> PyResult<Array> {
    Ok(on(stream, || Array::apply(ways::Doubled, &[x]))?)
}

/// `x` with its last axis reversed, by a primitive that gives a view, or what `wrong` says.
#[pyfunction]
#[pyo3(signature = (x, wrong = "", *, stream = None))]
fn mirrored(x: Array, wrong: &str, stream: Option<Stream>) -> PyResult<Array> {
    Ok(on(stream, || Array::apply(ways::Mirrored { wrong: wrong.to_owned() }, &[x]))?)
}

#[pymodule]
fn millpond_probe(m: &Bound<'_, PyModule>) -> PyResult<()> {
    attach(m)?;
    m.add_function(wrap_pyfunction!(probe_, m)?)?;
    m.add_function(wrap_pyfunction!(alive, m)?)?;
    m.add_function(wrap_pyfunction!(bare, m)?)?;
    m.add_function(wrap_pyfunction!(doubled, m)?)?;
    m.add_function(wrap_pyfunction!(mirrored, m)?)
}
