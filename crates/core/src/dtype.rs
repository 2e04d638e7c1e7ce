//! Element types: the fourteen dtypes, their categories and promotion, and the Rust types behind them.
//!
//! Kernels meet dtypes in two ways: arithmetic goes through `dispatch!`, which names the Rust type once at the outermost
//! loop; pure data movement goes through `dispatch_size!`, which only knows the element's size.

use std::fmt;

pub use half::{bf16, f16};
/// A complex number of two `f32`s, the element type of [`Dtype::Complex64`].
pub use num_complex::Complex32 as c64;

/// The type of an array's elements.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Dtype {
    /// `bool`, one byte, 0 or 1.
    Bool,
    /// `u8`.
    Uint8,
    /// `u16`.
    Uint16,
    /// `u32`.
    Uint32,
    /// `u64`.
    Uint64,
    /// `i8`.
    Int8,
    /// `i16`.
    Int16,
    /// `i32`.
    Int32,
    /// `i64`.
    Int64,
    /// IEEE half precision.
    Float16,
    /// The upper half of an `f32`.
    Bfloat16,
    /// `f32`.
    Float32,
    /// `f64`.
    Float64,
    /// Two `f32`s.
    Complex64,
}

/// A set of dtypes, as `issubdtype` asks about them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Category {
    /// `complex64`.
    Complexfloating,
    /// The real floating-point types.
    Floating,
    /// Floating and complex types.
    Inexact,
    /// Signed integers.
    Signedinteger,
    /// Unsigned integers.
    Unsignedinteger,
    /// All integers.
    Integer,
    /// Everything but `bool`.
    Number,
    /// Everything.
    Generic,
}

impl Category {
    /// Whether every dtype of `self` is in `other`.
    pub fn is_within(self, other: Category) -> bool {
        use Category::*;
        match other {
            Generic => true,
            Number => self != Generic,
            Inexact => matches!(self, Inexact | Floating | Complexfloating),
            Integer => matches!(self, Integer | Signedinteger | Unsignedinteger),
            _ => self == other,
        }
    }
}

use Dtype::*;

impl Dtype {
    /// All dtypes, in declaration order.
    pub const ALL: [Dtype; 14] =
        [Bool, Uint8, Uint16, Uint32, Uint64, Int8, Int16, Int32, Int64, Float16, Bfloat16, Float32, Float64, Complex64];

    /// The size of one element in bytes.
    pub const fn size(self) -> usize {
        match self {
            Bool | Uint8 | Int8 => 1,
            Uint16 | Int16 | Float16 | Bfloat16 => 2,
            Uint32 | Int32 | Float32 => 4,
            Uint64 | Int64 | Float64 | Complex64 => 8,
        }
    }

