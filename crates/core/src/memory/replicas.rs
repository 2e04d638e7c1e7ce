//! Copies of storages in memories of devices, and their going when a device has no room.

use crate::gpu::{DeviceId, Memory};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// The memories of devices that hold the bytes of one storage.
#[derive(Default)]
pub(super) struct Replicas {
    memories: Mutex<Vec<Arc<dyn Memory>>>,
    /// Memory that the host sees, to which a device has copied them for it.
    staged: Mutex<Option<Arc<dyn Memory>>>,
    /// Whether the host holds the bytes too, so that all of these can go.
    on_host: AtomicBool,
}

/// All that there are: those that are gone are swept out when the list has doubled.
static ALL: Mutex<(Vec<Weak<Replicas>>, usize)> = Mutex::new((Vec::new(), 0));

/// Lists shorter than this are not swept.
const FEW: usize = 256;

impl Replicas {
    /// An empty set that [`evict`] knows.
    pub(super) fn known() -> Arc<Replicas> {
        let replicas = Arc::<Replicas>::default();
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        let (list, swept) = &mut *all;
        if list.len() >= FEW.max(2 * *swept) {
            list.retain(|r| r.strong_count() > 0);
            *swept = list.len();
        }
        list.push(Arc::downgrade(&replicas));
        replicas
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Vec<Arc<dyn Memory>>> {
        self.memories.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the device has copied for the host, or is about to.
    pub(super) fn staged(&self) -> MutexGuard<'_, Option<Arc<dyn Memory>>> {
        self.staged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the host holds the bytes.
    pub(super) fn note_host(&self) {
        self.on_host.store(true, Relaxed);
    }
}

/// Drops what device `gpu` holds of arrays that the host holds too, and nothing reads now. They are copied again when they are read
/// there next. Returns how many bytes that were.
pub(crate) fn evict(gpu: DeviceId) -> usize {
    let all: Vec<Arc<Replicas>> = {
        let all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        all.0.iter().filter_map(Weak::upgrade).collect()
    };
    let mut dropped = Vec::new();
    for replicas in all.iter().filter(|r| r.on_host.load(Relaxed)) {
        // What a task holds to read it frees nothing by going from here.
        dropped.extend(replicas.lock().extract_if(.., |m| m.device() == gpu && Arc::strong_count(m) == 1));
    }
    dropped.iter().map(|m| m.bytes()).sum()
}
