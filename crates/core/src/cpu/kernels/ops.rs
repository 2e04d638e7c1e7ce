//! What every operation computes, dtype class by dtype class.

use super::{Kernel, Op1, Op2, class, over, pick_select, pick1, pick1_hard, pick2, tile_type};
use crate::cpu::isa::Isa;
use crate::cpu::math::{self, complex};
use crate::dtype::Dtype::{self, *};
use crate::dtype::c64;
use crate::scalar::ScalarOp;

/// The kernel of `op` for arguments of `dtype` (of the last argument for a select); `None` where the operation is not defined.
/// Casts and constants are not here.
pub(in crate::cpu) fn kernel(op: ScalarOp, dtype: Dtype, isa: Isa) -> Option<Kernel> {
    let d = tile_type(dtype);
    match op.arity() {
        1 => unary(op, d, isa),
        2 => binary(op, d, isa),
        3 => Some(crate::dispatch_size!(d, T => pick_select::<T>(isa))),
        _ => None,
    }
}

/// Whether results of `op` on half-precision values must be rounded: not where they are values of the type already.
pub(in crate::cpu) fn needs_rounding(op: ScalarOp) -> bool {
    use ScalarOp::*;
    !matches!(op, Copy | Neg | Abs | Sign | Floor | Ceil | Round | Trunc | Real | Imag | Conj | Max | Min | Select | Const(_))
}

/// One row: an operation's expression for each class of dtypes.
macro_rules! row {
    ($d:expr, $isa:expr, |$x:ident| -> $R:ty { $($class:ident: $e:expr),* $(,)? }) => {{
        $(class!($class, $d, $isa, |$x| -> $R { $e });)*
        None
    }};
    ($d:expr, $isa:expr, |$x:ident, $y:ident| -> $R:ty { $($class:ident: $e:expr),* $(,)? }) => {{
        $(class!($class, $d, $isa, |$x, $y| -> $R { $e });)*
        None
    }};
}

/// A row of a function that is hard for huge arguments.
macro_rules! trig {
    ($d:expr, $isa:expr, $f32:path, $f64:path, $c64:path) => {{
        if $d == Float32 {
            struct F;
            impl Op1 for F {
                type A = f32;
                type R = f32;
                #[inline(always)]
                fn call(x: f32) -> f32 {
                    $f32(x)
                }
                #[inline(always)]
                fn is_hard(x: f32) -> bool {
                    x.abs() > math::TRIG_LIMIT
                }
                fn slow(x: f32) -> f32 {
                    $f64(f64::from(x)) as f32
                }
            }
            return Some(pick1_hard::<F>($isa));
        }
        row!($d, $isa, |x| -> T { double: $f64(x), complex: $c64(x) })
    }};
}

