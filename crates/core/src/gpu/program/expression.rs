//! Scalar operations as WGSL expressions.

use crate::dtype::Dtype::{self, *};
use crate::gpu::wgsl::{register, wrapped};
use crate::scalar::ScalarOp::{self, *};

/// Classes of dtypes that share expressions.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    Bool,
    /// In a `u32` or an `i32`.
    Unsigned,
    Signed,
    /// In a `u64` or an `i64`.
    Wide,
    /// In an `f32`.
    Float,
    Complex,
}

fn class(dtype: Dtype) -> Option<Class> {
    Some(match dtype {
        Bool => Class::Bool,
        Uint8 | Uint16 | Uint32 => Class::Unsigned,
        Int8 | Int16 | Int32 => Class::Signed,
        Uint64 | Int64 => Class::Wide,
        Float16 | Bfloat16 | Float32 => Class::Float,
        Complex64 => Class::Complex,
        Float64 => return None,
    })
}

/// The WGSL of `op` on arguments of `dtypes` (expressions without side effects, repeated at will) with a result of type `to`, or
/// `None` where there is none yet.
pub fn expression(op: ScalarOp, dtypes: &[Dtype], to: Dtype, args: &[&str]) -> Option<String> {
    let from = *dtypes.last()?;
    let kind = class(from)?;
    class(to)?;
    let text = match *args {
        [x] if op == Cast => cast(from, to, x)?,
        [x] => unary(op, kind, from, x)?,
        [x, y] => binary(op, kind, from, x, y)?,
        [c, x, y] if op == Select => return Some(format!("select({y}, {x}, {c})")),
        _ => return None,
    };
    Some(if exact(op, kind) { text } else { wrapped(to, text) })
}

/// Whether results are values of their dtype already, so that they need no wrapping or rounding.
fn exact(op: ScalarOp, kind: Class) -> bool {
    match op {
        Copy | Not | Real | Imag | Conj | Floor | Ceil | Round | Trunc | Max | Min | Eq | Ne | Lt | Le | Gt | Ge | Cast => true,
        Neg | Abs | Sign => kind == Class::Float,
        _ => kind == Class::Bool,
    }
}

fn unary(op: ScalarOp, kind: Class, dtype: Dtype, x: &str) -> Option<String> {
    use Class::*;
    Some(match (op, kind) {
        (Copy, _) | (Conj | Real, Bool | Unsigned | Signed | Wide | Float) => x.to_owned(),
        (Conj, Complex) => format!("vec2<f32>({x}.x, -{x}.y)"),
        (Real, Complex) => format!("{x}.x"),
        (Imag, Complex) => format!("{x}.y"),
        (Imag, Bool) => format!("({x} && false)"),
        (Imag, Unsigned | Signed | Wide) => format!("({x} - {x})"),
        (Imag, Float) => "0.0".into(),
        (Floor | Ceil | Round | Trunc, Bool | Unsigned | Signed | Wide) => x.to_owned(),
        (Floor, Float) => format!("floor({x})"),
        (Ceil, Float) => format!("ceil({x})"),
        (Round, Float) => format!("round({x})"),
        (Round, Complex) => format!("round({x})"),
        (Trunc, Float) => format!("trunc({x})"),
        (Neg, Unsigned) => format!("(0u - {x})"),
        (Neg, Signed) => format!("(0 - {x})"),
        (Neg, Wide) => format!("({x} - {x} - {x})"),
        (Neg, Float | Complex) => format!("(-{x})"),
        (Abs, Bool | Unsigned) => x.to_owned(),
        (Abs, Wide) if dtype == Dtype::Uint64 => x.to_owned(),
        (Abs, Wide) => format!("select({x}, {x} - {x} - {x}, {x} < {x} - {x})"),
        (Abs, Signed) => format!("select({x}, 0 - {x}, {x} < 0)"),
        (Abs, Float) => format!("abs({x})"),
        (Sign, Bool) => x.to_owned(),
        (Sign, Unsigned) => format!("min({x}, 1u)"),
        (Sign, Signed) => format!("clamp({x}, -1, 1)"),
        (Sign, Float) => format!("sign_f32({x})"),
        (Not, Bool) => format!("(!{x})"),
        (Not, Unsigned) => format!("({x} == 0u)"),
        (Not, Signed) => format!("({x} == 0)"),
        (Not, Wide) => format!("({x} == {x} - {x})"),
        (Not, Float) => format!("(!is_nonzero({x}))"),
        (Not, Complex) => format!("(!is_nonzero({x}.x) && !is_nonzero({x}.y))"),
        (BitNot, Bool) => format!("(!{x})"),
        (BitNot, Unsigned | Signed | Wide) => format!("(~{x})"),
        (Square, Bool) => x.to_owned(),
        (Square, Unsigned | Signed | Wide | Float) => format!("({x} * {x})"),
        (Square, Complex) => format!("mul_c64({x}, {x})"),
        (Sqrt, Float) => format!("sqrt({x})"),
        (Rsqrt, Float) => format!("(1.0 / sqrt({x}))"),
        (Reciprocal, Float) => format!("(1.0 / {x})"),
        (Sign, Wide) if dtype == Dtype::Uint64 => format!("select({x} - {x}, 1lu, {x} != {x} - {x})"),
        (Sign, Wide) => format!("select(select(-1li, 0li, {x} == 0li), 1li, {x} > 0li)"),
        (Reciprocal, Complex) => format!("recip_c64({x})"),
        (Abs | Sign | Sqrt | Rsqrt, Complex) => format!("{}_c64({x})", op.name()),
        // The library has these under their own names.
        (
            Exp | Log | Log2 | Log10 | Log1p | Sin | Cos | Tan | Asin | Acos | Atan | Sinh | Cosh | Tanh | Asinh | Acosh | Atanh,
            _,
        ) => {
            format!("{}_{}({x})", op.name(), if kind == Complex { "c64" } else { "f32" })
        }
        (Expm1 | Sigmoid | Erf | Erfinv, Float) => format!("{}_f32({x})", op.name()),
        _ => return None,
    })
}

