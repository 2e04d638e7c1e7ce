//! What scattering does when an element meets the one that is already there.

use crate::ext::*;

/// Elements that can be combined where they meet. Integers wrap, NaN wins, complex numbers compare by real, then imaginary part.
pub trait Combine: Element {
    /// The sum; *or* of truth values.
    fn add(self, other: Self) -> Self;
    /// The product; *and* of truth values.
    fn multiply(self, other: Self) -> Self;
    /// The larger.
    fn maximum(self, other: Self) -> Self;
    /// The smaller.
    fn minimum(self, other: Self) -> Self;
}

macro_rules! combine {
    ($($($ty:ty)*: |$a:ident, $b:ident| $add:expr, $mul:expr, $max:expr, $min:expr;)*) => {$($(
        impl Combine for $ty {
            #[inline]
            fn add(self, other: Self) -> Self { let ($a, $b) = (self, other); $add }
            #[inline]
            fn multiply(self, other: Self) -> Self { let ($a, $b) = (self, other); $mul }
            #[inline]
            fn maximum(self, other: Self) -> Self { let ($a, $b) = (self, other); $max }
            #[inline]
            fn minimum(self, other: Self) -> Self { let ($a, $b) = (self, other); $min }
        }
    )*)*};
}

combine! {
    bool: |a, b| a | b, a & b, a | b, a & b;
    u8 u16 u32 u64 i8 i16 i32 i64: |a, b| a.wrapping_add(b), a.wrapping_mul(b), a.max(b), a.min(b);
    f32 f64 f16 bf16: |a, b| a + b, a * b, if a.is_nan() || a > b { a } else { b }, if a.is_nan() || a < b { a } else { b };
    c64: |a, b| a + b, a * b,
        if a.is_nan() || (a.re, a.im) > (b.re, b.im) { a } else { b },
        if a.is_nan() || (a.re, a.im) < (b.re, b.im) { a } else { b };
}
