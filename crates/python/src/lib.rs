//! `millpond.core`: the core as a Python module.
//!
//! This crate holds no semantics of arrays: it turns Python objects into the core's values and back. Operations are bound from
//! their declarations (`bind`), the `array` class is in `array`, and everything that waits releases the interpreter.

mod abi;
mod arguments;
mod array;
mod bind;
mod compiled;
mod custom;
mod device;
mod dlpack;
mod dtype;
mod einsum;
mod errors;
mod eval;
mod memory;
mod namespace;
mod print;
mod random;
mod standin;
mod timeline;
mod transforms;
mod tree;
mod wgsl;

// Linking a backend is what makes its devices known.
#[cfg(feature = "wgpu")]
use millpond_wgpu as _;
use pyo3::prelude::*;

/// The submodule `name` of `m`, importable as `millpond.core.name`; made at the first call.
fn submodule<'py>(m: &Bound<'py, PyModule>, name: &str) -> PyResult<Bound<'py, PyModule>> {
    if let Some(found) = m.getattr_opt(name)? {
        return Ok(found.cast_into::<PyModule>()?);
    }
    let py = m.py();
    let full = format!("{}.{name}", m.name()?);
    let module = PyModule::new(py, &full)?;
    py.import("sys")?.getattr("modules")?.set_item(&full, &module)?;
    m.add(name, &module)?;
    Ok(module)
}

/// Whether there is such a backend here: there is not.
#[pyfunction]
fn is_available() -> bool {
    false
}

/// What is known about the backend's device: nothing, for there is none.
#[pyfunction]
fn device_info(py: Python<'_>) -> Bound<'_, pyo3::types::PyDict> {
    pyo3::types::PyDict::new(py)
}

/// Arrays, operations, streams and transforms.
#[pymodule]
#[pyo3(name = "core")]
fn millpond_core_module(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    m.setattr("__name__", "millpond.core")?;
    for name in ["random", "linalg", "fft", "fast"] {
        submodule(m, name)?;
    }
    for name in ["metal", "cuda"] {
        let module = submodule(m, name)?;
        module.add_function(wrap_pyfunction!(is_available, &module)?)?;
        module.add_function(wrap_pyfunction!(device_info, &module)?)?;
    }
    memory::register_former(&submodule(m, "metal")?)?;
    dtype::register(m)?;
    device::register(m)?;
    array::register(m)?;
    bind::register(m)?;
    eval::register(m)?;
    memory::register(m)?;
    transforms::register(m)?;
    compiled::register(m)?;
    custom::register(m)?;
    einsum::register(m)?;
    timeline::register(m)?;
    print::register(m)?;
    namespace::register(m)?;
    abi::register(m)?;
    random::register(&submodule(m, "random")?)?;
    wgsl::register(m, &submodule(m, "fast")?)?;
    // Files are read and written in Python.
    let files = py.import("millpond.files")?;
    for name in ["load", "save", "save_safetensors", "savez", "savez_compressed"] {
        m.add(name, files.getattr(name)?)?;
    }
    m.add("newaxis", py.None())?;
    m.add("pi", std::f64::consts::PI)?;
    m.add("e", std::f64::consts::E)?;
    m.add("euler_gamma", 0.577_215_664_901_532_9)?;
    m.add("inf", f64::INFINITY)?;
    m.add("nan", f64::NAN)?;
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    Ok(())
}