fn binary(op: ScalarOp, kind: Class, dtype: Dtype, x: &str, y: &str) -> Option<String> {
    use Class::*;
    let width = 8 * dtype.size();
    let signed = kind == Signed;
    let word = matches!(kind, Unsigned | Signed);
    let suffix = if signed { "i32" } else { "u32" };
    Some(match (op, kind) {
        (Add, Bool) => format!("({x} || {y})"),
        (Sub, Bool) => format!("({x} != {y})"),
        (Mul, Bool) => format!("({x} && {y})"),
        (Add, _) => format!("({x} + {y})"),
        (Sub, _) => format!("({x} - {y})"),
        (Mul, Complex) => format!("mul_c64({x}, {y})"),
        (Mul, _) => format!("({x} * {y})"),
        (Div, Float) => format!("({x} / {y})"),
        (Rem, Bool) => format!("({x} && !{y})"),
        (FloorDiv, Bool) => format!("({x} && {y})"),
        (Pow, Bool) => format!("({x} || !{y})"),
        (Rem, _) if word => format!("rem_{suffix}({x}, {y})"),
        (FloorDiv, _) if word => format!("floordiv_{suffix}({x}, {y})"),
        (Pow, _) if word => format!("pow_{suffix}({x}, {y})"),
        (Div, Complex) => format!("div_c64({x}, {y})"),
        (Rem | FloorDiv | Pow | Shl | Shr, Wide) => {
            format!("{}_{}({x}, {y})", op.name(), if dtype == Dtype::Int64 { "i64" } else { "u64" })
        }
        (Rem | Pow | Atan2 | LogAddExp, Float) => format!("{}_f32({x}, {y})", op.name()),
        (Pow | LogAddExp | Max | Min | Lt | Le, Complex) => format!("{}_c64({x}, {y})", op.name()),
        (Gt, Complex) => format!("lt_c64({y}, {x})"),
        (Ge, Complex) => format!("le_c64({y}, {x})"),
        (FloorDiv, Float) => format!("floor({x} / {y})"),
        (Max, Bool) => format!("({x} || {y})"),
        (Min, Bool) => format!("({x} && {y})"),
        (Max, Unsigned | Signed | Wide) => format!("select({y}, {x}, {x} > {y})"),
        (Min, Unsigned | Signed | Wide) => format!("select({y}, {x}, {x} < {y})"),
        (Max, Float) => format!("max_f32({x}, {y})"),
        (Min, Float) => format!("min_f32({x}, {y})"),
        (And, Bool) => format!("({x} && {y})"),
        (Or, Bool) => format!("({x} || {y})"),
        (Xor, Bool) => format!("({x} != {y})"),
        (And, Unsigned | Signed | Wide) => format!("({x} & {y})"),
        (Or, Unsigned | Signed | Wide) => format!("({x} | {y})"),
        (Xor, Unsigned | Signed | Wide) => format!("({x} ^ {y})"),
        (Shl, Unsigned) => format!("shl_u32({x}, {y}, {width}u)"),
        (Shl, Signed) => format!("bitcast<i32>(shl_u32(bitcast<u32>({x}), bitcast<u32>({y}), {width}u))"),
        (Shr, Unsigned) => format!("shr_u32({x}, {y}, {width}u)"),
        (Shr, Signed) => format!("shr_i32({x}, {y}, {width}u)"),
        (Eq, Float) => format!("eq_f32({x}, {y})"),
        (Ne, Float) => format!("(!eq_f32({x}, {y}))"),
        (Eq, Complex) => format!("eq_c64({x}, {y})"),
        (Ne, Complex) => format!("(!eq_c64({x}, {y}))"),
        (Eq, _) => format!("({x} == {y})"),
        (Ne, _) => format!("({x} != {y})"),
        (Lt, Bool) => format!("(!{x} && {y})"),
        (Le, Bool) => format!("(!{x} || {y})"),
        (Gt, Bool) => format!("({x} && !{y})"),
        (Ge, Bool) => format!("({x} || !{y})"),
        (Lt, Float) => format!("lt_f32({x}, {y})"),
        (Le, Float) => format!("le_f32({x}, {y})"),
        (Gt, Float) => format!("lt_f32({y}, {x})"),
        (Ge, Float) => format!("le_f32({y}, {x})"),
        (Lt, Unsigned | Signed | Wide) => format!("({x} < {y})"),
        (Le, Unsigned | Signed | Wide) => format!("({x} <= {y})"),
        (Gt, Unsigned | Signed | Wide) => format!("({x} > {y})"),
        (Ge, Unsigned | Signed | Wide) => format!("({x} >= {y})"),
        _ => return None,
    })
}

