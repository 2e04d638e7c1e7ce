//! Arrays taken apart. Nothing is copied.

use crate::ext::*;
use crate::ops::view::{narrow, reshape_to};

/// Where [`split`] cuts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sections {
    /// Into so many parts of equal length.
    Equal(i64),
    /// Before each of these elements, with the clamping of Python's slices.
    At(Vec<i64>),
}

impl From<i64> for Sections {
    fn from(n: i64) -> Sections {
        Sections::Equal(n)
    }
}
impl From<usize> for Sections {
    fn from(n: usize) -> Sections {
        Sections::Equal(n as i64)
    }
}
impl From<Vec<i64>> for Sections {
    fn from(at: Vec<i64>) -> Sections {
        Sections::At(at)
    }
}
impl<const N: usize> From<[i64; N]> for Sections {
    fn from(at: [i64; N]) -> Sections {
        Sections::At(at.to_vec())
    }
}

op! {
    split "(a: array, /, indices_or_sections: ints, axis: int = 0)" => |c| {
        let sections = match &c.values[1] {
            Arg::Scalar(_) => Sections::Equal(c.int(1)?),
            _ => Sections::At(c.ints(1)?),
        };
        split(c.array(0)?, sections, c.int(2)?)
    };
    /// `a` cut along `along`.
    ///
    /// # Errors
    /// When the axis is out of range, or it cannot be cut into that many equal parts.
    pub fn split(a: &Array, sections: impl Into<Sections>, along: i64) -> Result<Vec<Array>> {
        let along = axis("split", along, a.ndim())?;
        let n = a.shape()[along];
        let cuts: Vec<usize> = match sections.into() {
            Sections::Equal(parts) => {
                let parts = usize::try_from(parts).ok().filter(|&p| p > 0);
                let parts = parts.ok_or_else(|| Error::value("[split] the number of parts must be positive"))?;
                if !n.is_multiple_of(parts) {
                    let message = format!("[split] axis {along} of shape {} cannot be cut into {parts} equal parts", show(a.shape()));
                    return Err(Error::value(message));
                }
                (1..parts).map(|i| i * (n / parts)).collect()
            }
            Sections::At(at) => {
                let wrap = |i: i64| if i < 0 { i.saturating_add(n as i64) } else { i };
                at.into_iter().map(|i| wrap(i).clamp(0, n as i64) as usize).collect()
            }
        };
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        let ends = cuts.iter().copied().chain([n]);
        starts.zip(ends).map(|(start, end)| narrow(a, along, start, end.saturating_sub(start))).collect()
    }

    unstack "(x: array, /, *, axis: int = 0)" => |c| unstack(c.array(0)?, c.int(1)?).map(Output::Tuple);
    /// The slices of `a` at each index of `along`, which they do not have any more.
    ///
    /// # Errors
    /// When the axis is out of range.
    pub fn unstack(a: &Array, along: i64) -> Result<Vec<Array>> {
        let along = axis("unstack", along, a.ndim())?;
        let mut shape = Shape::from_slice(a.shape());
        let n = shape.remove(along);
        (0..n).map(|i| reshape_to(&narrow(a, along, i, 1)?, &shape)).collect()
    }
}
