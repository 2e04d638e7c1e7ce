//! Arrays: cheap, thread-safe handles to values that may not have been computed yet.

use crate::dtype::{Dtype, Element};
use crate::error::{Error, Result};
use crate::graph::{self, Op};
use crate::memory::{Block, Storage};
use crate::scalar::Scalar;
use crate::shape::{Layout, Shape, show, size};
use crate::transform::TraceSet;
use std::ptr::NonNull;
use std::sync::{Arc, OnceLock};

pub use crate::spec::Spec;

/// An n-dimensional array: a shape, a dtype, and a value that an operation computes when it is first needed.
///
/// A handle is cheap to clone and may be used from any thread. Arrays have no location; operations do.
#[derive(Clone)]
pub struct Array(pub(crate) Arc<Node>);

/// One output of an operation, or a leaf.
pub(crate) struct Node {
    pub(crate) shape: Shape,
    pub(crate) dtype: Dtype,
    /// The operation that makes it; `None` for a leaf.
    pub(crate) op: Option<Arc<Op>>,
    /// The transforms that are watching this array.
    pub(crate) traces: Option<Arc<TraceSet>>,
    /// Set when the operation is scheduled (the storage then tells when it is ready), or from the start.
    pub(crate) value: OnceLock<Value>,
}

/// Elements in a storage, laid out in some way: what kernels read.
#[derive(Clone)]
pub struct Value {
    /// The allocation.
    pub(crate) storage: Arc<Storage>,
    /// Where the elements lie in it.
    pub(crate) layout: Layout,
    /// Their type.
    pub(crate) dtype: Dtype,
}

impl Array {
    /// A leaf with the given value.
    pub fn from_value(value: Value) -> Array {
        let (shape, dtype) = (value.layout.shape.clone(), value.dtype);
        Array(Arc::new(Node { shape, dtype, op: None, traces: None, value: OnceLock::from(value) }))
    }

    /// An array of `shape` holding `data` in row-major order.
    ///
    /// # Errors
    /// When `data` does not have as many elements as `shape`, or memory is exhausted.
    pub fn from_slice<T: Element>(data: &[T], shape: &[usize]) -> Result<Array> {
        if crate::shape::checked_size("array", shape)? != data.len() {
            return Err(Error::value(format!("[array] {} elements do not fill the shape {}", data.len(), show(shape))));
        }
        let bytes = std::mem::size_of_val(data);
        let block = Block::allocate(bytes)?;
        // SAFETY: the block is fresh and has room for `bytes` bytes; `data` is that long.
        unsafe { std::ptr::copy_nonoverlapping(data.as_ptr().cast::<u8>(), block.ptr().cast_mut(), bytes) };
        Ok(Array::from_value(Value {
            storage: Arc::new(Storage::full(bytes, block)),
            layout: Layout::contiguous(shape),
            dtype: T::DTYPE,
        }))
    }

    /// A 0-d array of `dtype` holding `value`, converted as `astype` does.
    pub fn scalar(value: impl Into<Scalar>, dtype: Dtype) -> Array {
        Array::splat(value, &[], dtype)
    }

    /// An array of `shape` that shows one constant everywhere and stores it once.
    pub fn splat(value: impl Into<Scalar>, shape: &[usize], dtype: Dtype) -> Array {
        let scalar = value.into();
        let mut words = [0u64; 2];
        // SAFETY: every element type is at most 8 bytes and the words are 16, aligned to 8.
        crate::dispatch!(dtype, T => unsafe { words.as_mut_ptr().cast::<T>().write(T::from_scalar(scalar)) });
        Array::from_value(Value {
            storage: Arc::new(Storage::full(dtype.size(), Block::Inline(words))),
            layout: Layout::splat(shape),
            dtype,
        })
    }

    /// The length of each axis.
    pub fn shape(&self) -> &[usize] {
        &self.0.shape
    }

    /// The type of the elements.
    pub fn dtype(&self) -> Dtype {
        self.0.dtype
    }

    /// The number of axes.
    pub fn ndim(&self) -> usize {
        self.0.shape.len()
    }

    /// The number of elements.
    pub fn size(&self) -> usize {
        size(&self.0.shape)
    }

    /// The bytes its elements take.
    pub fn nbytes(&self) -> usize {
        self.size() * self.dtype().size()
    }

