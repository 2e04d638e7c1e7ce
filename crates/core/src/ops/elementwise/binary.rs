//! Functions of two arrays, broadcast together.

use super::*;
use crate::ext::*;

/// What dtype a function computes in, from the promoted dtype of its operands.
#[derive(Clone, Copy)]
enum On {
    /// The promoted dtype.
    Any,
    /// Integers and booleans.
    Bits,
    /// Floating or complex; integers become `float32`.
    Inexact,
    /// Integers; booleans become `uint8`.
    Shift,
    /// The truth values of the operands.
    Truth,
}

impl On {
    fn dtype(self, promoted: Dtype) -> Dtype {
        match self {
            On::Inexact => promoted.to_inexact(),
            On::Shift if promoted == Dtype::Bool => Dtype::Uint8,
            On::Truth => Dtype::Bool,
            _ => promoted,
        }
    }
}

fn apply(primitive: &'static Elementwise, on: On, a: Operand, b: Operand) -> Result<Array> {
    let dtype = on.dtype(Operand::result_type(&[&a, &b]));
    if matches!(on, On::Bits | On::Shift) && dtype.is_inexact() {
        let (name, a, b) = (primitive.name, a.dtype(), b.dtype());
        return Err(Error::runtime(format!(
            "[{name}] Only allowed on integer or boolean types but got types {a} and {b}, which promote to {dtype}."
        )));
    }
    Array::apply(Handle::Static(primitive), &align(primitive.name, [a, b], dtype)?)
}

