//! Functions of two arrays, broadcast together.

use super::*;

macro_rules! binary {
    ($($(#[doc = $doc:literal])* $name:ident $(| $alias:literal)* = $op:ident, |$a:ident, $b:ident, $y:ident| $da:expr, $db:expr;)*) => {
        $(op! {
            $name $(| $alias)* "(a: operand, b: operand)" => |c| $name(c.operand(0)?, c.operand(1)?);
            $(#[doc = $doc])*
            pub fn $name(a: impl Into<Operand>, b: impl Into<Operand>) -> Result<Array> {
                static PRIMITIVE: Elementwise = Elementwise {
                    name: stringify!($name),
                    op: ScalarOp::$op,
                    derivatives: &[
                        |x, $y| { let ($a, $b) = (&x[0], &x[1]); let _ = ($a, $b, $y); $da },
                        |x, $y| { let ($a, $b) = (&x[0], &x[1]); let _ = ($a, $b, $y); $db },
                    ],
                };
                let (a, b) = (a.into(), b.into());
                let dtype = Operand::result_type(&[&a, &b]);
                Array::apply(Handle::Static(&PRIMITIVE), &align(PRIMITIVE.name, [a, b], dtype)?)
            }
        })*
        /// The declarations of the functions of two arrays.
        pub static BINARY: &[&OpDecl] = &[$(&$name::DECL),*];
    };
}

fn ones_like(a: &Array) -> Result<Option<Array>> {
    Ok(Some(Array::splat(1, a.shape(), a.dtype())))
}

binary! {
    /// The sum `a + b`, broadcast together.
    add = Add, |a, b, y| ones_like(a), ones_like(b);
    /// The difference `a - b`, broadcast together.
    subtract = Sub, |a, b, y| ones_like(a), Ok(Some(Array::splat(-1, b.shape(), b.dtype())));
    /// The product `a · b`, broadcast together.
    multiply = Mul, |a, b, y| Ok(Some(b.clone())), Ok(Some(a.clone()));
}
