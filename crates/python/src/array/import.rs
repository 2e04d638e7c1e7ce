//! Values from memory of other libraries: the buffer protocol here, DLPack in `dlpack`. Copied or shared.

use crate::errors::{OrRaise, type_name};
use millpond_core::array::{Array, Value};
use millpond_core::dispatch_size;
use millpond_core::dtype::{Dtype, c64};
use millpond_core::ops::elementwise::astype;
use millpond_core::shape::{Layout, row_major};
use pyo3::exceptions::{PyMemoryError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyMemoryView, PyString};
use std::any::Any;
use std::ffi::CStr;
use std::ptr::NonNull;

/// Whether an imported array may share memory with the object it comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Share {
    /// Copy.
    Never,
    /// Share what its owner can't write.
    ReadOnly,
    /// Share where the layout allows, else copy.
    IfPossible,
    /// Share, or fail.
    Always,
}

/// Elements in somebody's memory. `complex128` is the one element type that is not a dtype.
pub struct Memory {
    /// Element (0, 0, …).
    pub ptr: *mut u8,
    /// The length of each axis.
    pub shape: Vec<usize>,
    /// Bytes between neighbours on each axis.
    pub strides: Vec<isize>,
    /// The element type; `None` for two doubles.
    pub dtype: Option<Dtype>,
    /// Whether the owner can't write either.
    pub readonly: bool,
}

impl Memory {
    fn itemsize(&self) -> usize {
        self.dtype.map_or(16, Dtype::size)
    }

    /// The layout in units of `size` bytes and the lowest address it reaches, if strides and address allow.
    fn layout(&self, size: usize) -> Option<(NonNull<u8>, Layout)> {
        let step = size as isize;
        if self.strides.iter().any(|s| s % step != 0) || !(self.ptr as usize).is_multiple_of(size.min(8)) {
            return None;
        }
        let strides: Vec<isize> = self.strides.iter().map(|s| s / step).collect();
        let empty = self.shape.contains(&0);
        let back: isize =
            strides.iter().zip(&self.shape).map(|(&s, &n)| if s < 0 && !empty { -s * (n as isize - 1) } else { 0 }).sum();
        let low = self.ptr.wrapping_offset(-back * step);
        let layout = Layout { shape: self.shape[..].into(), strides: strides[..].into(), offset: back as usize };
        NonNull::new(low).or(empty.then(NonNull::dangling)).map(|low| (low, layout))
    }

    /// An array over this memory or with a copy of it.
    ///
    /// # Safety
    /// The memory must be readable as described while `owner` is alive, and unchanged if it is shared.
    pub unsafe fn into_array(self, owner: Box<dyn Any + Send + Sync>, keep_f64: bool, share: Share) -> PyResult<Array> {
        let may_share = match share {
            Share::Never => false,
            Share::ReadOnly => self.readonly,
            Share::IfPossible | Share::Always => true,
        };
        let Some(dtype) = self.dtype else {
            return if share == Share::Always { Err(needs_copy("complex128 becomes complex64")) } else { self.narrow_complex() };
        };
        let narrow = dtype == Dtype::Float64 && !keep_f64 && share != Share::Always;
        let placed = self.layout(dtype.size());
        // A byte of somebody else's may be a bool that is neither 0 nor 1.
        let array = match placed {
            Some((low, layout)) if may_share && !narrow && dtype != Dtype::Bool => {
                // SAFETY: passed on to the caller; `low` and `layout` describe the same elements.
                Array::from_value(unsafe { Value::foreign(low, layout, dtype, owner) })
            }
            _ if share == Share::Always => return Err(needs_copy("its layout or dtype can't be shared")),
            _ => self.copy(dtype)?,
        };
        if narrow { astype(&array, Dtype::Float32).or_raise() } else { Ok(array) }
    }

