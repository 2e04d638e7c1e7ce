//! Instruction sets: which one this machine has, and clones of generic loops compiled for each.
//!
//! Loops are written once, for the auto-vectorizer; [`isa_clones!`](crate::isa_clones) compiles them again under each
//! `#[target_feature]` and picks a clone when kernels are chosen, so inner loops pay nothing.

use std::sync::OnceLock;

/// An instruction set that loops are compiled for, from the least to the most capable.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Isa {
    /// What every CPU of the architecture has (on AArch64 that includes NEON).
    Baseline,
    /// AVX2, FMA and F16C.
    Avx2,
    /// AVX-512 F, BW, DQ and VL.
    Avx512,
}

impl Isa {
    /// Every instruction set this machine can run, the most capable first.
    pub fn available() -> impl Iterator<Item = Isa> {
        let best = detect();
        [Isa::Avx512, Isa::Avx2, Isa::Baseline].into_iter().filter(move |&i| i <= best)
    }
}

fn detect() -> Isa {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        let has512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c") {
            return if has512 { Isa::Avx512 } else { Isa::Avx2 };
        }
    }
    Isa::Baseline
}

/// The instruction set in use: the best there is, or a lower one named by `MILLPOND_ISA` (`baseline`, `avx2`, `avx512`).
pub fn isa() -> Isa {
    static ISA: OnceLock<Isa> = OnceLock::new();
    *ISA.get_or_init(|| {
        let wanted = match std::env::var("MILLPOND_ISA").as_deref() {
            Ok("baseline") => Isa::Baseline,
            Ok("avx2") => Isa::Avx2,
            _ => Isa::Avx512,
        };
        wanted.min(detect())
    })
}

/// Defines `$pick(isa)`, which returns the clone of the `#[inline(always)]` function `$body` compiled for `isa`, as an
/// `unsafe fn` pointer. Calling a clone needs the instruction set it was made for, and what `$body` itself asks for.
///
/// ```ignore
/// isa_clones! { pub(crate) fn pick<F: Op>(n: usize, x: *mut f32) = body; }
/// ```
#[macro_export]
macro_rules! isa_clones {
    ($vis:vis fn $pick:ident $(<$($G:ident: $B:path),*>)? ($($arg:ident: $ty:ty),* $(,)?) $(-> $R:ty)? = $body:ident;) => {
        #[allow(clippy::missing_safety_doc, missing_docs, unused_unsafe)]
        $vis fn $pick $(<$($G: $B),*>)? (isa: $crate::cpu::isa::Isa) -> unsafe fn($($ty),*) $(-> $R)? {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,bmi1,bmi2")]
            unsafe fn avx512 $(<$($G: $B),*>)? ($($arg: $ty),*) $(-> $R)? {
                // SAFETY: passed on to the caller.
                unsafe { $body $(::<$($G),*>)? ($($arg),*) }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma,f16c,bmi1,bmi2")]
            unsafe fn avx2 $(<$($G: $B),*>)? ($($arg: $ty),*) $(-> $R)? {
                // SAFETY: passed on to the caller.
                unsafe { $body $(::<$($G),*>)? ($($arg),*) }
            }
            unsafe fn baseline $(<$($G: $B),*>)? ($($arg: $ty),*) $(-> $R)? {
                // SAFETY: passed on to the caller.
                unsafe { $body $(::<$($G),*>)? ($($arg),*) }
            }
            match isa {
                #[cfg(target_arch = "x86_64")]
                $crate::cpu::isa::Isa::Avx512 => avx512 $(::<$($G),*>)?,
                #[cfg(target_arch = "x86_64")]
                $crate::cpu::isa::Isa::Avx2 => avx2 $(::<$($G),*>)?,
                _ => baseline $(::<$($G),*>)?,
            }
        }
    };
}
