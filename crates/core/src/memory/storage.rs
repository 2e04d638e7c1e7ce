//! A storage: one logical allocation that arrays share, promised when the task that fills it is scheduled and filled when it runs.

use crate::error::Result;
use crate::gpu::{self, DeviceId, Memory};
use crate::graph::Event;
use crate::memory::allocator;
use crate::memory::replicas::Replicas;
use std::any::Any;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

/// One logical allocation. It exists from the moment its task is scheduled; [`Storage::ready`] tells when it may be read.
pub struct Storage {
    bytes: usize,
    /// The completion of the task that fills it; `None` when it was born full.
    event: Option<Arc<Event>>,
    /// Memory that the host can read.
    block: OnceLock<Block>,
    /// Memory of devices that holds the same bytes.
    replicas: OnceLock<Arc<Replicas>>,
    /// Whether others may write the memory.
    lent: AtomicBool,
}

/// Host memory behind a storage.
pub(crate) enum Block {
    /// From the allocator; `memory` is how the GPU knows it when it is memory that both share.
    Owned { ptr: NonNull<u8>, capacity: usize, memory: Option<Arc<dyn Memory>> },
    /// A small constant, kept here.
    Inline([u64; 2]),
    /// Memory of somebody else, kept alive by `_owner`. Never written.
    Foreign { ptr: NonNull<u8>, _owner: Box<dyn Any + Send + Sync> },
    /// Memory of another storage, itself not shared on. Never written.
    Shared { ptr: NonNull<u8>, owner: Arc<Storage> },
}

// SAFETY: the pointers are to memory that only changes before the storage is ready (by the one task that fills it) or while the
// storage is uniquely owned (donation); readers wait for readiness. What others write to memory of theirs, or that was lent to them,
// is numbers: any bytes are a value, if not the one before.
unsafe impl Send for Block {}
// SAFETY: as above.
unsafe impl Sync for Block {}

impl Drop for Block {
    fn drop(&mut self) {
        if let Block::Owned { ptr, capacity, memory } = self {
            // SAFETY: the block came from `allocate` with this capacity, and its owner is going away.
            unsafe { allocator::release(*ptr, *capacity, memory.take()) };
        }
    }
}

impl Block {
    /// A fresh block for `bytes` bytes.
    pub(crate) fn allocate(bytes: usize) -> Result<Block> {
        let (ptr, capacity, memory) = allocator::allocate(bytes)?;
        Ok(Block::Owned { ptr, capacity, memory })
    }

    /// The memory of device `gpu` that this block is, if it is.
    pub(crate) fn memory_on(&self, gpu: DeviceId) -> Option<&Arc<dyn Memory>> {
        match self {
            Block::Owned { memory, .. } => memory.as_ref().filter(|m| m.device() == gpu),
            _ => None,
        }
    }

    /// The bytes there is room for, of a block from the allocator.
    pub(crate) fn capacity(&self) -> Option<usize> {
        match self {
            Block::Owned { capacity, .. } => Some(*capacity),
            _ => None,
        }
    }

    /// The address of the first byte.
    pub(crate) fn ptr(&self) -> *const u8 {
        match self {
            Block::Owned { ptr, .. } | Block::Foreign { ptr, .. } | Block::Shared { ptr, .. } => ptr.as_ptr(),
            Block::Inline(words) => words.as_ptr().cast(),
        }
    }
}

impl Storage {
    /// A storage that the task behind `event` will fill.
    pub(crate) fn pending(bytes: usize, event: Arc<Event>) -> Storage {
        Storage { bytes, event: Some(event), block: OnceLock::new(), replicas: OnceLock::new(), lent: AtomicBool::new(false) }
    }

    /// A storage that is full from the start.
    pub(crate) fn full(bytes: usize, block: Block) -> Storage {
        Storage { bytes, event: None, block: OnceLock::from(block), replicas: OnceLock::new(), lent: AtomicBool::new(false) }
    }

    /// A storage over memory owned by `owner`, which is read in place and never written.
    ///
    /// # Safety
    /// `ptr` points to `bytes` readable bytes that stay valid and unchanged until `owner` is dropped.
    pub unsafe fn foreign(ptr: NonNull<u8>, bytes: usize, owner: Box<dyn Any + Send + Sync>) -> Storage {
        Storage::full(bytes, Block::Foreign { ptr, _owner: owner })
    }

    /// Whether somebody else may write the memory: its owner, or one it was lent to.
    pub(crate) fn is_foreign(&self) -> bool {
        match self.block.get() {
            Some(Block::Foreign { .. }) => true,
            Some(Block::Shared { owner, .. }) => owner.is_foreign(),
            _ => self.lent.load(Relaxed),
        }
    }

    /// Lets others write the memory from now on, as long as they hold the storage. What devices hold of it is given up. Returns
    /// whether they may: not constants, and not memory that was somebody else's from the start.
    pub(crate) fn lend(&self) -> bool {
        match self.block.get() {
            Some(Block::Owned { .. }) => {}
            Some(Block::Shared { owner, .. }) => return owner.lend(),
            _ => return false,
        }
        self.lent.store(true, Relaxed);
        if let Some(replicas) = self.replicas.get() {
            replicas.lock().clear();
        }
        true
    }

