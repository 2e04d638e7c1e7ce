//! Arrays one behind the other.

use crate::ext::*;
use crate::ops::elementwise::astype;
use crate::ops::view::{batch_to_front, expand_dims, narrow, reshape_to};

op! {
    concatenate | "concat" "(arrays: arrays, axis: axis = 0)" => |c| concatenate(c.arrays(0)?, c.opt_int(1)?);
    /// The arrays one behind the other along `along`, in the dtype they promote to; flattened first for `None`.
    ///
    /// # Errors
    /// When there are none, the axis is out of range, or their shapes differ elsewhere.
    pub fn concatenate(arrays: &[Array], along: impl Into<Option<i64>>) -> Result<Array> {
        let Some(along) = along.into() else {
            let flat: Vec<Array> = arrays.iter().map(|a| reshape_to(a, &[a.size()])).collect::<Result<_>>()?;
            return concatenate(&flat, Some(0));
        };
        let first = match arrays {
            [] => return Err(Error::value("[concatenate] there are no arrays to join")),
            [first, ..] => first,
        };
        let along = axis("concatenate", along, first.ndim())?;
        if arrays.len() == 1 {
            return Ok(first.clone());
        }
        let differs = |a: &&Array| {
            a.ndim() != first.ndim() || (0..a.ndim()).any(|i| i != along && a.shape()[i] != first.shape()[i])
        };
        if let Some(odd) = arrays.iter().find(differs) {
            let (one, other) = (show(first.shape()), show(odd.shape()));
            return Err(Error::value(format!("[concatenate] shapes {one} and {other} differ elsewhere than along axis {along}")));
        }
        let dtype = arrays.iter().map(Array::dtype).reduce(Dtype::promote).unwrap_or(first.dtype());
        let same: Vec<Array> = arrays.iter().map(|a| astype(a, dtype)).collect::<Result<_>>()?;
        Array::apply(Concatenate { along }, &same)
    }

    stack "(arrays: arrays, axis: axis = 0)" => |c| stack(c.arrays(0)?, c.opt_int(1)?.unwrap_or(0));
    /// The arrays, all of one shape, along a new axis.
    ///
    /// # Errors
    /// When there are none, the axis is out of range, or the shapes differ.
    pub fn stack(arrays: &[Array], axis: i64) -> Result<Array> {
        let Some(first) = arrays.first() else { return Err(Error::value("[stack] there are no arrays to join")) };
        if let Some(odd) = arrays.iter().find(|a| a.shape() != first.shape()) {
            let (one, other) = (show(first.shape()), show(odd.shape()));
            return Err(Error::value(format!("[stack] all arrays must have one shape, not {one} and {other}")));
        }
        let axis = crate::ext::axis("stack", axis, first.ndim() + 1)?;
        let rows: Vec<Array> = arrays.iter().map(|a| expand_dims(a, axis)).collect::<Result<_>>()?;
        concatenate(&rows, Some(axis as i64))
    }
}

struct Concatenate {
    along: usize,
}

/// Bytes from which an input is worth all threads by itself.
const LARGE: usize = 1 << 20;

#[derive(Clone, Copy)]
struct Target(*mut u8);
// SAFETY: threads write disjoint parts.
unsafe impl Sync for Target {}

impl Primitive for Concatenate {
    fn name(&self) -> &str {
        "concatenate"
    }
    fn attributes(&self) -> Attributes {
        vec![("axis", self.along.into())]
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let mut shape = inputs[0].shape.clone();
        shape[self.along] = inputs.iter().map(|s| s.shape[self.along]).sum();
        checked_size("concatenate", &shape)?;
        Ok(smallvec![Spec { shape, dtype: inputs[0].dtype }])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let bytes = call.output_dtype(0).size();
        let strides = row_major(call.output_shape(0));
        let out = Target(call.output_ptr(0)?);
        let inputs = call.inputs();
        let starts: Vec<usize> = inputs
            .iter()
            .scan(0, |at, v| Some(std::mem::replace(at, *at + v.shape()[self.along])))
            .map(|start| start * strides[self.along] as usize * bytes)
            .collect();
        let place = |i: usize| {
            let out = &out;
            let v = &inputs[i];
            // SAFETY: the input is ready and laid out so; its part of the output is its own and inside it.
            unsafe { copy::copy(bytes, v.shape(), v.ptr(), &v.layout().strides, out.0.wrapping_add(starts[i]), &strides) };
        };
        // Many small inputs are shared out among the threads; large ones each use all of them.
        let largest = inputs.iter().map(|v| v.size() * bytes).max().unwrap_or(0);
        let total: usize = inputs.iter().map(|v| v.size() * bytes).sum();
        if largest < LARGE && total >= LARGE {
            pool::parallel(inputs.len(), &place);
        } else {
            (0..inputs.len()).for_each(place);
        }
        Ok(())
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        let whole = Layout::contiguous(call.output_shape(0));
        let dtype = gpu::wgsl::carrier(call.output_dtype(0).size());
        call.in_words(0, dtype, |call, words| {
            let mut start = 0;
            for i in 0..call.input_count() {
                let shape = Shape::from_slice(call.input(i).shape());
                let offset = start * whole.strides[self.along] as usize;
                start += shape[self.along];
                call.put_words(i, words, dtype, &Layout { shape, offset, ..whole.clone() })?;
            }
            Ok(())
        })
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let length = |i: usize| call.primals[i].shape()[self.along];
        let part = |&i: &usize| narrow(&call.cotangents[0], self.along, (0..i).map(length).sum(), length(i)).map(Some);
        call.wanted.iter().map(part).collect()
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        if call.tangents.iter().all(Option::is_none) {
            return Ok(vec![None]);
        }
        let zeros = |like: &Array| Array::splat(0, like.shape(), like.dtype());
        let tangents: Vec<Array> =
            call.tangents.iter().zip(call.primals).map(|(t, p)| t.clone().unwrap_or_else(|| zeros(p))).collect();
        Ok(vec![Some(Array::apply(call.primitive.clone(), &tangents)?)])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let inputs: Vec<Array> =
            call.inputs.iter().zip(call.axes).map(|(a, &axis)| batch_to_front(a, axis, call.size)).collect::<Result<_>>()?;
        Ok(vec![(Array::apply(Concatenate { along: self.along + 1 }, &inputs)?, Some(0))])
    }
}
