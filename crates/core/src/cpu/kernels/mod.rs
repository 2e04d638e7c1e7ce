//! The loops that tiles run through: one for each operation and dtype, chosen when a program is compiled.
//!
//! Inside tiles `float16` and `bfloat16` are held as `f32` and rounded after every operation, so they need no kernels of their
//! own; `bool` is a byte, 0 or 1. Every row of the tables here gives one expression; the loop around it is shared.

mod cast;
mod half;
mod ops;

pub(super) use cast::cast;
pub(super) use half::{direct, from_f16, load, round, store};
pub(super) use ops::{kernel, needs_rounding};

use crate::dtype::Dtype;

/// A loop over `n` elements: `(n, result, arguments…)`; unused arguments are ignored.
///
/// # Safety
/// Each pointer is aligned and good for `n` elements of its tile type; the result overlaps no argument (kernels of
/// [`half::round`] apart, which only use the result); the instruction set the kernel was picked for is present.
pub(super) type Kernel = unsafe fn(usize, *mut u8, *const u8, *const u8, *const u8);

/// How `dtype` is held in a tile.
pub(super) fn tile_type(dtype: Dtype) -> Dtype {
    match dtype {
        Dtype::Float16 | Dtype::Bfloat16 => Dtype::Float32,
        d => d,
    }
}

/// A function of one element; a kernel is a loop over it.
pub(super) trait Op1 {
    type A: Copy;
    type R;
    fn call(a: Self::A) -> Self::R;

    /// Whether `a` is outside the domain of [`Op1::call`], and [`Op1::slow`] must be asked.
    #[inline(always)]
    fn is_hard(_: Self::A) -> bool {
        false
    }

    /// The result where [`Op1::is_hard`].
    fn slow(a: Self::A) -> Self::R {
        Self::call(a)
    }
}

/// A function of two elements of one type.
pub(super) trait Op2 {
    type A: Copy;
    type R;
    fn call(a: Self::A, b: Self::A) -> Self::R;
}

#[inline(always)]
unsafe fn loop1<F: Op1>(n: usize, d: *mut u8, a: *const u8, _: *const u8, _: *const u8) {
    let (d, a) = (d.cast::<F::R>(), a.cast::<F::A>());
    for i in 0..n {
        // SAFETY: `i < n`; see `Kernel`.
        unsafe { d.add(i).write(F::call(a.add(i).read())) }
    }
}

#[inline(always)]
unsafe fn loop2<F: Op2>(n: usize, d: *mut u8, a: *const u8, b: *const u8, _: *const u8) {
    let (d, a, b) = (d.cast::<F::R>(), a.cast::<F::A>(), b.cast::<F::A>());
    for i in 0..n {
        // SAFETY: `i < n`; see `Kernel`.
        unsafe { d.add(i).write(F::call(a.add(i).read(), b.add(i).read())) }
    }
}

/// [`loop1`], then the rare hard elements again, one by one: the first loop stays free of branches.
#[inline(always)]
unsafe fn loop1_hard<F: Op1>(n: usize, d: *mut u8, a: *const u8, b: *const u8, c: *const u8) {
    // SAFETY: passed on to the caller; `i < n`.
    unsafe {
        loop1::<F>(n, d, a, b, c);
        let (d, a) = (d.cast::<F::R>(), a.cast::<F::A>());
        let hard = (0..n).fold(0u32, |h, i| h | u32::from(F::is_hard(a.add(i).read())));
        if hard != 0 {
            for i in (0..n).filter(|&i| F::is_hard(a.add(i).read())) {
                d.add(i).write(F::slow(a.add(i).read()));
            }
        }
    }
}

/// Chooses elements of `T` by a byte.
#[inline(always)]
unsafe fn loop_select<T: Word>(n: usize, d: *mut u8, c: *const u8, a: *const u8, b: *const u8) {
    let (d, a, b) = (d.cast::<T>(), a.cast::<T>(), b.cast::<T>());
    for i in 0..n {
        // SAFETY: `i < n`; see `Kernel`.
        unsafe {
            let (x, y) = (a.add(i).read(), b.add(i).read());
            d.add(i).write(if c.add(i).read() != 0 { x } else { y });
        }
    }
}

