//! Arrays, values, and what a kernel is given.

use super::handles::{give, guarded, null, slice, take};
use crate::array::{array_from, wrap};
use crate::errors::carry;
use millpond_abi as abi;
use millpond_core::array::{Array, Value};
use millpond_core::dtype::Dtype;
use millpond_core::error::{Error, Kind, Result};
use millpond_core::graph::CpuCall;
use millpond_core::shape::checked_size;
use pyo3::exceptions::{PyIndexError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use std::ffi::c_void;
use std::ptr;

/// The array behind a handle.
///
/// # Safety
/// `handle` is null or a live handle.
unsafe fn array<'a>(handle: *const abi::Array) -> Result<&'a Array> {
    // SAFETY: said above.
    unsafe { handle.cast::<Array>().as_ref() }.ok_or_else(|| null("an array"))
}

pub(super) fn spec_of(shape: &[usize], dtype: Dtype) -> abi::Spec {
    abi::Spec { dtype: dtype as u32, ndim: shape.len(), shape: shape.as_ptr() }
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn retain(handle: *const abi::Array) -> *mut abi::Array {
    // SAFETY: the caller gives a live handle.
    unsafe { array(handle) }.map_or(ptr::null_mut(), |a| give(a.clone()))
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn release(handle: *mut abi::Array) {
    if !handle.is_null() {
        // SAFETY: the caller gives a handle it uses no more.
        drop(unsafe { take::<Array, _>(handle) });
    }
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn spec(handle: *const abi::Array) -> abi::Spec {
    // SAFETY: the caller gives a live handle.
    let array = unsafe { &*handle.cast::<Array>() };
    spec_of(array.shape(), array.dtype())
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn from_data(data: *const c_void, spec: abi::Spec, out: *mut *mut abi::Array) -> *mut abi::Error {
    guarded(|| {
        // SAFETY: `out` can be written; the shape has `ndim` lengths.
        let shape = unsafe {
            *out = ptr::null_mut();
            slice(spec.shape, spec.ndim)
        };
        let dtype = super::handles::dtype(spec.dtype)?;
        let size = checked_size("array", shape)?;
        if data.is_null() && size > 0 {
            return Err(null("the elements"));
        }
        let array = if dtype == Dtype::Bool {
            // SAFETY: the caller gives as many bytes as the shape has elements; few bytes are a `bool`.
            let truths: Vec<bool> = unsafe { slice(data.cast::<u8>(), size) }.iter().map(|&byte| byte != 0).collect();
            Array::from_slice(&truths, shape)?
        } else {
            millpond_core::dispatch!(dtype, T => {
                // SAFETY: the caller gives as many elements as the shape has.
                Array::from_slice::<T>(unsafe { slice(data.cast(), size) }, shape)
            })?
        };
        // SAFETY: as above.
        unsafe { *out = give(array) };
        Ok(())
    })
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn value(handle: *const abi::Array, out: *mut *mut abi::Value) -> *mut abi::Error {
    guarded(|| {
        // SAFETY: `out` can be written, the handle is live.
        unsafe {
            *out = ptr::null_mut();
            *out = give(array(handle)?.value()?.clone());
        }
        Ok(())
    })
}

/// A Python exception as an error of the core.
pub(super) fn error_of(py: Python<'_>, exception: PyErr) -> Error {
    let kind = if exception.is_instance_of::<PyTypeError>(py) {
        Kind::Type
    } else if exception.is_instance_of::<PyValueError>(py) {
        Kind::Value
    } else if exception.is_instance_of::<PyIndexError>(py) {
        Kind::Index
    } else {
        Kind::Runtime
    };
    let message = exception.value(py).to_string();
    drop(carry(kind, exception));
    Error::new(kind, message)
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn from_object(object: *mut c_void, out: *mut *mut abi::Array) -> *mut abi::Error {
    guarded(|| {
        Python::attach(|py| {
            // SAFETY: `out` can be written; the object is alive and the caller holds Python's lock.
            let object = unsafe {
                *out = ptr::null_mut();
                Bound::from_borrowed_ptr_or_opt(py, object.cast())
            };
            let object = object.ok_or_else(|| null("the object"))?;
            let array = array_from(&object, None).map_err(|e| error_of(py, e))?;
            // SAFETY: as above.
            unsafe { *out = give(array) };
            Ok(())
        })
    })
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn to_object(handle: *const abi::Array, out: *mut *mut c_void) -> *mut abi::Error {
    guarded(|| {
        Python::attach(|py| {
            // SAFETY: `out` can be written, the handle is live.
            unsafe {
                *out = ptr::null_mut();
                *out = wrap(py, array(handle)?.clone()).map_err(|e| error_of(py, e))?.into_ptr().cast();
            }
            Ok(())
        })
    })
}

/// The call behind the pointer a kernel was given, and that it has such an input or output.
///
/// # Safety
/// `call` is what the core gave to the kernel that is running.
unsafe fn running<'a>(call: *mut abi::CpuCall, index: usize, output: bool) -> Result<&'a mut CpuCall<'a>> {
    // SAFETY: said above; the kernel is the only one to use it.
    let call = unsafe { call.cast::<CpuCall>().as_mut() }.ok_or_else(|| null("the call"))?;
    let (count, what) = if output { (call.output_count(), "outputs") } else { (call.inputs().len(), "inputs") };
    if index >= count {
        return Err(Error::index(format!("[{}] the kernel asks for number {index} of {count} {what}", call.name())));
    }
    Ok(call)
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn cpu_input(call: *mut abi::CpuCall, index: usize, out: *mut *mut abi::Value) -> *mut abi::Error {
    guarded(|| {
        // SAFETY: `out` can be written; called by the kernel.
        unsafe {
            *out = ptr::null_mut();
            *out = give(running(call, index, false)?.input(index).clone());
        }
        Ok(())
    })
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn cpu_input_count(call: *mut abi::CpuCall) -> usize {
    // SAFETY: called by the kernel.
    unsafe { call.cast::<CpuCall>().as_ref() }.map_or(0, |c| c.inputs().len())
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn cpu_output_count(call: *mut abi::CpuCall) -> usize {
    // SAFETY: called by the kernel.
    unsafe { call.cast::<CpuCall>().as_ref() }.map_or(0, CpuCall::output_count)
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn cpu_output_spec(call: *mut abi::CpuCall, index: usize, out: *mut abi::Spec) -> *mut abi::Error {
    guarded(|| {
        // SAFETY: `out` can be written; called by the kernel.
        unsafe {
            let call = running(call, index, true)?;
            *out = spec_of(call.output_shape(index), call.output_dtype(index));
        }
        Ok(())
    })
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn cpu_output(call: *mut abi::CpuCall, index: usize, out: *mut abi::View) -> *mut abi::Error {
    guarded(|| {
        // SAFETY: called by the kernel.
        let call = unsafe { running(call, index, true)? };
        let data = call.output_ptr(index)?.cast();
        let spec = spec_of(call.output_shape(index), call.output_dtype(index));
        // SAFETY: `out` can be written.
        unsafe { *out = abi::View { data, spec, strides: ptr::null() } };
        Ok(())
    })
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn cpu_donate(call: *mut abi::CpuCall, input: usize, output: usize) -> u8 {
    // SAFETY: called by the kernel.
    let there = unsafe { running(call, input, false).is_ok() && running(call, output, true).is_ok() };
    // SAFETY: as above.
    u8::from(there && unsafe { running(call, output, true) }.is_ok_and(|c| c.donate(input, output)))
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn value_view(value: *const abi::Value) -> abi::View {
    // SAFETY: the caller gives a live handle.
    let value = unsafe { &*value.cast::<Value>() };
    abi::View {
        data: value.ptr().cast_mut().cast(),
        spec: spec_of(value.shape(), value.dtype()),
        strides: value.layout().strides.as_ptr(),
    }
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn value_contiguous(value: *const abi::Value, out: *mut *mut abi::Value) -> *mut abi::Error {
    guarded(|| {
        // SAFETY: `out` can be written, the handle is live.
        unsafe {
            *out = ptr::null_mut();
            *out = give((*value.cast::<Value>()).contiguous()?);
        }
        Ok(())
    })
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn value_release(value: *mut abi::Value) {
    if !value.is_null() {
        // SAFETY: the caller gives a handle it uses no more.
        drop(unsafe { take::<Value, _>(value) });
    }
}
