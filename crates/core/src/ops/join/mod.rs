//! Joining arrays and taking them apart, repeating and padding them. One primitive, [`concatenate`](concatenate()); the rest is
//! said in its terms and in those of views and indexing.

mod border;
mod chain;
pub mod conformance;
mod copies;
mod grid;
mod parts;
#[cfg(test)]
mod tests;

pub use border::{PadMode, pad, roll};
pub use chain::{concatenate, stack};
pub use copies::{repeat, tile};
pub use grid::{Indexing, atleast_1d, atleast_2d, atleast_3d, broadcast_arrays, meshgrid};
pub use parts::{Sections, split, unstack};

use crate::ext::*;

/// The declarations of the family.
pub static OPS: &[&OpDecl] = &[
    &atleast_1d::DECL,
    &atleast_2d::DECL,
    &atleast_3d::DECL,
    &broadcast_arrays::DECL,
    &concatenate::DECL,
    &meshgrid::DECL,
    &pad::DECL,
    &repeat::DECL,
    &roll::DECL,
    &split::DECL,
    &stack::DECL,
    &tile::DECL,
    &unstack::DECL,
];
