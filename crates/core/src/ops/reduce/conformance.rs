//! What reductions must compute.

use super::*;
use crate::ext::conformance::*;
use crate::ops::elementwise::astype;

/// A reduction of one input over `axes`, given `f` of each row.
macro_rules! over {
    ($name:ident $axes:expr, $f:expr) => {
        Row::unary(
            stringify!($name),
            |x| one($name(&x[0], $axes)),
            Oracle::Dense(|x| vec![folded(&x[0], &Axes::from($axes), $f)]),
        )
        .shapes(SHAPES)
    };
}

const SHAPES: &[&[&[usize]]] = &[&[&[2, 3, 4]], &[&[37, 1]], &[&[5, 70]], &[&[3, 1100]]];
const SMALL: &[&[&[usize]]] = &[&[&[2, 3, 4]], &[&[7, 1]], &[&[5, 3]]];
const NEAR: &[Domain] = &[Domain::Range(-1.0, 1.0)];
const APART: &[Domain] = &[Domain::Distinct(-2.0, 2.0)];

/// `f` of the elements that `axes` fold together, for each result.
fn folded(x: &Dense, axes: &Axes, f: impl Fn(&[C]) -> C) -> Dense {
    let gone = axes.resolve("oracle", x.shape.len()).unwrap_or_default();
    let mut shape = x.shape.clone();
    gone.iter().for_each(|&axis| shape[axis] = 1);
    let kept = Dense::from_fn(&shape, |at| {
        let mut elements = Vec::new();
        Dense::from_fn(&x.shape, |index| {
            if (0..index.len()).all(|axis| gone.contains(&axis) || index[axis] == at[axis]) {
                elements.push(x.at(index));
            }
            C::ZERO
        });
        f(&elements)
    });
    let stays = |axis: &usize| axes.is_kept() || !gone.contains(axis);
    Dense { shape: (0..shape.len()).filter(stays).map(|axis| shape[axis]).collect(), data: kept.data }
}

fn first(x: &[C], before: impl Fn(f64, f64) -> bool) -> C {
    let best = (1..x.len()).fold(0, |best, i| if before(x[i].re, x[best].re) { i } else { best });
    C::new(best as f64, 0.0)
}

fn truth(b: bool) -> C {
    C::new(f64::from(u8::from(b)), 0.0)
}

fn average(x: &[C]) -> C {
    x.iter().sum::<C>() / x.len() as f64
}

fn spread(x: &[C], ddof: f64) -> C {
    let mean = average(x);
    C::new(x.iter().map(|x| (x - mean).norm_sqr()).sum::<f64>() / (x.len() as f64 - ddof), 0.0)
}

fn middle(x: &[C]) -> C {
    let mut x: Vec<f64> = x.iter().map(|x| x.re).collect();
    x.sort_by(f64::total_cmp);
    C::new((x[(x.len() - 1) / 2] + x[x.len() / 2]) / 2.0, 0.0)
}

/// One row a reduction and a choice of axes.
pub static ROWS: &[Row] = &[
    over!(sum.., |x| x.iter().sum()).on(NEAR).dtypes(INEXACT).within(2000.0),
    over!(sum 0, |x| x.iter().sum()).on(NEAR).dtypes(INEXACT).within(64.0),
    over!(sum keep(-1), |x| x.iter().sum()).on(NEAR).dtypes(INEXACT).within(2000.0),
    over!(sum 0, |x| x.iter().sum()).on(&[Domain::Range(0.0, 2.0)]).dtypes(REAL).shapes(SMALL).within(64.0),
    over!(prod.., |x| x.iter().product()).shapes(SMALL).within(64.0).dtypes(INEXACT),
    over!(prod keep(0), |x| x.iter().product()).shapes(SMALL).within(64.0).dtypes(INEXACT),
    over!(prod 1, |x| x.iter().product()).on(&[Domain::Bit]).shapes(SMALL).dtypes(REAL),
    over!(max.., |x| x.iter().copied().reduce(|a, b| if b.re > a.re { b } else { a }).unwrap_or_default())
        .on(APART)
        .dtypes(FLOAT),
    over!(max 0, |x| x.iter().copied().reduce(|a, b| if b.re > a.re { b } else { a }).unwrap_or_default()).on(APART).dtypes(REAL),
    over!(min keep(1), |x| x.iter().copied().reduce(|a, b| if b.re < a.re { b } else { a }).unwrap_or_default())
        .on(APART)
        .dtypes(REAL),
    over!(all 0, |x| truth(x.iter().all(|x| x.norm() != 0.0))).on(&[Domain::Bit]).dtypes(&Dtype::ALL).flat(),
    over!(any - 1, |x| truth(x.iter().any(|x| x.norm() != 0.0))).on(&[Domain::Bit]).dtypes(&Dtype::ALL).flat(),
    over!(argmax 0, |x| first(x, |a, b| a > b)).dtypes(REAL).flat(),
    over!(argmin - 1, |x| first(x, |a, b| a < b)).dtypes(REAL).flat(),
    over!(argmax.., |x| first(x, |a, b| a > b)).dtypes(REAL).flat(),
    over!(count_nonzero.., |x| C::new(x.iter().filter(|x| x.norm() != 0.0).count() as f64, 0.0)).dtypes(&Dtype::ALL).flat(),
    over!(mean.., average).dtypes(&Dtype::ALL).within(64.0),
    over!(mean keep(0), average).dtypes(&Dtype::ALL).within(16.0),
    over!(logsumexp.., |x| x.iter().map(|x| x.exp()).sum::<C>().ln()).dtypes(REAL).within(64.0),
    over!(logsumexp 1, |x| x.iter().map(|x| x.exp()).sum::<C>().ln()).dtypes(REAL).within(64.0),
    Row::unary("var", |x| one(var(&x[0], 0, 0)), Oracle::Dense(|x| vec![folded(&x[0], &Axes::from(0), |x| spread(x, 0.0))]))
        .dtypes(&Dtype::ALL)
        .shapes(SHAPES)
        .within(64.0),
    Row::unary(
        "std",
        |x| one(std(&x[0], keep(-1), 1)),
        Oracle::Dense(|x| vec![folded(&x[0], &keep(-1), |x| spread(x, 1.0).sqrt())]),
    )
    .dtypes(FLOAT)
    .shapes(&[&[&[2, 3, 4]], &[&[5, 70]]])
    .within(64.0),
    over!(median.., middle).on(APART).dtypes(FLOAT).within(4.0).shapes(SMALL),
    over!(median keep(1), middle).on(APART).dtypes(FLOAT).within(4.0).shapes(SMALL),
    Row::unary("minmax", |x| minmax(&x[0], 1).map(|(a, b)| vec![a, b]), Oracle::Itself).on(APART).shapes(SMALL),
    // Summed in a wider type than the elements have.
    Row::unary(
        "sum of a cast",
        |x| one(sum(&astype(&x[0], Dtype::Float64)?, ..)),
        Oracle::Dense(|x| vec![folded(&x[0], &Axes::all(), |x| x.iter().sum())]),
    )
    .shapes(SHAPES)
    .within(64.0),
];
