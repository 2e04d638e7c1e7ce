//! Parsing the arguments of a call by the declared signature.

use super::convert::{self, Place};
use super::output;
use super::text::takes_star;
use crate::array::instance;
use crate::errors::OrRaise;
use millpond_core::error::Result as CoreResult;
use millpond_core::ops::elementwise::astype;
use millpond_core::registry::{Arg, Args, OpDecl, Output, Param, ParamKind};
use millpond_core::stream::Stream;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use smallvec::SmallVec;

type Objects<'a, 'py> = SmallVec<[Option<Borrowed<'a, 'py, PyAny>>; 8]>;
type Values = SmallVec<[Arg; 4]>;

/// Calls `decl` with C arguments.
///
/// # Safety
/// `values` points to `n` live objects and one more for each name in the tuple `names`, which may be null; `slf` is live if given.
#[inline]
pub unsafe fn call<'py>(
    py: Python<'py>,
    decl: &'static OpDecl,
    slf: Option<*mut ffi::PyObject>,
    values: *const *mut ffi::PyObject,
    n: usize,
    names: *mut ffi::PyObject,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the caller's promise; a null `values` comes only with `n` 0 and no names.
    let (positional, named) = unsafe {
        let named = if names.is_null() { 0 } else { ffi::PyTuple_Size(names) as usize };
        let all: &[*mut ffi::PyObject] = if n + named == 0 { &[] } else { std::slice::from_raw_parts(values, n + named) };
        all.split_at(n)
    };
    let params = decl.signature().params();
    // The commonest calls: arrays and numbers for all that is needed, by position.
    if named.is_empty()
        && let Some(values) = quick(py, params, slf, positional)
    {
        return output(py, run(decl, &values, None).or_raise()?);
    }
    let call = Call { decl, params, method: slf.is_some() };
    let mut objects: Objects<'_, 'py> = SmallVec::from_elem(None, params.len());
    let mut stream = None;
    // SAFETY: live objects, for the whole call.
    let borrow = |p: &*mut ffi::PyObject| unsafe { Borrowed::from_ptr(py, *p) };
    let first = slf.iter().map(borrow);
    let given: SmallVec<[Borrowed<'_, 'py, PyAny>; 8]> = first.chain(positional.iter().map(borrow)).collect();
    let rest = call.place(&given, &mut objects, &mut stream)?;
    if !named.is_empty() {
        // SAFETY: `names` is a live tuple, for there are named values.
        let names = unsafe { Borrowed::from_ptr(py, names) };
        // SAFETY: as above.
        let names = unsafe { names.cast_unchecked::<PyTuple>() };
        for (name, value) in names.iter_borrowed().zip(named.iter().map(borrow)) {
            call.name(&name.cast::<PyString>()?.to_cow()?, value, &mut objects, &mut stream)?;
        }
    }
    let (values, foreign) = call.convert(&objects, rest)?;
    let values = weaken(params, values, foreign).or_raise()?;
    let stream = stream.map(|s| convert::stream(&s)).transpose()?.flatten();
    output(py, run(decl, &values, stream).or_raise()?)
}

/// The values of a call whose every given argument is an array or a float where one of these is wanted.
#[inline]
fn quick(py: Python<'_>, params: &[Param], slf: Option<*mut ffi::PyObject>, positional: &[*mut ffi::PyObject]) -> Option<Values> {
    let given = positional.len() + usize::from(slf.is_some());
    if given > params.len() {
        return None;
    }
    let mut values = Values::new();
    for (param, &object) in params.iter().zip(slf.iter().chain(positional)) {
        // SAFETY: a live object, by the promise of `call`.
        let object = unsafe { Borrowed::from_ptr(py, object) };
        let is_operand = param.kind == ParamKind::Operand;
        if param.keyword_only || !(is_operand || param.kind == ParamKind::Array) {
            return None;
        }
        // SAFETY: a live object; its value is read only if it is exactly a float.
        let float = || {
            unsafe { ffi::PyFloat_CheckExact(object.as_ptr()) != 0 }.then(|| unsafe { ffi::PyFloat_AsDouble(object.as_ptr()) })
        };
        values.push(match instance(&object) {
            Some(a) => Arg::Array(a.get()),
            None if is_operand => Arg::Scalar(float()?.into()),
            None => return None,
        });
    }
    for param in &params[given..] {
        values.push(param.default.clone()?);
    }
    Some(values)
}

#[inline]
fn run(decl: &'static OpDecl, values: &[Arg], stream: Option<Stream>) -> CoreResult<Output> {
    let args = Args { decl, values };
    match stream {
        None => (decl.call)(&args),
        Some(stream) => stream.run(|| (decl.call)(&args)),
    }
}

/// Calls an operation of two operands, for operators.
#[inline]
pub fn call_operands(decl: &'static OpDecl, a: Arg, b: Arg) -> CoreResult<Output> {
    run(decl, &[a, b], None)
}

