//! The CPU.
pub mod copy;
pub mod fused;
mod loader;
pub mod pool;
pub use loader::Loader;