    /// The elements in row-major order, each read with `read`.
    fn gather<T>(&self, read: impl Fn(*const u8) -> T) -> Vec<T> {
        let n = self.shape.iter().product();
        let mut out = Vec::with_capacity(n);
        let mut index = vec![0usize; self.shape.len()];
        let mut at = self.ptr.cast_const();
        for _ in 0..n {
            out.push(read(at));
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                at = at.wrapping_offset(self.strides[axis]);
                if index[axis] < self.shape[axis] {
                    break;
                }
                at = at.wrapping_offset(-self.strides[axis] * self.shape[axis] as isize);
                index[axis] = 0;
            }
        }
        out
    }

    fn copy(&self, dtype: Dtype) -> PyResult<Array> {
        if dtype == Dtype::Bool {
            // SAFETY: every position is readable by the caller's promise.
            let data = self.gather(|p| unsafe { p.read() } != 0);
            return Array::from_slice(&data, &self.shape).or_raise();
        }
        let array = dispatch_size!(dtype, T => {
            let n: usize = self.shape.iter().product();
            match self.layout(size_of::<T>()) {
                // SAFETY: `n` adjacent, aligned, readable elements, by the caller's promise.
                Some((_, l)) if n > 0 && l.is_contiguous() => Array::from_slice(
                    unsafe { std::slice::from_raw_parts(self.ptr.cast::<T>(), n) }, &self.shape),
                // SAFETY: every position is readable by the caller's promise.
                _ => Array::from_slice(&self.gather(|p| unsafe { p.cast::<T>().read_unaligned() }), &self.shape),
            }
        })
        .or_raise()?;
        retyped(&array, dtype)
    }

    fn narrow_complex(&self) -> PyResult<Array> {
        // SAFETY: every position is readable by the caller's promise.
        let data = self.gather(|p| {
            let [re, im] = unsafe { p.cast::<[f64; 2]>().read_unaligned() };
            c64::new(re as f32, im as f32)
        });
        debug_assert_eq!(self.itemsize(), 16);
        Array::from_slice(&data, &self.shape).or_raise()
    }
}

/// The same bits as elements of `dtype`, which has the same size.
fn retyped(array: &Array, dtype: Dtype) -> PyResult<Array> {
    let value = array.value().or_raise()?.retyped(dtype).or_raise()?;
    Ok(Array::from_value(value))
}

fn needs_copy(why: &str) -> PyErr {
    PyValueError::new_err(format!("a copy can't be avoided: {why}, but copy=False was given"))
}

/// The dtype of a buffer's format; `Some(None)` is `complex128`.
fn dtype_of_format(format: &CStr, itemsize: usize) -> Option<Option<Dtype>> {
    let text = format.to_str().ok()?;
    let swapped = if cfg!(target_endian = "little") { ['>', '!'] } else { ['<', '<'] };
    let (order, letters) = match text.chars().next()? {
        c @ ('@' | '=' | '<' | '>' | '!') => (c, &text[1..]),
        _ => ('@', text),
    };
    if swapped.contains(&order) && itemsize > 1 {
        return None;
    }
    Some(Some(match (letters, itemsize) {
        ("?", 1) => Dtype::Bool,
        ("B" | "c", 1) => Dtype::Uint8,
        ("b", 1) => Dtype::Int8,
        ("H", 2) => Dtype::Uint16,
        ("h", 2) => Dtype::Int16,
        ("I" | "L", 4) => Dtype::Uint32,
        ("i" | "l", 4) => Dtype::Int32,
        ("Q" | "L" | "N", 8) => Dtype::Uint64,
        ("q" | "l" | "n", 8) => Dtype::Int64,
        ("e", 2) => Dtype::Float16,
        ("f", 4) => Dtype::Float32,
        ("d", 8) => Dtype::Float64,
        ("Zf" | "F", 8) => Dtype::Complex64,
        ("Zd" | "D", 16) => return Some(None),
        _ => return None,
    }))
}

/// A buffer held open. (PyO3's own wrapper refuses those of 0-d arrays that have no shape.)
struct Buffer(Box<ffi::Py_buffer>);

impl Buffer {
    fn get(obj: &Bound<'_, PyAny>) -> PyResult<Buffer> {
        let mut view = Box::new(ffi::Py_buffer::new());
        // SAFETY: a live object and a view to fill.
        if unsafe { ffi::PyObject_GetBuffer(obj.as_ptr(), &mut *view, ffi::PyBUF_FULL_RO) } != 0 {
            return Err(PyErr::fetch(obj.py()));
        }
        Ok(Buffer(view))
    }

    fn format(&self) -> &CStr {
        // SAFETY: a format is a C string that lives as long as the view; none means bytes.
        if self.0.format.is_null() { c"B" } else { unsafe { CStr::from_ptr(self.0.format) } }
    }

    /// The elements, if their type and form have a meaning here.
    fn memory(&self) -> Option<Memory> {
        let view = &*self.0;
        let itemsize = usize::try_from(view.itemsize).ok()?;
        let ndim = if view.shape.is_null() { 0 } else { usize::try_from(view.ndim).ok()? };
        if !view.suboffsets.is_null() || (ndim != view.ndim as usize) {
            return None;
        }
        // SAFETY: where they are given, shape and strides have `ndim` numbers, by the protocol.
        let list = |p: *const ffi::Py_ssize_t| if ndim == 0 { &[][..] } else { unsafe { std::slice::from_raw_parts(p, ndim) } };
        let shape: Vec<usize> = list(view.shape).iter().map(|&n| n as usize).collect();
        let strides = if view.strides.is_null() {
            row_major(&shape).iter().map(|s| s * view.itemsize).collect()
        } else {
            list(view.strides).to_vec()
        };
        let dtype = dtype_of_format(self.format(), itemsize)?;
        Some(Memory { ptr: view.buf.cast(), shape, strides, dtype, readonly: view.readonly != 0 })
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: the view was filled by `PyObject_GetBuffer`; it is made and dropped with the interpreter attached.
        unsafe { ffi::PyBuffer_Release(&mut *self.0) };
    }
}

