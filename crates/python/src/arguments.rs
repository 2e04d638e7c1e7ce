//! The arguments of a call of a Python function: a tuple of those by position, and a dict of those by name.

use crate::array::wrap;
use crate::transforms::arrays_in;
use crate::tree::Template;
use millpond_core::array::Array;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// The arrays in the arguments, those by position first.
pub fn arrays_among(args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Vec<Array>> {
    let mut arrays = arrays_in(args.as_any())?;
    if let Some(kwargs) = kwargs {
        arrays.extend(arrays_in(kwargs.as_any())?);
    }
    Ok(arrays)
}

/// Arguments with their arrays taken out.
pub struct Arguments {
    /// Those by position.
    pub args: Template,
    kwargs: Option<Template>,
}

impl Arguments {
    /// The form of these.
    pub fn of(args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Arguments> {
        let kwargs = kwargs.map(|k| Template::of(k.as_any())).transpose()?;
        Ok(Arguments { args: Template::of(args.as_any())?, kwargs })
    }

    /// The arguments by name, with the next of `arrays` in the place of each array.
    pub fn named<'py>(&self, py: Python<'py>, arrays: &mut dyn Iterator<Item = Array>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some(kwargs) = &self.kwargs else { return Ok(None) };
        Ok(Some(kwargs.fill(py, &mut arrays.map(|a| wrap(py, a)))?.cast_into()?))
    }

    /// All arguments, with the next of `arrays` in the place of each array.
    pub fn fill<'py>(
        &self,
        py: Python<'py>,
        arrays: &mut dyn Iterator<Item = Array>,
    ) -> PyResult<(Bound<'py, PyTuple>, Option<Bound<'py, PyDict>>)> {
        let args = self.args.fill(py, &mut arrays.map(|a| wrap(py, a)))?.cast_into()?;
        Ok((args, self.named(py, arrays)?))
    }
}
