//! Chains: `float32` operations in a row, each of which reads the result of the one before, run with that result in registers.
//!
//! One pass over a tile then does what would take as many passes, and an operand that is the same for the whole tile is read once.
//! Every operation rounds as it does alone, so results are the same bit for bit.

use crate::cpu::isa::Isa;
use crate::cpu::math;
use crate::dtype::Dtype;
use crate::scalar::ScalarOp;

/// An operation of a chain: on what the chain has computed so far, and an operand.
#[derive(Clone, Copy)]
pub(super) enum Op {
    Add,
    AddTo,
    Sub,
    SubFrom,
    Mul,
    MulTo,
    Div,
    DivInto,
    Max,
    MaxOf,
    Min,
    MinOf,
    Neg,
    Abs,
    Sqrt,
    Square,
    Exp,
    Log,
    Tanh,
    Erf,
    Sigmoid,
}

impl Op {
    /// The operation `op` on `float32`, if there is one; with `swapped`, where the result so far is its second argument.
    pub(super) fn of(op: ScalarOp, dtype: Dtype, swapped: bool) -> Option<Op> {
        if dtype != Dtype::Float32 {
            return None;
        }
        Some(match (op, swapped) {
            (ScalarOp::Add, false) => Op::Add,
            (ScalarOp::Add, true) => Op::AddTo,
            (ScalarOp::Sub, false) => Op::Sub,
            (ScalarOp::Sub, true) => Op::SubFrom,
            (ScalarOp::Mul, false) => Op::Mul,
            (ScalarOp::Mul, true) => Op::MulTo,
            (ScalarOp::Div, false) => Op::Div,
            (ScalarOp::Div, true) => Op::DivInto,
            (ScalarOp::Max, false) => Op::Max,
            (ScalarOp::Max, true) => Op::MaxOf,
            (ScalarOp::Min, false) => Op::Min,
            (ScalarOp::Min, true) => Op::MinOf,
            (ScalarOp::Neg, _) => Op::Neg,
            (ScalarOp::Abs, _) => Op::Abs,
            (ScalarOp::Sqrt, _) => Op::Sqrt,
            (ScalarOp::Square, _) => Op::Square,
            (ScalarOp::Exp, _) => Op::Exp,
            (ScalarOp::Log, _) => Op::Log,
            (ScalarOp::Tanh, _) => Op::Tanh,
            (ScalarOp::Erf, _) => Op::Erf,
            (ScalarOp::Sigmoid, _) => Op::Sigmoid,
            _ => return None,
        })
    }
}

/// A tile, or one element that stands for all of it.
#[derive(Clone, Copy)]
pub(super) struct Operand {
    pub(super) ptr: *const f32,
    pub(super) uniform: bool,
}

/// An operation with the tile it reads (of no matter where it reads none), or with two whose product it takes.
pub(super) struct Link {
    pub(super) op: Op,
    pub(super) operand: Operand,
    pub(super) factor: Option<Operand>,
}

/// Where a chain's result goes.
#[derive(Clone, Copy)]
pub(super) struct Result {
    pub(super) ptr: *mut f32,
    /// Whether to store past the caches.
    pub(super) streamed: bool,
}

impl Result {
    /// Whether `n` elements from `ptr` on can be stored past the caches: whole lines.
    pub(super) fn can_stream(ptr: *mut u8, n: usize) -> bool {
        ptr.addr().is_multiple_of(64) && n.is_multiple_of(16)
    }
}

/// `(n, result, start of the chain, operations)`.
///
/// # Safety
/// Pointers are aligned and good for `n` elements (one, where uniform). The result may be the very tile of an operand that is not
/// uniform, and else overlaps nothing; where it is streamed, [`Result::can_stream`]. The instruction set it was picked for is
/// present.
pub(super) type Chain = unsafe fn(usize, Result, Operand, &[Link]);

/// How chains run on `isa`; `None` where its vectors are too short for them to pay.
pub(super) fn pick(isa: Isa) -> Option<Chain> {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => Some(x86::avx512),
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => Some(x86::avx2),
        _ => None,
    }
}

/// A vector of `float32`. Making one asks for the instruction set, so whoever has one may use it. Everything is inlined into
/// functions compiled for that set.
trait Vector: Copy {
    const LANES: usize;
    /// # Safety
    /// The elements are readable, and the CPU has the instructions.
    unsafe fn load(from: *const f32) -> Self;
    /// # Safety
    /// The CPU has the instructions.
    unsafe fn splat(x: f32) -> Self;
    /// # Safety
    /// The elements are writable.
    unsafe fn store(self, to: *mut f32);
    /// # Safety
    /// The elements are writable, and aligned to the vector.
    unsafe fn stream(self, to: *mut f32);
    fn add(self, y: Self) -> Self;
    fn sub(self, y: Self) -> Self;
    fn mul(self, y: Self) -> Self;
    fn div(self, y: Self) -> Self;
    /// `x` where it is greater or NaN, else `y`.
    fn max(self, y: Self) -> Self;
    /// `x` where it is less or NaN, else `y`.
    fn min(self, y: Self) -> Self;
    fn neg(self) -> Self;
    fn abs(self) -> Self;
    fn sqrt(self) -> Self;
}

