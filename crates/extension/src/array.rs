//! Arrays and values: handles of the core's.

pub use crate::spec::Spec;

use crate::call::{Arg, call, collect};
use crate::callbacks;
use crate::dtype::{Dtype, Element};
use crate::error::{Error, Result};
use crate::primitive::Handle;
use crate::scalar::Scalar;
use crate::shape::{Layout, Strides, row_major, show};
use crate::table::{api, check};
use millpond_abi as abi;
use smallvec::SmallVec;
use std::ptr::{self, NonNull};
use std::sync::Arc;

/// An n-dimensional array whose value is computed when it is first needed.
#[repr(transparent)]
pub struct Array(NonNull<abi::Array>);

// SAFETY: the core's arrays may be used from any thread.
unsafe impl Send for Array {}
// SAFETY: as above.
unsafe impl Sync for Array {}

impl Clone for Array {
    fn clone(&self) -> Array {
        // SAFETY: the handle is ours.
        Array(NonNull::new(unsafe { (api().array_retain)(self.raw()) }).expect("a live array has another handle"))
    }
}

impl Drop for Array {
    fn drop(&mut self) {
        // SAFETY: the handle is ours and used no more.
        unsafe { (api().array_release)(self.0.as_ptr()) }
    }
}

impl std::fmt::Debug for Array {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "array(shape={}, dtype={})", show(self.shape()), self.dtype())
    }
}

/// The dtype with the core's number `number`.
pub(crate) fn dtype(number: u32) -> Dtype {
    Dtype::ALL.get(number as usize).copied().expect("the core's dtypes are those of its major version")
}

/// # Safety
/// The pointers in `spec` outlive `'a`.
pub(crate) unsafe fn shape<'a>(spec: abi::Spec) -> &'a [usize] {
    // SAFETY: said above.
    if spec.ndim == 0 { &[] } else { unsafe { std::slice::from_raw_parts(spec.shape, spec.ndim) } }
}

impl Array {
    /// The array of a handle, which is its from here on.
    pub(crate) fn own(handle: *mut abi::Array) -> Array {
        Array(NonNull::new(handle).expect("a result without an error is an array"))
    }

    /// The array of a handle that somebody else owns.
    ///
    /// # Safety
    /// The handle is live.
    pub(crate) unsafe fn borrow(handle: *const abi::Array) -> Option<Array> {
        // SAFETY: said above.
        if handle.is_null() { None } else { Some(Array::own(unsafe { (api().array_retain)(handle) })) }
    }

    pub(crate) fn raw(&self) -> *const abi::Array {
        self.0.as_ptr()
    }

    /// The handle, which is the caller's from here on.
    pub(crate) fn into_raw(self) -> *mut abi::Array {
        std::mem::ManuallyDrop::new(self).0.as_ptr()
    }

    /// An array of `shape` holding `data` in row-major order.
    ///
    /// # Errors
    /// When `data` does not have as many elements as `shape`, or memory is exhausted.
    pub fn from_slice<T: Element>(data: &[T], shape: &[usize]) -> Result<Array> {
        if crate::shape::checked_size("array", shape)? != data.len() {
            return Err(Error::value(format!("[array] {} elements do not fill the shape {}", data.len(), show(shape))));
        }
        let spec = abi::Spec { dtype: T::DTYPE as u32, ndim: shape.len(), shape: shape.as_ptr() };
        let mut out = ptr::null_mut();
        // SAFETY: data and shape live during the call and are as long as said.
        check(unsafe { (api().array_from_data)(data.as_ptr().cast(), spec, &mut out) })?;
        Ok(Array::own(out))
    }

    /// A 0-d array of `dtype` holding `value`, converted as `astype` does.
    ///
    /// # Panics
    /// When memory is exhausted.
    pub fn scalar(value: impl Into<Scalar>, dtype: Dtype) -> Array {
        let value = value.into();
        let made = crate::dispatch!(dtype, T => Array::from_slice(&[T::from_scalar(value)], &[]));
        made.unwrap_or_else(|e| panic!("{e}"))
    }

