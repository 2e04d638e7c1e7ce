//! Scalars and scalar programs: the small typed expression language that elementwise operations, fusion and every backend share.

mod ir;
mod value;

pub use ir::{Builder, Program, ScalarOp};
pub use value::Scalar;
