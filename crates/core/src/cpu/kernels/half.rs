//! Half precision at tile edges: widened when loaded, rounded after every operation, narrowed when stored.
//!
//! Conversions are integer arithmetic without branches, which vectorizes everywhere; `float16` has instructions on x86, which
//! agree with it bit for bit.

use super::{Kernel, Op1, Op2, pick1, pick2};
use crate::cpu::isa::Isa;
use crate::dtype::Dtype;
use crate::scalar::ScalarOp;

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
        #[cfg(target_arch = "x86_64")]
        Dtype::Float16 if isa >= Isa::Avx2 => Some(f16c::load),
        Dtype::Float16 => Some(pick1::<LoadF16>(isa)),
        Dtype::Bfloat16 => Some(pick1::<LoadBf16>(isa)),
        _ => None,
    }
}

/// Narrows tiles to elements of `dtype`, rounding to nearest, ties to even; `None` where they are the same.
pub(in crate::cpu) fn store(dtype: Dtype, isa: Isa) -> Option<Kernel> {
    match dtype {
        #[cfg(target_arch = "x86_64")]
        Dtype::Float16 if isa >= Isa::Avx2 => Some(f16c::store),
        Dtype::Float16 => Some(pick1::<StoreF16>(isa)),
        Dtype::Bfloat16 => Some(pick1::<StoreBf16>(isa)),
        _ => None,
    }
}

/// The kernel of `op` that reads `from` in memory and writes `to` in memory, where there is one: what [`load`], the operation and
/// [`store`] would give, for operations bound by memory.
pub(in crate::cpu) fn direct(op: ScalarOp, from: Dtype, to: Dtype, isa: Isa) -> Option<Kernel> {
    macro_rules! bf16_kernel {
        (|$x:ident, $y:ident| $e:expr) => {{
            struct F;
            impl Op2 for F {
                type A = u16;
                type R = u16;
                #[inline(always)]
                fn call(x: u16, y: u16) -> u16 {
                    let ($x, $y) = (from_bf16(x), from_bf16(y));
                    to_bf16($e)
                }
            }
            Some(pick2::<F>(isa))
        }};
    }
    match (op, from, to) {
        (ScalarOp::Cast, Dtype::Float32, _) => store(to, isa),
        (ScalarOp::Cast, _, Dtype::Float32) => load(from, isa),
        (ScalarOp::Add, Dtype::Bfloat16, _) => bf16_kernel!(|x, y| x + y),
        (ScalarOp::Sub, Dtype::Bfloat16, _) => bf16_kernel!(|x, y| x - y),
        (ScalarOp::Mul, Dtype::Bfloat16, _) => bf16_kernel!(|x, y| x * y),
        (ScalarOp::Div, Dtype::Bfloat16, _) => bf16_kernel!(|x, y| x / y),
        _ => None,
    }
}

