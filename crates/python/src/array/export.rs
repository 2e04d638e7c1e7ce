//! Values handed to other libraries: the buffer protocol and `__array__`. The export holds the storage, so that it is neither
//! freed nor reused for another result. Who has one may write to it, and the array changes, as in MLX; where that can't be it is
//! read-only.

use super::{PyArray, evaluate};
use crate::errors::OrRaise;
use millpond_core::array::{Array, Value};
use millpond_core::dtype::Dtype;
use pyo3::exceptions::{PyBufferError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyMemoryView;
use std::ffi::{CStr, c_int};

/// The evaluated value in a layout that consumers take (no negative strides); row-major and fresh if `copy`.
pub fn exportable(py: Python<'_>, array: &Array, copy: Option<bool>) -> PyResult<Value> {
    evaluate(py, array)?;
    let value = array.value().or_raise()?;
    // Some consumers take no negative strides, and a constant that is stored once looks to all like an array that can't be written.
    let odd = value.layout().strides.iter().any(|&s| s < 0) || is_splat(value);
    match copy {
        Some(false) if odd => Err(PyBufferError::new_err("a flipped or constant array can't be exported without a copy")),
        Some(true) => value.copied().or_raise(),
        _ if odd => value.copied().or_raise(),
        _ => Ok(value.clone()),
    }
}

/// Whether one stored element stands for all.
fn is_splat(value: &Value) -> bool {
    value.size() > 1 && value.layout().strides.iter().all(|&s| s == 0)
}

/// The letter of the buffer protocol for a dtype; there is none for `bfloat16`.
fn format(dtype: Dtype) -> Option<&'static CStr> {
    Some(match dtype {
        Dtype::Bool => c"?",
        Dtype::Uint8 => c"B",
        Dtype::Uint16 => c"H",
        Dtype::Uint32 => c"I",
        Dtype::Uint64 => c"Q",
        Dtype::Int8 => c"b",
        Dtype::Int16 => c"h",
        Dtype::Int32 => c"i",
        Dtype::Int64 => c"q",
        Dtype::Float16 => c"e",
        Dtype::Bfloat16 => return None,
        Dtype::Float32 => c"f",
        Dtype::Float64 => c"d",
        Dtype::Complex64 => c"Zf",
    })
}

/// What a buffer view points to.
struct View {
    value: Value,
    shape: Vec<isize>,
    strides: Vec<isize>,
    readonly: bool,
}

impl View {
    fn new(py: Python<'_>, array: &Array, flags: c_int) -> PyResult<View> {
        if flags & ffi::PyBUF_FORMAT == ffi::PyBUF_FORMAT && format(array.dtype()).is_none() {
            return Err(PyBufferError::new_err("bfloat16 has no buffer format: use astype, view or DLPack"));
        }
        evaluate(py, array)?;
        let value = array.value().or_raise()?;
        let asked = |flag| flags & flag == flag;
        let contiguous_only = !asked(ffi::PyBUF_STRIDES) || asked(ffi::PyBUF_C_CONTIGUOUS);
        let own = value.storage_id();
        let value = match contiguous_only {
            _ if is_splat(value) => value.copied().or_raise()?,
            true => value.contiguous().or_raise()?,
            false => value.clone(),
        };
        let readonly = value.storage_id() != own || !value.lend();
        if readonly && asked(ffi::PyBUF_WRITABLE) {
            let which = "constants, broadcasts, truth values, other libraries, and strided arrays where it must be contiguous";
            return Err(PyBufferError::new_err(format!("the memory of {which} is read-only: copy the array to write to it")));
        }
        let size = value.dtype().size() as isize;
        let shape = value.shape().iter().map(|&n| n as isize).collect();
        let strides = value.layout().strides.iter().map(|&s| s * size).collect();
        Ok(View { value, shape, strides, readonly })
    }
}

#[pymethods]
impl PyArray {
    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        let export = Box::new(View::new(slf.py(), &slf.get().get(), flags)?);
        let dtype = export.value.dtype();
        let asked = |flag| flags & flag == flag;
        // SAFETY: Python passes a view to fill; all it points to is owned by the box until `__releasebuffer__`.
        unsafe {
            (*view).buf = export.value.ptr().cast_mut().cast();
            (*view).len = (export.value.size() * dtype.size()) as isize;
            (*view).readonly = c_int::from(export.readonly);
            (*view).itemsize = dtype.size() as isize;
            (*view).format = if asked(ffi::PyBUF_FORMAT) {
                format(dtype).map_or(std::ptr::null_mut(), |f| f.as_ptr().cast_mut())
            } else {
                std::ptr::null_mut()
            };
            (*view).ndim = export.shape.len() as c_int;
            (*view).shape = if asked(ffi::PyBUF_ND) { export.shape.as_ptr().cast_mut() } else { std::ptr::null_mut() };
            (*view).strides = if asked(ffi::PyBUF_STRIDES) { export.strides.as_ptr().cast_mut() } else { std::ptr::null_mut() };
            (*view).suboffsets = std::ptr::null_mut();
            (*view).internal = Box::into_raw(export).cast();
            (*view).obj = slf.into_any().into_ptr();
        }
        Ok(())
    }

    unsafe fn __releasebuffer__(&self, view: *mut ffi::Py_buffer) {
        // SAFETY: `internal` is the box that `__getbuffer__` leaked into this view, released once.
        drop(unsafe { Box::from_raw((*view).internal.cast::<View>()) });
    }

    /// A numpy array of the value: the same memory where `copy` is not asked for and the dtype stays.
    #[pyo3(signature = (dtype=None, copy=None))]
    fn __array__<'py>(
        slf: &Bound<'py, Self>,
        dtype: Option<&Bound<'py, PyAny>>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let numpy = py.import("numpy")?;
        let array = slf.get().get();
        let mut converted = false;
        let mut result = if array.dtype() == Dtype::Bfloat16 {
            match py.import("ml_dtypes") {
                Ok(extra) => {
                    let bits = exportable(py, &array, None)?.retyped(Dtype::Uint16).or_raise()?;
                    let bits = Bound::new(py, PyArray::from(Array::from_value(bits)))?;
                    numpy.call_method1("asarray", (bits,))?.call_method1("view", (extra.getattr("bfloat16")?,))?
                }
                Err(_) => {
                    converted = true;
                    let wide = millpond_core::ops::elementwise::astype(&array, Dtype::Float32).or_raise()?;
                    numpy.call_method1("asarray", (Bound::new(py, PyArray::from(wide))?,))?
                }
            }
        } else {
            numpy.call_method1("asarray", (PyMemoryView::from(slf.as_any())?,))?
        };
        if let Some(dtype) = dtype
            && !dtype.is_none()
        {
            let dtype = numpy.call_method1("dtype", (dtype,))?;
            if !result.getattr("dtype")?.eq(&dtype)? {
                converted = true;
                result = result.call_method1("astype", (dtype,))?;
            }
        }
        match copy {
            Some(false) if converted => Err(PyValueError::new_err("a copy can't be avoided to change the dtype")),
            Some(true) if !converted => result.call_method0("copy"),
            _ => Ok(result),
        }
    }

    /// This module, whose functions follow the array API.
    #[pyo3(signature = (api_version=None))]
    fn __array_namespace__<'py>(&self, py: Python<'py>, api_version: Option<&str>) -> PyResult<Bound<'py, PyModule>> {
        if let Some(version) = api_version
            && !["2021.12", "2022.12", "2023.12", "2024.12"].contains(&version)
        {
            return Err(PyValueError::new_err(format!("version '{version}' of the array API is not supported")));
        }
        py.import("millpond.core")
    }
}
