//! Runs a compiled program over one tile at a time.

use super::chain::{self, Link, Operand};
use super::compile::{Compiled, From};
use super::feed::{Feed, Walk, gather};
use super::scratch::Scratch;
use super::{Sink, Source};
use crate::cpu::copy::{stream, stream_fence};
use smallvec::{SmallVec, smallvec};

/// A program bound to sources and sinks, on one thread.
pub(super) struct Machine<'a> {
    program: &'a Compiled,
    feeds: SmallVec<[Feed; 4]>,
    /// Where inputs that must be widened are widened to.
    wide: SmallVec<[*mut u8; 4]>,
    places: SmallVec<[*mut u8; 12]>,
    /// Whether one element at the place stands for the tile.
    uniform: SmallVec<[bool; 12]>,
    sinks: SmallVec<[Target; 2]>,
    /// Room for a first output that is read and not stored.
    kept: *mut u8,
    _scratch: Scratch,
}

/// Where an output goes.
#[derive(Clone, Copy)]
enum Target {
    /// Nowhere: it is read from its place.
    Kept,
    /// Written by its step straight to memory.
    Direct(*mut u8),
    /// Computed in a tile and stored at the end: it is narrowed, or takes over the memory of a source.
    Late(*mut u8),
    /// Stored past the caches: by a chain itself where it can, else from a tile.
    Streamed { to: *mut u8, tile: *mut u8 },
}

impl<'a> Machine<'a> {
    /// # Safety
    /// As for [`super::run`] over the shape of `walk`. `sinks` may lack the first output, of which `room` elements are then kept.
    pub(super) unsafe fn new(
        program: &'a Compiled,
        walk: &Walk,
        sources: &[Source],
        sinks: &[Sink],
        capacity: usize,
        room: usize,
    ) -> Machine<'a> {
        let capacity = capacity.min(walk.total);
        let kept = program.outputs.len() - sinks.len();
        debug_assert!(kept <= 1 && sources.len() == program.inputs.len());
        let targets = program.outputs.iter().enumerate().map(|(k, out)| match sinks.get(k.wrapping_sub(kept)) {
            None => Target::Kept,
            Some(s) if out.narrow.is_some() || sources.iter().any(|from| from.ptr == s.ptr) => Target::Late(s.ptr),
            Some(s) if s.streamed => Target::Streamed { to: s.ptr, tile: std::ptr::null_mut() },
            Some(s) => Target::Direct(s.ptr),
        });
        let mut sinks: SmallVec<[Target; 2]> = targets.collect();
        let tiles = (0..sources.len())
            .map(|k| usize::from(!walk.is_flat(k)) + usize::from(program.inputs[k].widen.is_some()))
            .sum::<usize>()
            + (program.places - program.inputs.len());
        // Programs of one step over adjacent elements need no tiles.
        let direct = sinks.iter().filter(|s| matches!(s, Target::Direct(_))).count();
        let direct = direct.min(program.places - program.inputs.len());
        let room = room.min(walk.total) * program.width;
        let mut scratch = Scratch::new(tiles - direct, capacity * program.width, room);
        let room = if room > 0 { scratch.take(room) } else { std::ptr::null_mut() };