fn unary(op: ScalarOp, d: Dtype, isa: Isa) -> Option<Kernel> {
    match op {
        ScalarOp::Copy | ScalarOp::Conj if d != Complex64 || op == ScalarOp::Copy => {
            crate::dispatch_size!(d, U => {
                struct F;
                impl Op1 for F {
                    type A = U;
                    type R = U;
                    #[inline(always)]
                    fn call(x: U) -> U { x }
                }
                Some(pick1::<F>(isa))
            })
        }
        ScalarOp::Conj => row!(d, isa, |x| -> T { complex: x.conj() }),
        ScalarOp::Neg => row!(d, isa, |x| -> T { word: x.wrapping_neg(), float: -x, complex: -x }),
        ScalarOp::Abs => {
            if d == Complex64 {
                return row!(d, isa, |x| -> f32 { complex: complex::abs(x) });
            }
            row!(d, isa, |x| -> T { bool: x, signed: x.wrapping_abs(), unsigned: x, float: x.abs() })
        }
        ScalarOp::Sign => row!(d, isa, |x| -> T {
            bool: x,
            signed: x.signum(),
            unsigned: T::from(x != 0),
            float: if x > 0.0 { 1.0 } else if x < 0.0 { -1.0 } else { 0.0 },
            complex: complex::sign(x),
        }),
        ScalarOp::Not => row!(d, isa, |x| -> u8 {
            bool: u8::from(x == 0), word: u8::from(x == 0), float: u8::from(x == 0.0), complex: u8::from(x == c64::ZERO),
        }),
        ScalarOp::BitNot => row!(d, isa, |x| -> T { bool: x ^ 1, word: !x }),
        ScalarOp::Exp => row!(d, isa, |x| -> T { single: math::exp(x), double: x.exp(), complex: complex::exp(x) }),
        ScalarOp::Expm1 => row!(d, isa, |x| -> T { single: math::expm1(x), double: x.exp_m1() }),
        ScalarOp::Log => row!(d, isa, |x| -> T { single: math::log(x), double: x.ln(), complex: complex::log(x) }),
        ScalarOp::Log2 => row!(d, isa, |x| -> T { single: math::log2(x), double: x.log2(), complex: complex::log2(x) }),
        ScalarOp::Log10 => row!(d, isa, |x| -> T { single: math::log10(x), double: x.log10(), complex: complex::log10(x) }),
        ScalarOp::Log1p => row!(d, isa, |x| -> T { single: math::log1p(x), double: x.ln_1p(), complex: complex::log1p(x) }),
        ScalarOp::Sqrt => row!(d, isa, |x| -> T { float: x.sqrt(), complex: complex::sqrt(x) }),
        ScalarOp::Rsqrt => row!(d, isa, |x| -> T { float: 1.0 / x.sqrt(), complex: complex::recip(complex::sqrt(x)) }),
        ScalarOp::Reciprocal => row!(d, isa, |x| -> T { float: 1.0 / x, complex: complex::recip(x) }),
        ScalarOp::Square => {
            row!(d, isa, |x| -> T { bool: x, word: x.wrapping_mul(x), float: x * x, complex: complex::mul(x, x) })
        }
        ScalarOp::Sin => trig!(d, isa, math::sin, f64::sin, complex::sin),
        ScalarOp::Cos => trig!(d, isa, math::cos, f64::cos, complex::cos),
        ScalarOp::Tan => trig!(d, isa, math::tan, f64::tan, complex::tan),
        ScalarOp::Asin => row!(d, isa, |x| -> T { single: math::asin(x), double: x.asin(), complex: complex::asin(x) }),
        ScalarOp::Acos => row!(d, isa, |x| -> T { single: math::acos(x), double: x.acos(), complex: complex::acos(x) }),
        ScalarOp::Atan => row!(d, isa, |x| -> T { single: math::atan(x), double: x.atan(), complex: complex::atan(x) }),
        ScalarOp::Sinh => row!(d, isa, |x| -> T { single: math::sinh(x), double: x.sinh(), complex: complex::sinh(x) }),
        ScalarOp::Cosh => row!(d, isa, |x| -> T { single: math::cosh(x), double: x.cosh(), complex: complex::cosh(x) }),
        ScalarOp::Tanh => row!(d, isa, |x| -> T { single: math::tanh(x), double: x.tanh(), complex: complex::tanh(x) }),
        ScalarOp::Asinh => row!(d, isa, |x| -> T { single: math::asinh(x), double: x.asinh(), complex: complex::asinh(x) }),
        ScalarOp::Acosh => {
            row!(d, isa, |x| -> T { single: math::acosh(x), double: math::acosh_f64(x), complex: complex::acosh(x) })
        }
        ScalarOp::Atanh => row!(d, isa, |x| -> T { single: math::atanh(x), double: x.atanh(), complex: complex::atanh(x) }),
        ScalarOp::Erf => row!(d, isa, |x| -> T { single: math::erf(x), double: libm::erf(x) }),
        ScalarOp::Erfinv => row!(d, isa, |x| -> T { single: math::erfinv(x), double: math::erfinv_f64(x) }),
        ScalarOp::Sigmoid => row!(d, isa, |x| -> T { single: math::sigmoid(x), double: 1.0 / (1.0 + (-x).exp()) }),
        ScalarOp::Floor => row!(d, isa, |x| -> T { bool: x, word: x, float: x.floor() }),
        ScalarOp::Ceil => row!(d, isa, |x| -> T { bool: x, word: x, float: x.ceil() }),
        ScalarOp::Trunc => row!(d, isa, |x| -> T { bool: x, word: x, float: x.trunc() }),
        ScalarOp::Round => row!(d, isa, |x| -> T {
            bool: x, word: x, float: x.round_ties_even(),
            complex: c64::new(x.re.round_ties_even(), x.im.round_ties_even()),
        }),
        ScalarOp::Real => {
            if d == Complex64 {
                return row!(d, isa, |x| -> f32 { complex: x.re });
            }
            unary(ScalarOp::Copy, d, isa)
        }
        ScalarOp::Imag => {
            if d == Complex64 {
                return row!(d, isa, |x| -> f32 { complex: x.im });
            }
            row!(d, isa, |_x| -> T { bool: 0, word: 0, float: 0.0 })
        }
        _ => None,
    }
}