    /// Shape and dtype together.
    pub fn spec(&self) -> Spec {
        Spec::new(&self.0.shape, self.0.dtype)
    }

    /// Computes this array and waits for it.
    ///
    /// # Errors
    /// The error of the operation that failed on the way, the same at every call.
    pub fn eval(&self) -> Result<()> {
        graph::eval([self])
    }

    /// Whether the value is there without computing or waiting, on some device.
    pub fn is_available(&self) -> bool {
        self.0.value.get().is_some_and(|v| matches!(v.storage.ready(), Ok(true)))
    }

    /// Whether the value is there, and the host can read it without a copy.
    pub fn is_on_host(&self) -> bool {
        self.is_available() && self.0.value.get().is_some_and(|v| v.storage.is_filled())
    }

    /// The computed value, evaluating first if need be.
    pub fn value(&self) -> Result<&Value> {
        graph::eval_for_host(self)?;
        let value = self.0.value.get().expect("an evaluated array has a value");
        value.storage.ensure_host()?;
        Ok(value)
    }

    /// All elements in row-major order.
    ///
    /// # Errors
    /// When the array is not of type `T`, or its evaluation failed.
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        self.check_dtype::<T>("to_vec")?;
        Ok(self.value()?.to_vec())
    }

    /// The only element.
    ///
    /// # Errors
    /// When there is not exactly one element of type `T`, or the evaluation failed.
    pub fn item<T: Element>(&self) -> Result<T> {
        self.check_dtype::<T>("item")?;
        Ok(T::from_scalar(self.item_scalar()?))
    }

    /// The only element, whatever its dtype.
    pub fn item_scalar(&self) -> Result<Scalar> {
        if self.size() != 1 {
            let shape = show(self.shape());
            return Err(Error::value(format!("[item] item can only be called on arrays of size 1, not of shape {shape}")));
        }
        let value = self.value()?;
        Ok(crate::dispatch!(self.dtype(), T => value.first::<T>().to_scalar()))
    }

    fn check_dtype<T: Element>(&self, op: &str) -> Result<()> {
        if T::DTYPE == self.dtype() {
            return Ok(());
        }
        Err(Error::dtype(format!("[{op}] the array is of type {}, not {}", self.dtype(), T::DTYPE)))
    }

    /// Whether `self` and `other` are handles of the very same array.
    pub fn is_same(&self, other: &Array) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// An address that tells this array from all others alive.
    pub fn id(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }
}

impl std::fmt::Debug for Array {
    /// Shape and dtype; never computes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "array(shape={}, dtype={})", show(self.shape()), self.dtype())
    }
}

impl Value {
    /// A value over memory that somebody else owns, read in place and never written.
    ///
    /// # Safety
    /// As [`Storage::foreign`], for all bytes that `layout` reaches from `ptr`.
    pub unsafe fn foreign(ptr: NonNull<u8>, layout: Layout, dtype: Dtype, owner: Box<dyn std::any::Any + Send + Sync>) -> Value {
        let bytes = layout.bounds().map_or(0, |(_, hi)| hi * dtype.size());
        // SAFETY: passed on to the caller.
        let storage = unsafe { Storage::foreign(ptr, bytes, owner) };
        Value { storage: Arc::new(storage), layout, dtype }
    }

    /// The shape.
    pub fn shape(&self) -> &[usize] {
        &self.layout.shape
    }

    /// The layout in the storage.
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

    /// The address of element (0, 0, …). The value must be ready.
    pub fn ptr(&self) -> *const u8 {
        debug_assert!(self.size() == 0 || self.storage.is_filled());
        self.storage.ptr().wrapping_add(self.layout.offset * self.dtype.size())
    }

    /// Lets whoever holds the value write its elements, as numpy does through an array of the same memory; arrays that share the
    /// memory then change too. Returns whether that is possible: not where elements lie on each other, as a constant's do, not
    /// truth values, which few bytes are, and not where the memory is somebody else's already.
    pub fn lend(&self) -> bool {
        let apart = self.layout.shape.iter().zip(&self.layout.strides).all(|(&n, &step)| n < 2 || step != 0);
        apart && self.dtype != Dtype::Bool && self.storage.lend()
    }

