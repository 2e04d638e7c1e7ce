//! Printing: the core's text, and its options.

use millpond_core::array::Array;
use pyo3::prelude::*;

/// The text of an evaluated array.
pub fn text(array: &Array) -> PyResult<String> {
    Ok(format!("{array:?}"))
}

/// Adds the options to the module.
pub fn register(_m: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}