        let mut feeds = SmallVec::new();
        let mut wide = SmallVec::new();
        for (k, (input, source)) in program.inputs.iter().zip(sources).enumerate() {
            // SAFETY: passed on to the caller.
            feeds.push(unsafe { Feed::new(source.ptr, walk, k, input.size, capacity, &mut scratch) });
            wide.push(if input.widen.is_some() { scratch.take(capacity * 4) } else { std::ptr::null_mut() });
        }
        let mut places: SmallVec<[*mut u8; 12]> = smallvec![std::ptr::null_mut(); program.places];
        let mut next = program.inputs.len();
        let mut uniform: SmallVec<[bool; 12]> = smallvec![false; program.places];
        uniform[next..next + program.constants.len()].fill(true);
        for c in &program.constants {
            places[next] = scratch.take(capacity * c.size);
            // SAFETY: the tile has room for `capacity` elements.
            unsafe { gather(places[next], (&raw const c.bits).cast(), 0, capacity, c.size) };
            next += 1;
        }
        for (out, target) in program.outputs.iter().zip(&mut sinks) {
            if let (From::Place(p), Target::Kept | Target::Late(_) | Target::Streamed { .. }) = (out.from, &*target) {
                let stays = matches!(target, Target::Kept) && out.narrow.is_none();
                places[p] = if stays { room } else { scratch.take(capacity * program.width) };
                if let Target::Streamed { tile, .. } = target {
                    *tile = places[p];
                }
            }
        }
        let first = next + program.outputs.iter().filter(|o| matches!(o.from, From::Place(_))).count();
        for place in &mut places[first..] {
            *place = scratch.take(capacity * program.width);
        }
        let mut machine = Machine { program, feeds, wide, places, uniform, sinks, kept: room, _scratch: scratch };
        machine.widen_splats(capacity);
        machine
    }

    /// Splats are widened once.
    fn widen_splats(&mut self, capacity: usize) {
        for (k, input) in self.program.inputs.iter().enumerate() {
            if let (Feed::Splat { tile }, Some(widen)) = (&mut self.feeds[k], input.widen) {
                // SAFETY: both tiles have room for `capacity` elements.
                unsafe { widen(capacity, self.wide[k], *tile, *tile, *tile) };
                *tile = self.wide[k];
            }
        }
    }

    /// Computes the elements `start..start + len`, with the raw elements of source `k` taken from `given(k)` where that is not null.
    ///
    /// # Safety
    /// The range lies in the walk and is no longer than the capacity; no other thread has a part of it.
    #[inline]
    pub(super) unsafe fn tile(&mut self, walk: &Walk, start: usize, len: usize, given: impl Fn(usize) -> *const u8) {
        let program = self.program;
        let at = (start / walk.inner(), start % walk.inner());
        for (k, input) in program.inputs.iter().enumerate() {
            if !input.used {
                continue;
            }
            // SAFETY: the range is passed on to the caller; the tiles have room for it.
            unsafe {
                let own = given(k);
                let one = input.chained && input.widen.is_none();
                let (raw, uniform) =
                    if own.is_null() { self.feeds[k].get(&walk.shape, start, at, len, one) } else { (own, false) };
                self.uniform[k] = uniform;
                let whole = matches!(program.outputs[0].from, From::Input(i) if i == k);
                self.places[k] = match input.widen {
                    Some(widen) if !whole && !matches!(self.feeds[k], Feed::Splat { .. }) => {
                        widen(len, self.wide[k], raw, raw, raw);
                        self.wide[k]
                    }
                    _ => raw.cast_mut(),
                };
            }
        }
        let mut streamed = false;
        for (out, target) in program.outputs.iter().zip(&self.sinks) {
            // SAFETY: the sink has every element of the walk.
            let here = |ptr: *mut u8| unsafe { ptr.add(start * out.size) };
            match (out.from, *target) {
                (From::Place(p), Target::Direct(ptr)) => self.places[p] = here(ptr),
                (From::Place(p), Target::Streamed { to, tile }) => {
                    streamed = program.is_chain() && chain::Result::can_stream(here(to), len);
                    self.places[p] = if streamed { here(to) } else { tile };
                }
                _ => {}
            }
        }
        for s in &program.steps {
            let at = |p: u16| self.places[usize::from(p)];
            if let (Some(run), false) = (program.chain, s.chain.is_empty()) {
                let operand = |p: u16| Operand { ptr: at(p).cast(), uniform: self.uniform[usize::from(p)] };
                let mut links: SmallVec<[Link; 16]> = SmallVec::new();
                s.chain.iter().for_each(|link| {
                    links.push(Link { op: link.op, operand: operand(link.operand), factor: link.factor.map(operand) })
                });
                // SAFETY: as below. The result may have the place of an operand that nothing reads after the chain.
                unsafe { run(len, chain::Result { ptr: at(s.result).cast(), streamed }, operand(s.args[0]), &links) };
                continue;
            }
            // SAFETY: every place holds a tile of its type; results have places of their own (see `Compiler::step`), and sinks
            // that share memory with a source are written late.
            unsafe { (s.kernel)(len, at(s.result), at(s.args[0]), at(s.args[1]), at(s.args[2])) };
        }
        for (out, target) in program.outputs.iter().zip(&self.sinks) {
            // SAFETY: the sink has every element of the walk; an input may be the sink itself.
            unsafe {
                match (out.from, *target) {
                    (_, Target::Kept) | (From::Place(_), Target::Direct(_)) => {}
                    (From::Input(k), Target::Streamed { to, .. }) => {
                        stream(self.places[k], to.add(start * out.size), len * out.size)
                    }
                    (From::Place(_), Target::Streamed { .. }) if streamed => {}
                    (From::Place(p), Target::Streamed { to, .. }) => {
                        stream(self.places[p], to.add(start * out.size), len * out.size)
                    }
                    (From::Input(k), Target::Direct(ptr) | Target::Late(ptr)) => {
                        std::ptr::copy(self.places[k], ptr.add(start * out.size), len * out.size);
                    }
                    (From::Place(p), Target::Late(ptr)) => {
                        let (from, to) = (self.places[p], ptr.add(start * out.size));
                        match out.narrow {
                            Some(narrow) => narrow(len, to, from, from, from),
                            None => std::ptr::copy_nonoverlapping(from, to, len * out.size),
                        }
                    }
                }
            }
        }
    }

    /// Computes a range of any length, tile by tile: whole rows together where they are short, parts of a row where they are long.
    ///
    /// # Safety
    /// The range lies in the walk; no other thread has a part of it.
    pub(super) unsafe fn range(&mut self, walk: &Walk, range: std::ops::Range<usize>, capacity: usize) {
        let mut at = range.start;
        while at < range.end {
            let len = walk.piece(at, capacity).min(range.end - at);
            // SAFETY: passed on to the caller.
            unsafe { self.tile(walk, at, len, |_| std::ptr::null()) };
            at += len;
        }
    }

    /// The first output of `start..start + len`, adjacent, as it would be in memory, computed in tiles of at most `capacity` elements.
    ///
    /// # Safety
    /// As for [`Machine::tile`]; `len` elements were given room, or no more than `capacity` where nothing is computed.
    pub(super) unsafe fn first(&mut self, walk: &Walk, start: usize, len: usize, capacity: usize) -> *const u8 {
        let out = &self.program.outputs[0];
        // SAFETY: passed on to the caller.
        unsafe {
            let p = match out.from {
                From::Place(p) => p,
                From::Input(k) => {
                    self.tile(walk, start, len, |_| std::ptr::null());
                    return self.places[k];
                }
            };
            let mut done = 0;
            while done < len {
                let n = walk.piece(start + done, capacity).min(len - done);
                let here = self.kept.add(done * out.size);
                if out.narrow.is_none() {
                    self.places[p] = here;
                }
                self.tile(walk, start + done, n, |_| std::ptr::null());
                if let Some(narrow) = out.narrow {
                    let from = self.places[p];
                    narrow(n, here, from, from, from);
                }
                done += n;
            }
        }
        self.kept
    }
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        if self.sinks.iter().any(|s| matches!(s, Target::Streamed { .. })) {
            stream_fence();
        }
    }
}
