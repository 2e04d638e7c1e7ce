//! Programs that are one chain over operands that can be read where they lie: run straight over memory, a row at a time. The chain
//! keeps what it computes in registers, so there is nothing that tiles would hold.

use super::chain::{self, Link, Operand};
use super::compile::{Compiled, From};
use super::feed::Walk;
use super::{PIECE, SMALL, Sink, Source};
use crate::cpu::copy::stream_fence;
use crate::cpu::pool;
use smallvec::SmallVec;
use std::ops::Range;

/// Elements of a row below which several are better put together in a tile.
const SHORT: usize = 128;

/// A chain bound to its sources.
pub(super) struct Straight<'a> {
    program: &'a Compiled,
    /// What is found at each place: inputs, then constants.
    places: SmallVec<[Place; 8]>,
    /// Rows of `inner` elements.
    inner: usize,
}

/// `float32` elements from `ptr` on.
struct Place {
    ptr: *const f32,
    /// Elements from one row to the next.
    step: isize,
    /// Whether a row is one element, many times.
    uniform: bool,
}

// SAFETY: sources are only read, and each element of a result is written by one thread.
unsafe impl Sync for Straight<'_> {}

impl<'a> Straight<'a> {
    /// `program` over the rows of `walk`, if it can be run so.
    pub(super) fn of(program: &'a Compiled, walk: &Walk, sources: &[Source]) -> Option<Straight<'a>> {
        let ([step], [output]) = (&program.steps[..], &program.outputs[..]) else { return None };
        let computed = output.narrow.is_none() && matches!(output.from, From::Place(_));
        let in_rows = walk.shape.len() < 2 || walk.shape.len() == 2 && walk.inner() >= SHORT;
        if !program.is_chain() || !computed || !in_rows || program.inputs.iter().any(|i| i.used && i.widen.is_some()) {
            return None;
        }
        let mut places = SmallVec::new();
        for (source, strides) in sources.iter().zip(&walk.strides) {
            let (step, along) = match strides[..] {
                [] => (0, 0),
                [along] => (0, along),
                [step, along] => (step, along),
                _ => return None,
            };
            if !matches!(along, 0 | 1) {
                return None;
            }
            places.push(Place { ptr: source.ptr.cast(), step, uniform: along == 0 });
        }
        for constant in &program.constants {
            places.push(Place { ptr: (&raw const constant.bits).cast(), step: 0, uniform: true });
        }
        let mut read = step.chain.iter().flat_map(|link| [Some(link.operand), link.factor]).flatten().chain([step.args[0]]);
        read.all(|place| usize::from(place) < places.len()).then(|| Straight { program, places, inner: walk.inner() })
    }

    /// Whether all but the end of `total` results can be stored as `sink` wants them.
    pub(super) fn can_store(&self, total: usize, sink: &Sink) -> bool {
        let whole = if self.inner == total { PIECE } else { self.inner };
        !sink.streamed || chain::Result::can_stream(sink.ptr, whole)
    }

    /// Computes all `total` elements into `sink`, on all threads where that pays.
    ///
    /// # Safety
    /// As for [`super::run`].
    pub(super) unsafe fn store(&self, total: usize, sink: Sink) {
        struct To(Sink);
        // SAFETY: threads take disjoint ranges.
        unsafe impl Sync for To {}
        let to = To(sink);
        let run = |range: Range<usize>| {
            let To(sink) = &to;
            // SAFETY: passed on to the caller.
            unsafe { self.run(range.clone(), sink.ptr.cast::<f32>().add(range.start), sink.streamed) }
        };
        if total < SMALL { run(0..total) } else { pool::parallel_ranges(total, PIECE, &run) }
    }

    /// Computes the elements of `range`, and puts the first of them to `to`.
    ///
    /// # Safety
    /// As for [`super::run`]; there is room for the elements, and no other thread has a part of the range.
    pub(super) unsafe fn run(&self, range: Range<usize>, to: *mut f32, streamed: bool) {
        let ([step], Some(run)) = (&self.program.steps[..], self.program.chain) else { unreachable!("checked when made") };
        let (mut row, mut col) = (range.start / self.inner, range.start % self.inner);
        let mut done = 0;
        while done < range.len() {
            let n = (self.inner - col).min(range.len() - done);
            let operand = |p: u16| {
                let place = &self.places[usize::from(p)];
                let at = row as isize * place.step + if place.uniform { 0 } else { col as isize };
                Operand { ptr: place.ptr.wrapping_offset(at), uniform: place.uniform }
            };
            let mut links: SmallVec<[Link; 16]> = SmallVec::new();
            for link in &step.chain {
                links.push(Link { op: link.op, operand: operand(link.operand), factor: link.factor.map(operand) });
            }
            let ptr = to.wrapping_add(done);
            let streamed = streamed && chain::Result::can_stream(ptr.cast(), n);
            // SAFETY: the row lies in every source and in the result, which is a source's own memory only where that is row-major.
            unsafe { run(n, chain::Result { ptr, streamed }, operand(step.args[0]), &links) };
            done += n;
            (row, col) = (row + 1, 0);
        }
        if streamed {
            stream_fence();
        }
    }
}
