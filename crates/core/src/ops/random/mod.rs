//! Random numbers that depend on nothing but a key: Threefry bits, and distributions made of them by elementwise operations,
//! which fuse into one pass over the bits.
//!
//! A call without a key draws one from the state of its thread when it is built ([`state`]); evaluation order never matters.
//! `normal(&[3])` samples with the defaults, `Normal { scale: 2.0.into(), ..Default::default() }.sample(&[3])` with others.

mod bits;
pub mod conformance;
mod continuous;
mod discrete;
mod gpu;
mod multivariate;
mod shuffle;
mod state;
#[cfg(test)]
mod tests;

pub use bits::*;
pub use continuous::*;
pub use discrete::*;
pub use multivariate::*;
pub use shuffle::*;
pub use state::*;

use crate::ext::*;

/// The declarations of the family.
pub static OPS: &[&OpDecl] = &[
    &bernoulli::DECL,
    &categorical::DECL,
    &gumbel::DECL,
    &key::DECL,
    &laplace::DECL,
    &multivariate_normal::DECL,
    &normal::DECL,
    &permutation::DECL,
    &randint::DECL,
    &split::DECL,
    &truncated_normal::DECL,
    &uniform::DECL,
];
