//! Keys: unsigned integers in the order of the elements they stand for.

use crate::ext::*;

/// An unsigned integer that radix sort takes apart.
pub trait Word: Copy + Ord + Send + Sync + Default + 'static {
    /// Eight bits from `shift` on.
    fn byte(self, shift: u32) -> u8;
}

macro_rules! words {
    ($($ty:ty)*) => {$(
        impl Word for $ty {
            #[inline(always)]
            fn byte(self, shift: u32) -> u8 {
                (self >> shift) as u8
            }
        }
    )*};
}
words! { u8 u16 u32 u64 u128 }

/// An element with a key. NaN comes after everything; complex numbers compare by real, then imaginary part.
pub trait Keyed: Element {
    /// As wide as the element.
    type Key: Word + Into<u64>;
    /// The key and an index together, the key in the upper half.
    type Tagged: Word;
    /// Where the key begins in a tagged word.
    const SHIFT: u32;
    /// The bits of the key.
    const BITS: u32;
    /// The key.
    fn key(self) -> Self::Key;
    /// The element of a key; all NaNs are one.
    fn element(key: Self::Key) -> Self;
    /// The key, equal for equal elements (0 and −0).
    fn equal_key(self) -> Self::Key;
    /// The key of `equal_key`, tagged with an index.
    fn tagged(self, index: usize) -> Self::Tagged;
    /// The key in the order in which the larger (or the smaller) come last, NaN always, tagged with `low`.
    fn ranked<const LARGER: bool>(self, low: u32) -> Self::Tagged;
    /// No tagged word is less.
    const LEAST_TAG: Self::Tagged;
    /// The index of a tagged word.
    fn index(tagged: Self::Tagged) -> u32;
}

macro_rules! keyed {
    ($($ty:ty, $Key:ty, $Tagged:ty, $shift:literal, |$x:ident| $key:expr, |$k:ident| $element:expr, |$e:ident| $canonical:expr;)*) => {$(
        impl Keyed for $ty {
            type Key = $Key;
            type Tagged = $Tagged;
            const SHIFT: u32 = $shift;
            const BITS: u32 = <$Key>::BITS;
            #[inline(always)]
            fn key(self) -> $Key {
                let $x = self;
                $key
            }
            #[inline(always)]
            fn element($k: $Key) -> $ty {
                $element
            }
            #[inline(always)]
            fn equal_key(self) -> $Key {
                let $e = self;
                <$ty as Keyed>::key($canonical)
            }
            #[inline(always)]
            fn tagged(self, index: usize) -> $Tagged {
                <$Tagged>::from(self.equal_key()) << $shift | index as $Tagged
            }
            const LEAST_TAG: $Tagged = 0;
            #[inline(always)]
            fn ranked<const LARGER: bool>(self, low: u32) -> $Tagged {
                let key = self.equal_key();
                // Nothing but NaN differs from itself.
                #[allow(clippy::eq_op)]
                let key = if LARGER || self != self { key } else { !key };
                <$Tagged>::from(key) << $shift | <$Tagged>::from(low)
            }
            #[inline(always)]
            fn index(tagged: $Tagged) -> u32 {
                tagged as u32
            }
        }
    )*};
}

macro_rules! float_key {
    ($bits:expr, $nan:expr, $U:ty) => {{
        let bits: $U = $bits;
        // Negative numbers in reverse, below the positive ones.
        if $nan { <$U>::MAX } else { bits ^ ((bits >> (<$U>::BITS - 1)).wrapping_neg() | 1 << (<$U>::BITS - 1)) }
    }};
}

macro_rules! float_bits {
    ($key:expr, $U:ty) => {{
        let key: $U = $key;
        key ^ ((!key >> (<$U>::BITS - 1)).wrapping_neg() | 1 << (<$U>::BITS - 1))
    }};
}

keyed! {
    bool, u8, u64, 32, |x| u8::from(x), |k| k != 0, |e| e;
    u8, u8, u64, 32, |x| x, |k| k, |e| e;
    u16, u16, u64, 32, |x| x, |k| k, |e| e;
    u32, u32, u64, 32, |x| x, |k| k, |e| e;
    u64, u64, u128, 32, |x| x, |k| k, |e| e;
    i8, u8, u64, 32, |x| x as u8 ^ 1 << 7, |k| (k ^ 1 << 7) as i8, |e| e;
    i16, u16, u64, 32, |x| x as u16 ^ 1 << 15, |k| (k ^ 1 << 15) as i16, |e| e;
    i32, u32, u64, 32, |x| x as u32 ^ 1 << 31, |k| (k ^ 1 << 31) as i32, |e| e;
    i64, u64, u128, 32, |x| x as u64 ^ 1 << 63, |k| (k ^ 1 << 63) as i64, |e| e;
    f16, u16, u64, 32, |x| float_key!(x.to_bits(), x.is_nan(), u16), |k| f16::from_bits(float_bits!(k, u16)),
        |e| if e == f16::ZERO { f16::ZERO } else { e };
    bf16, u16, u64, 32, |x| float_key!(x.to_bits(), x.is_nan(), u16), |k| bf16::from_bits(float_bits!(k, u16)),
        |e| if e == bf16::ZERO { bf16::ZERO } else { e };
    f32, u32, u64, 32, |x| float_key!(x.to_bits(), x.is_nan(), u32), |k| f32::from_bits(float_bits!(k, u32)), |e| e + 0.0;
    f64, u64, u128, 32, |x| float_key!(x.to_bits(), x.is_nan(), u64), |k| f64::from_bits(float_bits!(k, u64)), |e| e + 0.0;
    c64, u64, u128, 32,
        |x| if x.is_nan() { u64::MAX } else { u64::from(x.re.key()) << 32 | u64::from(x.im.key()) },
        |k| c64::new(f32::element((k >> 32) as u32), f32::element(k as u32)),
        |e| c64::new(e.re + 0.0, e.im + 0.0);
}
