//! The surface an operation may use: all that `ops/**` and foreign crates import.

pub use crate::args::{Axes, Operand, keep, shape as shape_arg};
pub use crate::array::{Array, Spec, Value};
pub use crate::conformance::{self, Dense, Domain, Oracle, Row};
pub use crate::cpu::fused::Reader;
pub use crate::cpu::isa::{Isa, isa};
pub use crate::cpu::{Disjoint, Loader, copy, factor, gemm, math, pool};
pub use crate::dtype::{Category, Dtype, Element, bf16, c64, f16};
pub use crate::error::{Error, Kind, Result};
pub use crate::gpu::{self, GpuCall};
pub use crate::graph::{CpuCall, async_eval, eval};
pub use crate::primitive::{Attribute, Attributes, Batched, Handle, Jvp, Primitive, Reduction, Specs, Vjp, Vmap};
pub use crate::registry::{Arg, Args, OpDecl, Output};
pub use crate::scalar::{Builder, Program, Scalar, ScalarOp};
pub use crate::shape::{
    Layout, Shape, Strides, axes, axis, broadcast, broadcast_all, checked_size, collapse, positions, row_major, show, size,
};
pub use crate::stream::Stream;
pub use crate::transform::{jvp, stop_gradient, vjp};
pub use crate::{dispatch, dispatch_size, isa_clones, op};
pub use smallvec::{SmallVec, smallvec};
