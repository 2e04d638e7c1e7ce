//! Gathering: slices of an array, chosen by index arrays.

use super::gpu;
use super::plan::{Plan, Source, attributes, slice_shape};
use super::scatter::{Mode, scatter};
use crate::ext::*;
use crate::ops::view::{batch_to_front, broadcast_to};
use std::sync::Mutex;

/// The slices of `a` at every position of `indices`, arrays of integers that are broadcast to one shape. The result has the
/// axes of the positions, then those of the slices. `op` is the name that errors and graphs show.
///
/// # Errors
/// When an index array is not of integers or their shapes do not agree. An index out of range is an error of the result.
pub fn gather(op: &'static str, a: &Array, indices: &[Array], sources: &[Source]) -> Result<Array> {
    let mut inputs: SmallVec<[Array; 3]> = smallvec![a.clone()];
    inputs.extend(positions(op, indices)?);
    Array::apply(Gather { op, sources: sources.into() }, &inputs)
}

/// Index arrays of one shape.
pub(super) fn positions(op: &str, indices: &[Array]) -> Result<SmallVec<[Array; 2]>> {
    if let Some(bad) = indices.iter().find(|i| !i.dtype().is_integer()) {
        return Err(Error::value(format!("[{op}] indices must be integers, not {}", bad.dtype())));
    }
    let shape = broadcast_all(op, indices.iter().map(Array::shape))?;
    indices.iter().map(|i| broadcast_to(i, &shape)).collect()
}

/// The shape of the slices at all positions, for the shape rules of gathering and scattering.
///
/// # Errors
/// When the `sources` do not fit an array of shape `whole` and these positions.
pub(super) fn picked_shape(op: &str, sources: &[Source], whole: &[usize], positions: &[Spec]) -> Result<Shape> {
    let nothing = |(source, &n): (&Source, &usize)| n == 0 && matches!(source, Source::Index { size, .. } if *size > 0);
    let some = positions.iter().any(|p| size(&p.shape) > 0);
    if let Some(empty) = sources.iter().zip(whole).position(nothing).filter(|_| some) {
        return Err(Error::value(format!("[{op}] nothing can be taken from axis {empty} of shape {}", show(whole))));
    }
    let fits = |(source, &n): (&Source, &usize)| match *source {
        Source::Index { which, size } => which < positions.len() && (size <= n || !some),
        Source::Along(axis) => positions[0].shape.get(axis) == Some(&n),
        Source::Whole => true,
    };
    if sources.len() == whole.len() && !positions.is_empty() && sources.iter().zip(whole).all(fits) {
        return Ok(positions[0].shape.iter().copied().chain(slice_shape(sources, whole)).collect());
    }
    let (whole, positions) = (show(whole), positions.first().map_or(String::new(), |p| show(&p.shape).to_string()));
    Err(Error::value(format!("[{op}] indices of shape {positions} and {sources:?} do not fit an array of shape {whole}")))
}

/// `sources` for a whole array and positions that may each have a new batch axis in front.
pub(super) fn batched_sources(sources: &[Source], whole: bool) -> SmallVec<[Source; 4]> {
    let shifted = |s: &Source| if let Source::Along(axis) = s { Source::Along(axis + 1) } else { *s };
    whole.then_some(Source::Along(0)).into_iter().chain(sources.iter().map(shifted)).collect()
}

pub(super) struct Gather {
    pub(super) op: &'static str,
    pub(super) sources: SmallVec<[Source; 4]>,
}

