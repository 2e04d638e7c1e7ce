//! Millpond's core: lazy arrays on streams in one pool of memory.
//!
//! See ARCHITECTURE.md for the whole picture.

pub mod dtype;
pub mod error;
pub mod scalar;
pub mod shape;
