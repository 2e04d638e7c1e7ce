//! The operations: one folder a family, holding all that is known about it. Nothing outside a folder names its primitives.

use crate::ext::OpDecl;

pub mod elementwise;
pub mod view;

/// The declarations of every family.
pub static FAMILIES: &[&[&OpDecl]] = &[elementwise::OPS, view::OPS];