    /// An array of `shape` that shows one constant everywhere and stores it once.
    ///
    /// # Panics
    /// When memory is exhausted.
    pub fn splat(value: impl Into<Scalar>, shape: &[usize], dtype: Dtype) -> Array {
        crate::ops::view::broadcast_to(&Array::scalar(value, dtype), shape).unwrap_or_else(|e| panic!("{e}"))
    }

    /// Applies `primitive` to `inputs` on the current stream: the outputs, not computed yet.
    ///
    /// # Errors
    /// What the primitive's shape rule says of these inputs.
    pub fn from_primitive(primitive: impl Into<Handle>, inputs: &[Array]) -> Result<SmallVec<[Array; 1]>> {
        let (table, state) = callbacks::of(primitive.into());
        collect(|out, capacity, count| {
            // SAFETY: table and inputs live during the call; the state is the core's from here on.
            unsafe { (api().make_node)(&table, state, raw(inputs), inputs.len(), out, capacity, count) }
        })
        .map(SmallVec::from_vec)
    }

    /// [`Array::from_primitive`] for a primitive with one output.
    pub fn apply(primitive: impl Into<Handle>, inputs: &[Array]) -> Result<Array> {
        Ok(Array::from_primitive(primitive, inputs)?.swap_remove(0))
    }

    fn abi_spec(&self) -> abi::Spec {
        // SAFETY: the handle is ours.
        unsafe { (api().array_spec)(self.raw()) }
    }

    /// The length of each axis.
    pub fn shape(&self) -> &[usize] {
        // SAFETY: the shape lives as long as the handle.
        unsafe { shape(self.abi_spec()) }
    }

    /// The type of the elements.
    pub fn dtype(&self) -> Dtype {
        dtype(self.abi_spec().dtype)
    }

    /// The number of axes.
    pub fn ndim(&self) -> usize {
        self.shape().len()
    }

    /// The number of elements.
    pub fn size(&self) -> usize {
        crate::shape::size(self.shape())
    }

    /// Shape and dtype together.
    pub fn spec(&self) -> Spec {
        Spec::new(self.shape(), self.dtype())
    }

    /// Computes this array and waits for it.
    ///
    /// # Errors
    /// The error of the operation that failed on the way, the same at every call.
    pub fn eval(&self) -> Result<()> {
        self.value().map(drop)
    }

    /// The computed value, evaluating first if need be.
    pub fn value(&self) -> Result<Value> {
        let mut out = ptr::null_mut();
        // SAFETY: the handle is ours.
        check(unsafe { (api().array_value)(self.raw(), &mut out) })?;
        Ok(Value::own(out))
    }

    /// All elements in row-major order.
    ///
    /// # Errors
    /// When the array is not of type `T`, or its evaluation failed.
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        let value = self.value()?.contiguous()?;
        let wrong = || Error::dtype(format!("[to_vec] the array is of type {}, not {}", self.dtype(), T::DTYPE));
        value.as_slice::<T>().map(<[T]>::to_vec).ok_or_else(wrong)
    }

    /// `self` converted to `dtype`.
    pub fn astype(&self, dtype: Dtype) -> Result<Array> {
        Ok(call("astype", &[Arg::Array(self), Arg::Dtype(dtype)])?.swap_remove(0))
    }
}

/// Handles of arrays: an `Array` is its handle.
pub(crate) fn raw(arrays: &[Array]) -> *const *const abi::Array {
    arrays.as_ptr().cast()
}

/// Elements in memory, laid out in some way: what kernels read. A cheap handle.
#[derive(Clone)]
pub struct Value {
    data: *const u8,
    layout: Layout,
    dtype: Dtype,
    owner: Arc<Owner>,
}

struct Owner(*mut abi::Value);