    /// The bytes asked for.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The completion of the task that fills this storage, while there is one to wait for.
    pub(crate) fn event(&self) -> Option<&Arc<Event>> {
        self.event.as_ref()
    }

    /// The completion of its task, when the storage itself goes.
    pub(crate) fn into_event(self) -> Option<Arc<Event>> {
        self.event
    }

    /// Whether the contents can be read now: `Ok(false)` while the task is still to run, its error if it failed.
    pub fn ready(&self) -> Result<bool> {
        self.event.as_ref().map_or(Ok(true), |e| e.poll())
    }

    /// Puts memory behind the storage. Called once, by the task that fills it.
    pub(crate) fn fill(&self, block: Block) {
        let fresh = self.block.set(block).is_ok();
        debug_assert!(fresh, "a storage is filled once");
    }

    /// A block that shows the memory of `storage` from `ptr` on. A block that is shared already is shared from its owner, so
    /// that chains of shares stay flat.
    pub(crate) fn share(storage: &Arc<Storage>, ptr: NonNull<u8>) -> Block {
        let owner = match storage.block.get() {
            Some(Block::Shared { owner, .. }) => owner.clone(),
            _ => storage.clone(),
        };
        Block::Shared { ptr, owner }
    }

    /// The block, taken out for another storage, if it is the allocator's and has room for `bytes`.
    pub(crate) fn take_block(&mut self, bytes: usize) -> Option<Block> {
        match self.block.get() {
            Some(Block::Owned { capacity, memory, .. })
                if bytes <= *capacity && self.bytes <= 2 * bytes && allocator::may_write(memory.as_ref()) =>
            {
                self.block.take()
            }
            _ => None,
        }
    }

    /// The block, if it is a constant kept in the storage itself.
    pub(crate) fn constant(&self) -> Option<&[u64; 2]> {
        match self.block.get() {
            Some(Block::Inline(words)) => Some(words),
            _ => None,
        }
    }

    /// The memory of device `gpu` that holds these bytes, if any.
    pub(crate) fn memory_on(&self, gpu: DeviceId) -> Option<Arc<dyn Memory>> {
        let shared = self.block.get().and_then(|b| b.memory_on(gpu));
        shared.cloned().or_else(|| {
            if self.is_foreign() {
                return None;
            }
            let replicas = self.replicas.get()?.lock();
            replicas.iter().find(|m| m.device() == gpu).cloned()
        })
    }

    /// The memory behind the storage, of the host and of devices.
    pub(crate) fn into_memory(self) -> (Option<Block>, Vec<Arc<dyn Memory>>) {
        let replicas = self.replicas.into_inner().map(|r| std::mem::take(&mut *r.lock()));
        (self.block.into_inner(), replicas.unwrap_or_default())
    }

    /// Adds memory of a device that holds, or is about to hold, the same bytes.
    pub(crate) fn add_replica(&self, memory: Arc<dyn Memory>) {
        let replicas = self.replicas.get_or_init(Replicas::known);
        replicas.lock().push(memory);
        if self.is_filled() {
            replicas.note_host();
        }
    }

    /// Whether the bytes are on devices only, and none has been told to copy them for the host.
    pub(crate) fn can_stage(&self) -> bool {
        self.bytes > 0 && !self.is_filled() && self.replicas.get().is_some_and(|r| r.staged().is_none())
    }

    /// Keeps memory that the host sees, which will hold the same bytes when the storage is ready.
    pub(crate) fn stage(&self, memory: Arc<dyn Memory>) {
        if let Some(replicas) = self.replicas.get() {
            *replicas.staged() = Some(memory);
        }
    }

    /// Makes the bytes readable at [`Storage::ptr`], copying them from a device if that is where they are. The storage must be ready.
    ///
    /// # Errors
    /// When memory is exhausted or the device is lost.
    pub(crate) fn ensure_host(&self) -> Result<()> {
        if self.block.get().is_some() {
            return Ok(());
        }
        let Some(replicas) = self.replicas.get() else { return Ok(()) };
        let memories = replicas.lock();
        if self.block.get().is_none()
            && let Some(memory) = memories.first()
        {
            let block = Block::allocate(self.bytes)?;
            let from = self.event.as_ref().map(|e| e.stream());
            // SAFETY: the block is fresh and has room for the bytes of this storage.
            let to = unsafe { std::slice::from_raw_parts_mut(block.ptr().cast_mut(), self.bytes) };
            let mut staged = replicas.staged();
            match &*staged {
                Some(staged) => gpu::read_staged(staged, to)?,
                None => gpu::read(memory, from, to)?,
            }
            *staged = None;
            drop(staged);
            let _ = self.block.set(block);
            replicas.note_host();
        }
        Ok(())
    }

    /// Whether the bytes are anywhere: in the host's memory or a device's.
    pub(crate) fn is_somewhere(&self) -> bool {
        self.is_filled() || self.replicas.get().is_some()
    }

    /// The address of the first byte. Dangling before the storage is ready.
    pub(crate) fn ptr(&self) -> *const u8 {
        self.block.get().map_or(NonNull::dangling().as_ptr(), Block::ptr)
    }

    /// Whether memory of the host is behind the storage.
    pub(crate) fn is_filled(&self) -> bool {
        self.block.get().is_some()
    }
}
