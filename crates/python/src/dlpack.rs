//! DLPack, both ways: old and versioned capsules, without a copy where layouts allow.

use crate::array::{self, Memory, PyArray, Share};
use millpond_core::array::{Array, Value};
use millpond_core::dtype::Dtype;
use pyo3::exceptions::{PyBufferError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyType};
use std::ffi::{CStr, c_void};

const VERSIONED: &CStr = c"dltensor_versioned";
const PLAIN: &CStr = c"dltensor";
const CPU: i32 = 1;
const CUDA_HOST: i32 = 3;
const READ_ONLY: u64 = 1;
const COPIED: u64 = 2;

#[repr(C)]
#[derive(Clone, Copy)]
struct DlDevice {
    kind: i32,
    index: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct DlType {
    code: u8,
    bits: u8,
    lanes: u16,
}

#[repr(C)]
struct DlTensor {
    data: *mut c_void,
    device: DlDevice,
    ndim: i32,
    dtype: DlType,
    shape: *mut i64,
    strides: *mut i64,
    byte_offset: u64,
}

#[repr(C)]
struct Managed {
    tensor: DlTensor,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Managed)>,
}

#[repr(C)]
struct ManagedVersioned {
    version: [u32; 2],
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut ManagedVersioned)>,
    flags: u64,
    tensor: DlTensor,
}

fn dl_type(dtype: Dtype) -> DlType {
    let code = match dtype {
        Dtype::Bool => 6,
        Dtype::Bfloat16 => 4,
        Dtype::Complex64 => 5,
        d if d.is_float() => 2,
        d if d.is_unsigned_integer() => 1,
        _ => 0,
    };
    DlType { code, bits: 8 * dtype.size() as u8, lanes: 1 }
}

/// The dtype; `Some(None)` is `complex128`.
fn dtype_of(t: DlType) -> Option<Option<Dtype>> {
    if (t.code, t.bits, t.lanes) == (5, 128, 1) {
        return Some(None);
    }
    let same = |d: &Dtype| {
        let own = dl_type(*d);
        (own.code, own.bits, own.lanes) == (t.code, t.bits, t.lanes)
    };
    Dtype::ALL.into_iter().find(same).map(Some)
}

/// What a capsule of ours owns: the value, and the arrays that the tensor points to.
struct Export<M> {
    managed: M,
    _value: Value,
    _shape: Vec<i64>,
    _strides: Vec<i64>,
}

fn export<M>(value: Value, make: impl FnOnce(DlTensor) -> M) -> Box<Export<M>> {
    let layout = value.layout();
    let mut shape: Vec<i64> = layout.shape.iter().map(|&n| n as i64).collect();
    let mut strides: Vec<i64> = layout.strides.iter().map(|&s| s as i64).collect();
    let tensor = DlTensor {
        data: if value.size() == 0 { std::ptr::null_mut() } else { value.ptr().cast_mut().cast() },
        device: DlDevice { kind: CPU, index: 0 },
        ndim: shape.len() as i32,
        dtype: dl_type(value.dtype()),
        shape: shape.as_mut_ptr(),
        strides: strides.as_mut_ptr(),
        byte_offset: 0,
    };
    Box::new(Export { managed: make(tensor), _value: value, _shape: shape, _strides: strides })
}

/// Frees an export; the deleter in both kinds of tensor.
///
/// # Safety
/// `managed` is the first field of an `Export<M>` that was leaked for this purpose.
unsafe extern "C" fn delete<M>(managed: *mut M) {
    // SAFETY: `managed` is the first field of the `repr(Rust)` box's content only by offset, so step back by it.
    let export = unsafe { managed.cast::<u8>().sub(std::mem::offset_of!(Export<M>, managed)).cast::<Export<M>>() };
    // SAFETY: the box was leaked when the capsule was made, and the consumer calls this once.
    drop(unsafe { Box::from_raw(export) });
}

/// Frees a tensor that nobody consumed.
///
/// # Safety
/// Called by Python with a capsule made by [`capsule`].
unsafe extern "C" fn destroy(capsule: *mut ffi::PyObject) {
    // SAFETY: the capsule is alive during its destructor, and a name that still is ours means an unconsumed tensor of ours.
    unsafe {
        if ffi::PyCapsule_IsValid(capsule, PLAIN.as_ptr()) != 0 {
            delete(ffi::PyCapsule_GetPointer(capsule, PLAIN.as_ptr()).cast::<Managed>());
        } else if ffi::PyCapsule_IsValid(capsule, VERSIONED.as_ptr()) != 0 {
            delete(ffi::PyCapsule_GetPointer(capsule, VERSIONED.as_ptr()).cast::<ManagedVersioned>());
        }
    }
}

fn capsule<'py, M>(py: Python<'py>, export: Box<Export<M>>, name: &'static CStr) -> PyResult<Bound<'py, PyAny>> {
    let raw = Box::into_raw(export);
    // SAFETY: the pointer is non-null and lives until the destructor or the consumer frees it.
    unsafe {
        let capsule = ffi::PyCapsule_New((&raw mut (*raw).managed).cast(), name.as_ptr(), Some(destroy));
        if capsule.is_null() {
            drop(Box::from_raw(raw));
        }
        Bound::from_owned_ptr_or_err(py, capsule)
    }
}