impl Drop for Owner {
    fn drop(&mut self) {
        // SAFETY: the handle is ours and used no more.
        unsafe { (api().value_release)(self.0) }
    }
}

// SAFETY: a handle may be freed on any thread.
unsafe impl Send for Owner {}
// SAFETY: as above.
unsafe impl Sync for Owner {}
// SAFETY: the core's values may be read from any thread, and nobody writes them.
unsafe impl Send for Value {}
// SAFETY: as above.
unsafe impl Sync for Value {}

impl Value {
    /// The value of a handle, which is its from here on.
    pub(crate) fn own(handle: *mut abi::Value) -> Value {
        // SAFETY: the handle is live, and the view lives as long.
        unsafe { Value::of(handle, (api().value_view)(handle)) }
    }

    /// What `view` says of a value; without an address when its elements are not the host's to read.
    ///
    /// # Safety
    /// The view is live, and as long as the handle, if that is not null.
    pub(crate) unsafe fn of(handle: *mut abi::Value, view: abi::View) -> Value {
        // SAFETY: said above.
        unsafe {
            let shape = shape(view.spec);
            let strides = match view.strides.is_null() {
                true => row_major(shape),
                false if shape.is_empty() => Strides::new(),
                false => Strides::from_slice(std::slice::from_raw_parts(view.strides, shape.len())),
            };
            let layout = Layout { shape: shape.into(), strides, offset: 0 };
            Value { data: view.data.cast(), layout, dtype: dtype(view.spec.dtype), owner: Arc::new(Owner(handle)) }
        }
    }

    /// The shape.
    pub fn shape(&self) -> &[usize] {
        &self.layout.shape
    }

    /// Where the elements lie, counted from element (0, 0, …).
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The type of the elements.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// The number of elements.
    pub fn size(&self) -> usize {
        self.layout.size()
    }

    /// The elements as a slice, when they are adjacent in row-major order.
    pub fn as_slice<T: Element>(&self) -> Option<&[T]> {
        if self.layout.is_contiguous() { self.window::<T>().map(|(all, _)| all) } else { None }
    }

    /// The elements from the lowest to the highest that the layout reaches, and the place of element (0, 0, …) among them: for
    /// kernels that follow strides, with [`positions`](crate::shape::positions). `None` when the value is not of type `T`.
    pub fn window<T: Element>(&self) -> Option<(&[T], usize)> {
        // What lies between the elements of foreign memory may be no truth values.
        if T::DTYPE != self.dtype || (T::DTYPE == Dtype::Bool && !self.layout.is_contiguous() && !self.layout.is_splat()) {
            return None;
        }
        if self.size() == 0 {
            return Some((&[], 0));
        }
        if self.data.is_null() {
            return None;
        }
        let reach = |(&n, &s): (&usize, &isize)| (n as isize - 1) * s;
        let ends = || self.layout.shape.iter().zip(&self.layout.strides).map(reach);
        let low: isize = ends().filter(|e| *e < 0).sum();
        let high: isize = ends().filter(|e| *e > 0).sum();
        let first = self.data.cast::<T>().wrapping_offset(low);
        // SAFETY: all between the lowest and the highest element is inside the value's memory, which lives as long as the handle
        // and which nobody writes; every pattern of bits is a `T`, but for `bool`, of which only values without gaps come here.
        Some((unsafe { std::slice::from_raw_parts(first, (high - low) as usize + 1) }, low.unsigned_abs()))
    }

    /// The same elements in row-major order: the value itself where they are so already, else a copy.
    pub fn contiguous(&self) -> Result<Value> {
        if self.layout.is_contiguous() {
            return Ok(self.clone());
        }
        if self.owner.0.is_null() {
            return Err(Error::runtime("[contiguous] the elements are on a GPU"));
        }
        let mut out = ptr::null_mut();
        // SAFETY: the handle is live.
        check(unsafe { (api().value_contiguous)(self.owner.0, &mut out) })?;
        Ok(Value::own(out))
    }
}
