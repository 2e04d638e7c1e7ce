//! Scalars and scalar programs: the small typed expression language that elementwise operations, fusion and every backend share.

mod value;

pub use value::Scalar;
