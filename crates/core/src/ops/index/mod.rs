//! Indexing: elements chosen by arrays of indices, and put back.
//!
//! [`gather()`] and [`scatter()`] are the two primitives; [`take()`] and its kin, and the subscripts of [`get`], [`set`] and
//! [`update`], say in their terms (and in those of views) what they choose.

mod along;
mod combine;
pub mod conformance;
mod gather;
mod gpu;
mod part;
mod plan;
mod scatter;
mod sorted;
mod subscript;
#[cfg(test)]
mod tests;

pub use along::{put_along_axis, slice, slice_update, take, take_along_axis};
pub use combine::Combine;
pub use gather::gather;
pub use part::{Index, Subscript};
pub use plan::Source;
pub use scatter::{Mode, scatter};
pub use subscript::{Update, get, set, update};

use crate::ext::*;

/// The declarations of the family.
pub static OPS: &[&OpDecl] = &[&put_along_axis::DECL, &slice::DECL, &slice_update::DECL, &take::DECL, &take_along_axis::DECL];
