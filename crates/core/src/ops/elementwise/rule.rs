//! The little algebra that derivative tables are written in.
//!
//! A rule says what an operation does to a small change: given the change `t` of one argument, the arguments and the result `y`,
//! it returns the change of the result. It is linear in `t`, so the same line is the jvp and, conjugated, the vjp: for
//! `y = f(x)` with cotangent `c`, the cotangent of `x` is `conj(rule(conj(c)))`. For complex numbers this is the gradient
//! `∂L/∂Re x + i ∂L/∂Im x`, and it holds for functions that are not analytic (`abs`, `real`, `conjugate`) as well.

use super::*;
use crate::ext::*;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// An array in a derivative, a constant, or the error of making it.
#[derive(Clone)]
pub struct Term(Result<Operand>);

/// The change of the result for a change of one argument; `None` where the result does not depend on it.
pub type Rule = fn(&Term, &[Term], &Term) -> Term;

impl Term {
    /// The array.
    pub fn array(self) -> Result<Array> {
        self.0.map(Operand::into_array)
    }

    /// `f` of this term.
    pub fn of(&self, f: impl FnOnce(&Array) -> Result<Array>) -> Term {
        Term(self.0.clone().and_then(|a| f(&a.into_array())).map(Operand::Array))
    }

    fn with(&self, other: impl Into<Term>, f: fn(Operand, Operand) -> Result<Array>) -> Term {
        let other = other.into();
        Term(self.0.clone().and_then(|a| f(a, other.0?)).map(Operand::Array))
    }

    /// `a` where this is true, else `b`.
    pub fn choose(&self, a: impl Into<Term>, b: impl Into<Term>) -> Term {
        let (a, b) = (a.into(), b.into());
        Term(self.0.clone().and_then(|c| where_(c, a.0?, b.0?)).map(Operand::Array))
    }
}

macro_rules! functions {
    ($($name:ident)*; $($pair:ident)*) => {
        impl Term {
            $(
                #[doc = concat!("[`", stringify!($name), "`] of this term.")]
                pub fn $name(&self) -> Term { self.of(super::$name) }
            )*
            $(
                #[doc = concat!("[`", stringify!($pair), "`] with `other`.")]
                pub fn $pair(&self, other: impl Into<Term>) -> Term { self.with(other, super::$pair) }
            )*
        }
    };
}
functions! { exp log sin cos sinh cosh sqrt rsqrt square sign conjugate; power greater less equal floor_divide }

impl From<&Array> for Term {
    fn from(a: &Array) -> Term {
        Term(Ok(a.into()))
    }
}
impl From<&Term> for Term {
    fn from(t: &Term) -> Term {
        t.clone()
    }
}
impl From<f64> for Term {
    fn from(v: f64) -> Term {
        Term(Ok(v.into()))
    }
}
impl From<c64> for Term {
    fn from(v: c64) -> Term {
        Term(Ok(v.into()))
    }
}

macro_rules! operators {
    ($($operator:ident $method:ident $f:ident;)*) => {$(
        impl<T: Into<Term>> $operator<T> for &Term {
            type Output = Term;
            fn $method(self, other: T) -> Term { self.with(other, super::$f) }
        }
        impl<T: Into<Term>> $operator<T> for Term {
            type Output = Term;
            fn $method(self, other: T) -> Term { (&self).with(other, super::$f) }
        }
        impl $operator<&Term> for f64 {
            type Output = Term;
            fn $method(self, other: &Term) -> Term { Term::from(self).with(other, super::$f) }
        }
        impl $operator<Term> for f64 {
            type Output = Term;
            fn $method(self, other: Term) -> Term { Term::from(self).with(other, super::$f) }
        }
    )*};
}
operators! { Add add add; Sub sub subtract; Mul mul multiply; Div div divide; }

impl Neg for &Term {
    type Output = Term;
    fn neg(self) -> Term {
        self.of(super::negative)
    }
}
impl Neg for Term {
    type Output = Term;
    fn neg(self) -> Term {
        -&self
    }
}
