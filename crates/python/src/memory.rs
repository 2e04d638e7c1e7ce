//! Memory counters and limits.

use crate::array::PyArray;
use crate::errors::OrRaise;
use crate::tree;
use millpond_core::gpu;
use millpond_core::memory::allocator;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// A number of bytes.
fn bytes(op: &str, limit: &Bound<'_, PyAny>) -> PyResult<usize> {
    limit.extract().map_err(|_| PyTypeError::new_err(format!("{op}(): argument 'limit' must be a non-negative int, not {limit}")))
}

/// Bytes that arrays hold.
#[pyfunction]
fn get_active_memory() -> usize {
    allocator::active_memory()
}

/// The highest active memory since the start or the last `reset_peak_memory()`.
#[pyfunction]
fn get_peak_memory() -> usize {
    allocator::peak_memory()
}

/// Bytes in freed blocks that are kept for reuse.
#[pyfunction]
fn get_cache_memory() -> usize {
    allocator::cache_memory()
}

/// Starts a new peak from what is active now.
#[pyfunction]
fn reset_peak_memory() {
    allocator::reset_peak_memory();
}

/// The most bytes that arrays may hold.
#[pyfunction]
fn get_memory_limit() -> usize {
    allocator::memory_limit()
}

/// Sets the most bytes that arrays may hold; going over raises MemoryError. Returns the previous limit.
#[pyfunction]
fn set_memory_limit(limit: &Bound<'_, PyAny>) -> PyResult<usize> {
    Ok(allocator::set_memory_limit(bytes("set_memory_limit", limit)?))
}

/// Sets the most bytes kept for reuse. Returns the previous limit.
#[pyfunction]
fn set_cache_limit(limit: &Bound<'_, PyAny>) -> PyResult<usize> {
    Ok(allocator::set_cache_limit(bytes("set_cache_limit", limit)?))
}

/// Sets the most bytes a GPU may keep wired. Returns the previous limit.
#[pyfunction]
fn set_wired_limit(limit: &Bound<'_, PyAny>) -> PyResult<usize> {
    Ok(allocator::set_wired_limit(bytes("set_wired_limit", limit)?))
}

/// Bytes of arrays copied between the memories of the CPU and of GPUs since the program started, by direction: `to_device` and
/// `to_host`. GPUs that share the CPU's memory copy none.
#[pyfunction]
fn get_transfers(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let gpu::Transfers { to_device, to_host } = gpu::transfers();
    let dict = PyDict::new(py);
    dict.set_item("to_device", to_device)?;
    dict.set_item("to_host", to_host)?;
    Ok(dict)
}

/// Gives cached blocks back to the system.
#[pyfunction]
fn clear_cache() {
    allocator::clear_cache();
}

/// The bytes of the buffers behind evaluated arrays, each buffer counted once; arguments may be trees.
#[pyfunction]
#[pyo3(signature = (*args))]
fn get_array_buffer_size(args: &Bound<'_, PyTuple>) -> PyResult<usize> {
    let mut seen = std::collections::HashSet::new();
    let mut total = 0;
    tree::visit(args.as_any(), &mut |leaf| {
        let Ok(array) = leaf.cast::<PyArray>() else { return Ok(()) };
        let array = array.get().get();
        if !array.is_available() {
            return Err(PyValueError::new_err("[get_array_buffer_size] arrays must be evaluated first"));
        }
        let value = array.value().or_raise()?;
        if seen.insert(value.storage_id()) {
            total += value.storage_bytes();
        }
        Ok(())
    })?;
    Ok(total)
}

/// Adds the functions to the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    register_former(m)?;
    m.add_function(wrap_pyfunction!(get_memory_limit, m)?)?;
    m.add_function(wrap_pyfunction!(get_transfers, m)?)?;
    m.add_function(wrap_pyfunction!(get_array_buffer_size, m)?)?;
    Ok(())
}

/// Adds those that were once functions of a backend, and that old programs look for there.
pub fn register_former(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(get_active_memory, m)?)?;
    m.add_function(wrap_pyfunction!(get_peak_memory, m)?)?;
    m.add_function(wrap_pyfunction!(get_cache_memory, m)?)?;
    m.add_function(wrap_pyfunction!(reset_peak_memory, m)?)?;
    m.add_function(wrap_pyfunction!(set_memory_limit, m)?)?;
    m.add_function(wrap_pyfunction!(set_cache_limit, m)?)?;
    m.add_function(wrap_pyfunction!(set_wired_limit, m)?)?;
    m.add_function(wrap_pyfunction!(clear_cache, m)?)
}
