//! Fused elementwise programs on the CPU, tile by tile.
//!
//! A tile is a few KB of elements; for each, every instruction of the program runs as one vectorized loop, so intermediates never
//! leave the L1 cache. Inputs that are adjacent are read in place and results written straight to their sinks. The results are
//! those of running the instructions one by one over whole arrays, bit for bit.

mod chain;
mod compile;
mod feed;
mod machine;
mod panel;
mod scratch;
mod straight;

pub use compile::Compiled;
pub(super) use feed::gather;

use super::pool;
use crate::shape::Strides;
use feed::Walk;
use machine::Machine;
use scratch::Scratch;
use straight::Straight;

/// Bytes in a tile of [`run`]: with those of inputs, outputs and intermediates it stays in the L1 cache.
const TILE_BYTES: usize = 2048;
/// The same where a chain is all there is: no intermediates.
const CHAIN_BYTES: usize = 4096;
/// Elements times instructions below which the calling thread works alone.
const SMALL: usize = 64 * 1024;
/// Elements a thread takes at a time.
const PIECE: usize = 32 * 1024;

/// An input: `strides[axis]` elements between neighbours on each axis of the shape; 0 where it is broadcast.
#[derive(Clone)]
pub struct Source {
    /// The first element.
    pub ptr: *const u8,
    /// One for each axis.
    pub strides: Strides,
}

/// Bytes of an output from which on nobody will find it in the caches.
const LARGE: usize = 12 << 20;

/// An output, row-major over the shape.
#[derive(Clone, Copy)]
pub struct Sink {
    /// The first element.
    pub ptr: *mut u8,
    /// Whether to store past the caches.
    pub streamed: bool,
}

impl Sink {
    /// An output from `ptr` on, that is (or is a part of) one of `bytes` bytes.
    pub fn new(ptr: *mut u8, bytes: usize) -> Sink {
        Sink { ptr, streamed: bytes >= LARGE }
    }
}

/// What threads share of a run.
struct Shared<'a> {
    program: &'a Compiled,
    walk: &'a Walk,
    sources: &'a [Source],
    sinks: &'a [Sink],
}

// SAFETY: sources are only read, and each element of a sink is written by one thread.
unsafe impl Sync for Shared<'_> {}

/// Runs `c` over every element of `shape` and stores all its outputs, on all threads where that pays.
///
/// # Safety
/// Sources have the dtypes of the program's inputs, are aligned, and can be read at every element of `shape`; sinks have the dtypes
/// of its outputs and room for `shape`. A sink overlaps nothing else, but may be the very memory of a row-major source with
/// elements of the same size.
pub unsafe fn run(c: &Compiled, shape: &[usize], sources: &[Source], sinks: &[Sink]) {
    // SAFETY: passed on to the caller.
    if unsafe { run_small(c, shape, sources, sinks) } {
        return;
    }
    let walk = Walk::new(shape, sources);
    if let ([sink], Some(chain)) = (sinks, Straight::of(c, &walk, sources))
        && chain.can_store(walk.total, sink)
    {
        // SAFETY: passed on to the caller.
        return unsafe {
            chain.store(walk.total, Sink { streamed: sink.streamed && sources.iter().all(|s| s.ptr != sink.ptr), ..*sink })
        };
    }
    let shared = Shared { program: c, walk: &walk, sources, sinks };
    if let Some(panels) = panel::Panels::of(c, &walk, sources) {
        // SAFETY: passed on to the caller.
        return unsafe { panels.run(&shared) };
    }
    // SAFETY: passed on to the caller; threads take disjoint pieces.
    unsafe {
        let tile = c.tile_bytes() / c.width;
        shared.run(walk.total.div_ceil(PIECE), tile, &|machine, i| {
            machine.range(&walk, i * PIECE..walk.total.min((i + 1) * PIECE), tile);
        });
    }
}

/// A single kernel over little adjacent memory needs no tiles. Returns whether it was that.
///
/// # Safety
/// As for [`run`].
unsafe fn run_small(c: &Compiled, shape: &[usize], sources: &[Source], sinks: &[Sink]) -> bool {
    let total: usize = shape.iter().product();
    let ([step], [sink]) = (&c.steps[..], sinks) else { return total == 0 };
    if total.wrapping_sub(1) >= SMALL || !step.chain.is_empty() || c.outputs[0].narrow.is_some() || !c.constants.is_empty() {
        return total == 0;
    }
    let mut expected = 1isize;
    for (axis, &n) in shape.iter().enumerate().rev() {
        if n != 1 && sources.iter().any(|s| s.strides[axis] != expected) {
            return false;
        }
        expected *= n as isize;
    }
    if c.inputs.iter().any(|i| i.widen.is_some()) || sources.iter().any(|s| s.ptr == sink.ptr) {
        return false;
    }
    let at = |k: usize| step.args.get(k).and_then(|&a| sources.get(usize::from(a))).map_or(std::ptr::null(), |s| s.ptr);
    // SAFETY: the only step reads the inputs, which are adjacent, and its result is the only output, which overlaps none of them.
    unsafe { (step.kernel)(total, sink.ptr, at(0), at(1), at(2)) };
    true
}