impl Primitive for Gather {
    fn name(&self) -> &str {
        self.op
    }
    fn attributes(&self) -> Attributes {
        attributes(&self.sources)
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let shape = picked_shape(self.op, &self.sources, &inputs[0].shape, &inputs[1..])?;
        checked_size(self.op, &shape)?;
        Ok(smallvec![Spec { shape, dtype: inputs[0].dtype }])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let out = Ends { whole: std::ptr::null(), part: call.output_ptr(0)? };
        let whole = call.input(0);
        let plan = Plan::new(self.op, &self.sources, whole.shape(), &whole.layout().strides, &call.inputs()[1..]);
        let ends = Ends { whole: whole.ptr(), ..out };
        dispatch_size!(whole.dtype(), T => copy_slices::<T>(&plan, ends))
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        gpu::gather(self.op, &self.sources, call)
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let a = &call.primals[0];
        let zeros = Array::splat(0, a.shape(), a.dtype());
        let grad = scatter(self.op, Mode::Add, &zeros, &call.primals[1..], &call.cotangents[0], &self.sources)?;
        Ok(vec![Some(grad)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let along = |t: &Array| gather(self.op, t, &call.primals[1..], &self.sources);
        Ok(vec![call.tangents[0].as_ref().map(along).transpose()?])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let whole = call.axes[0].is_some();
        let a = if whole { batch_to_front(&call.inputs[0], call.axes[0], call.size)? } else { call.inputs[0].clone() };
        let indices = batch_indices(call, 1)?;
        Ok(vec![(gather(self.op, &a, &indices, &batched_sources(&self.sources, whole))?, Some(0))])
    }
}

/// The index arrays of a batched call, which start at input `first`, each with the batch in front.
pub(super) fn batch_indices(call: &Vmap, first: usize) -> Result<Vec<Array>> {
    call.inputs.iter().zip(call.axes).skip(first).map(|(a, &axis)| batch_to_front(a, axis, call.size)).collect()
}

/// The memory that slices are copied between.
#[derive(Clone, Copy)]
struct Ends {
    whole: *const u8,
    part: *mut u8,
}
// SAFETY: `whole` is only read, and threads write disjoint parts of `part`.
unsafe impl Sync for Ends {}

/// Copies the slice at each position, which lie in `ends.whole`, behind one another to `ends.part`.
fn copy_slices<T: Copy>(plan: &Plan, ends: Ends) -> Result<()> {
    let (shape, [strides]) = collapse(&plan.shape, [&plan.strides]);
    let count = size(&shape);
    if count == 0 {
        return plan.check();
    }
    let dense = row_major(&shape);
    let failed = Mutex::new(None);
    // A quarter of a megabyte a piece keeps all threads busy without much ado.
    let grain = ((256 << 10) / (count * size_of::<T>())).max(1);
    let copy_range = |range: std::ops::Range<usize>| {
        let ends = &ends;
        let (whole, part) = (ends.whole.cast::<T>(), ends.part.cast::<T>());
        let start = range.start;
        // SAFETY: the part has room for an element a position, and these positions are this thread's.
        let elements = |index| unsafe { plan.elements(index, range.clone(), whole, part.wrapping_add(start)) };
        let done = plan.only_index().map(elements).unwrap_or_else(|| {
            plan.chunks(range.clone(), false, |first, offsets| {
                let slices = offsets.iter().enumerate();
                let pairs = slices.map(|(i, &o)| (whole.wrapping_offset(o), part.wrapping_add((first + i) * count)));
                // SAFETY: the plan has checked that the slices lie inside the whole array; the part has room for `count` elements a
                // position, and these positions are this thread's.
                unsafe {
                    match (&shape[..], &strides[..]) {
                        ([], _) => pairs.for_each(|(from, to)| to.write(from.read())),
                        ([n], [1]) => pairs.for_each(|(from, to)| std::ptr::copy_nonoverlapping(from, to, *n)),
                        _ => pairs.for_each(|(from, to)| {
                            copy::copy(size_of::<T>(), &shape, from.cast(), &strides, to.cast(), &dense);
                        }),
                    }
                }
            })
        });
        if let Err(error) = done {
            let mut failed = failed.lock().unwrap_or_else(|e| e.into_inner());
            // The error of the first piece wins, whatever thread was faster.
            if failed.as_ref().is_none_or(|(other, _)| start < *other) {
                *failed = Some((start, error));
            }
        }
    };
    pool::parallel_ranges(plan.len(), grain, &copy_range);
    failed.into_inner().unwrap_or_else(|e| e.into_inner()).map_or(Ok(()), |(_, error)| Err(error))
}