    /// The storage's identity, to tell whether two values share memory.
    pub fn storage_id(&self) -> usize {
        Arc::as_ptr(&self.storage) as usize
    }

    /// The bytes of the allocation behind it, which other values may share.
    pub fn storage_bytes(&self) -> usize {
        self.storage.bytes()
    }

    /// The same elements under another layout of the same storage. Bounds are checked.
    pub fn with_layout(&self, layout: Layout) -> Result<Value> {
        let room = self.storage.bytes() / self.dtype.size();
        if layout.bounds().is_some_and(|(lo, hi)| lo > hi || hi > room) {
            return Err(Error::value(format!("layout {layout:?} reaches beyond the {room} elements of its storage")));
        }
        Ok(Value { storage: self.storage.clone(), layout, dtype: self.dtype })
    }

    /// The same bits as elements of `dtype`, which must be of the same size. The value must be ready.
    ///
    /// # Errors
    /// When the sizes differ, or `dtype` is `bool`, which not all bits are.
    pub fn retyped(&self, dtype: Dtype) -> Result<Value> {
        if dtype.size() != self.dtype.size() || (dtype == Dtype::Bool && self.dtype != Dtype::Bool) {
            return Err(Error::dtype(format!("elements of type {} can't be looked at as {dtype}", self.dtype)));
        }
        Ok(Value { dtype, ..self.clone() })
    }

    /// The elements as a slice, when they are adjacent in row-major order. The value must be ready.
    pub fn as_slice<T: Element>(&self) -> Option<&[T]> {
        if T::DTYPE != self.dtype || !self.layout.is_contiguous() {
            return None;
        }
        if self.size() == 0 {
            return Some(&[]);
        }
        // SAFETY: the layout's elements are inside the ready storage, which nobody writes while it is shared.
        Some(unsafe { std::slice::from_raw_parts(self.ptr().cast(), self.size()) })
    }

    /// The elements from the lowest to the highest that the layout reaches, and the place of element (0, 0, …) among them: for
    /// kernels that follow strides, with [`positions`](crate::shape::positions). `None` when the value is not of type `T`.
    /// The value must be ready.
    pub fn window<T: Element>(&self) -> Option<(&[T], usize)> {
        // What lies between the elements of foreign memory may be no truth values.
        if T::DTYPE != self.dtype || (T::DTYPE == Dtype::Bool && !self.layout.is_contiguous() && !self.layout.is_splat()) {
            return None;
        }
        let Some((low, high)) = self.layout.bounds() else { return Some((&[], 0)) };
        let first = self.storage.ptr().wrapping_add(low * self.dtype.size());
        // SAFETY: all between the bounds is inside the ready storage, which nobody writes while it is shared, and every
        // pattern of bits is a `T`, but for `bool`, of which only values without gaps come here.
        Some((unsafe { std::slice::from_raw_parts(first.cast(), high - low) }, self.layout.offset - low))
    }

    /// Element (0, 0, …); there must be one.
    fn first<T: Element>(&self) -> T {
        assert!(self.size() > 0 && T::DTYPE == self.dtype);
        // SAFETY: the first element exists, is inside the ready storage and of this type.
        unsafe { self.ptr().cast::<T>().read() }
    }

    /// All elements in row-major order.
    pub fn to_vec<T: Element>(&self) -> Vec<T> {
        if let Some(s) = self.as_slice::<T>() {
            return s.to_vec();
        }
        assert_eq!(T::DTYPE, self.dtype);
        let mut out = Vec::<T>::with_capacity(self.size());
        // SAFETY: `out` has room for all elements, every one of which the copy writes.
        unsafe {
            self.write_to(out.as_mut_ptr().cast());
            out.set_len(self.size());
        }
        out
    }

    /// Writes all elements to `to`, in row-major order. The value must be ready.
    ///
    /// # Safety
    /// There is room for them at `to`, apart from this value.
    pub(crate) unsafe fn write_to(&self, to: *mut u8) {
        let (strides, packed) = (&self.layout.strides, crate::shape::row_major(self.shape()));
        // SAFETY: the source is ready and laid out so; the caller has made room.
        unsafe { crate::cpu::copy::copy(self.dtype.size(), self.shape(), self.ptr(), strides, to, &packed) };
    }
}
