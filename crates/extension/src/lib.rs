//! Operations of your own for Millpond, in a Python module that is compiled separately from it.
//!
//! This crate is the core's `ext` over its C interface: the same names and the same trait [`ext::Primitive`] (the very same source
//! text, with the dtypes, shapes, errors and scalar programs around it), so that an operation written for the crate `millpond`
//! compiles against this one as it is. Name it so in `Cargo.toml`:
//! `millpond = { package = "millpond-extension", features = ["python"] }`.
//!
//! A module calls [`attach`] before anything else. What does not cross the interface: reductions that take in fused programs; give
//! kernels instead.

#[cfg(panic = "abort")]
compile_error!("panics must unwind, so that they can become errors: remove `panic = \"abort\"` from the profile");

// Files shared with the core.
pub mod args;
pub mod dtype;
pub mod error;
pub mod primitive;
#[allow(dead_code)]
pub mod scalar;
pub mod shape;
pub mod spec;

pub mod array;
pub mod call;
mod callbacks;
pub mod ext;
pub mod gpu;
pub mod ops;
pub mod pool;
#[cfg(feature = "python")]
pub mod python;
pub mod stream;
mod table;

/// What takes the place of the core's CPU module: fused programs don't feed foreign reductions.
pub mod cpu {
    /// What a reduction would read from. There is none.
    pub enum Loader {}
}

/// What takes the place of the core's graph module.
pub mod graph {
    pub use crate::call::CpuCall;
}

pub use args::Operand;
pub use array::{Array, Value};
pub use dtype::{Dtype, Element, bf16, c64, f16};
pub use error::{Error, Kind, Result};
pub use stream::Stream;
pub use table::attach;
