//! Python objects as the values of parameters, by kind.

use crate::array::{PyArray, Share, array_like, asarray, instance, scalar};
use crate::device;
use crate::dtype;
use crate::errors::type_name;
use millpond_core::array::Array;
use millpond_core::registry::{Arg, Param, ParamKind};
use millpond_core::scalar::Scalar;
use millpond_core::stream::Stream;
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyString, PyTuple};

/// Where a value goes: for messages.
pub struct Place<'a> {
    /// The operation.
    pub op: &'static str,
    /// The parameter.
    pub param: &'a Param,
}

/// The stream that a `stream=` argument names; `None` is the current one.
pub fn stream(obj: &Bound<'_, PyAny>) -> PyResult<Option<Stream>> {
    if obj.is_none() { Ok(None) } else { device::stream_of(obj).map(Some) }
}

/// An integer: anything with `__index__` but truth values.
fn int(obj: &Bound<'_, PyAny>) -> PyResult<Option<i64>> {
    // SAFETY: a live object.
    let is_index = unsafe { ffi::PyIndex_Check(obj.as_ptr()) } != 0;
    if !is_index || obj.is_instance_of::<PyBool>() {
        return Ok(None);
    }
    obj.extract::<i64>().map(Some)
}

/// An integer, or an array of none axes that holds one; other arrays have `__index__` too, and aren't integers.
fn index(obj: &Bound<'_, PyAny>) -> PyResult<Option<i64>> {
    int(obj).or_else(|e| if e.is_instance_of::<PyTypeError>(obj.py()) { Ok(None) } else { Err(e) })
}

/// A sequence of integers (a list, a tuple, an array with one axis), or one integer.
pub fn ints(obj: &Bound<'_, PyAny>) -> PyResult<Option<Arg>> {
    let items = if let Ok(tuple) = obj.cast::<PyTuple>() {
        tuple.clone()
    } else if let Ok(list) = obj.cast::<PyList>() {
        list.to_tuple()
    } else if obj.is_instance_of::<PyString>() || obj.is_instance_of::<PyDict>() {
        return Ok(None);
    } else if let Some(i) = index(obj)? {
        return Ok(Some(Arg::Scalar(Scalar::Int(i.into()))));
    } else if obj.getattr_opt("__len__")?.is_none() {
        return Ok(None);
    } else {
        let Ok(items) = obj.try_iter() else { return Ok(None) };
        PyTuple::new(obj.py(), items.collect::<PyResult<Vec<_>>>()?)?
    };
    let mut out = Vec::with_capacity(items.len());
    for item in items.iter_borrowed() {
        match index(&item)? {
            Some(i) => out.push(i),
            None => return Ok(None),
        }
    }
    Ok(Some(Arg::Ints(out)))
}

/// One integer, or a list of integers and of lists of them: a list for each item.
fn lists(obj: &Bound<'_, PyAny>) -> PyResult<Option<Arg>> {
    if let Some(i) = int(obj)? {
        return Ok(Some(Arg::Scalar(Scalar::Int(i.into()))));
    }
    if !obj.is_instance_of::<PyList>() && !obj.is_instance_of::<PyTuple>() {
        return Ok(None);
    }
    let mut out = Vec::new();
    for item in obj.try_iter()? {
        match ints(&item?)? {
            Some(Arg::Ints(v)) => out.push(v),
            Some(Arg::Scalar(s)) => out.push(vec![s.to_int() as i64]),
            _ => return Ok(None),
        }
    }
    Ok(Some(Arg::Lists(out)))
}

