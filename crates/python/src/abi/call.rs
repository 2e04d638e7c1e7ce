//! Operations by name, streams, and the pool.

use super::arrays::error_of;
use super::handles::{arrays, dtype, giving, guarded, null, slice, text};
use crate::device::stream_of;
use millpond_abi as abi;
use millpond_core::array::Array;
use millpond_core::cpu::pool;
use millpond_core::dtype::c64;
use millpond_core::error::{Error, Result};
use millpond_core::ops::elementwise;
use millpond_core::registry::{self, Arg, Args, OpDecl, Output};
use millpond_core::scalar::{Program, Scalar};
use millpond_core::stream::Stream;
use pyo3::prelude::*;
use std::ffi::c_void;

/// The value in an argument.
///
/// # Safety
/// What it points to is alive and what its kind says.
pub unsafe fn value(argument: &abi::Argument) -> Result<Arg> {
    let (data, count) = (argument.data, argument.count);
    Ok(match argument.kind {
        abi::ARG_NONE => Arg::None,
        abi::ARG_BOOL => Arg::Scalar(Scalar::Bool(argument.integer != 0)),
        abi::ARG_INT => Arg::Scalar(Scalar::Int(argument.integer.into())),
        abi::ARG_FLOAT => Arg::Scalar(Scalar::Float(argument.real)),
        abi::ARG_COMPLEX => Arg::Scalar(Scalar::Complex(c64::new(argument.real as f32, argument.imaginary as f32))),
        // SAFETY: said above.
        abi::ARG_ARRAY => Arg::Array(unsafe { data.cast::<Array>().as_ref() }.ok_or_else(|| null("an array"))?.clone()),
        // SAFETY: said above.
        abi::ARG_ARRAYS => Arg::Arrays(unsafe { arrays(data.cast(), count)? }),
        // SAFETY: said above.
        abi::ARG_INTS => Arg::Ints(unsafe { slice(data.cast::<i64>(), count) }.to_vec()),
        abi::ARG_DTYPE => Arg::Dtype(dtype(u32::try_from(argument.integer).unwrap_or(u32::MAX))?),
        // SAFETY: said above.
        abi::ARG_TEXT => Arg::Str(unsafe { text(abi::Text { data: data.cast(), len: count })? }.to_owned()),
        other => return Err(Error::value(format!("[C API] there is no kind of argument number {other}"))),
    })
}

/// One value a parameter, from arguments by position and by name.
///
/// # Safety
/// As [`value`].
unsafe fn bind(decl: &OpDecl, arguments: &[abi::Argument]) -> Result<Vec<Arg>> {
    let params = decl.signature().params();
    let mut values: Vec<Option<Arg>> = vec![None; params.len()];
    for (at, argument) in arguments.iter().enumerate() {
        // SAFETY: said above.
        let (name, given) = unsafe { (text(argument.name)?, value(argument)?) };
        let place = if name.is_empty() { Some(at) } else { params.iter().position(|p| p.name == name) };
        let place = place.and_then(|p| values.get_mut(p));
        let place = place.ok_or_else(|| Error::dtype(format!("[{}] takes no argument {at} '{name}'", decl.name)))?;
        if place.replace(given).is_some() {
            return Err(Error::dtype(format!("[{}] argument '{name}' is given twice", decl.name)));
        }
    }
    let missing = |name: &str| Error::dtype(format!("[{}] argument '{name}' is missing", decl.name));
    params.iter().zip(values).map(|(p, v)| v.or_else(|| p.default.clone()).ok_or_else(|| missing(&p.name))).collect()
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn call(
    name: abi::Text,
    arguments: *const abi::Argument,
    argument_count: usize,
    outputs: *mut *mut abi::Array,
    capacity: usize,
    output_count: *mut usize,
) -> *mut abi::Error {
    // SAFETY: the caller's pointers are what the declaration says.
    unsafe {
        giving(outputs, capacity, output_count, || {
            let name = text(name)?;
            let decl = registry::find(name).ok_or_else(|| Error::value(format!("there is no operation called '{name}'")))?;
            let values = bind(decl, slice(arguments, argument_count))?;
            Ok(match (decl.call)(&Args { decl, values: &values })? {
                Output::Array(a) => vec![a],
                Output::Tuple(v) | Output::List(v) => v,
            })
        })
    }
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn scalar_function(
    name: abi::Text,
    program: abi::Text,
    inputs: *const *const abi::Array,
    input_count: usize,
    outputs: *mut *mut abi::Array,
    capacity: usize,
    output_count: *mut usize,
) -> *mut abi::Error {
    // SAFETY: the caller's pointers are what the declaration says.
    unsafe {
        giving(outputs, capacity, output_count, || {
            let program: Program = text(program)?.parse()?;
            elementwise::scalar_function(text(name)?, program, &arrays(inputs, input_count)?)
        })
    }
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn stream_current() -> usize {
    Stream::current().index()
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn stream_replace(stream: isize, previous: *mut isize) -> *mut abi::Error {
    guarded(|| {
        let stream = match usize::try_from(stream) {
            Err(_) => None,
            Ok(index) => {
                let found = Stream::all().get(index).copied();
                Some(found.ok_or_else(|| Error::value(format!("[C API] there is no stream number {index}")))?)
            }
        };
        let before = Stream::replace_current(stream).map_or(-1, |s| s.index() as isize);
        if !previous.is_null() {
            // SAFETY: it can be written.
            unsafe { *previous = before };
        }
        Ok(())
    })
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn stream_from_object(object: *mut c_void, out: *mut usize) -> *mut abi::Error {
    guarded(|| {
        Python::attach(|py| {
            // SAFETY: the object is alive and the caller holds Python's lock.
            let object = unsafe { Bound::from_borrowed_ptr_or_opt(py, object.cast()) };
            let object = object.ok_or_else(|| null("the object"))?;
            let stream = if object.is_none() { Stream::current() } else { stream_of(&object).map_err(|e| error_of(py, e))? };
            // SAFETY: `out` can be written.
            unsafe { *out = stream.index() };
            Ok(())
        })
    })
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn parallel(tasks: usize, context: *mut c_void, body: unsafe extern "C" fn(*mut c_void, usize)) {
    struct Shared(*mut c_void);
    // SAFETY: the caller says that the body may run on several threads at once.
    unsafe impl Sync for Shared {}
    let shared = Shared(context);
    let shared = &shared;
    // SAFETY: the body is called with its context, while the caller waits.
    pool::parallel(tasks, &|task| unsafe { body(shared.0, task) });
}