impl<'a> Shared<'a> {
    fn source(&self, k: usize) -> *const u8 {
        self.sources[k].ptr
    }

    unsafe fn machine(&self, tile: usize) -> Machine<'a> {
        // SAFETY: passed on to the caller.
        unsafe { Machine::new(self.program, self.walk, self.sources, self.sinks, tile, 0) }
    }

    /// Runs `piece(machine, i)` for every `i` below `pieces`, with a machine a thread.
    ///
    /// # Safety
    /// As for [`run`], and of what `piece` does.
    unsafe fn run(&self, pieces: usize, tile: usize, piece: &(dyn Fn(&mut Machine<'a>, usize) + Sync)) {
        // SAFETY: passed on to the caller.
        let machine = || unsafe { self.machine(tile) };
        let small = self.walk.total.saturating_mul(self.program.steps.len()) < SMALL;
        if small || pieces < 2 {
            let mut machine = machine();
            return (0..pieces).for_each(|i| piece(&mut machine, i));
        }
        pool::parallel_with(pieces, &machine, piece);
    }
}

/// Reads the first output of a program in row-major order without storing it: how reductions take their input.
pub struct Reader<'a> {
    how: How<'a>,
    total: usize,
}

/// How what is read is computed.
#[allow(clippy::large_enum_variant)] // One a task, on its stack.
enum How<'a> {
    /// In tiles of so many elements.
    Tiles(Machine<'a>, Walk, usize),
    /// At once, into room for a whole read.
    Straight { chain: Straight<'a>, room: *mut f32, _scratch: Scratch },
}

impl<'a> Reader<'a> {
    /// The most elements of one [`Reader::read`].
    pub const TILE: usize = 4096;
    /// The most that are computed at once where that takes intermediates, which should stay in the L1 cache.
    const STEP: usize = 1024;

    /// A reader of `c` over `shape`. `sinks`, if any, are for the outputs after the first, and are stored as they pass.
    ///
    /// # Safety
    /// As for [`run`], as long as the reader lives. Where there are sinks, no element may be read twice, by this reader or another.
    pub unsafe fn new(c: &'a Compiled, shape: &[usize], sources: &'a [Source], sinks: &[Sink]) -> Reader<'a> {
        let walk = Walk::new(shape, sources);
        let total = walk.total;
        if let Some(chain) = Straight::of(c, &walk, sources) {
            let room = Self::TILE.min(total) * size_of::<f32>();
            let mut scratch = Scratch::new(0, 0, room);
            return Reader { how: How::Straight { chain, room: scratch.take(room).cast(), _scratch: scratch }, total };
        }
        let step = if c.steps.is_empty() || c.is_chain() { Self::TILE } else { Self::STEP };
        let room = if c.steps.is_empty() { 0 } else { Self::TILE };
        // SAFETY: passed on to the caller.
        let machine = unsafe { Machine::new(c, &walk, sources, sinks, step, room) };
        Reader { how: How::Tiles(machine, walk, step), total }
    }

    /// The elements `start..start + len`, adjacent; valid until the next read. They lie in the source itself if nothing is computed.
    ///
    /// # Panics
    /// When the range is longer than [`Reader::TILE`] or not within the shape.
    pub fn read(&mut self, start: usize, len: usize) -> *const u8 {
        assert!(len <= Self::TILE && start.checked_add(len).is_some_and(|end| end <= self.total), "read out of range");
        if len == 0 {
            return std::ptr::NonNull::<u64>::dangling().as_ptr().cast();
        }
        // SAFETY: the range was checked, and there is room for a tile of anything computed; `new`'s caller vouched for the rest.
        unsafe {
            match &mut self.how {
                How::Tiles(machine, walk, step) => machine.first(walk, start, len, *step),
                How::Straight { chain, room, .. } => {
                    chain.run(start..start + len, *room, false);
                    room.cast_const().cast()
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
