//! Norms and cross products.

use super::*;
use crate::ops::elementwise::{abs, not_equal, power, sqrt, square};
use crate::ops::join::{PadMode, concatenate, pad};
use crate::ops::reduce::{max, min, sum};
use crate::ops::view::{moveaxis, narrow};

/// Which norm.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Order {
    /// The root of the sum of squares, over any axes.
    Default,
    /// Of vectors `(Σ |x|ᵖ)^(1/p)`, with the largest and least element at ±∞ and the number of elements that are not 0 at 0. Of
    /// matrices ±1 and ±∞, the largest and least sum of a column and of a row, and ±2, the largest and least singular value.
    Number(f64),
    /// The Frobenius norm of matrices.
    Frobenius,
    /// The sum of the singular values.
    Nuclear,
}

impl From<f64> for Order {
    fn from(order: f64) -> Order {
        Order::Number(order)
    }
}

op! {
    norm as "linalg.norm" | "matrix_norm" "(a: array, /, ord: order? = None, axis: axes = None, keepdims: bool = False)" => |c| {
        let order = match &c.values[1] {
            Arg::None => Order::Default,
            Arg::Scalar(order) => Order::Number(order.to_f64()),
            Arg::Str(name) => match name.as_str() {
                "f" | "fro" => Order::Frobenius,
                "nuc" => Order::Nuclear,
                name => return Err(Error::value(format!("[linalg::norm] Invalid ord value '{name}' for matrix norm."))),
            },
            other => return Err(Error::dtype(format!("[linalg::norm] ord must be None, a number or a name, not {other:?}"))),
        };
        norm(c.array(0)?, order, c.axes(2)?.keeping(c.bool(3)?))
    };
    /// The norm of vectors (one axis) or matrices (two), or with the default order of all elements of the axes.
    ///
    /// The order is a number or `'fro'` or `'nuc'`. With one, `axis=None` takes the whole of an array of one or two axes.
    /// Integers become `float32`, complex numbers their absolute values.
    ///
    /// # Errors
    /// When an axis is out of range, there are more than two, or the order is none for that many.
    pub fn norm(a: &Array, order: impl Into<Order>, axes: impl Into<Axes>) -> Result<Array> {
        let order = order.into();
        let axes: Axes = axes.into();
        let keeps = axes.is_kept();
        let mut over = axes.resolve("linalg::norm", a.ndim())?;
        if let Some(given) = axes.given() {
            // In the order given: rows first.
            over = given.iter().map(|&i| axis("linalg::norm", i, a.ndim())).collect::<Result<_>>()?;
        }
        let given = |over: &[usize]| {
            let axes = Axes::from(over.iter().map(|&i| i as i64).collect::<Vec<_>>());
            axes.keeping(keeps)
        };
        let size = abs(&real(a)?)?;
        let dtype = size.dtype();
        match (order, &over[..]) {
            (Order::Default, _) => sqrt(&sum(&square(&size)?, given(&over))?),
            (Order::Number(p), [_]) => match p {
                f64::INFINITY => max(&size, given(&over)),
                f64::NEG_INFINITY => min(&size, given(&over)),
                0.0 => astype(&sum(&not_equal(&size, 0)?, given(&over))?, dtype),
                1.0 => sum(&size, given(&over)),
                2.0 => sqrt(&sum(&square(&size)?, given(&over))?),
                p => power(sum(&power(&size, p)?, given(&over))?, 1.0 / p),
            },
            (Order::Frobenius, [_, _]) => sqrt(&sum(&square(&size)?, given(&over))?),
            (Order::Number(p), &[row, column]) => {
                let sums = |over: usize| sum(&size, keep(over as i64));
                let result = match p {
                    1.0 => max(&sums(row)?, keep(column as i64))?,
                    -1.0 => min(&sums(row)?, keep(column as i64))?,
                    f64::INFINITY => max(&sums(column)?, keep(row as i64))?,
                    f64::NEG_INFINITY => min(&sums(column)?, keep(row as i64))?,
                    2.0 => of_values(a, [row, column], |s| max(s, keep(-1)))?,
                    -2.0 => of_values(a, [row, column], |s| min(s, keep(-1)))?,
                    p => return Err(Error::value(format!("[linalg::norm] Invalid ord {p} for matrix norm."))),
                };
                if keeps { Ok(result) } else { crate::ops::view::squeeze(&result, given(&over)) }
            }
            (Order::Nuclear, &[row, column]) => {
                let result = of_values(a, [row, column], |s| sum(s, keep(-1)))?;
                if keeps { Ok(result) } else { crate::ops::view::squeeze(&result, given(&over)) }
            }
            (Order::Frobenius | Order::Nuclear, over) => Err(Error::value(format!(
                "[linalg::norm] Norm '{}' is of matrices, with two axes, but there are {}.",
                if order == Order::Nuclear { "nuc" } else { "fro" },
                over.len()
            ))),
            (Order::Number(_), over) => {
                let n = over.len();
                Err(Error::value(format!("[linalg::norm] A norm with an order is over one axis or two, but there are {n}.")))
            }
        }
    }

    cross as "linalg.cross" "(a: array, b: array, axis: int = -1)" => |c| cross(c.array(0)?, c.array(1)?, c.int(2)?);
    /// The cross product along `axis`, which has 2 or 3 elements: a third one that is missing is 0. Other axes broadcast.
    ///
    /// # Errors
    /// When the axis is out of range or has another length, or shapes do not broadcast.
    pub fn cross(a: &Array, b: &Array, along: i64) -> Result<Array> {
        let dtype = a.dtype().promote(b.dtype());
        let vectors = |x: &Array| -> Result<Array> {
            let place = axis("linalg::cross", along, x.ndim())?;
            let last = moveaxis(&astype(x, dtype)?, place as i64, -1)?;
            match last.shape().last() {
                Some(3) => Ok(last),
                Some(2) => {
                    let widths: Vec<i64> = vec![0; 2 * last.ndim() - 1].into_iter().chain([1]).collect();
                    pad(&last, &widths, PadMode::Constant(0.into()))
                }
                _ => Err(Error::value("[linalg::cross] The specified axis must have size 2 or 3.")),
            }
        };
        let (a, b) = (vectors(a)?, vectors(b)?);
        let turned = |x: &Array, by: usize| {
            let axis = x.ndim() - 1;
            concatenate(&[narrow(x, axis, by, 3 - by)?, narrow(x, axis, 0, by)?], Some(-1))
        };
        let product = subtract(multiply(turned(&a, 1)?, turned(&b, 2)?)?, multiply(turned(&a, 2)?, turned(&b, 1)?)?)?;
        moveaxis(&product, -1, along)
    }
}

/// `f` of the singular values of the matrices that the axes `row` and `column` make, as an array with these axes of length 1.
fn of_values(a: &Array, [row, column]: [usize; 2], f: impl FnOnce(&Array) -> Result<Array>) -> Result<Array> {
    let a = real(a)?;
    let rest: Vec<i64> = (0..a.ndim()).filter(|i| *i != row && *i != column).map(|i| i as i64).collect();
    let order: Vec<i64> = rest.iter().copied().chain([row as i64, column as i64]).collect();
    let s = singular_values(&crate::ops::view::transpose(&a, order)?)?;
    let mut axes = [row as i64, column as i64];
    axes.sort();
    expand_dims(&crate::ops::view::squeeze(&f(&s)?, -1)?, axes.to_vec())
}
