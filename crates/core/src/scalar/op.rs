//! The operations of scalar programs: their names, arities and dtype rules. What each computes is defined by its CPU kernel.

use super::Scalar;
use crate::dtype::Dtype;
use crate::error::{Error, Result};

/// Which arguments an operation takes and what it returns; one row of the table below names one of these.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Any dtype to itself.
    Any,
    /// Any dtype but `bool` to itself.
    Number,
    /// Any dtype but `complex64` to itself.
    Real,
    /// Floating or complex to itself.
    Inexact,
    /// Floating to itself.
    Float,
    /// Integers to themselves.
    Integer,
    /// Integers and `bool` to themselves.
    Bits,
    /// Any dtype; `complex64` becomes `float32`.
    Part,
    /// Any dtype to `bool`.
    Test,
    /// `(bool, T, T)` to `T`.
    Select,
    /// The target dtype is the instruction's own.
    Cast,
}

macro_rules! scalar_ops {
    ($($(#[$doc:meta])* $op:ident, $name:literal, $arity:literal, $rule:ident;)*) => {
        /// An operation on scalars. Binary operations take two arguments of the same dtype.
        #[derive(Clone, Copy, PartialEq, Debug)]
        pub enum ScalarOp {
            $($(#[$doc])* $op,)*
            /// A constant; its dtype is the instruction's.
            Const(Scalar),
        }

        impl ScalarOp {
            /// Every operation but [`ScalarOp::Const`].
            pub const ALL: &'static [ScalarOp] = &[$(ScalarOp::$op),*];

            /// How many arguments it takes.
            pub fn arity(self) -> usize {
                match self {
                    $(ScalarOp::$op => $arity,)*
                    ScalarOp::Const(_) => 0,
                }
            }

            /// Its name in the text form.
            pub fn name(self) -> &'static str {
                match self {
                    $(ScalarOp::$op => $name,)*
                    ScalarOp::Const(_) => "const",
                }
            }

            /// The operation called `name`; constants have no name of their own.
            pub fn from_name(name: &str) -> Option<ScalarOp> {
                match name {
                    $($name => Some(ScalarOp::$op),)*
                    _ => None,
                }
            }

            fn rule(self) -> Rule {
                match self {
                    $(ScalarOp::$op => Rule::$rule,)*
                    ScalarOp::Const(_) => Rule::Any,
                }
            }
        }
    };
}

scalar_ops! {
    /// The argument itself.
    Copy, "copy", 1, Any;
    /// Conversion: floats saturate to integers and NaN becomes 0, integers wrap, anything to `bool` is `!= 0`, complex to real drops the imaginary part.
    Cast, "cast", 1, Cast;
    /// Negation; integers wrap.
    Neg, "neg", 1, Number;
    /// Absolute value; integers wrap.
    Abs, "abs", 1, Part;
    /// -1, 0 or 1; NaN for NaN; z/|z| for complex numbers.
    Sign, "sign", 1, Any;
    /// Whether the argument is zero.
    Not, "not", 1, Test;
    /// All bits flipped; logical on `bool`.
    BitNot, "bitnot", 1, Bits;
    /// e to the power of the argument.
    Exp, "exp", 1, Inexact;
    /// exp(x) - 1.
    Expm1, "expm1", 1, Float;
    /// Natural logarithm.
    Log, "log", 1, Inexact;
    /// Logarithm to base 2.
    Log2, "log2", 1, Inexact;
    /// Logarithm to base 10.
    Log10, "log10", 1, Inexact;
    /// log(1 + x).
    Log1p, "log1p", 1, Inexact;
    /// Square root.
    Sqrt, "sqrt", 1, Inexact;
    /// 1 / sqrt(x).
    Rsqrt, "rsqrt", 1, Inexact;
    /// 1 / x.
    Reciprocal, "reciprocal", 1, Inexact;
    /// x * x.
    Square, "square", 1, Any;
    /// Sine.
    Sin, "sin", 1, Inexact;
    /// Cosine.
    Cos, "cos", 1, Inexact;
    /// Tangent.
    Tan, "tan", 1, Inexact;
    /// Inverse sine.
    Asin, "asin", 1, Inexact;
    /// Inverse cosine.
    Acos, "acos", 1, Inexact;
    /// Inverse tangent.
    Atan, "atan", 1, Inexact;
    /// Hyperbolic sine.
    Sinh, "sinh", 1, Inexact;
    /// Hyperbolic cosine.
    Cosh, "cosh", 1, Inexact;
    /// Hyperbolic tangent.
    Tanh, "tanh", 1, Inexact;
    /// Inverse hyperbolic sine.
    Asinh, "asinh", 1, Inexact;
    /// Inverse hyperbolic cosine.
    Acosh, "acosh", 1, Inexact;
    /// Inverse hyperbolic tangent.
    Atanh, "atanh", 1, Inexact;
    /// Error function.
    Erf, "erf", 1, Float;
    /// Inverse error function.
    Erfinv, "erfinv", 1, Float;
    /// 1 / (1 + exp(-x)).
    Sigmoid, "sigmoid", 1, Float;
    /// Rounded down; integers as they are.
    Floor, "floor", 1, Real;
    /// Rounded up; integers as they are.
    Ceil, "ceil", 1, Real;
    /// Rounded to the nearest integer, halves to even; each part of a complex number.
    Round, "round", 1, Any;
    /// Rounded toward zero; integers as they are.
    Trunc, "trunc", 1, Real;
    /// The real part.
    Real, "real", 1, Part;
    /// The imaginary part; 0 for real dtypes.
    Imag, "imag", 1, Part;
    /// The complex conjugate.
    Conj, "conj", 1, Any;
    /// Sum; integers wrap; "or" on `bool`.
    Add, "add", 2, Any;
    /// Difference; integers wrap; "xor" on `bool`.
    Sub, "sub", 2, Any;
    /// Product; integers wrap; "and" on `bool`.
    Mul, "mul", 2, Any;
    /// Quotient.
    Div, "div", 2, Inexact;
    /// Remainder with the sign of the divisor; an integer remainder by zero is the dividend.
    Rem, "rem", 2, Real;
    /// Quotient rounded down (`floor(x / y)` for floats); an integer quotient by zero is 0, and the one that overflows wraps.
    FloorDiv, "floordiv", 2, Real;
    /// Power. Integer powers wrap; with a negative exponent they are 0 unless the base is 1 or -1.
    Pow, "pow", 2, Any;
    /// The larger; NaN if either is NaN; complex numbers compare by real part, then imaginary.
    Max, "max", 2, Any;
    /// The smaller; NaN if either is NaN; complex numbers compare by real part, then imaginary.
    Min, "min", 2, Any;
    /// The angle of the point (y, x), given as `atan2 y x`.
    Atan2, "atan2", 2, Float;
    /// log(exp(x) + exp(y)) without overflow.
    LogAddExp, "logaddexp", 2, Inexact;
    /// Bitwise and; logical on `bool`.
    And, "and", 2, Bits;
    /// Bitwise or; logical on `bool`.
    Or, "or", 2, Bits;
    /// Bitwise exclusive or; logical on `bool`.
    Xor, "xor", 2, Bits;
    /// Left shift; 0 when the distance is negative or at least the width.
    Shl, "shl", 2, Integer;
    /// Right shift, filling with the sign of signed integers, also for a distance that is negative or at least the width.
    Shr, "shr", 2, Integer;
    /// Equal.
    Eq, "eq", 2, Test;
    /// Not equal.
    Ne, "ne", 2, Test;
    /// Less.
    Lt, "lt", 2, Test;
    /// Less or equal.
    Le, "le", 2, Test;
    /// Greater.
    Gt, "gt", 2, Test;
    /// Greater or equal.
    Ge, "ge", 2, Test;
    /// `select c x y` is `x` where `c` holds, else `y`.
    Select, "select", 3, Select;
}

impl ScalarOp {
    /// Whether a CPU does it in a few cycles: computing it again costs less than reading its result from memory.
    pub fn is_light(self) -> bool {
        use ScalarOp::{Abs, Add, BitNot, Cast, Const, Copy, Div, Max, Min, Mul, Neg, Not, Select, Sqrt, Square, Sub};
        let moving = matches!(self, Const(_) | Copy | Cast | Select);
        moving
            || self.rule() == Rule::Test
            || matches!(self, Add | Sub | Mul | Div | Max | Min | Neg | Abs | Not | BitNot | Square | Sqrt)
    }

    /// The dtype of the result for arguments of dtypes `args`. A cast needs its target: see [`super::Builder::cast`].
    ///
    /// # Errors
    /// When the number of arguments is wrong, they differ where they must agree, or the operation is not defined for them.
    pub fn result(self, args: &[Dtype]) -> Result<Dtype> {
        let fail = |why: &str| {
            let list: Vec<&str> = args.iter().map(|d| d.name()).collect();
            Err(Error::dtype(format!("[{}] {why}, got ({})", self.name(), list.join(", "))))
        };
        if args.len() != self.arity() {
            return fail(&format!("takes {} arguments", self.arity()));
        }
        if let ScalarOp::Const(s) = self {
            return Ok(s.dtype());
        }
        let rule = self.rule();
        if rule == Rule::Select {
            return match args {
                [Dtype::Bool, a, b] if a == b => Ok(*a),
                _ => fail("takes a bool and two arguments of one dtype"),
            };
        }
        let d = args[0];
        if args.iter().any(|&a| a != d) {
            return fail("takes arguments of one dtype");
        }
        let (ok, result, wanted) = match rule {
            Rule::Any => (true, d, ""),
            Rule::Number => (d != Dtype::Bool, d, "is not defined for bool"),
            Rule::Real => (!d.is_complex(), d, "is not defined for complex64"),
            Rule::Inexact => (d.is_inexact(), d, "is defined for floating-point and complex dtypes only"),
            Rule::Float => (d.is_float(), d, "is defined for real floating-point dtypes only"),
            Rule::Integer => (d.is_integer(), d, "is defined for integers only"),
            Rule::Bits => (d.is_integer() || d == Dtype::Bool, d, "is defined for integers and bool only"),
            Rule::Part => (true, d.to_real(), ""),
            Rule::Test => (true, Dtype::Bool, ""),
            Rule::Cast | Rule::Select => (false, d, "needs a target dtype"),
        };
        if ok { Ok(result) } else { fail(wanted) }
    }
}
