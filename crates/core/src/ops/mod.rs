//! The operations: one folder a family, holding all that is known about it. Nothing outside a folder names its primitives.

use crate::ext::{OpDecl, Row};

pub mod create;
pub mod elementwise;
pub mod index;
pub mod join;
pub mod linalg;
pub mod matmul;
pub mod random;
pub mod reduce;
pub mod scan;
pub mod softmax;
pub mod sort;
pub mod view;

/// The declarations of every family.
pub static FAMILIES: &[&[&OpDecl]] = &[
    elementwise::UNARY,
    elementwise::PARTS,
    elementwise::BINARY,
    elementwise::DIVISIONS,
    elementwise::SELECTION,
    elementwise::CONVERSIONS,
    elementwise::COMPOSITES,
    elementwise::FP8,
    create::OPS,
    index::OPS,
    join::OPS,
    linalg::OPS,
    matmul::OPS,
    random::OPS,
    reduce::OPS,
    scan::OPS,
    softmax::OPS,
    sort::OPS,
    view::OPS,
];

/// The conformance rows of every family, for the runner in `millpond-testkit`: each family's `conformance::ROWS`.
pub static CONFORMANCE: &[&[Row]] = &[
    create::conformance::ROWS,
    elementwise::conformance::ROWS,
    index::conformance::ROWS,
    join::conformance::ROWS,
    linalg::conformance::ROWS,
    matmul::conformance::ROWS,
    random::conformance::ROWS,
    reduce::conformance::ROWS,
    scan::conformance::ROWS,
    softmax::conformance::ROWS,
    sort::conformance::ROWS,
    view::conformance::ROWS,
];
