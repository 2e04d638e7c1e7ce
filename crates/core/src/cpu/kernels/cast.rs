//! Conversions between dtypes.

use super::{Kernel, Op1, over, pick1, tile_type};
use crate::cpu::isa::Isa;
use crate::dtype::Dtype::{self, *};
use crate::dtype::c64;

/// The kernel that converts tiles of `from` to tiles of `to`. A half-precision result is yet to be rounded.
pub(in crate::cpu) fn cast(from: Dtype, to: Dtype, isa: Isa) -> Kernel {
    let half = to != tile_type(to);
    pick(tile_type(from), tile_type(to), half, isa).expect("every pair of dtypes has a row")
}

fn pick(from: Dtype, to: Dtype, half: bool, isa: Isa) -> Option<Kernel> {
    if half {
        // Rounding to 32 bits and then to 16 could round twice; the odd 32-bit neighbour keeps what decides the second rounding.
        over!(from, isa, |x| -> f32 { round_to_odd(x as f64) }
            Int32 => i32, Uint32 => u32, Int64 => i64, Uint64 => u64, Float64 => f64);
    }
    // The bits of an integer made from an integer do not depend on the result's sign, nor on the source's unless it is widened.
    let whole = from.is_integer() || from == Bool;
    let to = if whole && to.is_integer() { unsigned(to) } else { to };
    let from = match from {
        Bool if to != Bool => Uint8,
        _ if whole && (to == Bool || to.is_integer() && to.size() <= from.size()) => unsigned(from),
        _ => from,
    };
    macro_rules! to {
        ($R:ty, float) => {{
            over!(from, isa, |x| -> $R { x as $R } Float32 => f32, Float64 => f64);
            over!(from, isa, |x| -> $R { x.re as $R } Complex64 => c64);
        }};
        ($R:ty, all) => {{
            over!(from, isa, |x| -> $R { x as $R }
                Uint8 => u8, Uint16 => u16, Uint32 => u32, Uint64 => u64, Int8 => i8, Int16 => i16, Int32 => i32, Int64 => i64);
            to!($R, float);
        }};
    }
    match to {
        Bool => over!(from, isa, |x| -> u8 { u8::from(x != T::default()) }
            Bool | Uint8 => u8, Uint16 => u16, Uint32 => u32, Uint64 => u64, Float32 => f32, Float64 => f64, Complex64 => c64),
        Uint8 => to!(u8, all),
        Uint16 => to!(u16, all),
        Uint32 => to!(u32, all),
        Uint64 => to!(u64, all),
        Int8 => to!(i8, float),
        Int16 => to!(i16, float),
        Int32 => to!(i32, float),
        Int64 => to!(i64, float),
        Float32 => to!(f32, all),
        Float64 => to!(f64, all),
        Complex64 => {
            over!(from, isa, |x| -> c64 { c64::new(x as f32, 0.0) }
                Uint8 => u8, Uint16 => u16, Uint32 => u32, Uint64 => u64, Int8 => i8, Int16 => i16, Int32 => i32, Int64 => i64,
                Float32 => f32, Float64 => f64);
            over!(from, isa, |x| -> c64 { x } Complex64 => c64);
        }
        Float16 | Bfloat16 => {}
    }
    None
}

fn unsigned(d: Dtype) -> Dtype {
    match d.size() {
        1 => Uint8,
        2 => Uint16,
        4 => Uint32,
        _ => Uint64,
    }
}

/// `x` truncated to `f32`, with the last bit set where that was inexact.
#[inline(always)]
fn round_to_odd(x: f64) -> f32 {
    let y = x as f32;
    let back = f64::from(y);
    let bits = y.to_bits();
    // Step back toward zero where rounding went away from it.
    let truncated = bits - u32::from(back.abs() > x.abs());
    if back == x || x.is_nan() { y } else { f32::from_bits(truncated | 1) }
}
