//! Half precision at tile edges: widened when loaded, rounded after every operation, narrowed when stored.
//!
//! Conversions are integer arithmetic without branches, so they vectorize everywhere and agree bit for bit.

use super::{Kernel, Op1, pick1};
use crate::cpu::isa::Isa;
use crate::dtype::Dtype;

macro_rules! half_kernels {
    ($($load:ident, $store:ident, $wide:ident, $narrow:ident;)*) => {$(
        struct $load;
        impl Op1 for $load {
            type A = u16;
            type R = f32;
            #[inline(always)]
            fn call(x: u16) -> f32 { $wide(x) }
        }
        struct $store;
        impl Op1 for $store {
            type A = f32;
            type R = u16;
            #[inline(always)]
            fn call(x: f32) -> u16 { $narrow(x) }
        }
    )*};
}
half_kernels! { LoadF16, StoreF16, from_f16, to_f16; LoadBf16, StoreBf16, from_bf16, to_bf16; }

/// Widens elements of `dtype` in memory to its tile type; `None` where they are the same.
pub(in crate::cpu) fn load(dtype: Dtype, isa: Isa) -> Option<Kernel> {
    match dtype {
        Dtype::Float16 => Some(pick1::<LoadF16>(isa)),
        Dtype::Bfloat16 => Some(pick1::<LoadBf16>(isa)),
        _ => None,
    }
}

/// Narrows tiles to elements of `dtype`; `None` where they are the same. The values must be rounded already.
pub(in crate::cpu) fn store(dtype: Dtype, isa: Isa) -> Option<Kernel> {
    match dtype {
        Dtype::Float16 => Some(pick1::<StoreF16>(isa)),
        Dtype::Bfloat16 => Some(pick1::<StoreBf16>(isa)),
        _ => None,
    }
}

/// Rounds the result tile in place to values of `dtype`; `None` where that does nothing.
pub(in crate::cpu) fn round(dtype: Dtype, isa: Isa) -> Option<Kernel> {
    match dtype {
        Dtype::Float16 => Some(pick_round_f16(isa)),
        Dtype::Bfloat16 => Some(pick_round_bf16(isa)),
        _ => None,
    }
}

#[inline(always)]
unsafe fn round_f16(n: usize, d: *mut u8, _: *const u8, _: *const u8, _: *const u8) {
    for i in 0..n {
        // SAFETY: `i < n`; see `Kernel`.
        unsafe {
            let x = d.cast::<f32>().add(i);
            x.write(from_f16(to_f16(x.read())));
        }
    }
}

#[inline(always)]
unsafe fn round_bf16(n: usize, d: *mut u8, _: *const u8, _: *const u8, _: *const u8) {
    for i in 0..n {
        // SAFETY: `i < n`; see `Kernel`.
        unsafe {
            let x = d.cast::<f32>().add(i);
            x.write(from_bf16(to_bf16(x.read())));
        }
    }
}

crate::isa_clones! { fn pick_round_f16(n: usize, d: *mut u8, a: *const u8, b: *const u8, c: *const u8) = round_f16; }
crate::isa_clones! { fn pick_round_bf16(n: usize, d: *mut u8, a: *const u8, b: *const u8, c: *const u8) = round_bf16; }

#[inline(always)]
fn from_bf16(x: u16) -> f32 {
    f32::from_bits(u32::from(x) << 16)
}

/// Round to nearest, ties to even; NaNs stay NaNs.
#[inline(always)]
fn to_bf16(x: f32) -> u16 {
    let bits = x.to_bits();
    let rounded = bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16;
    (if x.is_nan() { (bits >> 16) | 0x40 } else { rounded }) as u16
}

/// A float multiplication moves the exponent's bias and normalizes denormals (F. Giesen, "half to float done quick").
#[inline(always)]
pub(in crate::cpu) fn from_f16(x: u16) -> f32 {
    let x = u32::from(x);
    let magnitude = (x & 0x7fff) << 13;
    let scaled = f32::from_bits(magnitude) * f32::from_bits((254 - 15) << 23);
    let special = f32::from_bits(magnitude | 0x7f80_0000);
    let value = if x & 0x7c00 == 0x7c00 { special } else { scaled };
    f32::from_bits(value.to_bits() | ((x & 0x8000) << 16))
}

/// Round to nearest, ties to even; beyond the range becomes infinity and NaNs stay NaNs.
#[inline(always)]
fn to_f16(x: f32) -> u16 {
    let bits = x.to_bits();
    let magnitude = bits & 0x7fff_ffff;
    let sign = (bits >> 16) & 0x8000;
    // Denormal results: adding 0.5 lets the adder round at the right bit.
    let denormal = (f32::from_bits(magnitude) + 0.5).to_bits().wrapping_sub(0.5f32.to_bits());
    let normal = magnitude.wrapping_add(0xfff + ((magnitude >> 13) & 1)).wrapping_sub((127 - 15) << 23) >> 13;
    let finite = if magnitude < (127 - 14) << 23 { denormal } else { normal };
    let nan = 0x7e00 | ((magnitude >> 13) & 0x3ff);
    let limit = (127 + 16) << 23;
    let special = if magnitude > 0x7f80_0000 { nan } else { 0x7c00 };
    ((if magnitude >= limit { special } else { finite }) | sign) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dtype::{bf16, f16};

    #[test]
    fn every_half_reads_back() {
        for bits in 0..=u16::MAX {
            let (f, b) = (f16::from_bits(bits), bf16::from_bits(bits));
            if f.is_nan() {
                assert!(from_f16(bits).is_nan() && f16::from_bits(to_f16(from_f16(bits))).is_nan());
            } else {
                assert_eq!(from_f16(bits).to_bits(), f.to_f32().to_bits());
                assert_eq!(to_f16(from_f16(bits)), bits);
            }
            if b.is_nan() {
                assert!(from_bf16(bits).is_nan() && bf16::from_bits(to_bf16(from_bf16(bits))).is_nan());
            } else {
                assert_eq!(from_bf16(bits).to_bits(), b.to_f32().to_bits());
                assert_eq!(to_bf16(from_bf16(bits)), bits);
            }
        }
    }

    #[test]
    fn rounding_agrees_with_the_exact_conversion() {
        let step = if cfg!(miri) { 0x0fff_fff1 } else { 1021 };
        for bits in (0..=u32::MAX).step_by(step) {
            let x = f32::from_bits(bits);
            if !x.is_nan() {
                assert_eq!(to_f16(x), f16::from_f32(x).to_bits(), "{x:e}");
                assert_eq!(to_bf16(x), bf16::from_f32(x).to_bits(), "{x:e}");
            }
        }
    }
}