impl Vector for f32 {
    const LANES: usize = 1;
    #[inline(always)]
    unsafe fn load(from: *const f32) -> f32 {
        // SAFETY: passed on to the caller.
        unsafe { from.read() }
    }
    #[inline(always)]
    // SAFETY: always fine.
    unsafe fn splat(x: f32) -> f32 {
        x
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: passed on to the caller.
        unsafe { to.write(self) }
    }
    #[inline(always)]
    unsafe fn stream(self, to: *mut f32) {
        // SAFETY: passed on to the caller.
        unsafe { to.write(self) }
    }
    #[inline(always)]
    fn add(self, y: f32) -> f32 {
        self + y
    }
    #[inline(always)]
    fn sub(self, y: f32) -> f32 {
        self - y
    }
    #[inline(always)]
    fn mul(self, y: f32) -> f32 {
        self * y
    }
    #[inline(always)]
    fn div(self, y: f32) -> f32 {
        self / y
    }
    #[inline(always)]
    fn max(self, y: f32) -> f32 {
        if self > y || self.is_nan() { self } else { y }
    }
    #[inline(always)]
    fn min(self, y: f32) -> f32 {
        if self < y || self.is_nan() { self } else { y }
    }
    #[inline(always)]
    fn neg(self) -> f32 {
        -self
    }
    #[inline(always)]
    fn abs(self) -> f32 {
        f32::abs(self)
    }
    #[inline(always)]
    fn sqrt(self) -> f32 {
        f32::sqrt(self)
    }
}

/// The elements from `start` on that make whole blocks of `U` vectors. Returns where it stopped.
#[inline(always)]
unsafe fn blocks<V: Vector, const U: usize>(start: usize, n: usize, to: Result, head: Operand, links: &[Link]) -> usize {
    let mut at = start;
    while at + U * V::LANES <= n {
        // SAFETY: the block lies in every tile.
        unsafe {
            let read = |o: &Operand| -> [V; U] {
                if o.uniform {
                    return [V::splat(*o.ptr); U];
                }
                std::array::from_fn(|k| V::load(o.ptr.add(at + k * V::LANES)))
            };
            let mut x = read(&head);
            for Link { op, operand, factor } in links {
                let mut y = read(operand);
                if let Some(factor) = factor {
                    y = zip(y, read(factor), V::mul);
                }
                x = match op {
                    Op::Add => zip(x, y, |x, y| x.add(y)),
                    Op::AddTo => zip(x, y, |x, y| y.add(x)),
                    Op::Sub => zip(x, y, |x, y| x.sub(y)),
                    Op::SubFrom => zip(x, y, |x, y| y.sub(x)),
                    Op::Mul => zip(x, y, |x, y| x.mul(y)),
                    Op::MulTo => zip(x, y, |x, y| y.mul(x)),
                    Op::Div => zip(x, y, |x, y| x.div(y)),
                    Op::DivInto => zip(x, y, |x, y| y.div(x)),
                    Op::Max => zip(x, y, |x, y| x.max(y)),
                    Op::MaxOf => zip(x, y, |x, y| y.max(x)),
                    Op::Min => zip(x, y, |x, y| x.min(y)),
                    Op::MinOf => zip(x, y, |x, y| y.min(x)),
                    Op::Neg => x.map(|x| x.neg()),
                    Op::Abs => x.map(|x| x.abs()),
                    Op::Sqrt => x.map(|x| x.sqrt()),
                    Op::Square => x.map(|x| x.mul(x)),
                    Op::Exp => each(x, math::exp),
                    Op::Log => each(x, math::log),
                    Op::Tanh => each(x, math::tanh),
                    Op::Erf => each(x, math::erf),
                    Op::Sigmoid => each(x, math::sigmoid),
                };
            }
            for (k, x) in x.into_iter().enumerate() {
                let to_here = to.ptr.add(at + k * V::LANES);
                if to.streamed { x.stream(to_here) } else { x.store(to_here) }
            }
        }
        at += U * V::LANES;
    }
    at
}

#[inline(always)]
fn zip<V: Vector, const U: usize>(x: [V; U], y: [V; U], f: impl Fn(V, V) -> V) -> [V; U] {
    std::array::from_fn(|k| f(x[k], y[k]))
}

/// A function of `math`, which the compiler turns into one of vectors.
#[inline(always)]
fn each<V: Vector, const U: usize>(mut x: [V; U], f: impl Fn(f32) -> f32) -> [V; U] {
    let mut lanes = [0.0; 64];
    let lanes = &mut lanes[..U * V::LANES];
    // SAFETY: as many elements as there are lanes; who has a vector has its instructions.
    unsafe {
        x.iter().zip(lanes.chunks_exact_mut(V::LANES)).for_each(|(x, to)| x.store(to.as_mut_ptr()));
        lanes.iter_mut().for_each(|x| *x = f(*x));
        x.iter_mut().zip(lanes.chunks_exact(V::LANES)).for_each(|(x, from)| *x = V::load(from.as_ptr()));
    }
    x
}