macro_rules! binary {
    ($($(#[doc = $doc:literal])* $name:ident $(| $alias:literal)* $signature:literal = $op:ident on $on:ident $(, |$t:ident, $a:ident, $b:ident, $y:ident| $da:expr, $db:expr)?;)*) => {
        $(op! {
            $name $(| $alias)* $signature => |c| $name(c.operand(0)?, c.operand(1)?);
            $(#[doc = $doc])*
            pub fn $name(a: impl Into<Operand>, b: impl Into<Operand>) -> Result<Array> {
                apply(&primitives::$name, On::$on, a.into(), b.into())
            }
        })*
        /// The declarations of the functions of two arrays.
        pub static BINARY: &[&OpDecl] = &[$(&$name::DECL),*];
        /// The primitives behind them, each under its function's name.
        #[allow(non_upper_case_globals)]
        mod primitives {
            use super::*;
            $(pub(super) static $name: Elementwise = Elementwise {
                name: stringify!($name),
                op: ScalarOp::$op,
                rules: &[$(
                    Some(|$t, x, $y| { let ($a, $b) = (&x[0], &x[1]); let _ = ($a, $b, $y); $da }),
                    Some(|$t, x, $y| { let ($a, $b) = (&x[0], &x[1]); let _ = ($a, $b, $y); $db }),
                )?],
            };)*
        }
        /// All of them.
        pub(super) static BINARY_PRIMITIVES: &[&Elementwise] = &[$(&primitives::$name),*];
    };
}

binary! {
    /// The sum `a + b`, broadcast together; integers wrap, booleans are joined by "or".
    add "(a: operand, b: operand)" = Add on Any, |t, a, b, y| t.clone(), t.clone();
    /// The difference `a - b`, broadcast together; integers wrap, booleans are joined by "exclusive or".
    subtract "(a: operand, b: operand)" = Sub on Any, |t, a, b, y| t.clone(), -t;
    /// The product `a · b`, broadcast together; integers wrap, booleans are joined by "and".
    multiply "(a: operand, b: operand)" = Mul on Any, |t, a, b, y| t * b, t * a;
    /// The quotient `a / b`, broadcast together. Integers are divided as `float32`.
    divide "(a: operand, b: operand)" = Div on Inexact, |t, a, b, y| t / b, -t * y / b;
    /// The remainder `a - b · floor(a / b)`, which has the sign of `b`, broadcast together. An integer remainder by 0 is `a`.
    ///
    /// # Errors
    /// When an operand is complex.
    remainder "(a: operand, b: operand)" = Rem on Any, |t, a, b, y| t.clone(), -t * a.floor_divide(b);
    /// The larger of each pair, broadcast together; NaN if either is NaN. Complex numbers compare by real part, then imaginary.
    /// Where both are equal the gradient is `b`'s.
    maximum "(a: operand, b: operand, /)" = Max on Any, |t, a, b, y| a.greater(b).choose(t, 0.0), a.greater(b).choose(0.0, t);
    /// The smaller of each pair, broadcast together; NaN if either is NaN. Complex numbers compare by real part, then imaginary.
    /// Where both are equal the gradient is `b`'s.
    minimum "(a: operand, b: operand, /)" = Min on Any, |t, a, b, y| a.less(b).choose(t, 0.0), a.less(b).choose(0.0, t);
    /// The angle in radians of the point with ordinate `a` and abscissa `b`, in [-π, π], broadcast together. Integers are
    /// computed in `float32`.
    ///
    /// # Errors
    /// When an operand is complex.
    arctan2 | "atan2" "(a: operand, b: operand, /)" = Atan2 on Inexact, |t, a, b, y|
        t * b / (a.square() + b.square()), -t * a / (a.square() + b.square());
    /// `log(exp(a) + exp(b))` without overflow, broadcast together. Integers are computed in `float32`.
    logaddexp "(a: operand, b: operand, /)" = LogAddExp on Inexact, |t, a, b, y| t / ((b - a).exp() + 1.0), t / ((a - b).exp() + 1.0);
    /// Whether `a == b`, broadcast together; NaN equals nothing.
    equal "(a: operand, b: operand)" = Eq on Any;
    /// Whether `a != b`, broadcast together; NaN differs from everything.
    not_equal "(a: operand, b: operand)" = Ne on Any;
    /// Whether `a < b`, broadcast together. Complex numbers compare by real part, then imaginary.
    less "(a: operand, b: operand)" = Lt on Any;
    /// Whether `a <= b`, broadcast together. Complex numbers compare by real part, then imaginary.
    less_equal "(a: operand, b: operand)" = Le on Any;
    /// Whether `a > b`, broadcast together. Complex numbers compare by real part, then imaginary.
    greater "(a: operand, b: operand)" = Gt on Any;
    /// Whether `a >= b`, broadcast together. Complex numbers compare by real part, then imaginary.
    greater_equal "(a: operand, b: operand)" = Ge on Any;
    /// Whether both are not zero, broadcast together.
    logical_and "(a: operand, b: operand, /)" = And on Truth;
    /// Whether either is not zero, broadcast together.
    logical_or "(a: operand, b: operand, /)" = Or on Truth;
    /// Whether exactly one is not zero, broadcast together.
    logical_xor "(a: operand, b: operand, /)" = Xor on Truth;
    /// The bits set in both, broadcast together.
    ///
    /// # Errors
    /// When the operands are not integers or booleans.
    bitwise_and "(a: operand, b: operand)" = And on Bits;
    /// The bits set in either, broadcast together.
    ///
    /// # Errors
    /// When the operands are not integers or booleans.
    bitwise_or "(a: operand, b: operand)" = Or on Bits;
    /// The bits set in exactly one, broadcast together.
    ///
    /// # Errors
    /// When the operands are not integers or booleans.
    bitwise_xor "(a: operand, b: operand)" = Xor on Bits;
    /// The bits of `a` moved up by `b` places, broadcast together; booleans become `uint8`.
    ///
    /// # Errors
    /// When the operands are not integers or booleans.
    left_shift | "bitwise_left_shift" "(a: operand, b: operand)" = Shl on Shift;
    /// The bits of `a` moved down by `b` places, broadcast together, filled with the sign of signed integers; booleans become
    /// `uint8`.
    ///
    /// # Errors
    /// When the operands are not integers or booleans.
    right_shift | "bitwise_right_shift" "(a: operand, b: operand)" = Shr on Shift;
}

pub(super) static FLOOR_DIVIDE: Elementwise = Elementwise { name: "floor_divide", op: ScalarOp::FloorDiv, rules: &[] };

/// Where `b` is 0 the result does not depend on `a`, and `1 / a` would spoil that; where the result is 0, `log(a)` likewise.
pub(super) static POWER: Elementwise = Elementwise {
    name: "power",
    op: ScalarOp::Pow,
    rules: &[
        Some(|t, x, _| x[1].equal(0.0).choose(0.0, t * &x[1] * x[0].power(&x[1] - 1.0))),
        Some(|t, x, y| y.equal(0.0).choose(0.0, t * y * x[0].log())),
    ],
};

op! {
    floor_divide "(a: operand, b: operand)" => |c| floor_divide(c.operand(0)?, c.operand(1)?);
    /// The quotient `a / b` rounded down, broadcast together. An integer quotient by 0 is 0; complex numbers are divided without
    /// rounding.
    pub fn floor_divide(a: impl Into<Operand>, b: impl Into<Operand>) -> Result<Array> {
        let (a, b) = (a.into(), b.into());
        if Operand::result_type(&[&a, &b]).is_complex() {
            return divide(a, b);
        }
        apply(&FLOOR_DIVIDE, On::Any, a, b)
    }

    divmod "(a: operand, b: operand)" => |c| divmod(c.operand(0)?, c.operand(1)?).map(|(q, r)| vec![q, r]);
    /// [`floor_divide`] and [`remainder`] of `a` by `b`, broadcast together.
    ///
    /// # Errors
    /// When an operand is complex.
    pub fn divmod(a: impl Into<Operand>, b: impl Into<Operand>) -> Result<(Array, Array)> {
        let (a, b) = (a.into(), b.into());
        let dtype = Operand::result_type(&[&a, &b]);
        if dtype.is_complex() {
            return Err(undefined("divmod", &[dtype]));
        }
        Ok((floor_divide(a.clone(), b.clone())?, remainder(a, b)?))
    }

    power | "pow" "(a: operand, b: operand, /)" => |c| power(c.operand(0)?, c.operand(1)?);
    /// `a` to the power of `b`, broadcast together. Integer powers wrap; with a negative exponent
    /// they are 0 unless the base is 1 or -1.
    pub fn power(a: impl Into<Operand>, b: impl Into<Operand>) -> Result<Array> {
        match (a.into(), b.into()) {
            (Operand::Array(a), Operand::Scalar(Scalar::Int(2) | Scalar::Float(2.0))) if a.dtype().is_inexact() => square(&a),
            (a, b) => apply(&POWER, On::Any, a, b),
        }
    }
}

/// The declarations of the functions of two arrays that are not in the table.
pub static DIVISIONS: &[&OpDecl] = &[&floor_divide::DECL, &divmod::DECL, &power::DECL];
