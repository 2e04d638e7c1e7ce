//! The example of an extension and its tests of this name, compiled with the workspace, which has compiled all else already.

extern crate self as axpby;

#[path = "../../../examples/axpby/src/kernel.rs"]
mod kernel;
#[path = "../../../examples/axpby/src/kernel_gpu.rs"]
mod kernel_gpu;
#[path = "../../../examples/axpby/src/operation.rs"]
mod operation;
#[path = "../../../examples/axpby/src/primitive.rs"]
mod primitive;
#[path = "../../../examples/axpby/src/scalar.rs"]
mod scalar;
#[path = "../../../examples/axpby/tests/axpby.rs"]
mod tests;

use operation::axpby;
use primitive::Axpby;
