//! Operations by name, and what a kernel is given.

use crate::args::Operand;
use crate::array::{Array, Value, dtype, shape};
use crate::dtype::{Dtype, Element};
use crate::error::{Error, Result};
use crate::scalar::Scalar;
use crate::table::{api, check, text};
use millpond_abi as abi;
use std::ptr;

/// The value of a parameter.
#[derive(Clone, Copy)]
pub enum Arg<'a> {
    /// Nothing: the operation's `None`.
    None,
    /// An array.
    Array(&'a Array),
    /// A number or truth value.
    Scalar(Scalar),
    /// Several arrays.
    Arrays(&'a [Array]),
    /// Several integers.
    Ints(&'a [i64]),
    /// A dtype.
    Dtype(Dtype),
    /// A text.
    Str(&'a str),
}

impl<'a> From<&'a Operand> for Arg<'a> {
    fn from(operand: &'a Operand) -> Arg<'a> {
        match operand {
            Operand::Array(a) => Arg::Array(a),
            Operand::Scalar(s) => Arg::Scalar(*s),
        }
    }
}

impl Arg<'_> {
    /// As the interface has it. Integers beyond 64 bits become real numbers.
    pub(crate) fn lower(&self, name: &str) -> abi::Argument {
        let mut out = abi::Argument {
            name: text(name),
            kind: abi::ARG_NONE,
            integer: 0,
            real: 0.0,
            imaginary: 0.0,
            data: ptr::null(),
            count: 0,
        };
        match *self {
            Arg::None => {}
            Arg::Array(a) => (out.kind, out.data) = (abi::ARG_ARRAY, a.raw().cast()),
            Arg::Arrays(a) => (out.kind, out.data, out.count) = (abi::ARG_ARRAYS, a.as_ptr().cast(), a.len()),
            Arg::Ints(v) => (out.kind, out.data, out.count) = (abi::ARG_INTS, v.as_ptr().cast(), v.len()),
            Arg::Dtype(d) => (out.kind, out.integer) = (abi::ARG_DTYPE, d as i64),
            Arg::Str(s) => (out.kind, out.data, out.count) = (abi::ARG_TEXT, s.as_ptr().cast(), s.len()),
            Arg::Scalar(Scalar::Bool(b)) => (out.kind, out.integer) = (abi::ARG_BOOL, b.into()),
            Arg::Scalar(Scalar::Int(i)) => match i64::try_from(i) {
                Ok(i) => (out.kind, out.integer) = (abi::ARG_INT, i),
                Err(_) => (out.kind, out.real) = (abi::ARG_FLOAT, i as f64),
            },
            Arg::Scalar(Scalar::Float(f)) => (out.kind, out.real) = (abi::ARG_FLOAT, f),
            Arg::Scalar(Scalar::Complex(c)) => {
                (out.kind, out.real, out.imaginary) = (abi::ARG_COMPLEX, c.re.into(), c.im.into());
            }
        }
        out
    }
}

/// The most outputs an operation may have.
const MOST: usize = 32;

/// The arrays that `f` writes.
pub(crate) fn collect(f: impl FnOnce(*mut *mut abi::Array, usize, &mut usize) -> *mut abi::Error) -> Result<Vec<Array>> {
    let mut out = [ptr::null_mut(); MOST];
    let mut count = 0;
    check(f(out.as_mut_ptr(), MOST, &mut count))?;
    Ok(out[..count].iter().map(|&a| Array::own(a)).collect())
}

/// Calls the operation that Python knows as `millpond.core.NAME`, with its first arguments by position.
///
/// # Errors
/// When there is no such operation, the values do not fit its parameters, or it fails.
pub fn call(name: &str, args: &[Arg]) -> Result<Vec<Array>> {
    let args: Vec<(&str, Arg)> = args.iter().map(|a| ("", *a)).collect();
    call_named(name, &args)
}

/// [`call`] with arguments by name; those with an empty name are by position and come first.
pub fn call_named(name: &str, args: &[(&str, Arg)]) -> Result<Vec<Array>> {
    let args: Vec<abi::Argument> = args.iter().map(|(name, a)| a.lower(name)).collect();
    collect(|out, capacity, count| {
        // SAFETY: the arguments and all they point to live during the call.
        unsafe { (api().call)(text(name), args.as_ptr(), args.len(), out, capacity, count) }
    })
}

/// What a CPU kernel is given: ready inputs and outputs to allocate and write.
pub struct CpuCall<'a> {
    name: &'a str,
    raw: *mut abi::CpuCall,
    inputs: Vec<Value>,
}

impl<'a> CpuCall<'a> {
    /// # Safety
    /// `raw` is what the core gave to the kernel that is running, for as long as this lives.
    pub(crate) unsafe fn new(name: &'a str, raw: *mut abi::CpuCall) -> Result<CpuCall<'a>> {
        let mut call = CpuCall { name, raw, inputs: Vec::new() };
        // SAFETY: said above.
        let count = unsafe { (api().cpu_input_count)(raw) };
        call.inputs = (0..count).map(|i| call.fetch(i)).collect::<Result<_>>()?;
        Ok(call)
    }

    fn fetch(&self, i: usize) -> Result<Value> {
        let mut out = ptr::null_mut();
        // SAFETY: the kernel is running.
        check(unsafe { (api().cpu_input)(self.raw, i, &mut out) })?;
        Ok(Value::own(out))
    }

    fn spec(&self, i: usize) -> abi::Spec {
        let mut spec = abi::Spec { dtype: 0, ndim: 0, shape: ptr::null() };
        // SAFETY: the kernel is running.
        check(unsafe { (api().cpu_output_spec)(self.raw, i, &mut spec) }).unwrap_or_else(|e| panic!("{e}"));
        spec
    }

    /// The name of the primitive, for messages.
    pub fn name(&self) -> &str {
        self.name
    }

    /// Input `i`, ready to be read. Not after it was donated.
    pub fn input(&self, i: usize) -> &Value {
        &self.inputs()[i]
    }

    /// All inputs. Not after one was donated.
    pub fn inputs(&self) -> &[Value] {
        assert!(!self.inputs.is_empty(), "[{}] the inputs can't be read: one was donated", self.name);
        &self.inputs
    }

    /// How many outputs there are.
    pub fn output_count(&self) -> usize {
        // SAFETY: the kernel is running.
        unsafe { (api().cpu_output_count)(self.raw) }
    }

    /// The shape of output `i`.
    pub fn output_shape(&self, i: usize) -> &[usize] {
        // SAFETY: the shape lives as long as the call.
        unsafe { shape(self.spec(i)) }
    }

    /// The dtype of output `i`.
    pub fn output_dtype(&self, i: usize) -> Dtype {
        dtype(self.spec(i).dtype)
    }

    /// Has output `i` take over the memory of input `j` when nothing else can see it and shape, order and size agree. Then the
    /// output already holds the input's elements, and inputs can be read no more; clones of the other ones can.
    pub fn donate(&mut self, j: usize, i: usize) -> bool {
        let count = self.inputs.len();
        self.inputs.clear();
        // SAFETY: the kernel is running, and this call holds no value of the input any more.
        let taken = unsafe { (api().cpu_donate)(self.raw, j, i) } != 0;
        if !taken {
            self.inputs = (0..count).map(|i| self.fetch(i)).collect::<Result<_>>().unwrap_or_default();
        }
        taken
    }

    /// Output `i`, allocated: row-major elements that the kernel writes, all of them.
    ///
    /// # Errors
    /// When memory is exhausted, or the output is not of type `T`.
    pub fn output<T: Element>(&mut self, i: usize) -> Result<&mut [T]> {
        let spec = abi::Spec { dtype: 0, ndim: 0, shape: ptr::null() };
        let mut view = abi::View { data: ptr::null_mut(), spec, strides: ptr::null() };
        // SAFETY: the kernel is running.
        check(unsafe { (api().cpu_output)(self.raw, i, &mut view) })?;
        if dtype(view.spec.dtype) != T::DTYPE {
            let (name, wanted) = (self.name, dtype(view.spec.dtype));
            return Err(Error::runtime(format!("[{name}] the kernel writes {} into an output of type {wanted}", T::DTYPE)));
        }
        // SAFETY: the output has as many elements as its shape says; only this kernel uses it while it runs.
        unsafe { Ok(std::slice::from_raw_parts_mut(view.data.cast::<T>(), crate::shape::size(shape(view.spec)))) }
    }

    /// Input `j` in row-major order: itself when it is so already, else a copy.
    pub fn contiguous(&self, j: usize) -> Result<Value> {
        self.input(j).contiguous()
    }
}
