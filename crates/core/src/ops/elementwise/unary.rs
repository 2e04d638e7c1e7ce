//! Functions of one array.

use super::*;
use crate::ext::*;
use std::f64::consts::{LN_2, LN_10, PI};

/// What dtype a function computes in.
#[derive(Clone, Copy)]
enum On {
    /// The dtype of the input.
    Any,
    /// Floating or complex; integers become `float32`.
    Inexact,
    /// The dtype of the input; integers and `bool` come back as they are.
    Rounding,
}

fn apply(primitive: &'static Elementwise, on: On, a: &Array) -> Result<Array> {
    let handle = Handle::Static(primitive);
    match on {
        On::Inexact if !a.dtype().is_inexact() => Array::apply(handle, &[astype(a, Dtype::Float32)?]),
        On::Rounding if !a.dtype().is_inexact() => Ok(a.clone()),
        _ => Array::apply(handle, std::slice::from_ref(a)),
    }
}

macro_rules! unary {
    ($($(#[doc = $doc:literal])* $name:ident $(| $alias:literal)* = $op:ident on $on:ident $(, |$t:ident, $x:ident, $y:ident| $change:expr)?;)*) => {
        $(op! {
            $name $(| $alias)* "(a: array, /)" => |c| $name(c.array(0)?);
            $(#[doc = $doc])*
            pub fn $name(a: &Array) -> Result<Array> {
                apply(&primitives::$name, On::$on, a)
            }
        })*
        /// The declarations of the functions of one array.
        pub static UNARY: &[&OpDecl] = &[$(&$name::DECL),*];
        /// The primitives behind them, each under its function's name.
        #[allow(non_upper_case_globals)]
        mod primitives {
            use super::*;
            $(pub(super) static $name: Elementwise = Elementwise {
                name: stringify!($name),
                op: ScalarOp::$op,
                rules: &[$(Some(|$t, x, $y| {
                    let $x = &x[0];
                    let _ = ($x, $y);
                    $change
                }))?],
            };)*
        }
        /// All of them.
        pub(super) static UNARY_PRIMITIVES: &[&Elementwise] = &[$(&primitives::$name),*];
    };
}

unary! {
    /// The absolute value, element by element; the modulus (`float32`) of complex numbers. The smallest integer of a signed
    /// type wraps to itself.
    abs = Abs on Any, |t, x, y| t * x.sign().conjugate();
    /// `-a`, element by element; unsigned integers wrap.
    ///
    /// # Errors
    /// When `a` is boolean: use [`logical_not`].
    negative = Neg on Any, |t, x, y| -t;
    /// The exponential, element by element. Integers are computed in `float32`.
    exp = Exp on Inexact, |t, x, y| t * y;
    /// `exp(a) - 1`, element by element, accurate near zero. Integers are computed in `float32`.
    expm1 = Expm1 on Inexact, |t, x, y| t * (y + 1.0);
    /// The natural logarithm, element by element; NaN below zero. Integers are computed in `float32`.
    log = Log on Inexact, |t, x, y| t / x;
    /// The logarithm to base 2, element by element; NaN below zero. Integers are computed in `float32`.
    log2 = Log2 on Inexact, |t, x, y| t / (x * LN_2);
    /// The logarithm to base 10, element by element; NaN below zero. Integers are computed in `float32`.
    log10 = Log10 on Inexact, |t, x, y| t / (x * LN_10);
    /// `log(1 + a)`, element by element, accurate near zero; NaN below -1. Integers are computed in `float32`.
    log1p = Log1p on Inexact, |t, x, y| t / (x + 1.0);
    /// The square root, element by element; NaN below zero. Integers are computed in `float32`.
    sqrt = Sqrt on Inexact, |t, x, y| t / (y * 2.0);
    /// `1 / sqrt(a)`, element by element; NaN below zero. Integers are computed in `float32`.
    rsqrt = Rsqrt on Inexact, |t, x, y| t * y / x * -0.5;
    /// `1 / a`, element by element. Integers are computed in `float32`.
    reciprocal = Reciprocal on Inexact, |t, x, y| -t * y.square();
    /// `a²`, element by element; integers wrap.
    square = Square on Any, |t, x, y| t * x * 2.0;
    /// The sine of angles in radians, element by element. Integers are computed in `float32`.
    sin = Sin on Inexact, |t, x, y| t * x.cos();
    /// The cosine of angles in radians, element by element. Integers are computed in `float32`.
    cos = Cos on Inexact, |t, x, y| -t * x.sin();
    /// The tangent of angles in radians, element by element. Integers are computed in `float32`.
    tan = Tan on Inexact, |t, x, y| t * (1.0 + y.square());
    /// The inverse sine in radians, element by element; NaN outside [-1, 1]. Integers are computed in `float32`.
    arcsin | "asin" = Asin on Inexact, |t, x, y| t * (1.0 - x.square()).rsqrt();
    /// The inverse cosine in radians, element by element; NaN outside [-1, 1]. Integers are computed in `float32`.
    arccos | "acos" = Acos on Inexact, |t, x, y| -t * (1.0 - x.square()).rsqrt();
    /// The inverse tangent in radians, element by element. Integers are computed in `float32`.
    arctan | "atan" = Atan on Inexact, |t, x, y| t / (1.0 + x.square());
    /// The hyperbolic sine, element by element. Integers are computed in `float32`.
    sinh = Sinh on Inexact, |t, x, y| t * x.cosh();
    /// The hyperbolic cosine, element by element. Integers are computed in `float32`.
    cosh = Cosh on Inexact, |t, x, y| t * x.sinh();
    /// The hyperbolic tangent, element by element. Integers are computed in `float32`.
    tanh = Tanh on Inexact, |t, x, y| t * (1.0 - y.square());
    /// The inverse hyperbolic sine, element by element. Integers are computed in `float32`.
    arcsinh | "asinh" = Asinh on Inexact, |t, x, y| t * (x.square() + 1.0).rsqrt();
    /// The inverse hyperbolic cosine, element by element; NaN below 1. Integers are computed in `float32`.
    arccosh | "acosh" = Acosh on Inexact, |t, x, y| t * (x - 1.0).rsqrt() * (x + 1.0).rsqrt();
    /// The inverse hyperbolic tangent, element by element; NaN outside [-1, 1]. Integers are computed in `float32`.
    arctanh | "atanh" = Atanh on Inexact, |t, x, y| t / (1.0 - x.square());
    /// The logistic function `1 / (1 + exp(-a))`, element by element. Integers are computed in `float32`.
    ///
    /// # Errors
    /// When `a` is complex.
    sigmoid = Sigmoid on Inexact, |t, x, y| t * y * (1.0 - y);
    /// The error function, element by element. Integers are computed in `float32`.
    ///
    /// # Errors
    /// When `a` is complex.
    erf = Erf on Inexact, |t, x, y| t * (-x.square()).exp() * (2.0 / PI.sqrt());
    /// The inverse of [`erf`], element by element: infinite at -1 and 1, NaN beyond. Integers are computed in `float32`.
    ///
    /// # Errors
    /// When `a` is complex.
    erfinv = Erfinv on Inexact, |t, x, y| t * y.square().exp() * (PI.sqrt() / 2.0);
    /// The largest integer not above each element, in the dtype of `a`.
    ///
    /// # Errors
    /// When `a` is complex.
    floor = Floor on Rounding;
    /// The smallest integer not below each element, in the dtype of `a`.
    ///
    /// # Errors
    /// When `a` is complex.
    ceil = Ceil on Rounding;
    /// The integer next to each element in the direction of zero, in the dtype of `a`.
    ///
    /// # Errors
    /// When `a` is complex.
    trunc = Trunc on Rounding;
    /// Whether each element is zero (NaN is not).
    logical_not = Not on Any;
}

pub(super) static RINT: Elementwise = Elementwise { name: "round", op: ScalarOp::Round, rules: &[] };

/// The nearest integer, halves to even, of floating or complex elements.
pub(super) fn rint(a: &Array) -> Result<Array> {
    apply(&RINT, On::Rounding, a)
}

pub(super) static SIGN: Elementwise = Elementwise { name: "sign", op: ScalarOp::Sign, rules: &[] };
pub(super) static REAL: Elementwise = Elementwise { name: "real", op: ScalarOp::Real, rules: &[Some(|t, _, _| t.clone())] };
pub(super) static IMAG: Elementwise =
    Elementwise { name: "imag", op: ScalarOp::Imag, rules: &[Some(|t, _, _| t * c64::new(0.0, -1.0))] };
pub(super) static CONJ: Elementwise =
    Elementwise { name: "conjugate", op: ScalarOp::Conj, rules: &[Some(|t, _, _| t.conjugate())] };
pub(super) static INVERT: Elementwise = Elementwise { name: "bitwise_invert", op: ScalarOp::BitNot, rules: &[] };

op! {
    sign "(a: array, /)" => |c| sign(c.array(0)?);
    /// -1, 0 or 1 by the sign of each element, in the dtype of `a`; `z / |z|` of complex numbers, and 0 at 0. The sign of NaN is 0.
    pub fn sign(a: &Array) -> Result<Array> {
        if !a.dtype().is_complex() {
            return apply(&SIGN, On::Any, a);
        }
        let modulus = abs(a)?;
        divide(a, where_(equal(&modulus, 0.0)?, 1.0, modulus)?)
    }

    real "(a: array, /)" => |c| real(c.array(0)?);
    /// The real part of each element; `a` itself if it is real.
    pub fn real(a: &Array) -> Result<Array> {
        if a.dtype().is_complex() { apply(&REAL, On::Any, a) } else { Ok(a.clone()) }
    }

    imag "(a: array, /)" => |c| imag(c.array(0)?);
    /// The imaginary part of each element; zeros if `a` is real.
    pub fn imag(a: &Array) -> Result<Array> {
        if a.dtype().is_complex() { apply(&IMAG, On::Any, a) } else { Ok(Array::splat(0, a.shape(), a.dtype())) }
    }

    conjugate | "conj" "(a: array)" => |c| conjugate(c.array(0)?);
    /// The complex conjugate of each element; `a` itself if it is real.
    pub fn conjugate(a: &Array) -> Result<Array> {
        if a.dtype().is_complex() { apply(&CONJ, On::Any, a) } else { Ok(a.clone()) }
    }

    bitwise_invert "(a: operand)" => |c| bitwise_invert(c.operand(0)?);
    /// All bits of each element flipped; "not" of booleans.
    ///
    /// # Errors
    /// When `a` is not of an integer or boolean dtype.
    pub fn bitwise_invert(a: impl Into<Operand>) -> Result<Array> {
        apply(&INVERT, On::Any, &a.into().into_array())
    }

    positive "(a: array, /)" => |c| positive(c.array(0)?);
    /// `a` as it is.
    pub fn positive(a: &Array) -> Result<Array> {
        Ok(a.clone())
    }

    stop_gradient "(a: array, /)" => |c| stop_gradient(c.array(0)?);
    /// `a`, taken for a constant by transforms.
    pub fn stop_gradient(a: &Array) -> Result<Array> {
        crate::ext::stop_gradient(a)
    }
}

/// The declarations of the functions of one array that are not in the table.
pub static PARTS: &[&OpDecl] =
    &[&sign::DECL, &real::DECL, &imag::DECL, &conjugate::DECL, &bitwise_invert::DECL, &positive::DECL, &stop_gradient::DECL];
