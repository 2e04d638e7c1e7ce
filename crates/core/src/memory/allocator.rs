//! The host allocator: aligned blocks from size classes, freed blocks kept for reuse, with limits and counters.
//!
//! Blocks are aligned to 64 bytes, to a page from a page up, and to 2 MiB (with huge pages asked for) from 4 MiB up.
//! All counters are in bytes and count whole blocks.

use crate::error::{Error, Kind, Result};
use std::alloc::Layout;
use std::collections::BTreeMap;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{LazyLock, Mutex};

const PAGE: usize = 4096;
const HUGE: usize = 2 << 20;

static ACTIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static CACHED: AtomicUsize = AtomicUsize::new(0);
static LIMIT: LazyLock<AtomicUsize> = LazyLock::new(|| AtomicUsize::new(total_memory() / 20 * 19));
static CACHE_LIMIT: LazyLock<AtomicUsize> = LazyLock::new(|| AtomicUsize::new(total_memory() / 4));
static WIRED_LIMIT: AtomicUsize = AtomicUsize::new(0);

/// Freed blocks by capacity.
static CACHE: Mutex<BTreeMap<usize, Vec<Free>>> = Mutex::new(BTreeMap::new());

struct Free(NonNull<u8>);
// SAFETY: a free block has no other owner; it is only an address.
unsafe impl Send for Free {}

/// The capacity that serves a request: eight steps to a doubling, so that at most an eighth is unused, and whole pages from 16 pages up.
fn capacity(bytes: usize) -> usize {
    let bytes = bytes.max(64);
    let step = (bytes.next_power_of_two() / 16).max(64);
    let step = if bytes >= 16 * PAGE { step.clamp(PAGE, HUGE) } else { step };
    bytes.next_multiple_of(step)
}

fn layout(capacity: usize) -> Layout {
    let align = match capacity {
        0..PAGE => 64,
        PAGE..0x40_0000 => PAGE,
        _ => HUGE,
    };
    Layout::from_size_align(capacity, align).expect("a capacity below isize::MAX")
}

/// A block of at least `bytes` bytes with its capacity. Contents are undefined.
///
/// # Errors
/// [`Kind::Memory`], naming the bytes asked for, in use and allowed.
pub(crate) fn allocate(bytes: usize) -> Result<(NonNull<u8>, usize)> {
    if bytes > isize::MAX as usize / 4 {
        return Err(exhausted(bytes));
    }
    let cap = capacity(bytes);
    let limit = LIMIT.load(Relaxed);
    if ACTIVE.load(Relaxed).saturating_add(cap) > limit {
        return Err(exhausted(bytes));
    }
    let cached = CACHE.lock().unwrap().get_mut(&cap).and_then(Vec::pop);
    let ptr = match cached {
        Some(Free(ptr)) => {
            CACHED.fetch_sub(cap, Relaxed);
            ptr
        }
        None => {
            if ACTIVE.load(Relaxed) + CACHED.load(Relaxed) + cap > limit {
                clear_cache();
            }
            fresh(cap).ok_or_else(|| exhausted(bytes))?
        }
    };
    let active = ACTIVE.fetch_add(cap, Relaxed) + cap;
    PEAK.fetch_max(active, Relaxed);
    Ok((ptr, cap))
}

fn fresh(cap: usize) -> Option<NonNull<u8>> {
    let layout = layout(cap);
    // SAFETY: `layout` has a non-zero size.
    let ptr = NonNull::new(unsafe { std::alloc::alloc(layout) })?;
    #[cfg(target_os = "linux")]
    if layout.align() == HUGE && !cfg!(miri) {
        // SAFETY: the range was just allocated; the advice does not change its contents, and failing to take it is harmless.
        unsafe { libc::madvise(ptr.as_ptr().cast(), cap, libc::MADV_HUGEPAGE) };
    }
    Some(ptr)
}

/// Takes back a block that [`allocate`] gave.
///
/// # Safety
/// `ptr` and `cap` came from one call of `allocate`, and nothing uses the block any more.
pub(crate) unsafe fn release(ptr: NonNull<u8>, cap: usize) {
    ACTIVE.fetch_sub(cap, Relaxed);
    if CACHED.load(Relaxed) + cap <= CACHE_LIMIT.load(Relaxed) {
        CACHED.fetch_add(cap, Relaxed);
        CACHE.lock().unwrap().entry(cap).or_default().push(Free(ptr));
    } else {
        // SAFETY: the block was made by `fresh` with this layout.
        unsafe { std::alloc::dealloc(ptr.as_ptr(), layout(cap)) };
    }
}

fn exhausted(bytes: usize) -> Error {
    let (active, limit) = (ACTIVE.load(Relaxed), LIMIT.load(Relaxed));
    Error::new(Kind::Memory, format!("out of memory: {bytes} bytes asked for, {active} in use, {limit} allowed"))
}

/// Bytes of memory in this machine (8 GiB when the system does not say).
pub fn total_memory() -> usize {
    static TOTAL: LazyLock<usize> = LazyLock::new(|| {
        let kib = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
            text.lines().find_map(|l| l.strip_prefix("MemTotal:")?.trim().strip_suffix("kB")?.trim().parse::<usize>().ok())
        });
        kib.map_or(8 << 30, |k| k * 1024)
    });
    *TOTAL
}

/// Bytes in blocks that arrays hold.
pub fn active_memory() -> usize {
    ACTIVE.load(Relaxed)
}

/// The highest [`active_memory`] since the start or the last [`reset_peak_memory`].
pub fn peak_memory() -> usize {
    PEAK.load(Relaxed)
}

/// Bytes in freed blocks kept for reuse.
pub fn cache_memory() -> usize {
    CACHED.load(Relaxed)
}

/// Starts a new peak from what is active now.
pub fn reset_peak_memory() {
    PEAK.store(ACTIVE.load(Relaxed), Relaxed);
}

/// Gives all cached blocks back to the system.
pub fn clear_cache() {
    let blocks = std::mem::take(&mut *CACHE.lock().unwrap());
    for (cap, list) in blocks {
        for Free(ptr) in list {
            CACHED.fetch_sub(cap, Relaxed);
            // SAFETY: cached blocks were made by `fresh` with this layout and have no other owner.
            unsafe { std::alloc::dealloc(ptr.as_ptr(), layout(cap)) };
        }
    }
}

/// Sets the most bytes arrays may hold and returns the previous limit. Going over is a [`Kind::Memory`] error.
pub fn set_memory_limit(bytes: usize) -> usize {
    LIMIT.swap(bytes, Relaxed)
}

/// The most bytes arrays may hold.
pub fn memory_limit() -> usize {
    LIMIT.load(Relaxed)
}

/// Sets the most bytes kept for reuse and returns the previous limit; what is above it now is given back.
pub fn set_cache_limit(bytes: usize) -> usize {
    let previous = CACHE_LIMIT.swap(bytes, Relaxed);
    if CACHED.load(Relaxed) > bytes {
        clear_cache();
    }
    previous
}

/// Sets the most bytes a GPU may keep wired and returns the previous limit. The host allocator wires nothing.
pub fn set_wired_limit(bytes: usize) -> usize {
    WIRED_LIMIT.swap(bytes, Relaxed)
}
