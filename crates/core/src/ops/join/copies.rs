//! Arrays repeated: broadcast along new axes, which are then merged into those they repeat.

use crate::ext::*;
use crate::ops::view::{broadcast_to, reshape_to};

op! {
    repeat "(array: array, repeats: int, axis: axis = None)" => |c| repeat(c.array(0)?, c.int(1)?, c.opt_int(2)?);
    /// Every element of `a` along `along` so many times in a row; of the flattened array for `None`.
    ///
    /// # Errors
    /// When the axis is out of range or `repeats` is negative.
    pub fn repeat(a: &Array, repeats: i64, along: impl Into<Option<i64>>) -> Result<Array> {
        let Some(along) = along.into() else {
            return repeat(&reshape_to(a, &[a.size()])?, repeats, Some(0));
        };
        let along = axis("repeat", along, a.ndim())?;
        let repeats = count("repeat", repeats)?;
        let mut shape = Shape::from_slice(a.shape());
        shape.insert(along + 1, 1);
        let apart = reshape_to(a, &shape)?;
        shape[along + 1] = repeats;
        let all = broadcast_to(&apart, &shape)?;
        shape.remove(along + 1);
        shape[along] *= repeats;
        reshape_to(&all, &shape)
    }

    tile "(a: array, reps: ints, /)" => |c| tile(c.array(0)?, &c.ints(1)?);
    /// The whole of `a`, `repeats` times along each axis. Where there are fewer numbers than axes, the first axes are not
    /// repeated; where there are more, `a` has new axes in front.
    ///
    /// # Errors
    /// When a number is negative.
    pub fn tile(a: &Array, repeats: &[i64]) -> Result<Array> {
        let ndim = a.ndim().max(repeats.len());
        let ones = |n: usize| std::iter::repeat_n(1, n);
        let own: Shape = ones(ndim - a.ndim()).chain(a.shape().iter().copied()).collect();
        let given = repeats.iter().map(|&r| count("tile", r)).collect::<Result<Shape>>()?;
        let times: Shape = ones(ndim - repeats.len()).chain(given).collect();
        let apart: Shape = own.iter().flat_map(|&n| [1, n]).collect();
        let all: Shape = times.iter().zip(&own).flat_map(|(&r, &n)| [r, n]).collect();
        let joined: Shape = times.iter().zip(&own).map(|(&r, &n)| r.saturating_mul(n)).collect();
        checked_size("tile", &joined)?;
        reshape_to(&broadcast_to(&reshape_to(a, &apart)?, &all)?, &joined)
    }
}

fn count(op: &str, n: i64) -> Result<usize> {
    usize::try_from(n).map_err(|_| Error::value(format!("[{op}] the number of repeats must not be negative, as {n} is")))
}
