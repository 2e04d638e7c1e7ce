//! Millpond's core: lazy arrays on streams in one pool of memory.
//!
//! See ARCHITECTURE.md for the whole picture.

// Headers of modules lead to their parts, for those who read the source.
#![allow(rustdoc::private_intra_doc_links)]

pub mod args;
pub mod array;
pub mod conformance;
pub mod cpu;
pub mod device;
pub mod dtype;
pub mod error;
pub mod ext;
pub mod gpu;
pub mod graph;
pub mod memory;
pub mod methods;
pub mod ops;
pub mod primitive;
pub mod print;
pub mod registry;
pub mod scalar;
pub mod shape;
pub mod spec;
pub mod stream;
pub mod transform;
