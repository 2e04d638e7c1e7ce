//! Kernels as values: WGSL text with a name, made once for each key and numbered, so that backends can keep what they build of it.

use crate::error::Result;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Mutex};

/// A compute kernel. Its entry point is `main`; binding 0 of group 0 is `array<u32>`, the parameters; then come `reads` buffers to
/// read and `writes` to write.
#[derive(Debug)]
pub struct Kernel {
    /// Tells it from every other kernel of the process.
    pub id: u64,
    /// What it is called in messages and tools.
    pub name: String,
    /// WGSL.
    pub source: String,
    /// Buffers it reads.
    pub reads: usize,
    /// Buffers it writes.
    pub writes: usize,
}

static NEXT: AtomicU64 = AtomicU64::new(0);
static KERNELS: LazyLock<Mutex<HashMap<String, Arc<Kernel>>>> = LazyLock::new(Mutex::default);

/// The kernel kept under `key`, written by `source` at the first call. The key names all that the text depends on.
pub(super) fn kernel(key: &str, reads: usize, writes: usize, source: impl FnOnce() -> Result<String>) -> Result<Arc<Kernel>> {
    if let Some(found) = KERNELS.lock().unwrap().get(key) {
        return Ok(found.clone());
    }
    let kernel = Kernel { id: NEXT.fetch_add(1, Relaxed), name: key.to_owned(), source: source()?, reads, writes };
    Ok(KERNELS.lock().unwrap().entry(key.to_owned()).or_insert_with(|| Arc::new(kernel)).clone())
}

/// All kernels made so far.
pub fn kernels() -> Vec<Arc<Kernel>> {
    KERNELS.lock().unwrap().values().cloned().collect()
}
