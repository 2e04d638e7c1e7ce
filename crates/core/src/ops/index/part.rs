//! What stands between the brackets of `a[…]`: the parts of a subscript, and what they are made from.

use crate::ext::*;
use std::ops::{Bound, Deref, Range, RangeBounds, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

/// One part of a subscript.
#[derive(Clone, Debug)]
pub enum Index {
    /// One element of an axis, which goes away. Negative counts from the end.
    At(i64),
    /// The elements `start, start + step, …` before `stop`, with the defaults and the clamping of Python's slices.
    Range {
        /// The first element.
        start: Option<i64>,
        /// The end, not included.
        stop: Option<i64>,
        /// The distance; not 0.
        step: Option<i64>,
    },
    /// A new axis of length 1.
    NewAxis,
    /// All axes that the rest of the subscript leaves.
    Ellipsis,
    /// The elements of an axis that an array of integers names, or that a mask selects.
    Array(Array),
    /// The elements where an array of truth values is true; it stands for as many axes as it has.
    Mask(Array),
}

impl Index {
    /// Every `step`-th element of a range, as Python's `start:stop:step`: `Index::stepped(.., -1)` are all of them backwards.
    /// Negative bounds count from the end. With a step of 0, indexing is an error.
    pub fn stepped(range: impl RangeBounds<i64>, step: i64) -> Index {
        let forwards = step >= 0;
        // No axis is as long as the largest number.
        let after = |i: i64| if forwards { i.saturating_add(1) } else { i.saturating_sub(1) };
        let start = match range.start_bound() {
            Bound::Included(&i) => Some(i),
            Bound::Excluded(&i) => Some(after(i)),
            Bound::Unbounded => None,
        };
        let stop = match range.end_bound() {
            Bound::Excluded(&i) => Some(i),
            // What lies past the last element, or before the first, has no number.
            Bound::Included(&i) if i == if forwards { -1 } else { 0 } => None,
            Bound::Included(&i) => Some(after(i)),
            Bound::Unbounded => None,
        };
        Index::Range { start, stop, step: (step != 1).then_some(step) }
    }
}

/// A whole subscript: one part, or a tuple of parts.
///
/// ```
/// use millpond_core::array::Array;
/// use millpond_core::ops::index::Index;
///
/// let a = Array::from_slice(&[1, 2, 3, 4, 5, 6], &[2, 3])?;
/// assert_eq!(a.get(-1)?.to_vec::<i32>()?, [4, 5, 6]);
/// assert_eq!(a.get((.., 1..=2))?.to_vec::<i32>()?, [2, 3, 5, 6]);
/// assert_eq!(a.get((0, Index::stepped(.., -2)))?.to_vec::<i32>()?, [3, 1]);
/// assert_eq!(a.get(a.greater(4)?)?.to_vec::<i32>()?, [5, 6]);
/// # Ok::<(), millpond_core::error::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Subscript(SmallVec<[Index; 4]>);

impl Deref for Subscript {
    type Target = [Index];

    fn deref(&self) -> &[Index] {
        &self.0
    }
}

macro_rules! parts_from {
    ($($ty:ty => |$v:ident| $e:expr;)*) => {$(
        impl From<$ty> for Index {
            fn from($v: $ty) -> Index { $e }
        }
        impl From<$ty> for Subscript {
            fn from(part: $ty) -> Subscript { Subscript(smallvec![part.into()]) }
        }
    )*};
}

parts_from! {
    RangeFull => |r| Index::stepped(r, 1);
    Array => |a| Index::Array(a);
    &Array => |a| Index::Array(a.clone());
}

/// The nearest `i64`: what is larger is past the end of any axis, and must not count from it.
fn number(i: i128) -> i64 {
    i.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

macro_rules! parts_from_integers {
    ($($ty:ty)*) => {$(parts_from! {
        $ty => |i| Index::At(number(i as i128));
        Range<$ty> => |r| Index::stepped(number(r.start as i128)..number(r.end as i128), 1);
        RangeFrom<$ty> => |r| Index::stepped(number(r.start as i128).., 1);
        RangeTo<$ty> => |r| Index::stepped(..number(r.end as i128), 1);
        RangeInclusive<$ty> => |r| Index::stepped(number(*r.start() as i128)..=number(*r.end() as i128), 1);
        RangeToInclusive<$ty> => |r| Index::stepped(..=number(r.end as i128), 1);
    })*};
}

parts_from_integers! { i32 i64 usize }

impl From<Index> for Subscript {
    fn from(part: Index) -> Subscript {
        Subscript(smallvec![part])
    }
}
impl From<&[Index]> for Subscript {
    fn from(parts: &[Index]) -> Subscript {
        Subscript(parts.into())
    }
}
impl<const N: usize> From<&[Index; N]> for Subscript {
    fn from(parts: &[Index; N]) -> Subscript {
        Subscript::from(&parts[..])
    }
}
impl From<Vec<Index>> for Subscript {
    fn from(parts: Vec<Index>) -> Subscript {
        Subscript(parts.into())
    }
}

macro_rules! subscript_from_tuples {
    ($(($($part:ident)*))*) => {$(
        impl<$($part: Into<Index>),*> From<($($part,)*)> for Subscript {
            #[allow(non_snake_case)]
            fn from(($($part,)*): ($($part,)*)) -> Subscript {
                Subscript(smallvec![$($part.into()),*])
            }
        }
    )*};
}

subscript_from_tuples! { () (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }
