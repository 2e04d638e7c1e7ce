//! Reductions whose input a program computes.

use super::GpuCall;
use crate::error::Result;
use crate::primitive::Reduction;
use crate::scalar::Program;

/// Encodes `reduction` of what `program` computes over `shape`, storing `stored` of its other outputs in passing.
pub(super) fn run(_: &Program, _: &[usize], _: &dyn Reduction, _: usize, call: &mut GpuCall) -> Result<()> {
    Err(call.declined("yet"))
}