    /// The name users see: `float32`, `bool`, `complex64`, …
    pub const fn name(self) -> &'static str {
        match self {
            Bool => "bool",
            Uint8 => "uint8",
            Uint16 => "uint16",
            Uint32 => "uint32",
            Uint64 => "uint64",
            Int8 => "int8",
            Int16 => "int16",
            Int32 => "int32",
            Int64 => "int64",
            Float16 => "float16",
            Bfloat16 => "bfloat16",
            Float32 => "float32",
            Float64 => "float64",
            Complex64 => "complex64",
        }
    }

    /// The dtype called `name`.
    pub fn from_name(name: &str) -> Option<Dtype> {
        Dtype::ALL.into_iter().find(|d| d.name() == name)
    }

    /// The narrowest category that holds this dtype.
    pub const fn category(self) -> Category {
        match self {
            Bool => Category::Generic,
            Uint8 | Uint16 | Uint32 | Uint64 => Category::Unsignedinteger,
            Int8 | Int16 | Int32 | Int64 => Category::Signedinteger,
            Float16 | Bfloat16 | Float32 | Float64 => Category::Floating,
            Complex64 => Category::Complexfloating,
        }
    }

    /// Whether this dtype belongs to `category`. `bool` belongs only to `generic`.
    pub fn is(self, category: Category) -> bool {
        self.category().is_within(category)
    }

    /// Real floating-point types.
    pub const fn is_float(self) -> bool {
        matches!(self, Float16 | Bfloat16 | Float32 | Float64)
    }

    /// `complex64`.
    pub const fn is_complex(self) -> bool {
        matches!(self, Complex64)
    }

    /// The type of real parts and sizes: `float32` for `complex64`, else the type itself.
    pub const fn to_real(self) -> Dtype {
        if self.is_complex() { Float32 } else { self }
    }

    /// Floating-point and complex types: the differentiable ones.
    pub const fn is_inexact(self) -> bool {
        self.is_float() || self.is_complex()
    }

    /// Integers, without `bool`.
    pub const fn is_integer(self) -> bool {
        self.is_signed_integer() || self.is_unsigned_integer()
    }

    /// Signed integers.
    pub const fn is_signed_integer(self) -> bool {
        matches!(self, Int8 | Int16 | Int32 | Int64)
    }

    /// Unsigned integers, without `bool`.
    pub const fn is_unsigned_integer(self) -> bool {
        matches!(self, Uint8 | Uint16 | Uint32 | Uint64)
    }

    /// `self` if it is inexact, else `float32`: the type transcendental functions compute in and return.
    pub const fn to_inexact(self) -> Dtype {
        if self.is_inexact() { self } else { Float32 }
    }

    /// The type of `a + b` for `a` of type `self` and `b` of type `other`: the smallest that holds both, with `float32` for
    /// `float16` with `bfloat16`, `float32` for a 64-bit unsigned with a signed integer, and floats absorbing integers.
    pub fn promote(self, other: Dtype) -> Dtype {
        let (lo, hi) = if self <= other { (self, other) } else { (other, self) };
        match (lo, hi) {
            _ if lo == hi => lo,
            (Bool, _) => hi,
            (_, Complex64) => Complex64,
            (Float16, Bfloat16) => Float32,
            (_, Float16 | Bfloat16 | Float32 | Float64) => hi,
            _ if lo.is_unsigned_integer() == hi.is_unsigned_integer() => hi,
            (Uint64, _) => Float32,
            // An unsigned with a signed integer: the signed type that holds both.
            (Uint8, Int8) => Int16,
            (Uint8, _) => hi,
            (Uint16, Int8 | Int16) => Int32,
            (Uint16, _) => hi,
            _ => Int64,
        }
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

mod sealed {
    pub trait Sealed {}
}

/// A Rust type that is an array element.
pub trait Element: sealed::Sealed + Copy + PartialEq + Send + Sync + fmt::Debug + 'static {
    /// The dtype it stands for.
    const DTYPE: Dtype;
    /// The value 0.
    const ZERO: Self;
    /// The value 1.
    const ONE: Self;
    /// This value as a weak scalar, exactly.
    fn to_scalar(self) -> crate::scalar::Scalar;
    /// `s` converted as `astype` does: floats saturate to integers, NaN becomes 0, the imaginary part is dropped.
    fn from_scalar(s: crate::scalar::Scalar) -> Self;
}

macro_rules! elements {
    ($($ty:ty, $dtype:ident, $zero:expr, $one:expr, |$v:ident| $to:expr, |$s:ident| $from:expr;)*) => {$(
        impl sealed::Sealed for $ty {}
        impl Element for $ty {
            const DTYPE: Dtype = Dtype::$dtype;
            const ZERO: Self = $zero;
            const ONE: Self = $one;
            fn to_scalar(self) -> crate::scalar::Scalar {
                use crate::scalar::Scalar;
                let $v = self;
                $to
            }
            #[allow(unused_imports)]
            fn from_scalar($s: crate::scalar::Scalar) -> Self {
                use crate::scalar::Scalar;
                $from
            }
        }
    )*};
}

