//! `z = alpha · x + beta · y`, as an operation of this crate, made in two ways.
//!
//! [`axpby`] is written by hand: an operation, a primitive, a kernel, and the rules of the transforms. [`scalar::axpby`] says what
//! happens to one element and gets the rest from that.

#![forbid(unsafe_code)]

mod kernel;
mod kernel_gpu;
mod operation;
mod primitive;
pub mod scalar;

pub use operation::axpby;
pub use primitive::Axpby;