#[inline(always)]
unsafe fn run<V: Vector>(n: usize, to: Result, head: Operand, links: &[Link]) {
    // SAFETY: passed on to the caller.
    unsafe {
        let at = blocks::<V, 4>(0, n, to, head, links);
        let at = blocks::<V, 1>(at, n, to, head, links);
        blocks::<f32, 1>(at, n, to, head, links);
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Link, Operand, Result, Vector, run};
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    /// # Safety
    /// As every [`super::Chain`].
    pub unsafe fn avx512(n: usize, to: Result, head: Operand, links: &[Link]) {
        // SAFETY: passed on to the caller.
        unsafe { run::<__m512>(n, to, head, links) }
    }

    #[target_feature(enable = "avx2,fma")]
    /// # Safety
    /// As every [`super::Chain`].
    pub unsafe fn avx2(n: usize, to: Result, head: Operand, links: &[Link]) {
        // SAFETY: passed on to the caller.
        unsafe { run::<__m256>(n, to, head, links) }
    }

    /// Methods that are one instruction each.
    macro_rules! instructions {
        ($($name:ident($($arg:ident),*) = $intrinsic:path;)*) => {$(
            #[inline(always)]
            fn $name(self $(, $arg: Self)*) -> Self {
                // SAFETY: who has a vector has its instructions.
                unsafe { $intrinsic(self $(, $arg)*) }
            }
        )*};
    }

    impl Vector for __m512 {
        const LANES: usize = 16;
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: passed on to the caller, here and below.
            unsafe { _mm512_loadu_ps(from) }
        }
        #[inline(always)]
        unsafe fn splat(x: f32) -> Self {
            // SAFETY: as above.
            unsafe { _mm512_set1_ps(x) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: as above.
            unsafe { _mm512_storeu_ps(to, self) }
        }
        #[inline(always)]
        unsafe fn stream(self, to: *mut f32) {
            // SAFETY: as above.
            unsafe { _mm512_stream_ps(to, self) }
        }
        instructions! {
            add(y) = _mm512_add_ps; sub(y) = _mm512_sub_ps; mul(y) = _mm512_mul_ps; div(y) = _mm512_div_ps;
            sqrt() = _mm512_sqrt_ps; abs() = _mm512_abs_ps;
        }
        #[inline(always)]
        fn max(self, y: Self) -> Self {
            // SAFETY: who has a vector has its instructions.
            unsafe {
                let greater = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(self, y);
                _mm512_mask_blend_ps(greater | _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(self, self), y, self)
            }
        }
        #[inline(always)]
        fn min(self, y: Self) -> Self {
            // SAFETY: who has a vector has its instructions.
            unsafe {
                let less = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(self, y);
                _mm512_mask_blend_ps(less | _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(self, self), y, self)
            }
        }
        #[inline(always)]
        fn neg(self) -> Self {
            // SAFETY: who has a vector has its instructions.
            unsafe { _mm512_xor_ps(self, _mm512_set1_ps(-0.0)) }
        }
    }

    impl Vector for __m256 {
        const LANES: usize = 8;
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: passed on to the caller, here and below.
            unsafe { _mm256_loadu_ps(from) }
        }
        #[inline(always)]
        unsafe fn splat(x: f32) -> Self {
            // SAFETY: as above.
            unsafe { _mm256_set1_ps(x) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: as above.
            unsafe { _mm256_storeu_ps(to, self) }
        }
        #[inline(always)]
        unsafe fn stream(self, to: *mut f32) {
            // SAFETY: as above.
            unsafe { _mm256_stream_ps(to, self) }
        }
        instructions! {
            add(y) = _mm256_add_ps; sub(y) = _mm256_sub_ps; mul(y) = _mm256_mul_ps; div(y) = _mm256_div_ps;
            sqrt() = _mm256_sqrt_ps;
        }
        #[inline(always)]
        fn max(self, y: Self) -> Self {
            // SAFETY: who has a vector has its instructions.
            unsafe {
                let greater = _mm256_cmp_ps::<_CMP_GT_OQ>(self, y);
                _mm256_blendv_ps(y, self, _mm256_or_ps(greater, _mm256_cmp_ps::<_CMP_UNORD_Q>(self, self)))
            }
        }
        #[inline(always)]
        fn min(self, y: Self) -> Self {
            // SAFETY: who has a vector has its instructions.
            unsafe {
                let less = _mm256_cmp_ps::<_CMP_LT_OQ>(self, y);
                _mm256_blendv_ps(y, self, _mm256_or_ps(less, _mm256_cmp_ps::<_CMP_UNORD_Q>(self, self)))
            }
        }
        #[inline(always)]
        fn neg(self) -> Self {
            // SAFETY: who has a vector has its instructions.
            unsafe { _mm256_xor_ps(self, _mm256_set1_ps(-0.0)) }
        }
        #[inline(always)]
        fn abs(self) -> Self {
            // SAFETY: who has a vector has its instructions.
            unsafe { _mm256_andnot_ps(_mm256_set1_ps(-0.0), self) }
        }
    }
}
