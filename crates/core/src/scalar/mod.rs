//! Scalars and scalar programs: the small typed expression language that elementwise operations, fusion and every backend share.

mod ir;
mod op;
mod text;
mod value;

pub use ir::{Builder, Instr, Program, Reg};
pub use op::ScalarOp;
pub use value::Scalar;
