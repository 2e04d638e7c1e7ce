//! Random order.

use super::bits::draw;
use crate::ext::*;
use crate::ops::index::take;
use crate::ops::sort::argsort;

op! {
    permutation as "random.permutation" "(x: operand, axis: int = 0, key: array? = None)" => |c| {
        Permutation { axis: c.int(1)?, key: c.opt_array(2)?.cloned() }.of(c.operand(0)?)
    };
    /// The numbers below an integer `x` in random order, `uint32` of shape `(x,)`; or the array `x` with its slices along its first
    /// axis in random order. [`Permutation`] has the options.
    ///
    /// # Errors
    /// When a number is negative or no integer, or the axis is out of range.
    pub fn permutation(x: impl Into<Operand>) -> Result<Array> {
        Permutation::default().of(x)
    }
}

/// The options of [`permutation`](permutation()).
#[derive(Clone, Debug, Default)]
pub struct Permutation {
    /// The axis whose slices change places.
    pub axis: i64,
    /// The key; drawn from the thread's state if `None`.
    pub key: Option<Array>,
}

impl Permutation {
    /// [`permutation`](permutation()) of `x` with these options.
    ///
    /// # Errors
    /// As [`permutation`](permutation()), and when the key is none.
    pub fn of(&self, x: impl Into<Operand>) -> Result<Array> {
        let order = |n: usize| argsort(&draw(&[n], self.key.as_ref())?, 0);
        match x.into() {
            Operand::Scalar(x @ (Scalar::Int(_) | Scalar::Bool(_))) => {
                let n = usize::try_from(x.to_int());
                order(n.map_err(|_| Error::value("[permutation] the number to permute must not be negative"))?)
            }
            Operand::Scalar(x) => {
                Err(Error::dtype(format!("[permutation] expected an integer or an array, not a number of dtype {}", x.dtype())))
            }
            Operand::Array(x) => {
                let along = axis("permutation", self.axis, x.ndim())?;
                take(&x, order(x.shape()[along])?, Some(along as i64))
            }
        }
    }
}
