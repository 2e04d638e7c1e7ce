//! Memory for tiles: one block a thread, kept for the next program.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::Cell;

const LINE: usize = 64;
/// Space between tiles, so that the same element of several tiles is not at the same place of several pages.
const SKEW: usize = 3 * LINE;

/// A block that tiles are cut from. Returns to its thread when dropped.
pub(super) struct Scratch {
    block: Block,
    used: usize,
}

struct Block {
    ptr: *mut u8,
    bytes: usize,
}

impl Drop for Block {
    fn drop(&mut self) {
        if self.bytes > 0 {
            // SAFETY: allocated so in `Scratch::new`.
            unsafe { dealloc(self.ptr, Layout::from_size_align_unchecked(self.bytes, LINE)) };
        }
    }
}

thread_local! {
    static SPARE: Cell<Option<Block>> = const { Cell::new(None) };
}

impl Scratch {
    /// Room for `tiles` tiles of `bytes` bytes each, and for one more of `large` bytes. Nothing is allocated for none.
    pub(super) fn new(tiles: usize, bytes: usize, large: usize) -> Scratch {
        let room = |bytes: usize| bytes.next_multiple_of(LINE) + SKEW;
        let needed = tiles * room(bytes) + if large > 0 { room(large) } else { 0 };
        if needed == 0 {
            return Scratch { block: Block { ptr: std::ptr::null_mut(), bytes: 0 }, used: 0 };
        }
        if let Some(block) = SPARE.try_with(Cell::take).ok().flatten().filter(|b| b.bytes >= needed) {
            return Scratch { block, used: 0 };
        }
        let layout = Layout::from_size_align(needed, LINE).expect("tiles are small");
        // SAFETY: not empty.
        let ptr = unsafe { alloc(layout) };
        if ptr.is_null() {
            handle_alloc_error(layout);
        }
        Scratch { block: Block { ptr, bytes: needed }, used: 0 }
    }

    /// The next `bytes` bytes, uninitialized.
    pub(super) fn take(&mut self, bytes: usize) -> *mut u8 {
        let start = self.used;
        self.used += bytes.next_multiple_of(LINE) + SKEW;
        assert!(self.used <= self.block.bytes, "more tiles than planned");
        // SAFETY: within the block.
        unsafe { self.block.ptr.add(start) }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let block = std::mem::replace(&mut self.block, Block { ptr: std::ptr::null_mut(), bytes: 0 });
        if block.bytes > 0 {
            let _ = SPARE.try_with(|s| s.set(Some(block)));
        }
    }
}