/// Integers wrap, real and complex numbers saturate and drop the imaginary part.
macro_rules! saturating {
    ($s:expr, $ty:ty) => {
        match $s {
            Scalar::Float(f) => f as $ty,
            Scalar::Complex(c) => c.re as $ty,
            s => s.to_int() as $ty,
        }
    };
}

elements! {
    bool, Bool, false, true, |v| Scalar::Bool(v), |s| s.to_bool();
    u8, Uint8, 0, 1, |v| Scalar::Int(v.into()), |s| saturating!(s, u8);
    u16, Uint16, 0, 1, |v| Scalar::Int(v.into()), |s| saturating!(s, u16);
    u32, Uint32, 0, 1, |v| Scalar::Int(v.into()), |s| saturating!(s, u32);
    u64, Uint64, 0, 1, |v| Scalar::Int(v.into()), |s| saturating!(s, u64);
    i8, Int8, 0, 1, |v| Scalar::Int(v.into()), |s| saturating!(s, i8);
    i16, Int16, 0, 1, |v| Scalar::Int(v.into()), |s| saturating!(s, i16);
    i32, Int32, 0, 1, |v| Scalar::Int(v.into()), |s| saturating!(s, i32);
    i64, Int64, 0, 1, |v| Scalar::Int(v.into()), |s| saturating!(s, i64);
    f16, Float16, f16::ZERO, f16::ONE, |v| Scalar::Float(v.to_f64()), |s| f16::from_f64(s.to_f64());
    bf16, Bfloat16, bf16::ZERO, bf16::ONE, |v| Scalar::Float(v.to_f64()), |s| bf16::from_f64(s.to_f64());
    f32, Float32, 0.0, 1.0, |v| Scalar::Float(v.into()), |s| s.to_f64() as f32;
    f64, Float64, 0.0, 1.0, |v| Scalar::Float(v), |s| s.to_f64();
    c64, Complex64, c64::ZERO, c64::ONE, |v| Scalar::Complex(v), |s| s.to_complex();
}

/// Runs `$body` with `$T` naming the Rust type of `$dtype`.
#[macro_export]
macro_rules! dispatch {
    ($dtype:expr, $T:ident => $body:expr) => {{
        use $crate::dtype::Dtype as D;
        macro_rules! with {
            ($t:ty) => {{
                #[allow(dead_code)]
                type $T = $t;
                $body
            }};
        }
        match $dtype {
            D::Bool => with!(bool),
            D::Uint8 => with!(u8),
            D::Uint16 => with!(u16),
            D::Uint32 => with!(u32),
            D::Uint64 => with!(u64),
            D::Int8 => with!(i8),
            D::Int16 => with!(i16),
            D::Int32 => with!(i32),
            D::Int64 => with!(i64),
            D::Float16 => with!($crate::dtype::f16),
            D::Bfloat16 => with!($crate::dtype::bf16),
            D::Float32 => with!(f32),
            D::Float64 => with!(f64),
            D::Complex64 => with!($crate::dtype::c64),
        }
    }};
}

/// Runs `$body` with `$T` naming an unsigned integer of the element size of `$dtype`: for moving elements without looking at them.
#[macro_export]
macro_rules! dispatch_size {
    ($dtype:expr, $T:ident => $body:expr) => {{
        macro_rules! with {
            ($t:ty) => {{
                type $T = $t;
                $body
            }};
        }
        match $dtype.size() {
            1 => with!(u8),
            2 => with!(u16),
            4 => with!(u32),
            _ => with!(u64),
        }
    }};
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scalar::Scalar;

    #[test]
    fn scalars_saturate_or_wrap_as_casts_do() {
        assert_eq!(u8::from_scalar(Scalar::Float(-3.5)), 0);
        assert_eq!(i8::from_scalar(Scalar::Float(f64::NAN)), 0);
        assert_eq!(u8::from_scalar(Scalar::Complex(c64::new(1e9, 2.0))), 255);
        assert_eq!(u8::from_scalar(Scalar::Int(-1)), 255);
        assert!(bool::from_scalar(Scalar::Float(0.5)));
    }
}
