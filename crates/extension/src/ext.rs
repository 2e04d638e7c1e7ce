//! The names an operation needs, as in the core's `ext`.

pub use crate::args::{Axes, Operand, keep, shape as shape_arg};
pub use crate::array::{Array, Spec, Value};
pub use crate::call::{Arg, CpuCall, call};
pub use crate::dtype::{Category, Dtype, Element, bf16, c64, f16};
pub use crate::error::{Error, Kind, Result};
pub use crate::gpu::{self, GpuCall};
pub use crate::pool;
pub use crate::primitive::{Attribute, Attributes, Batched, Handle, Jvp, Primitive, Reduction, Specs, Vjp, Vmap};
pub use crate::scalar::{Builder, Program, Scalar, ScalarOp};
pub use crate::shape::{
    Layout, Shape, Strides, axes, axis, broadcast, broadcast_all, checked_size, collapse, positions, row_major, show, size,
};
pub use crate::stream::Stream;
pub use crate::{dispatch, dispatch_size};
pub use smallvec::{SmallVec, smallvec};
