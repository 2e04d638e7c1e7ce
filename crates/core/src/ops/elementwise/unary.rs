//! Functions of one array.

use super::*;

/// What dtype a function computes in.
#[derive(Clone, Copy)]
pub(super) enum Domain {
    /// The dtype of the input.
    Any,
    /// Floating or complex; integers become `float32`.
    Inexact,
}

pub(super) fn apply(primitive: &'static Elementwise, domain: Domain, a: &Array) -> Result<Array> {
    let a = match domain {
        Domain::Any => a.clone(),
        Domain::Inexact => astype(a, a.dtype().to_inexact())?,
    };
    Array::apply(Handle::Static(primitive), &[a])
}

macro_rules! unary {
    ($($(#[doc = $doc:literal])* $name:ident $(| $alias:literal)* = $op:ident on $domain:ident, |$x:ident, $y:ident| $d:expr;)*) => {
        $(op! {
            $name $(| $alias)* "(a: array, /)" => |c| $name(c.array(0)?);
            $(#[doc = $doc])*
            pub fn $name(a: &Array) -> Result<Array> {
                static PRIMITIVE: Elementwise = Elementwise {
                    name: stringify!($name),
                    op: ScalarOp::$op,
                    derivatives: &[|x, $y| { let $x = &x[0]; let _ = ($x, $y); $d }],
                };
                apply(&PRIMITIVE, Domain::$domain, a)
            }
        })*
        /// The declarations of the functions of one array.
        pub static UNARY: &[&OpDecl] = &[$(&$name::DECL),*];
    };
}

unary! {
    /// The exponential, element by element. Integers are computed in `float32`.
    exp = Exp on Inexact, |x, y| Ok(Some(y.clone()));
    /// The natural logarithm, element by element; NaN below zero. Integers are computed in `float32`.
    log = Log on Inexact, |x, y| reciprocal(x).map(Some);
    /// `1 / a`, element by element. Integers are computed in `float32`.
    reciprocal = Reciprocal on Inexact, |x, y| negative(&square(y)?).map(Some);
    /// `a²`, element by element.
    square = Square on Any, |x, y| multiply(x, 2).map(Some);
    /// `-a`, element by element; unsigned integers wrap.
    negative = Neg on Any, |x, y| Ok(Some(Array::splat(-1, x.shape(), x.dtype())));
    /// The square root, element by element; NaN below zero. Integers are computed in `float32`.
    sqrt = Sqrt on Inexact, |x, y| multiply(&reciprocal(y)?, 0.5).map(Some);
}