/// numpy arrays and scalars beside one of our arrays yield to it as Python numbers do: they take its dtype.
fn weaken(params: &[Param], mut values: Values, foreign: u64) -> CoreResult<Values> {
    if foreign == 0 {
        return Ok(values);
    }
    let is_operand = |i: usize| matches!(params[i].kind, ParamKind::Operand | ParamKind::OptOperand);
    let own = values.iter().enumerate().find_map(|(i, v)| match v {
        Arg::Array(a) if is_operand(i) && foreign & (1 << i) == 0 => Some(a.dtype()),
        _ => None,
    });
    if let Some(dtype) = own {
        for (i, v) in values.iter_mut().enumerate().filter(|(i, _)| foreign & (1 << i) != 0 && is_operand(*i)) {
            if let Arg::Array(a) = v {
                debug_assert!(i < 64);
                *v = Arg::Array(astype(a, dtype)?);
            }
        }
    }
    Ok(values)
}

/// A call being parsed.
struct Call<'a> {
    decl: &'static OpDecl,
    params: &'a [Param],
    method: bool,
}

impl Call<'_> {
    /// Puts positional arguments in their places; returns those for a starred parameter.
    fn place<'a, 'py, 'g>(
        &self,
        given: &'g [Borrowed<'a, 'py, PyAny>],
        objects: &mut Objects<'a, 'py>,
        stream: &mut Option<Borrowed<'a, 'py, PyAny>>,
    ) -> PyResult<Option<&'g [Borrowed<'a, 'py, PyAny>]>> {
        let star = match self.params.iter().position(|p| p.kind == ParamKind::Varargs) {
            None if self.method && takes_star(self.decl) && given.len() != 2 => Some(1),
            other => other,
        };
        let places = self.params.iter().take_while(|p| !p.keyword_only).count();
        for (i, &value) in given.iter().enumerate() {
            if star.is_some_and(|s| i >= s) {
                break;
            }
            if i < places {
                objects[i] = Some(value);
            } else if i == places && convert::stream(&value).is_ok() {
                *stream = Some(value);
            } else {
                let (takes, got) = (places - usize::from(self.method), given.len() - usize::from(self.method));
                let message = format!("{}() takes at most {takes} positional arguments, but {got} were given", self.decl.name);
                return Err(PyTypeError::new_err(message));
            }
        }
        Ok(star.filter(|&s| s < given.len() || self.params[s].kind == ParamKind::Varargs).map(|s| given.get(s..).unwrap_or(&[])))
    }

    /// Puts a named argument in its place.
    fn name<'a, 'py>(
        &self,
        name: &str,
        value: Borrowed<'a, 'py, PyAny>,
        objects: &mut Objects<'a, 'py>,
        stream: &mut Option<Borrowed<'a, 'py, PyAny>>,
    ) -> PyResult<()> {
        let op = self.decl.name;
        // The array API's name for it, which `std` and `var` have beside numpy's.
        let name = if name == "correction" && matches!(op, "std" | "var") { "ddof" } else { name };
        if name == "stream" {
            *stream = Some(value);
            return Ok(());
        }
        let skip = usize::from(self.method);
        let Some(i) = self.params.iter().skip(skip).position(|p| p.name == name).map(|i| i + skip) else {
            let known = self.params.iter().skip(skip).filter(|p| !p.positional_only).map(|p| p.name.as_str());
            let known: Vec<&str> = known.chain(["stream"]).collect();
            let message = format!("{op}() has no parameter '{name}'; by name it takes: {}", known.join(", "));
            return Err(PyTypeError::new_err(message));
        };
        if self.params[i].positional_only && !self.method {
            return Err(PyTypeError::new_err(format!("{op}() takes '{name}' by position only")));
        }
        if objects[i].is_some() {
            return Err(PyTypeError::new_err(format!("{op}() got two values for '{name}'")));
        }
        objects[i] = Some(value);
        Ok(())
    }

    /// The values of all parameters, and which of them came from arrays of other libraries.
    fn convert<'a, 'py>(&self, objects: &Objects<'a, 'py>, rest: Option<&[Borrowed<'a, 'py, PyAny>]>) -> PyResult<(Values, u64)> {
        let mut values = Values::with_capacity(self.params.len());
        let mut foreign = 0;
        for (i, param) in self.params.iter().enumerate() {
            let place = Place { op: self.decl.name, param };
            let starred = param.kind == ParamKind::Varargs || (i == 1 && self.method && takes_star(self.decl));
            values.push(match (&objects[i], rest, &param.default) {
                (_, Some(rest), _) if starred => place.starred(rest)?,
                (Some(object), _, _) => place.convert(object, || foreign |= 1 << i)?,
                (None, _, Some(default)) => default.clone(),
                // `a.reshape()` is the 0-d array.
                (None, _, None) if starred => Arg::Ints(Vec::new()),
                (None, _, None) => {
                    let message = format!("{}() misses the argument '{}', {}", place.op, param.name, param.kind.python());
                    return Err(PyTypeError::new_err(message));
                }
            });
        }
        Ok((values, foreign))
    }
}
