//! A scalar operand: weakly typed, so that `x + 2.0` keeps the dtype of `x`.

use crate::dtype::{Dtype, bf16, c64, f16};

/// A number without an array around it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Scalar {
    /// A truth value.
    Bool(bool),
    /// An integer; wide enough for every `i64` and `u64`.
    Int(i128),
    /// A floating-point number.
    Float(f64),
    /// A complex number.
    Complex(c64),
}

impl Scalar {
    /// Equality that tells 0.0 from -0.0 and finds NaN equal to itself.
    pub fn is_identical(self, other: Scalar) -> bool {
        match (self, other) {
            (Scalar::Float(a), Scalar::Float(b)) => a.to_bits() == b.to_bits(),
            (Scalar::Complex(a), Scalar::Complex(b)) => (a.re.to_bits(), a.im.to_bits()) == (b.re.to_bits(), b.im.to_bits()),
            (a, b) => a == b,
        }
    }

    /// Whether the value is not zero. NaN is true.
    pub fn to_bool(self) -> bool {
        match self {
            Scalar::Bool(b) => b,
            Scalar::Int(i) => i != 0,
            Scalar::Float(f) => f != 0.0,
            Scalar::Complex(c) => c != c64::ZERO,
        }
    }

    /// The value as an integer: truncated toward zero, saturated, NaN as 0.
    pub fn to_int(self) -> i128 {
        match self {
            Scalar::Bool(b) => b.into(),
            Scalar::Int(i) => i,
            Scalar::Float(f) => f as i128,
            Scalar::Complex(c) => c.re as i128,
        }
    }

    /// The value as a real number; the imaginary part is dropped.
    pub fn to_f64(self) -> f64 {
        match self {
            Scalar::Bool(b) => f64::from(u8::from(b)),
            Scalar::Int(i) => i as f64,
            Scalar::Float(f) => f,
            Scalar::Complex(c) => c.re.into(),
        }
    }

    /// The value as a complex number.
    pub fn to_complex(self) -> c64 {
        match self {
            Scalar::Complex(c) => c,
            _ => c64::new(self.to_f64() as f32, 0.0),
        }
    }

    /// The dtype an array made of this scalar alone gets: `bool`, `int32` (`int64` when it does not fit), `float32` or `complex64`.
    pub fn dtype(self) -> Dtype {
        match self {
            Scalar::Bool(_) => Dtype::Bool,
            Scalar::Int(i) if i32::try_from(i).is_ok() => Dtype::Int32,
            Scalar::Int(i) if i64::try_from(i).is_ok() => Dtype::Int64,
            Scalar::Int(_) => Dtype::Uint64,
            Scalar::Float(_) => Dtype::Float32,
            Scalar::Complex(_) => Dtype::Complex64,
        }
    }

    /// The dtype of this scalar beside an array of type `dtype`: the array's, unless the scalar is of a higher kind.
    pub fn dtype_beside(self, dtype: Dtype) -> Dtype {
        match self {
            Scalar::Bool(_) => dtype,
            Scalar::Int(_) if dtype == Dtype::Bool => Dtype::Int32,
            Scalar::Int(_) => dtype,
            Scalar::Float(_) => dtype.to_inexact(),
            Scalar::Complex(_) => Dtype::Complex64,
        }
    }
}

macro_rules! scalar_from {
    ($($ty:ty => |$v:ident| $e:expr;)*) => {$(
        impl From<$ty> for Scalar {
            fn from($v: $ty) -> Scalar { $e }
        }
    )*};
}

scalar_from! {
    bool => |v| Scalar::Bool(v);
    i8 => |v| Scalar::Int(v.into());
    i16 => |v| Scalar::Int(v.into());
    i32 => |v| Scalar::Int(v.into());
    i64 => |v| Scalar::Int(v.into());
    u8 => |v| Scalar::Int(v.into());
    u16 => |v| Scalar::Int(v.into());
    u32 => |v| Scalar::Int(v.into());
    u64 => |v| Scalar::Int(v.into());
    usize => |v| Scalar::Int(v as i128);
    isize => |v| Scalar::Int(v as i128);
    f16 => |v| Scalar::Float(v.to_f64());
    bf16 => |v| Scalar::Float(v.to_f64());
    f32 => |v| Scalar::Float(v.into());
    f64 => |v| Scalar::Float(v);
    c64 => |v| Scalar::Complex(v);
}