fn from_buffer(obj: &Bound<'_, PyAny>, keep_f64: bool, share: Share) -> PyResult<Array> {
    // The view keeps the buffer exported for as long as it lives, and may be dropped on any thread.
    let view = PyMemoryView::from(obj)?;
    let buffer = Buffer::get(&view)?;
    let memory = buffer.memory().ok_or_else(|| {
        let (format, size) = (buffer.format().to_string_lossy(), buffer.0.itemsize);
        PyValueError::new_err(format!("array(): elements of format '{format}' ({size} bytes) have no dtype here"))
    })?;
    // SAFETY: the view keeps the exporter's memory in place; the buffer protocol vouches for shape and strides.
    unsafe { memory.into_array(Box::new(view.unbind()), keep_f64, share) }
}

/// Any object with a method `__mlx_array__` that returns an `array`, which it stands for wherever arrays are taken.
#[pyclass(frozen, name = "ArrayLike", module = "millpond.core")]
pub struct ArrayLike;

/// The array that `obj` stands for by its method `__mlx_array__`: that very array, and not its elements.
pub fn array_like(obj: &Bound<'_, PyAny>) -> PyResult<Option<Array>> {
    let Some(method) = obj.get_type().getattr_opt(pyo3::intern!(obj.py(), "__mlx_array__"))? else { return Ok(None) };
    let given = method.call1((obj,))?;
    match super::instance(&given) {
        Some(array) => Ok(Some(array.get())),
        None => {
            let message = format!("__mlx_array__ of {} must return an array, not {}", type_name(obj), type_name(&given));
            Err(PyTypeError::new_err(message))
        }
    }
}

/// The array that `obj` holds, if it stands for one or has a buffer, DLPack or `__array__`. `float64` becomes `float32` unless
/// asked for.
pub fn foreign(obj: &Bound<'_, PyAny>, dtype: Option<Dtype>, share: Share) -> PyResult<Option<Array>> {
    let keep_f64 = dtype.is_some();
    if obj.is_instance_of::<PyString>() {
        return Ok(None);
    }
    if let Some(array) = array_like(obj)? {
        return Ok(Some(array));
    }
    if is_time(obj)? {
        return Err(PyValueError::new_err(format!("array(): a {} is no number: give its integers", type_name(obj))));
    }
    // SAFETY: `obj` is a live object.
    if unsafe { ffi::PyObject_CheckBuffer(obj.as_ptr()) } != 0 {
        return match from_buffer(obj, keep_f64, share) {
            Err(error) if error.is_instance_of::<PyMemoryError>(obj.py()) => Err(error),
            Err(error) => match bfloat16(obj, share)? {
                Some(array) => Ok(Some(array)),
                None => Err(PyValueError::new_err(format!("array(): cannot read the buffer of {}: {error}", type_name(obj)))),
            },
            Ok(array) => Ok(Some(array)),
        };
    }
    if let Some(array) = crate::dlpack::import(obj, keep_f64, share)? {
        return Ok(Some(array));
    }
    match obj.getattr_opt("__array__")? {
        Some(method) if !obj.is_instance_of::<pyo3::types::PyType>() => {
            let array = method.call0()?;
            from_buffer(&array, keep_f64, share).map(Some)
        }
        _ => Ok(None),
    }
}

/// Whether `obj` is one of numpy's dates or durations, whose buffers pass for bytes.
fn is_time(obj: &Bound<'_, PyAny>) -> PyResult<bool> {
    let Some(dtype) = obj.getattr_opt("dtype")? else { return Ok(false) };
    let kind = dtype.getattr_opt("kind")?;
    Ok(kind.is_some_and(|k| k.extract::<char>().is_ok_and(|k| matches!(k, 'm' | 'M'))))
}

/// A numpy array of `ml_dtypes.bfloat16`, which has no buffer of its own.
fn bfloat16(obj: &Bound<'_, PyAny>, share: Share) -> PyResult<Option<Array>> {
    let Some(dtype) = obj.getattr_opt("dtype")? else { return Ok(None) };
    if dtype.str()?.to_str()? != "bfloat16" {
        return Ok(None);
    }
    let bits = from_buffer(&obj.call_method1("view", ("uint16",))?, false, share)?;
    retyped(&bits, Dtype::Bfloat16).map(Some)
}