/// Rounds the result tile in place to values of `dtype`; `None` where that does nothing.
pub(in crate::cpu) fn round(dtype: Dtype, isa: Isa) -> Option<Kernel> {
    match dtype {
        #[cfg(target_arch = "x86_64")]
        Dtype::Float16 if isa >= Isa::Avx2 => Some(f16c::round),
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
    // NaNs become quiet.
    let special = f32::from_bits(magnitude | if magnitude > 0x1f << 23 { 0x7fc0_0000 } else { 0x7f80_0000 });
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

/// `float16` by the F16C instructions, eight elements at a time.
#[cfg(target_arch = "x86_64")]
mod f16c {
    use super::{from_f16, to_f16};
    use std::arch::x86_64::*;

    const WIDTH: usize = 8;
    const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT;

    /// # Safety
    /// As every `Kernel`, on a CPU with AVX2 and F16C.
    #[target_feature(enable = "avx2,f16c")]
    pub(super) unsafe fn load(n: usize, d: *mut u8, a: *const u8, _: *const u8, _: *const u8) {
        let (d, a, whole) = (d.cast::<f32>(), a.cast::<u16>(), n / WIDTH * WIDTH);
        // SAFETY: every index is below `n`; see `Kernel`.
        unsafe {
            for i in (0..whole).step_by(WIDTH) {
                _mm256_storeu_ps(d.add(i), _mm256_cvtph_ps(_mm_loadu_si128(a.add(i).cast())));
            }
            (whole..n).for_each(|i| d.add(i).write(from_f16(a.add(i).read())));
        }
    }

    /// # Safety
    /// As every `Kernel`, on a CPU with AVX2 and F16C.
    #[target_feature(enable = "avx2,f16c")]
    pub(super) unsafe fn store(n: usize, d: *mut u8, a: *const u8, _: *const u8, _: *const u8) {
        let (d, a, whole) = (d.cast::<u16>(), a.cast::<f32>(), n / WIDTH * WIDTH);
        // SAFETY: as above.
        unsafe {
            for i in (0..whole).step_by(WIDTH) {
                _mm_storeu_si128(d.add(i).cast(), _mm256_cvtps_ph::<NEAREST>(_mm256_loadu_ps(a.add(i))));
            }
            (whole..n).for_each(|i| d.add(i).write(to_f16(a.add(i).read())));
        }
    }

    /// # Safety
    /// As every `Kernel`, on a CPU with AVX2 and F16C.
    #[target_feature(enable = "avx2,f16c")]
    pub(super) unsafe fn round(n: usize, d: *mut u8, _: *const u8, _: *const u8, _: *const u8) {
        let (d, whole) = (d.cast::<f32>(), n / WIDTH * WIDTH);
        // SAFETY: as above.
        unsafe {
            for i in (0..whole).step_by(WIDTH) {
                let half = _mm256_cvtps_ph::<NEAREST>(_mm256_loadu_ps(d.add(i)));
                _mm256_storeu_ps(d.add(i), _mm256_cvtph_ps(half));
            }
            (whole..n).for_each(|i| d.add(i).write(from_f16(to_f16(d.add(i).read()))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Loads, stores and rounds give the same bits on every instruction set, at every length.
    #[test]
    fn instruction_sets_agree() {
        let halves: Vec<u16> = (0..=u16::MAX).step_by(if cfg!(miri) { 61 } else { 1 }).collect();
        let step = if cfg!(miri) { 0x0fff_fff1 } else { 65_521 };
        let floats: Vec<f32> = (0..=u32::MAX).step_by(step).map(f32::from_bits).collect();
        for dtype in [Dtype::Float16, Dtype::Bfloat16] {
            let run = |isa: Isa, skip: usize| {
                let (h, f) = (&halves[skip..], &floats[skip..]);
                let (mut wide, mut narrow, mut rounded) = (vec![0f32; h.len()], vec![0u16; f.len()], f.to_vec());
                let (from_h, from_f) = (h.as_ptr().cast::<u8>(), f.as_ptr().cast::<u8>());
                // SAFETY: the buffers have these lengths, and the instruction set is there.
                unsafe {
                    load(dtype, isa).unwrap()(h.len(), wide.as_mut_ptr().cast(), from_h, from_h, from_h);
                    store(dtype, isa).unwrap()(f.len(), narrow.as_mut_ptr().cast(), from_f, from_f, from_f);
                    round(dtype, isa).unwrap()(f.len(), rounded.as_mut_ptr().cast(), from_f, from_f, from_f);
                }
                let bits = |v: Vec<f32>| v.into_iter().map(f32::to_bits).collect::<Vec<_>>();
                (bits(wide), narrow, bits(rounded))
            };
            for isa in Isa::available() {
                for skip in [0, 3, 6] {
                    assert!(run(isa, skip) == run(Isa::Baseline, skip), "{dtype} {isa:?}");
                }
            }
        }
    }
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
