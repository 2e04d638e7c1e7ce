//! Memory: the allocator with its limits and counters, and storages, the allocations arrays share.

pub mod allocator;
mod storage;

pub(crate) use storage::Block;
pub use storage::Storage;
