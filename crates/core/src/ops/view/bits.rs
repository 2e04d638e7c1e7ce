//! The same bytes under another dtype, and copies that make a layout dense.

use super::{batch_to_front, linear};
use crate::ext::*;
use crate::ops::elementwise::astype;

op! {
    view "(a: array, dtype: dtype)" => |c| view(c.array(0)?, c.dtype(1)?);
    /// The bytes of `a` as elements of `dtype`. Where the sizes differ the last axis grows or shrinks accordingly. Between
    /// `complex64` and `float32` gradients flow; between other types they do not. As `bool`, bytes other than 0 are true.
    ///
    /// # Errors
    /// When `a` is 0-d and the sizes differ, or its last axis does not hold a whole number of elements.
    pub fn view(a: &Array, dtype: Dtype) -> Result<Array> {
        if a.dtype() == dtype {
            return Ok(a.clone());
        }
        let bits = Bitcast { from: a.dtype(), to: dtype };
        if dtype == Dtype::Bool {
            bits.infer(&[Spec::new(a.shape(), a.dtype())])?;
            return astype(&view(a, Dtype::Uint8)?, dtype);
        }
        Array::apply(bits, std::slice::from_ref(a))
    }

    contiguous "(a: array, /, allow_col_major: bool = False)" => |c| contiguous(c.array(0)?, c.bool(1)?);
    /// `a` with its elements adjacent in memory in row-major order, or in column-major order if `allow_col_major` and they
    /// are so already. Copies only when they are neither.
    pub fn contiguous(a: &Array, allow_col_major: bool) -> Result<Array> {
        Array::apply(Contiguous { allow_col_major }, std::slice::from_ref(a))
    }
}

/// Writes input 0 into output 0, of the same size, in row-major order: the copy behind views that a layout does not allow, and
/// what operations start from that change some elements. Returns the address of the output.
pub fn copy_row_major(call: &mut CpuCall) -> Result<*mut u8> {
    let out = call.output_ptr(0)?;
    let input = call.input(0);
    let strides = row_major(input.shape());
    // SAFETY: the input is ready and laid out so; the output is fresh and has the same number of bytes.
    unsafe { copy::copy(input.dtype().size(), input.shape(), input.ptr(), &input.layout().strides, out, &strides) };
    Ok(out)
}

struct Bitcast {
    from: Dtype,
    to: Dtype,
}

impl Bitcast {
    /// Elements of the larger type for elements of the smaller.
    fn ratio(&self) -> usize {
        self.from.size().max(self.to.size()) / self.from.size().min(self.to.size())
    }
}

impl Primitive for Bitcast {
    fn name(&self) -> &str {
        "view"
    }
    fn attributes(&self) -> Attributes {
        vec![("dtype", self.to.into())]
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let mut shape = inputs[0].shape.clone();
        if self.ratio() > 1 {
            let refused = || {
                let why = "the last axis must hold a whole number of elements";
                Error::value(format!(
                    "[view] {} of shape {} cannot be viewed as {}: {why}",
                    self.from,
                    show(&inputs[0].shape),
                    self.to
                ))
            };
            let last = shape.last_mut().ok_or_else(refused)?;
            if self.from.size() > self.to.size() {
                *last *= self.ratio();
            } else if last.is_multiple_of(self.ratio()) {
                *last /= self.ratio();
            } else {
                return Err(refused());
            }
            checked_size("view", &shape)?;
        }
        Ok(smallvec![Spec { shape, dtype: self.to }])
    }
    fn view(&self, input: &Layout) -> Option<Layout> {
        // Other elements may be written by whom they are lent to, and few bytes are truth values.
        if self.from == Dtype::Bool {
            return None;
        }
        let r = self.ratio();
        if r == 1 {
            return Some(input.clone());
        }
        // Elements of a larger type may lie where that type must not, so they are copied.
        let dense = input.shape.last() == Some(&1) || input.strides.last() == Some(&1);
        if self.from.size() < self.to.size() || !dense {
            return None;
        }
        let (last, mut out) = (input.ndim() - 1, input.clone());
        out.strides.iter_mut().for_each(|s| *s *= r as isize);
        (out.shape[last], out.strides[last]) = (out.shape[last] * r, 1);
        out.offset *= r;
        Some(out)
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        copy_row_major(call).map(drop)
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        call.copy_row_major()
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        if self.from.is_inexact() && self.is_linear() {
            return Ok(vec![Some(view(&call.cotangents[0], self.from)?)]);
        }
        Ok(vec![None])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        if self.is_linear() { linear(call) } else { Ok(vec![None]) }
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let example = call.inputs[0].ndim() - usize::from(call.axes[0].is_some());
        if example == 0 && self.ratio() > 1 {
            // The batch axis must not be taken for the last axis of the example, which the shape rule refuses.
            self.infer(&[Spec::new(&[], self.from)])?;
        }
        let input = batch_to_front(&call.inputs[0], call.axes[0], call.size)?;
        Ok(vec![(view(&input, self.to)?, Some(0))])
    }
}

impl Bitcast {
    /// Whether this is the identity of real vector spaces.
    fn is_linear(&self) -> bool {
        matches!((self.from, self.to), (Dtype::Complex64, Dtype::Float32) | (Dtype::Float32, Dtype::Complex64))
    }
}

struct Contiguous {
    allow_col_major: bool,
}

impl Primitive for Contiguous {
    fn name(&self) -> &str {
        "contiguous"
    }
    fn attributes(&self) -> Attributes {
        vec![("allow_col_major", self.allow_col_major.into())]
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![inputs[0].clone()])
    }
    fn view(&self, input: &Layout) -> Option<Layout> {
        let reversed: SmallVec<[usize; 4]> = (0..input.ndim()).rev().collect();
        let dense = input.is_contiguous() || self.allow_col_major && input.permute(&reversed).is_contiguous();
        dense.then(|| input.clone())
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        copy_row_major(call).map(drop)
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        call.copy_row_major()
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        Ok(vec![Some(call.cotangents[0].clone())])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        linear(call)
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let input = batch_to_front(&call.inputs[0], call.axes[0], call.size)?;
        Ok(vec![(contiguous(&input, self.allow_col_major)?, Some(0))])
    }
}
