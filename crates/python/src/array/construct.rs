//! Arrays from Python objects: numbers, nested lists, arrays of other libraries.

use super::import::{self, Share};
use super::{instance, scalar, wrap};
use crate::errors::{OrRaise, type_name};
use millpond_core::array::Array;
use millpond_core::dtype::{Dtype, Element};
use millpond_core::ops::elementwise::astype;
use millpond_core::registry::{self, Arg, Output};
use millpond_core::scalar::Scalar;
use millpond_core::{dispatch, shape::show};
use pyo3::exceptions::{PyException, PyMemoryError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

/// What `array(obj, dtype)` makes: a copy of all that `obj` holds.
pub fn array_from(obj: &Bound<'_, PyAny>, dtype: Option<Dtype>) -> PyResult<Array> {
    build(obj, dtype, Share::Never)
}

/// [`array_from`], sharing memory with `obj` as `share` says.
pub fn asarray(obj: &Bound<'_, PyAny>, dtype: Option<Dtype>, share: Share) -> PyResult<Array> {
    build(obj, dtype, share)
}

/// The array that `obj` makes, `None` if it makes none. That memory is exhausted, or somebody has interrupted, is an error still.
pub fn if_array(obj: &Bound<'_, PyAny>) -> PyResult<Option<Array>> {
    let refused = |e: &PyErr| e.is_instance_of::<PyException>(obj.py()) && !e.is_instance_of::<PyMemoryError>(obj.py());
    match asarray(obj, None, Share::Never) {
        Err(e) if refused(&e) => Ok(None),
        made => made.map(Some),
    }
}

fn build(obj: &Bound<'_, PyAny>, dtype: Option<Dtype>, share: Share) -> PyResult<Array> {
    let never_copy = share == Share::Always;
    if let Some(array) = instance(obj) {
        let array = array.get();
        return match dtype {
            Some(d) if d != array.dtype() && never_copy => Err(unavoidable()),
            Some(d) => astype(&array, d).or_raise(),
            None => Ok(array),
        };
    }
    let is_list = obj.is_instance_of::<PyList>() || obj.is_instance_of::<PyTuple>();
    if let Some(value) = scalar(obj)? {
        return if never_copy { Err(unavoidable()) } else { Ok(Array::scalar(value, dtype.unwrap_or(value.dtype()))) };
    }
    if is_list {
        return if never_copy { Err(unavoidable()) } else { from_nested(obj, dtype) };
    }
    if let Some(array) = import::foreign(obj, dtype, share)? {
        return match dtype {
            Some(d) if d != array.dtype() && never_copy => Err(unavoidable()),
            Some(d) => astype(&array, d).or_raise(),
            None => Ok(array),
        };
    }
    let message = format!(
        "array(): argument 'val' must be scalar | list | tuple | array or an object with a buffer or DLPack, not {}",
        type_name(obj)
    );
    Err(if obj.is_none() { PyTypeError::new_err(message) } else { PyValueError::new_err(message) })
}

fn unavoidable() -> PyErr {
    PyValueError::new_err("[asarray] a copy can't be avoided to make this array, but copy=False was given")
}

/// A nested list being read: the lengths seen at each depth and the numbers in order.
#[derive(Default)]
struct Nested {
    shape: Vec<usize>,
    /// The depth at which numbers are found, once one has been.
    depth: Option<usize>,
    scalars: Vec<Scalar>,
    /// The dtype that all numbers so far promote to.
    dtype: Option<Dtype>,
}

/// Whether a list holds only numbers, or arrays too.
enum Content {
    Numbers,
    Arrays,
}

impl Nested {
    fn read(&mut self, obj: &Bound<'_, PyAny>, depth: usize) -> PyResult<Content> {
        if let Ok(list) = obj.cast::<PyList>() {
            return self.read_items(list.len(), list.iter(), depth);
        }
        if let Ok(tuple) = obj.cast::<PyTuple>() {
            return self.read_items(tuple.len(), tuple.iter(), depth);
        }
        let value = match scalar(obj)? {
            Some(value) => {
                self.promote(value.dtype());
                value
            }
            None if instance(obj).is_some() => return Ok(Content::Arrays),
            None => match import::foreign(obj, None, Share::Never)? {
                Some(array) if array.ndim() == 0 => {
                    self.promote(array.dtype());
                    array.item_scalar().or_raise()?
                }
                Some(_) => return Ok(Content::Arrays),
                None => {
                    let message = format!("array(): lists may hold numbers and arrays, not {}", type_name(obj));
                    return Err(PyValueError::new_err(message));
                }
            },
        };
        if *self.depth.get_or_insert(depth) != depth || self.shape.len() > depth {
            return Err(ragged());
        }
        self.scalars.push(value);
        Ok(Content::Numbers)
    }

    fn promote(&mut self, dtype: Dtype) {
        self.dtype = Some(self.dtype.map_or(dtype, |d| d.promote(dtype)));
    }

    fn read_items<'py>(&mut self, n: usize, items: impl Iterator<Item = Bound<'py, PyAny>>, depth: usize) -> PyResult<Content> {
        match self.shape.get(depth) {
            None if self.depth.is_some() => return Err(ragged()),
            None if depth >= MAX_DEPTH => return Err(PyValueError::new_err("array(): the list is nested too deeply")),
            None => self.shape.push(n),
            Some(&expected) if expected != n => return Err(ragged()),
            Some(_) => {}
        }
        for item in items {
            if let Content::Arrays = self.read(&item, depth + 1)? {
                return Ok(Content::Arrays);
            }
        }
        Ok(Content::Numbers)
    }
}

