//! The host allocator: aligned blocks from size classes, freed blocks kept for reuse, with limits and counters.
//!
//! Blocks are aligned to 64 bytes, to a page from a page up, and to 2 MiB (with huge pages asked for) from 4 MiB up.
//! All counters are in bytes and count whole blocks.

use crate::error::{Error, Kind, Result};
use crate::gpu::{Gpu, Memory};
use std::alloc::Layout;
use std::collections::BTreeMap;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

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

/// Where fresh blocks come from once a GPU that shares memory with the CPU is in use: what the CPU writes into them the GPU reads
/// in place, and the other way round.
static SHARED: OnceLock<Arc<dyn Gpu>> = OnceLock::new();

/// Whether this is a forked process, whose parent may still use the memory shared with the GPU.
static FORKED: AtomicBool = AtomicBool::new(false);

/// Leaves memory shared with the GPU to the parent process.
#[cfg(unix)]
pub(crate) fn after_fork() {
    if SHARED.get().is_some() {
        FORKED.store(true, Relaxed);
        if let Ok(mut cache) = CACHE.try_lock() {
            CACHED.store(0, Relaxed);
            std::mem::forget(std::mem::take(&mut *cache));
        }
    }
}

/// Whether blocks with `memory` behind them may be written: not those that a parent process may be using too.
pub(crate) fn may_write(memory: Option<&Arc<dyn Memory>>) -> bool {
    memory.is_none() || !FORKED.load(Relaxed)
}

/// A block nobody uses.
struct Free {
    ptr: NonNull<u8>,
    memory: Option<Arc<dyn Memory>>,
}
// SAFETY: a free block has no other owner; it is only an address.
unsafe impl Send for Free {}

impl Free {
    /// Gives the block back to the system.
    ///
    /// # Safety
    /// The block was made by [`fresh`] with this capacity, and nothing uses it any more.
    unsafe fn release(self, cap: usize) {
        if self.memory.is_none() {
            // SAFETY: passed on to the caller; without GPU memory behind it the block is the system allocator's.
            unsafe { std::alloc::dealloc(self.ptr.as_ptr(), layout(cap)) };
        }
    }
}

/// Has blocks come from `gpu` from now on.
pub(crate) fn share_with(gpu: &Arc<dyn Gpu>) {
    if SHARED.set(gpu.clone()).is_ok() {
        clear_cache();
    }
}

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

/// Where a block is, its capacity, and the GPU memory it is, if it is.
pub(crate) type Allocation = (NonNull<u8>, usize, Option<Arc<dyn Memory>>);

/// A block of at least `bytes` bytes. Contents are undefined.
///
/// # Errors
/// [`Kind::Memory`], naming the bytes asked for, in use and allowed.
pub(crate) fn allocate(bytes: usize) -> Result<Allocation> {
    if bytes > isize::MAX as usize / 4 {
        return Err(exhausted(bytes));
    }
    let cap = capacity(bytes);
    let limit = LIMIT.load(Relaxed);
    if ACTIVE.load(Relaxed).saturating_add(cap) > limit {
        return Err(exhausted(bytes));
    }
    let cached = CACHE.lock().unwrap().get_mut(&cap).and_then(Vec::pop);
    let Free { ptr, memory } = match cached {
        Some(free) => {
            CACHED.fetch_sub(cap, Relaxed);
            free
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
    Ok((ptr, cap, memory))
}

fn fresh(cap: usize) -> Option<Free> {
    // Without GPU memory (it is used up, the device is lost) the CPU goes on with its own.
    if !FORKED.load(Relaxed)
        && let Some(memory) = SHARED.get().and_then(|gpu| gpu.allocate_shared(cap).ok())
        && let Some(ptr) = memory.host()
    {
        return Some(Free { ptr, memory: Some(memory) });
    }
    let layout = layout(cap);
    // SAFETY: `layout` has a non-zero size.
    let ptr = NonNull::new(unsafe { std::alloc::alloc(layout) })?;
    #[cfg(target_os = "linux")]
    if layout.align() == HUGE && !cfg!(miri) {
        // SAFETY: the range was just allocated; the advice does not change its contents, and failing to take it is harmless.
        unsafe { libc::madvise(ptr.as_ptr().cast(), cap, libc::MADV_HUGEPAGE) };
    }
    Some(Free { ptr, memory: None })
}

/// Takes back a block that [`allocate`] gave.
///
/// # Safety
/// All three came from one call of `allocate`, and nothing uses the block any more.
pub(crate) unsafe fn release(ptr: NonNull<u8>, cap: usize, memory: Option<Arc<dyn Memory>>) {
    ACTIVE.fetch_sub(cap, Relaxed);
    let free = Free { ptr, memory };
    // Once memory is shared, blocks that are not are of no more use.
    let useful = free.memory.is_some() || SHARED.get().is_none();
    if !may_write(free.memory.as_ref()) {
        return std::mem::forget(free);
    }
    if useful && CACHED.load(Relaxed) + cap <= CACHE_LIMIT.load(Relaxed) {
        CACHED.fetch_add(cap, Relaxed);
        CACHE.lock().unwrap().entry(cap).or_default().push(free);
    } else {
        // SAFETY: passed on to the caller.
        unsafe { free.release(cap) };
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
        for free in list {
            CACHED.fetch_sub(cap, Relaxed);
            // SAFETY: cached blocks were made by `fresh` with this capacity and have no other owner.
            unsafe { free.release(cap) };
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
