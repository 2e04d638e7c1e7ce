//! Elementwise operations: one scalar operation applied to every element. A function is one row of a table (`unary`,
//! `binary`); kernels, fusion, gradients and vectorization come from the row. `select` and `composite` hold the functions that
//! are made of others.

mod align;
mod binary;
mod cast;
mod composite;
pub mod conformance;
mod fp8;
mod primitive;
mod program;
mod rule;
mod select;
#[cfg(test)]
mod tests;
mod unary;

pub use align::*;
pub use binary::*;
pub use cast::*;
pub use composite::*;
pub use fp8::*;
pub use primitive::*;
pub use program::*;
pub use rule::Term;
pub use select::*;
pub use unary::*;
