//! A few elements are computed sooner than a task for them is made.

use super::op::Op;
use super::task::sources;
use super::timeline;
use crate::array::{Array, Value};
use crate::cpu::fused::{self, Compiled, Sink};
use crate::dtype::Dtype;
use crate::memory::{Block, Storage};
use crate::shape::{Layout, size};
use smallvec::SmallVec;
use std::sync::Arc;

/// Elements up to which the scheduler's lock is held for computing them.
const FEW: usize = 1024;

/// Computes an elementwise operation of few elements where its caller is, if its inputs are ready and its stream has nothing else
/// to do. Tells whether it did; all that can fail is left to a task.
///
/// Called under the scheduler's lock, so nothing is enqueued meanwhile.
pub(super) fn compute(op: &Op, inputs: &[Array]) -> bool {
    let Some([output]) = op.outputs.get().map(|o| &o[..]) else { return false };
    let Some(node) = output.upgrade() else { return false };
    let few = size(&node.shape).wrapping_sub(1) < FEW;
    if !few || op.stream.is_gpu() || timeline::is_on() || !op.stream.is_idle() {
        return false;
    }
    let mut values: SmallVec<[&Value; 3]> = SmallVec::new();
    let mut dtypes: SmallVec<[Dtype; 3]> = SmallVec::new();
    for input in inputs {
        match input.0.value.get() {
            Some(value) if value.storage.is_filled() && matches!(value.storage.ready(), Ok(true)) => {
                values.push(value);
                dtypes.push(value.dtype);
            }
            _ => return false,
        }
    }
    let Some(program) = op.primitive.program(&dtypes) else { return false };
    let bytes = size(&node.shape) * node.dtype.size();
    let (Ok(compiled), Ok(block)) = (Compiled::new(&program), Block::allocate(bytes)) else { return false };
    let sink = Sink::new(block.ptr().cast_mut(), bytes);
    // SAFETY: inputs are ready values of this shape and of the program's dtypes; the sink is a fresh block of the output's size.
    unsafe { fused::run(&compiled, &node.shape, &sources(values), &[sink]) };
    let storage = Arc::new(Storage::full(bytes, block));
    let _ = node.value.set(Value { storage, layout: Layout::contiguous(&node.shape), dtype: node.dtype });
    true
}