fn cast(from: Dtype, to: Dtype, x: &str) -> Option<String> {
    use Class::*;
    let (a, b) = (class(from)?, class(to)?);
    if b == Bool {
        return match a {
            Bool => Some(x.to_owned()),
            Complex => Some(format!("(is_nonzero({x}.x) || is_nonzero({x}.y))")),
            Float => Some(format!("is_nonzero({x})")),
            Unsigned => Some(format!("({x} != 0u)")),
            Signed => Some(format!("({x} != 0)")),
            Wide => Some(format!("({x} != {x} - {x})")),
        };
    }
    // Rounding to 32 bits and then to 16 could round twice; the odd neighbour among 32 bits keeps what decides.
    if matches!(from, Uint32 | Int32 | Uint64 | Int64) && matches!(to, Float16 | Bfloat16) {
        return Some(wrapped(to, format!("odd_{}({x})", register(from))));
    }
    let wide = register(to);
    Some(match (a, b) {
        (Complex, Complex) => x.to_owned(),
        (Complex, Bool | Unsigned | Signed | Wide | Float) => return cast(Float32, to, &format!("{x}.x")),
        (_, Complex) => format!("vec2<f32>({}, 0.0)", cast(from, Float32, x)?),
        (Wide, Float) => format!("{}_to_f32({x})", register(from)),
        (Float, Wide) => format!("f32_to_{wide}({x})"),
        (Bool, Wide) => format!("{wide}(select(0u, 1u, {x}))"),
        // As in `wide_i64`: a driver that widens and makes signed at once takes the highest bit for a sign.
        (Unsigned, Wide) if to == Int64 => format!("bitcast<i64>(u64({x}))"),
        (Unsigned, Wide) => format!("u64({x})"),
        (Signed, Wide) if to == Int64 => format!("wide_i64({x})"),
        (Signed, Wide) => format!("bitcast<u64>(wide_i64({x}))"),
        (Wide, Wide) if from == to => x.to_owned(),
        (Wide, Wide) => format!("bitcast<{wide}>({x})"),
        (Wide, Unsigned) => wrapped(to, format!("u32({x})")),
        (Wide, Signed) => wrapped(to, format!("i32({x})")),
        (Bool, Unsigned) => format!("select(0u, 1u, {x})"),
        (Bool, Signed) => format!("select(0, 1, {x})"),
        (Bool, _) => format!("select(0.0, 1.0, {x})"),
        (Unsigned | Signed, Float) => wrapped(to, format!("f32({x})")),
        (Float, Float) => wrapped(to, x.to_owned()),
        (Unsigned, Unsigned) | (Signed, Signed) => wrapped(to, x.to_owned()),
        (Unsigned, _) => wrapped(to, format!("bitcast<i32>({x})")),
        (Signed, _) => wrapped(to, format!("bitcast<u32>({x})")),
        (Float, _) => match to {
            Uint32 => format!("f32_to_u32({x})"),
            Int32 => format!("f32_to_i32({x})"),
            Uint8 => format!("u32(f32_to_small({x}, 0.0, 255.0))"),
            Uint16 => format!("u32(f32_to_small({x}, 0.0, 65535.0))"),
            Int8 => format!("i32(f32_to_small({x}, -128.0, 127.0))"),
            _ => format!("i32(f32_to_small({x}, -32768.0, 32767.0))"),
        },
        (Wide, Bool) => unreachable!("done above"),
    })
}