#[pymethods]
impl PyArray {
    /// A DLPack capsule of the evaluated value; versioned (and marked read-only where it is) if `max_version` allows.
    #[pyo3(signature = (*, stream=None, max_version=None, dl_device=None, copy=None))]
    fn __dlpack__<'py>(
        &self,
        py: Python<'py>,
        stream: Option<&Bound<'py, PyAny>>,
        max_version: Option<(u32, u32)>,
        dl_device: Option<(i32, i32)>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        // The value is complete when this returns, so the consumer's stream has nothing to wait for.
        let _ = stream;
        if dl_device.is_some_and(|d| d != (CPU, 0)) {
            return Err(PyBufferError::new_err("arrays can be exported to the CPU, dl_device=(1, 0), only"));
        }
        let value = array::exportable(py, &self.get(), copy)?;
        let readonly = !value.lend();
        if max_version.is_some_and(|(major, _)| major >= 1) {
            let flags = if copy == Some(true) { COPIED } else { READ_ONLY * u64::from(readonly) };
            let make = |tensor| ManagedVersioned {
                version: [1, 0],
                context: std::ptr::null_mut(),
                deleter: Some(delete::<ManagedVersioned>),
                flags,
                tensor,
            };
            return capsule(py, export(value, make), VERSIONED);
        }
        let make = |tensor| Managed { tensor, context: std::ptr::null_mut(), deleter: Some(delete::<Managed>) };
        capsule(py, export(value, make), PLAIN)
    }

    /// `(1, 0)`: values are handed out in the CPU's memory.
    fn __dlpack_device__(&self) -> (i32, i32) {
        (CPU, 0)
    }
}

/// The array that `obj.__dlpack__()` gives; `None` if it has no such method.
pub fn import(obj: &Bound<'_, PyAny>, keep_f64: bool, share: Share) -> PyResult<Option<Array>> {
    if obj.is_instance_of::<PyType>() {
        return Ok(None);
    }
    let Some(method) = obj.getattr_opt("__dlpack__")? else { return Ok(None) };
    let py = obj.py();
    let options = PyDict::new(py);
    options.set_item("max_version", (1, 0))?;
    let capsule = match method.call((), Some(&options)) {
        Err(e) if e.is_instance_of::<PyTypeError>(py) => method.call0()?,
        other => other?,
    };
    let Ok(capsule) = capsule.cast_into::<PyCapsule>() else {
        return Err(PyTypeError::new_err("from_dlpack(): __dlpack__ did not return a capsule"));
    };
    // SAFETY: the names say what the pointers are, by the protocol; the capsule keeps the tensor alive while we look.
    let (tensor, readonly) = unsafe {
        if let Some(m) = pointer::<ManagedVersioned>(&capsule, VERSIONED) {
            if (*m).version[0] != 1 {
                let found = (*m).version[0];
                return Err(PyBufferError::new_err(format!("from_dlpack(): version {found} of DLPack is not supported")));
            }
            (&(*m).tensor, (*m).flags & READ_ONLY != 0)
        } else if let Some(m) = pointer::<Managed>(&capsule, PLAIN) {
            (&(*m).tensor, false)
        } else {
            return Err(PyValueError::new_err("from_dlpack(): the capsule holds no DLPack tensor, or one already consumed"));
        }
    };
    if tensor.device.kind != CPU && tensor.device.kind != CUDA_HOST {
        let message =
            format!("from_dlpack(): the tensor is on device ({}, {}), not the CPU", tensor.device.kind, tensor.device.index);
        return Err(PyBufferError::new_err(message));
    }
    let Some(dtype) = dtype_of(tensor.dtype) else {
        let DlType { code, bits, lanes } = tensor.dtype;
        let message = format!("from_dlpack(): elements of code {code}, {bits} bits and {lanes} lanes have no dtype here");
        return Err(PyBufferError::new_err(message));
    };
    let ndim = tensor.ndim as usize;
    let itemsize = i64::from(tensor.dtype.bits) / 8;
    let list = |p: *mut i64| -> Vec<i64> {
        // SAFETY: shape and strides point to `ndim` numbers, by the protocol; with `ndim` 0 they may be null.
        if ndim == 0 || p.is_null() { Vec::new() } else { unsafe { std::slice::from_raw_parts(p, ndim) }.to_vec() }
    };
    let shape: Vec<usize> = list(tensor.shape).iter().map(|&n| n as usize).collect();
    let strides: Vec<isize> = if tensor.strides.is_null() {
        millpond_core::shape::row_major(&shape).iter().map(|s| s * itemsize as isize).collect()
    } else {
        list(tensor.strides).iter().map(|s| (s * itemsize) as isize).collect()
    };
    let ptr = tensor.data.cast::<u8>().wrapping_add(tensor.byte_offset as usize);
    let memory = Memory { ptr, shape, strides, dtype, readonly };
    // The capsule stays unconsumed and owned by the array: its destructor frees the tensor, with the interpreter attached.
    let owner = Box::new(capsule.unbind());
    // SAFETY: the tensor's description holds while the capsule lives.
    unsafe { memory.into_array(owner, keep_f64, share) }.map(Some)
}

/// The pointer in a capsule of this name.
fn pointer<T>(capsule: &Bound<'_, PyCapsule>, name: &CStr) -> Option<*mut T> {
    // SAFETY: a live capsule; validity is asked before the pointer is taken.
    unsafe {
        if ffi::PyCapsule_IsValid(capsule.as_ptr(), name.as_ptr()) == 0 {
            return None;
        }
        Some(ffi::PyCapsule_GetPointer(capsule.as_ptr(), name.as_ptr()).cast())
    }
}
