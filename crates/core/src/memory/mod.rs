//! Memory: the allocator with its limits and counters, and storages, the allocations arrays share.

pub mod allocator;
mod replicas;
mod storage;

pub(crate) use replicas::evict;
pub(crate) use storage::Block;
pub use storage::Storage;