/// An unsigned integer standing for any element of its size.
pub(super) trait Word: Copy {}
impl Word for u8 {}
impl Word for u16 {}
impl Word for u32 {}
impl Word for u64 {}

crate::isa_clones! { fn pick1<F: Op1>(n: usize, d: *mut u8, a: *const u8, b: *const u8, c: *const u8) = loop1; }
crate::isa_clones! { fn pick1_hard<F: Op1>(n: usize, d: *mut u8, a: *const u8, b: *const u8, c: *const u8) = loop1_hard; }
crate::isa_clones! { fn pick2<F: Op2>(n: usize, d: *mut u8, a: *const u8, b: *const u8, c: *const u8) = loop2; }
crate::isa_clones! { fn pick_select<T: Word>(n: usize, d: *mut u8, a: *const u8, b: *const u8, c: *const u8) = loop_select; }

/// The kernel of `|x| expression` or `|x, y| expression` over the types named, when `$dtype` is one of them. `T` is the type.
macro_rules! over {
    ($dtype:expr, $isa:expr, |$x:ident| $($rest:tt)*) => {
        over!(Op1, pick1, ($x: T), $dtype, $isa, $($rest)*)
    };
    ($dtype:expr, $isa:expr, |$x:ident, $y:ident| $($rest:tt)*) => {
        over!(Op2, pick2, ($x: T, $y: T), $dtype, $isa, $($rest)*)
    };
    ($Op:ident, $pick:ident, $args:tt, $dtype:expr, $isa:expr, -> $R:ty { $e:expr } $($p:pat => $t:ty),*) => {
        match $dtype {
            $($p => {
                #[allow(dead_code)]
                type T = $t;
                struct F;
                impl $Op for F {
                    type A = T;
                    type R = $R;
                    #[inline(always)]
                    fn call $args -> $R { $e }
                }
                return Some($pick::<F>($isa));
            })*
            _ => {}
        }
    };
}
use over;

/// [`over`] for a class of dtypes: `bool`; `word`, integers where the sign does not matter; `int`, `signed`, `unsigned`;
/// `float` and `single`, `double` apart; `complex`.
macro_rules! class {
    (bool, $d:expr, $isa:expr, $($f:tt)*) => { over!($d, $isa, $($f)* Bool => u8) };
    (word, $d:expr, $isa:expr, $($f:tt)*) => {
        over!($d, $isa, $($f)* Uint8 | Int8 => u8, Uint16 | Int16 => u16, Uint32 | Int32 => u32, Uint64 | Int64 => u64)
    };
    (signed, $d:expr, $isa:expr, $($f:tt)*) => { over!($d, $isa, $($f)* Int8 => i8, Int16 => i16, Int32 => i32, Int64 => i64) };
    (unsigned, $d:expr, $isa:expr, $($f:tt)*) => { over!($d, $isa, $($f)* Uint8 => u8, Uint16 => u16, Uint32 => u32, Uint64 => u64) };
    (int, $d:expr, $isa:expr, $($f:tt)*) => {
        class!(signed, $d, $isa, $($f)*);
        class!(unsigned, $d, $isa, $($f)*);
    };
    (single, $d:expr, $isa:expr, $($f:tt)*) => { over!($d, $isa, $($f)* Float32 => f32) };
    (double, $d:expr, $isa:expr, $($f:tt)*) => { over!($d, $isa, $($f)* Float64 => f64) };
    (float, $d:expr, $isa:expr, $($f:tt)*) => { over!($d, $isa, $($f)* Float32 => f32, Float64 => f64) };
    (complex, $d:expr, $isa:expr, $($f:tt)*) => { over!($d, $isa, $($f)* Complex64 => c64) };
}
use class;
