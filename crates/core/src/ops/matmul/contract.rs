//! Sums of products over chosen axes.

use super::matmul;
use crate::ext::*;
use crate::ops::elementwise::{conjugate, multiply};
use crate::ops::reduce::sum;
use crate::ops::view::{flatten, moveaxis, reshape_to, transpose};

op! {
    inner "(a: array, b: array, /)" => |c| inner(c.array(0)?, c.array(1)?);
    /// The sums of products along the last axes: the result has the other axes of `a`, then those of `b`. A 0-d operand scales the other.
    ///
    /// # Errors
    /// When the last axes differ in length, or as [`matmul`](super::matmul()).
    pub fn inner(a: &Array, b: &Array) -> Result<Array> {
        if a.ndim() == 0 || b.ndim() == 0 {
            return multiply(a, b);
        }
        if a.shape().last() != b.shape().last() {
            return Err(Error::value("[inner] a and b must have the same last dimension."));
        }
        contract(a, b, &[a.ndim() - 1], &[b.ndim() - 1])
    }

    outer "(a: array, b: array, /)" => |c| outer(c.array(0)?, c.array(1)?);
    /// The products of every element of `a` with every element of `b`, both flattened: shape `(a.size, b.size)`.
    pub fn outer(a: &Array, b: &Array) -> Result<Array> {
        multiply(reshape_to(a, &[a.size(), 1])?, flatten(b, 0, -1)?)
    }

    kron "(a: array, b: array)" => |c| kron(c.array(0)?, c.array(1)?);
    /// The Kronecker product: every element of `a` times the whole of `b`, axis lengths multiplied.
    pub fn kron(a: &Array, b: &Array) -> Result<Array> {
        // Axis by axis, `a` of length n and `b` of length m become (n, 1) and (1, m).
        let ndim = a.ndim().max(b.ndim());
        let interleaved = |x: &Array, own: usize| {
            let mut shape = Shape::from_elem(1, 2 * ndim);
            for (i, &n) in x.shape().iter().rev().enumerate() {
                shape[2 * (ndim - 1 - i) + own] = n;
            }
            reshape_to(x, &shape)
        };
        let both = multiply(interleaved(a, 0)?, interleaved(b, 1)?)?;
        let shape: Shape = both.shape().chunks(2).map(|pair| pair[0] * pair[1]).collect();
        reshape_to(&both, &shape)
    }

    vecdot "(a: array, b: array, /, *, axis: int = -1)" => |c| vecdot(c.array(0)?, c.array(1)?, c.int(2)?);
    /// The sums of the products `conj(a) · b` along `axis`, the other axes broadcast.
    ///
    /// # Errors
    /// When `axis` is out of range or its lengths differ, or the other axes do not broadcast.
    pub fn vecdot(a: &Array, b: &Array, axis: i64) -> Result<Array> {
        let place = |x: &Array| crate::ext::axis("vecdot", axis, x.ndim()).map(|i| i as i64);
        let (i, j) = (place(a)?, place(b)?);
        if a.shape()[i as usize] != b.shape()[j as usize] {
            return Err(Error::value("[vecdot] a and b must have the same size along axis."));
        }
        sum(&multiply(conjugate(&moveaxis(a, i, -1)?)?, moveaxis(b, j, -1)?)?, -1)
    }

    tensordot "(a: array, b: array, /, axes: axis_pairs = 2)" => |c| match &c.lists(2)?[..] {
        [count] if count.len() == 1 => tensordot(c.array(0)?, c.array(1)?, count[0]),
        [left, right] => tensordot(c.array(0)?, c.array(1)?, (left.clone(), right.clone())),
        _ => Err(Error::value("[tensordot] axes must be a number or two lists of axes.")),
    };
    /// The sum of products over pairs of axes: the last `n` of `a` with the first `n` of `b` for a number `n`, or as listed.
    /// The result has the other axes of `a`, then those of `b`.
    ///
    /// # Errors
    /// When the lists differ in length, an axis is out of range or named twice, the axes of a pair differ in length, or as
    /// [`matmul`](super::matmul()).
    pub fn tensordot(a: &Array, b: &Array, axes: impl Into<Pairs>) -> Result<Array> {
        let resolve = |axes: &[i64], ndim: usize| -> Result<Vec<usize>> {
            crate::ext::axes("tensordot", axes, ndim)?;
            axes.iter().map(|&x| axis("tensordot", x, ndim)).collect()
        };
        let (left, right) = match axes.into() {
            Pairs::Count(n) if n < 0 || n as usize > a.ndim().min(b.ndim()) => {
                let (a, b) = (show(a.shape()), show(b.shape()));
                return Err(Error::value(format!("[tensordot] {n} axes can't be contracted in arrays of shapes {a} and {b}.")));
            }
            Pairs::Count(n) => ((a.ndim() - n as usize..a.ndim()).collect(), (0..n as usize).collect()),
            Pairs::Listed(left, right) => (resolve(&left, a.ndim())?, resolve(&right, b.ndim())?),
        };
        if left.len() != right.len() || left.iter().zip(&right).any(|(&i, &j)| a.shape()[i] != b.shape()[j]) {
            return Err(Error::value("[tensordot] a and b must have the same shape on the contracted axes."));
        }
        contract(a, b, &left, &right)
    }
}

/// Which axes [`tensordot`](tensordot()) sums over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Pairs {
    /// So many last axes of the left with as many first axes of the right operand.
    Count(i64),
    /// Axes of the left, and their partners in the right operand.
    Listed(Vec<i64>, Vec<i64>),
}

impl From<i64> for Pairs {
    fn from(n: i64) -> Pairs {
        Pairs::Count(n)
    }
}
impl From<(Vec<i64>, Vec<i64>)> for Pairs {
    fn from((left, right): (Vec<i64>, Vec<i64>)) -> Pairs {
        Pairs::Listed(left, right)
    }
}

/// One product of matrices: the axes `left` of `a` summed with `right` of `b`, the others kept in order.
fn contract(a: &Array, b: &Array, left: &[usize], right: &[usize]) -> Result<Array> {
    let kept = |x: &Array, gone: &[usize]| (0..x.ndim()).filter(|i| !gone.contains(i)).collect::<Vec<_>>();
    let (rows, columns) = (kept(a, left), kept(b, right));
    let lengths = |x: &Array, axes: &[usize]| axes.iter().map(|&i| x.shape()[i]).collect::<Shape>();
    let order = |axes: [&[usize]; 2]| axes.concat().iter().map(|&i| i as i64).collect::<Vec<_>>();
    let depth = size(&lengths(a, left));
    let (m, n) = (lengths(a, &rows), lengths(b, &columns));
    let flat_a = reshape_to(&transpose(a, order([&rows, left]))?, &[size(&m), depth])?;
    let flat_b = reshape_to(&transpose(b, order([right, &columns]))?, &[depth, size(&n)])?;
    reshape_to(&matmul(&flat_a, &flat_b)?, &[m, n].concat())
}