impl Place<'_> {
    fn wrong(&self, obj: &Bound<'_, PyAny>) -> PyErr {
        let Place { op, param } = self;
        let (name, takes, got) = (&param.name, param.kind.python(), type_name(obj));
        PyTypeError::new_err(format!("{op}(): argument '{name}' must be {takes}, not {got}"))
    }

    fn array(&self, obj: &Bound<'_, PyAny>) -> PyResult<Option<Array>> {
        if let Some(a) = instance(obj) {
            return Ok(Some(a.get()));
        }
        if let Some(s) = scalar(obj)? {
            return Ok(Some(Array::scalar(s, s.dtype())));
        }
        self.foreign(obj)
    }

    fn foreign(&self, obj: &Bound<'_, PyAny>) -> PyResult<Option<Array>> {
        let refused = obj.is_none()
            || obj.is_instance_of::<PyList>()
            || obj.is_instance_of::<PyTuple>()
            || obj.is_instance_of::<PyString>();
        if refused {
            return Ok(None);
        }
        match asarray(obj, None, Share::Never) {
            Ok(a) => Ok(Some(a)),
            Err(e) if e.is_instance_of::<PyValueError>(obj.py()) => Ok(None),
            Err(e) => Err(e),
        }
    }

    fn operand(&self, obj: &Bound<'_, PyAny>, foreign: impl FnOnce()) -> PyResult<Arg> {
        if let Some(a) = instance(obj) {
            return Ok(Arg::Array(a.get()));
        }
        if let Some(s) = scalar(obj)? {
            return Ok(Arg::Scalar(s));
        }
        if let Some(a) = array_like(obj)? {
            return Ok(Arg::Array(a));
        }
        match self.array(obj)? {
            Some(a) => {
                if !obj.is_instance_of::<PyArray>() {
                    foreign();
                }
                Ok(Arg::Array(a))
            }
            None if obj.is_instance_of::<PyList>() || obj.is_instance_of::<PyTuple>() || obj.is_instance_of::<PyString>() => {
                let message = format!(
                    "{}(): argument '{}' must be {}, not {}: make an array of it first",
                    self.op,
                    self.param.name,
                    self.param.kind.python(),
                    type_name(obj)
                );
                Err(PyValueError::new_err(message))
            }
            None => Err(self.wrong(obj)),
        }
    }

    fn arrays(&self, obj: &Bound<'_, PyAny>) -> PyResult<Option<Vec<Array>>> {
        if obj.is_instance_of::<PyString>() || obj.is_instance_of::<PyDict>() {
            return Ok(None);
        }
        let Ok(items) = obj.try_iter() else { return Ok(None) };
        let mut out = Vec::new();
        for item in items {
            let item = item?;
            match item.cast::<PyArray>() {
                Ok(a) => out.push(a.get().get()),
                Err(_) if scalar(&item)?.is_some() => return Ok(None),
                Err(_) => match self.foreign(&item)? {
                    Some(a) => out.push(a),
                    None => return Ok(None),
                },
            }
        }
        Ok(Some(out))
    }

    /// The value for a parameter that takes the remaining positional arguments.
    pub fn starred(&self, rest: &[Borrowed<'_, '_, PyAny>]) -> PyResult<Arg> {
        if self.param.kind != ParamKind::Varargs {
            let mut out = Vec::with_capacity(rest.len());
            for obj in rest {
                out.push(index(obj)?.ok_or_else(|| self.wrong(obj))?);
            }
            let absent = out.is_empty() && self.param.default.is_some();
            return Ok(if absent { Arg::None } else { Arg::Ints(out) });
        }
        let one_list = match rest {
            [one] if one.is_instance_of::<PyList>() || one.is_instance_of::<PyTuple>() => Some(one),
            _ => None,
        };
        if let Some(list) = one_list {
            return self.arrays(list)?.map(Arg::Arrays).ok_or_else(|| self.wrong(list));
        }
        let arrays = rest.iter().map(|obj| self.array(obj)?.ok_or_else(|| self.wrong(obj)));
        Ok(Arg::Arrays(arrays.collect::<PyResult<_>>()?))
    }

    /// The value of `obj` for this parameter; tells `foreign` when it is an array of another library.
    #[inline]
    pub fn convert(&self, obj: &Bound<'_, PyAny>, foreign: impl FnOnce()) -> PyResult<Arg> {
        self.value(obj, foreign).map_err(|e| self.named(obj.py(), e))
    }

    /// Says for which argument an integer is too large.
    #[cold]
    fn named(&self, py: Python<'_>, error: PyErr) -> PyErr {
        if !error.is_instance_of::<PyOverflowError>(py) {
            return error;
        }
        PyOverflowError::new_err(format!("{}(): argument '{}': {}", self.op, self.param.name, error.value(py)))
    }

    fn value(&self, obj: &Bound<'_, PyAny>, foreign: impl FnOnce()) -> PyResult<Arg> {
        use ParamKind::*;
        let kind = self.param.kind;
        if matches!(kind, Operand | OptOperand) && !obj.is_none() {
            return self.operand(obj, foreign);
        }
        let optional =
            matches!(kind, Axes | Axis | OptInt | OptInts | OptShape | OptFloat | OptNumber | OptDtype | OptArray | OptOperand);
        if obj.is_none()
            && (optional || matches!(self.param.default, Some(Arg::None)) || (kind == Dtype && self.param.default.is_some()))
        {
            return Ok(match (&self.param.default, kind) {
                // `dtype=None` where the default is a dtype means that dtype.
                (Some(default @ Arg::Dtype(_)), _) => default.clone(),
                _ => Arg::None,
            });
        }
        let value = match kind {
            Operand => None,
            Array | OptArray => self.array(obj)?.map(Arg::Array),
            Arrays => self.arrays(obj)?.map(Arg::Arrays),
            Axes | Ints | OptInts | Shape | OptShape => ints(obj)?,
            Pairs => pairs(obj)?,
            AxisPairs => lists(obj)?,
            Axis | Int | OptInt => index(obj)?.map(|i| Arg::Scalar(Scalar::Int(i.into()))),
            Number | OptNumber => self.number(obj)?.map(Arg::Scalar),
            Seed => obj.extract::<u64>().ok().map(|seed| Arg::Scalar(Scalar::Int(seed.into()))),
            Float | OptFloat => self.float(obj)?.map(|f| Arg::Scalar(Scalar::Float(f))),
            Bool => truth(obj)?.map(|b| Arg::Scalar(Scalar::Bool(b))),
            Order if obj.is_instance_of::<PyArray>() => self.float(obj)?.map(|f| Arg::Scalar(Scalar::Float(f))),
            Dtype | OptDtype => dtype::extract(obj).map(Arg::Dtype),
            Str => obj.cast::<PyString>().ok().map(|s| s.to_cow()).transpose()?.map(|s| Arg::Str(s.into_owned())),
            _ => self.any(obj)?,
        };
        value.ok_or_else(|| self.wrong(obj))
    }

    /// A number, of Python or of another library, or in an array; an integer stays one.
    fn number(&self, obj: &Bound<'_, PyAny>) -> PyResult<Option<Scalar>> {
        if let Some(s) = scalar(obj)? {
            return Ok(Some(s));
        }
        match index(obj)? {
            Some(i) => Ok(Some(Scalar::Int(i.into()))),
            None => Ok(self.float(obj)?.map(Scalar::Float)),
        }
    }

    fn float(&self, obj: &Bound<'_, PyAny>) -> PyResult<Option<f64>> {
        if let Some(s) = scalar(obj)? {
            return Ok(if matches!(s, Scalar::Complex(_)) { None } else { Some(s.to_f64()) });
        }
        let has_float = !obj.is_instance_of::<PyString>() && obj.getattr_opt("__float__")?.is_some();
        if !has_float {
            return Ok(None);
        }
        // Arrays have `__float__`, and may hold more than a number.
        obj.extract().map(Some).or_else(|e: PyErr| if e.is_instance_of::<PyTypeError>(obj.py()) { Ok(None) } else { Err(e) })
    }

    /// The value by what the object is, for kinds that take several things.
    fn any(&self, obj: &Bound<'_, PyAny>) -> PyResult<Option<Arg>> {
        if obj.is_none() {
            return Ok(Some(Arg::None));
        }
        if let Some(s) = scalar(obj)? {
            return Ok(Some(Arg::Scalar(s)));
        }
        if let Ok(s) = obj.cast::<PyString>() {
            return Ok(Some(Arg::Str(s.to_cow()?.into_owned())));
        }
        if let Some(d) = dtype::extract(obj) {
            return Ok(Some(Arg::Dtype(d)));
        }
        if let Some(a) = instance(obj) {
            return Ok(Some(Arg::Array(a.get())));
        }
        if let Some(ints) = ints(obj)? {
            return Ok(Some(ints));
        }
        match self.arrays(obj)? {
            Some(arrays) => Ok(Some(Arg::Arrays(arrays))),
            None => Ok(self.array(obj)?.map(Arg::Array)),
        }
    }
}

/// Integers, or sequences of integers one behind the other.
fn pairs(obj: &Bound<'_, PyAny>) -> PyResult<Option<Arg>> {
    if let Some(flat) = ints(obj)? {
        return Ok(Some(flat));
    }
    let mut out = Vec::new();
    let Ok(items) = obj.try_iter() else { return Ok(None) };
    for item in items {
        match ints(&item?)? {
            Some(Arg::Ints(pair)) => out.extend(pair),
            _ => return Ok(None),
        }
    }
    Ok(Some(Arg::Ints(out)))
}

fn truth(obj: &Bound<'_, PyAny>) -> PyResult<Option<bool>> {
    if let Ok(b) = obj.cast::<PyBool>() {
        return Ok(Some(b.is_true()));
    }
    let number = int(obj)?.is_some() || matches!(type_name(obj).as_str(), "bool" | "bool_");
    if number { obj.is_truthy().map(Some) } else { Ok(None) }
}
