//! The types of arguments: operands that may be scalars, axes, shapes.

use crate::array::Array;
use crate::dtype::{Dtype, bf16, c64, f16};
use crate::error::{Error, Result};
use crate::scalar::Scalar;
use crate::shape::Shape;
use smallvec::SmallVec;
use std::ops::{RangeFull, RangeInclusive};

/// An array, or a scalar that yields to the dtypes of the arrays beside it.
#[derive(Clone, Debug)]
pub enum Operand {
    /// An array.
    Array(Array),
    /// A weakly typed scalar.
    Scalar(Scalar),
}

impl Operand {
    /// The dtype it has alone.
    pub fn dtype(&self) -> Dtype {
        match self {
            Operand::Array(a) => a.dtype(),
            Operand::Scalar(s) => s.dtype(),
        }
    }

    /// As an array; a scalar becomes 0-d of its own dtype.
    pub fn into_array(self) -> Array {
        match self {
            Operand::Array(a) => a,
            Operand::Scalar(s) => Array::scalar(s, s.dtype()),
        }
    }

    /// The dtype that operands take together: arrays promote with each other, scalars yield to arrays of their kind.
    pub fn result_type(operands: &[&Operand]) -> Dtype {
        let arrays = operands.iter().filter_map(|o| if let Operand::Array(a) = o { Some(a.dtype()) } else { None });
        let scalars = || operands.iter().filter_map(|o| if let Operand::Scalar(s) = o { Some(*s) } else { None });
        match arrays.reduce(Dtype::promote) {
            Some(dtype) => scalars().fold(dtype, |d, s| s.dtype_beside(d)),
            None => scalars().map(Scalar::dtype).reduce(Dtype::promote).unwrap_or(Dtype::Float32),
        }
    }
}

impl From<Array> for Operand {
    fn from(a: Array) -> Operand {
        Operand::Array(a)
    }
}
impl From<&Array> for Operand {
    fn from(a: &Array) -> Operand {
        Operand::Array(a.clone())
    }
}
impl From<Scalar> for Operand {
    fn from(s: Scalar) -> Operand {
        Operand::Scalar(s)
    }
}
macro_rules! operand_from {
    ($($ty:ty)*) => {$(
        impl From<$ty> for Operand {
            fn from(v: $ty) -> Operand { Operand::Scalar(v.into()) }
        }
    )*};
}
operand_from! { bool i8 i16 i32 i64 u8 u16 u32 u64 usize f16 bf16 f32 f64 c64 }

/// Axes of an operation: all (`..`), one (`0`, `-1`), several (`[0, -1]`); [`keep`] asks to keep them with length 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Axes {
    which: Option<SmallVec<[i64; 4]>>,
    keep: bool,
}

impl Axes {
    /// All axes.
    pub fn all() -> Axes {
        Axes { which: None, keep: false }
    }

    /// The same axes, kept with length 1 if `keep`.
    pub fn keeping(self, keep: bool) -> Axes {
        Axes { keep, ..self }
    }

    /// Whether they are kept with length 1.
    pub fn is_kept(&self) -> bool {
        self.keep
    }

    /// Whether they are all axes, said by `..`.
    pub fn is_all(&self) -> bool {
        self.which.is_none()
    }

    /// The axes as written, unless all.
    pub fn given(&self) -> Option<&[i64]> {
        self.which.as_deref()
    }

    /// As sorted indices into `ndim` axes.
    pub fn resolve(&self, op: &str, ndim: usize) -> Result<SmallVec<[usize; 4]>> {
        match &self.which {
            None => Ok((0..ndim).collect()),
            Some(which) => crate::shape::axes(op, which, ndim),
        }
    }
}

/// `axes`, kept in the result with length 1.
pub fn keep(axes: impl Into<Axes>) -> Axes {
    axes.into().keeping(true)
}

impl From<RangeFull> for Axes {
    fn from(_: RangeFull) -> Axes {
        Axes::all()
    }
}
impl From<RangeInclusive<i64>> for Axes {
    fn from(r: RangeInclusive<i64>) -> Axes {
        Axes { which: Some(r.collect()), keep: false }
    }
}
impl From<&[i64]> for Axes {
    fn from(v: &[i64]) -> Axes {
        Axes { which: Some(SmallVec::from_slice(v)), keep: false }
    }
}
impl<const N: usize> From<[i64; N]> for Axes {
    fn from(v: [i64; N]) -> Axes {
        Axes::from(&v[..])
    }
}
impl From<Vec<i64>> for Axes {
    fn from(v: Vec<i64>) -> Axes {
        Axes::from(&v[..])
    }
}
macro_rules! axes_from_int {
    ($($ty:ty)*) => {$(
        impl From<$ty> for Axes {
            fn from(v: $ty) -> Axes { Axes::from(&[v as i64][..]) }
        }
    )*};
}
axes_from_int! { i32 i64 usize }

/// `dims` as a shape; negative lengths are an error naming `op`.
pub fn shape(op: &str, dims: &[i64]) -> Result<Shape> {
    let lengths = dims.iter().map(|&d| usize::try_from(d).ok()).collect::<Option<Shape>>();
    let lengths = lengths.ok_or_else(|| Error::value(format!("[{op}] negative dimensions are not allowed in shape {dims:?}")))?;
    crate::shape::checked_size(op, &lengths)?;
    Ok(lengths)
}