fn binary(op: ScalarOp, d: Dtype, isa: Isa) -> Option<Kernel> {
    match op {
        ScalarOp::Add => row!(d, isa, |x, y| -> T { bool: x | y, word: x.wrapping_add(y), float: x + y, complex: x + y }),
        ScalarOp::Sub => row!(d, isa, |x, y| -> T { bool: x ^ y, word: x.wrapping_sub(y), float: x - y, complex: x - y }),
        ScalarOp::Mul => {
            row!(d, isa, |x, y| -> T { bool: x & y, word: x.wrapping_mul(y), float: x * y, complex: complex::mul(x, y) })
        }
        ScalarOp::Div => row!(d, isa, |x, y| -> T { float: x / y, complex: complex::div(x, y) }),
        ScalarOp::Rem => row!(d, isa, |x, y| -> T {
            bool: x & (y ^ 1),
            unsigned: x.checked_rem(y).unwrap_or(x),
            signed: {
                // With y == -1 the quotient may overflow, but the remainder is 0.
                let r = if y == 0 { x } else { x.wrapping_rem(y) };
                if r != 0 && (r < 0) != (y < 0) { r + y } else { r }
            },
            float: {
                let r = x % y;
                if r == 0.0 { r.abs().copysign(y) } else if (r < 0.0) != (y < 0.0) { r + y } else { r }
            },
        }),
        ScalarOp::FloorDiv => row!(d, isa, |x, y| -> T {
            bool: x & y,
            unsigned: x.checked_div(y).unwrap_or(0),
            signed: if y == 0 {
                0
            } else {
                let q = x.wrapping_div(y);
                q.wrapping_sub(T::from(x.wrapping_rem(y) != 0 && (x < 0) != (y < 0)))
            },
            float: (x / y).floor(),
        }),
        ScalarOp::Pow => row!(d, isa, |x, y| -> T {
            bool: x | (y ^ 1),
            unsigned: math::pow_word(x as u64, y as u64) as T,
            signed: if y >= 0 {
                math::pow_word(x as i64 as u64, y as u64) as T
            } else if x == 1 || (x == -1 && y & 1 == 0) {
                1
            } else if x == -1 {
                -1
            } else {
                0
            },
            single: math::pow(x, y), double: x.powf(y), complex: complex::pow(x, y),
        }),
        ScalarOp::Max => row!(d, isa, |x, y| -> T {
            bool: x | y,
            int: x.max(y),
            float: if x > y || x.is_nan() { x } else { y },
            complex: complex::max(x, y),
        }),
        ScalarOp::Min => row!(d, isa, |x, y| -> T {
            bool: x & y,
            int: x.min(y),
            float: if x < y || x.is_nan() { x } else { y },
            complex: complex::min(x, y),
        }),
        ScalarOp::Atan2 => row!(d, isa, |x, y| -> T { single: math::atan2(x, y), double: x.atan2(y) }),
        ScalarOp::LogAddExp => row!(d, isa, |x, y| -> T {
            single: math::logaddexp(x, y), double: math::logaddexp_f64(x, y), complex: complex::logaddexp(x, y),
        }),
        ScalarOp::And => row!(d, isa, |x, y| -> T { bool: x & y, word: x & y }),
        ScalarOp::Or => row!(d, isa, |x, y| -> T { bool: x | y, word: x | y }),
        ScalarOp::Xor => row!(d, isa, |x, y| -> T { bool: x ^ y, word: x ^ y }),
        // A negative distance is a huge unsigned one.
        ScalarOp::Shl => row!(d, isa, |x, y| -> T { word: if y < T::BITS as T { x << (y & (T::BITS - 1) as T) } else { 0 } }),
        ScalarOp::Shr => row!(d, isa, |x, y| -> T {
            unsigned: if y < T::BITS as T { x >> (y & (T::BITS - 1) as T) } else { 0 },
            signed: x >> if (0..T::BITS as T - 1).contains(&y) { y } else { T::BITS as T - 1 },
        }),
        ScalarOp::Eq => row!(d, isa, |x, y| -> u8 {
            bool: u8::from(x == y), word: u8::from(x == y), float: u8::from(x == y), complex: u8::from(x == y),
        }),
        ScalarOp::Ne => row!(d, isa, |x, y| -> u8 {
            bool: u8::from(x != y), word: u8::from(x != y), float: u8::from(x != y), complex: u8::from(x != y),
        }),
        ScalarOp::Lt => row!(d, isa, |x, y| -> u8 {
            bool: u8::from(x < y), int: u8::from(x < y), float: u8::from(x < y), complex: u8::from(complex::lt(x, y)),
        }),
        ScalarOp::Le => row!(d, isa, |x, y| -> u8 {
            bool: u8::from(x <= y), int: u8::from(x <= y), float: u8::from(x <= y), complex: u8::from(complex::le(x, y)),
        }),
        ScalarOp::Gt => row!(d, isa, |x, y| -> u8 {
            bool: u8::from(x > y), int: u8::from(x > y), float: u8::from(x > y), complex: u8::from(complex::lt(y, x)),
        }),
        ScalarOp::Ge => row!(d, isa, |x, y| -> u8 {
            bool: u8::from(x >= y), int: u8::from(x >= y), float: u8::from(x >= y), complex: u8::from(complex::le(y, x)),
        }),
        _ => None,
    }
}
