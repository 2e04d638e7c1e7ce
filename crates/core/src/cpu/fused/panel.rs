//! Sources that lie across: adjacent along another axis than the innermost, as in `a + b.T`.
//!
//! They are transposed panel by panel into a buffer that stays in the L2 cache, with every cache line read once; the rows of a
//! panel then run as ordinary tiles.

use super::compile::Compiled;
use super::feed::Walk;
use super::{Shared, Source};
use crate::cpu::copy::transpose;
use smallvec::SmallVec;
use std::cell::RefCell;

/// Rows and columns of a panel.
const ROWS: usize = 64;
const COLS: usize = 512;
/// Elements between the rows of a panel; not a power of two, so that a column's elements fall into different cache sets.
const PITCH: usize = COLS + 16;

pub(super) struct Panels {
    /// The axis along which the sources are adjacent.
    axis: usize,
    /// Which sources lie across it.
    across: SmallVec<[usize; 4]>,
}

impl Panels {
    /// The panels to run by, if some source lies across.
    pub(super) fn of(program: &Compiled, walk: &Walk, sources: &[Source]) -> Option<Panels> {
        let last = walk.shape.len().checked_sub(1).filter(|&l| l > 0 && walk.shape[l] >= 8)?;
        let axis_of = |k: usize| {
            let s = &walk.strides[k];
            (s[last].unsigned_abs() > 1 && program.inputs[k].used)
                .then(|| (0..last).find(|&a| s[a] == 1 && walk.shape[a] >= 8))
                .flatten()
        };
        let axis = (0..sources.len()).find_map(axis_of)?;
        let across = (0..sources.len()).filter(|&k| axis_of(k) == Some(axis)).collect();
        Some(Panels { axis, across })
    }

    /// # Safety
    /// As for [`super::run`].
    pub(super) unsafe fn run(&self, shared: &Shared) {
        thread_local! {
            static BUFFER: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
        }
        let (walk, program) = (shared.walk, shared.program);
        let last = walk.shape.len() - 1;
        let (height, width) = (walk.shape[self.axis], walk.shape[last]);
        let (down, along) = (height.div_ceil(ROWS), width.div_ceil(COLS));
        let outer: usize = walk.total / height / width;
        let row_step = walk.shape[self.axis + 1..].iter().product::<usize>();
        // SAFETY: passed on to the caller; panels are disjoint.
        unsafe {
            shared.run(outer * down * along, COLS, &|machine, i| {
                let (c0, i) = ((i % along) * COLS, i / along);
                let (r0, mut i) = ((i % down) * ROWS, i / down);
                let (rows, cols) = (ROWS.min(height - r0), COLS.min(width - c0));
                // The position of the panel's first element: in row-major order, and in each source.
                let mut start = r0 * row_step + c0;
                let mut offsets: SmallVec<[isize; 4]> =
                    self.across.iter().map(|&k| r0 as isize + c0 as isize * walk.strides[k][last]).collect();
                let mut step = width;
                for axis in (0..last).rev() {
                    if axis != self.axis {
                        let index = i % walk.shape[axis];
                        i /= walk.shape[axis];
                        start += index * step;
                        for (o, &k) in offsets.iter_mut().zip(&self.across) {
                            *o += index as isize * walk.strides[k][axis];
                        }
                    }
                    step *= walk.shape[axis];
                }
                BUFFER.with_borrow_mut(|buffer| {
                    let words = ROWS * PITCH;
                    if buffer.len() < words * self.across.len() {
                        buffer.resize(words * self.across.len(), 0);
                    }
                    let base = buffer.as_mut_ptr().cast::<u8>();
                    for ((j, &k), &offset) in self.across.iter().enumerate().zip(&offsets) {
                        let size = program.inputs[k].size;
                        let src = shared.source(k).offset(offset * size as isize);
                        transpose(size, rows, cols, src, walk.strides[k][last], base.add(j * words * 8), PITCH as isize);
                    }
                    for r in 0..rows {
                        machine.tile(walk, start + r * row_step, cols, |k| match self.across.iter().position(|&x| x == k) {
                            Some(j) => base.add(j * words * 8 + r * PITCH * program.inputs[k].size),
                            None => std::ptr::null(),
                        });
                    }
                });
            });
        }
    }
}
