//! What scans must compute.

use super::*;
use crate::ext::conformance::*;

/// A scan along an axis, each result `f` of the elements so far.
macro_rules! along {
    ($name:ident $axis:literal $reverse:literal, $f:expr) => {
        Row::unary(
            stringify!($name),
            |x| one($name(&x[0], $axis, Scan { reverse: $reverse, ..Scan::default() })),
            Oracle::Dense(|x| vec![so_far(&x[0], $axis, $reverse, $f)]),
        )
        .shapes(SHAPES)
        .within(16.0)
    };
}
/// The same without the element itself.
macro_rules! before {
    ($name:ident $axis:literal $reverse:literal) => {
        Row::unary(
            stringify!($name),
            |x| one($name(&x[0], $axis, Scan { reverse: $reverse, inclusive: false, dtype: None })),
            Oracle::Itself,
        )
        .shapes(SHAPES)
    };
}

const SHAPES: &[&[&[usize]]] = &[&[&[2, 3, 4]], &[&[6, 1]], &[&[3, 9]], &[&[2, 0]]];
const APART: &[Domain] = &[Domain::Distinct(-2.0, 2.0)];

fn so_far(x: &Dense, axis: usize, reverse: bool, f: impl Fn(&[C]) -> C) -> Dense {
    x.along(axis, |row| {
        let n = row.len();
        (0..n).map(|i| if reverse { f(&row[i..]) } else { f(&row[..=i]) }).collect()
    })
}

fn largest(x: &[C]) -> C {
    x.iter().copied().reduce(|a, b| if b.re > a.re { b } else { a }).unwrap_or_default()
}

fn smallest(x: &[C]) -> C {
    x.iter().copied().reduce(|a, b| if b.re < a.re { b } else { a }).unwrap_or_default()
}

fn log_sum(x: &[C]) -> C {
    x.iter().map(|x| x.exp()).sum::<C>().ln()
}

/// One row a scan, an axis and a direction.
pub static ROWS: &[Row] = &[
    along!(cumsum 0 false, |x| x.iter().sum()).dtypes(INEXACT),
    along!(cumsum 1 true, |x| x.iter().sum()).dtypes(INEXACT),
    along!(cumsum 1 false, |x| x.iter().sum()).on(&[Domain::Bit]).dtypes(REAL),
    before!(cumsum 0 false),
    before!(cumsum 1 true),
    along!(cumprod 0 true, |x| x.iter().product()).dtypes(INEXACT),
    along!(cumprod 1 false, |x| x.iter().product()).dtypes(INEXACT),
    along!(cumprod 1 false, |x| x.iter().product()).on(&[Domain::Bit]).dtypes(REAL),
    before!(cumprod 0 true),
    before!(cumprod 1 false),
    along!(cummax 0 false, largest).on(APART).dtypes(REAL),
    along!(cummax 1 true, largest).on(APART).dtypes(REAL),
    along!(cummin 1 false, smallest).on(APART).dtypes(REAL),
    along!(logcumsumexp 0 true, log_sum).dtypes(REAL),
    along!(logcumsumexp 1 false, log_sum).dtypes(REAL),
    Row::unary(
        "diff",
        |x| one(diff(&x[0], 1, 0)),
        Oracle::Dense(|x| vec![x[0].along(0, |row| row.windows(2).map(|w| w[1] - w[0]).collect())]),
    )
    .dtypes(INEXACT)
    .shapes(SHAPES),
    Row::unary("diff", |x| one(diff(&x[0], 2, -1)), Oracle::Itself).shapes(&[&[&[2, 5]]]),
];
