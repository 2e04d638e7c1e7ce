//! Transforms of the graph: gradients ([`vjp`], [`grad`]), tangents ([`jvp`]) and batches ([`vmap`]); functions with rules of
//! their own ([`CustomFunction`], [`checkpoint`]); functions run once and repeated ([`Compiled`]).
//!
//! A transform gives the function it transforms fresh arrays that carry a [`Trace`]; every operation with a traced input writes
//! itself on the trace's tape and passes the trace on to its outputs. Afterwards the transform walks the tape and applies each
//! primitive's rule. Rules are made of operations, so an outer transform that is watching sees them like any others.

mod compile;
mod custom;
mod grad;
mod trace;
mod vmap;

pub use compile::Compiled;
pub use custom::{CustomFunction, JvpRule, Rules, VjpRule, VmapRule, apply as apply_custom, checkpoint, depends, recomputing};
pub use grad::{check_differentiable, grad, jvp, stop_gradient, value_and_grad, value_and_grad_with, vjp};
pub(crate) use trace::traces_of;
pub use trace::{Record, Trace, TraceSet};
pub use vmap::{vmap, vmap_axes};