/// As deep as numpy goes.
const MAX_DEPTH: usize = 64;

fn ragged() -> PyErr {
    PyValueError::new_err("array(): the nested list is ragged: lists at one depth differ in length or in what they hold")
}

fn from_nested(obj: &Bound<'_, PyAny>, dtype: Option<Dtype>) -> PyResult<Array> {
    let mut nested = Nested::default();
    match nested.read(obj, 0)? {
        Content::Arrays => stacked(obj, dtype),
        Content::Numbers => {
            let dtype = dtype.or(nested.dtype).unwrap_or(Dtype::Float32);
            dispatch!(dtype, T => {
                let data: Vec<T> = nested.scalars.iter().map(|&s| T::from_scalar(s)).collect();
                Array::from_slice(&data, &nested.shape).or_raise()
            })
        }
    }
}

/// A list with arrays in it, stacked so that gradients flow to them.
fn stacked(obj: &Bound<'_, PyAny>, dtype: Option<Dtype>) -> PyResult<Array> {
    let mut parts = Vec::new();
    for item in obj.try_iter()? {
        parts.push(array_from(&item?, None)?);
    }
    if let Some(other) = parts.iter().find(|p| p.shape() != parts[0].shape()) {
        let (a, b) = (show(parts[0].shape()), show(other.shape()));
        return Err(PyValueError::new_err(format!("array(): the list holds arrays of different shapes {a} and {b}")));
    }
    let common = dtype.or_else(|| parts.iter().map(Array::dtype).reduce(Dtype::promote)).unwrap_or(Dtype::Float32);
    let parts = parts.iter().map(|p| astype(p, common)).collect::<Result<Vec<_>, _>>().or_raise()?;
    match registry::call("stack", &[Arg::Arrays(parts), Arg::Scalar(Scalar::Int(0))]).or_raise()? {
        Output::Array(a) => Ok(a),
        _ => unreachable!("stack returns one array"),
    }
}

/// An array with the values of `a`: `a` itself if it is an array, and sharing its memory where that is safe.
///
/// With `copy=True` always a copy; with `copy=False` never: `a`'s memory is shared and its dtype kept, or ValueError raised.
/// The owner must then leave the memory unchanged. By default memory is shared when it is read-only.
#[pyfunction]
#[pyo3(name = "asarray", signature = (a, dtype=None, *, copy=None))]
pub fn asarray_py<'py>(
    py: Python<'py>,
    a: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    copy: Option<bool>,
) -> PyResult<Bound<'py, PyAny>> {
    let dtype = crate::dtype::argument("asarray", dtype)?;
    let share = match copy {
        Some(true) => Share::Never,
        Some(false) => Share::Always,
        None => Share::ReadOnly,
    };
    wrap(py, asarray(a, dtype, share)?)
}

/// An array from any object with `__dlpack__`, sharing its memory where the layout allows unless `copy=True`.
///
/// With `copy=False` a copy is never made: ValueError if it would be needed.
#[pyfunction]
#[pyo3(name = "from_dlpack", signature = (x, /, *, copy=None))]
pub fn from_dlpack_py<'py>(py: Python<'py>, x: &Bound<'py, PyAny>, copy: Option<bool>) -> PyResult<Bound<'py, PyAny>> {
    if let Some(array) = instance(x) {
        return wrap(py, array.get());
    }
    let share = match copy {
        Some(true) => Share::Never,
        Some(false) => Share::Always,
        None => Share::IfPossible,
    };
    let array = crate::dlpack::import(x, false, share)?.ok_or_else(|| {
        PyTypeError::new_err(format!("from_dlpack(): argument 'x' must be an object with __dlpack__, not {}", type_name(x)))
    })?;
    wrap(py, array)
}
