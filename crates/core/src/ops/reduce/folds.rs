//! What can be folded: sums, products, extremes and where they are, truth values.

use super::engine::{Again, Fold, fold, lanes};
use crate::ext::*;
use crate::ops::index::Combine;
use crate::ops::sort::Keyed;
use std::marker::PhantomData;

/// Elements with an order: NaN comes before everything, complex numbers compare by real, then imaginary part.
pub trait Ordered: Combine {
    /// Nothing is below it.
    const LOWEST: Self;
    /// Nothing is above it.
    const HIGHEST: Self;
    /// Whether `self` comes before `other` when the larger (or the smaller) come first.
    fn precedes<const LARGER: bool>(self, other: Self) -> bool;
}

macro_rules! ordered {
    ($($ty:ty)*: $lowest:expr, $highest:expr) => {$(
        impl Ordered for $ty {
            const LOWEST: $ty = $lowest;
            const HIGHEST: $ty = $highest;
            #[inline(always)]
            fn precedes<const LARGER: bool>(self, other: $ty) -> bool {
                if LARGER { self > other } else { self < other }
            }
        }
    )*};
    (float $($ty:ident)*) => {$(
        impl Ordered for $ty {
            const LOWEST: $ty = $ty::NEG_INFINITY;
            const HIGHEST: $ty = $ty::INFINITY;
            #[inline(always)]
            fn precedes<const LARGER: bool>(self, other: $ty) -> bool {
                (if LARGER { self > other } else { self < other }) | (self.is_nan() & !other.is_nan())
            }
        }
    )*};
}
ordered!(u8 u16 u32 u64 i8 i16 i32 i64: Self::MIN, Self::MAX);
ordered!(bool: false, true);
ordered!(float f32 f64);

impl Ordered for c64 {
    const LOWEST: c64 = c64::new(f32::NEG_INFINITY, f32::NEG_INFINITY);
    const HIGHEST: c64 = c64::new(f32::INFINITY, f32::INFINITY);
    #[inline(always)]
    fn precedes<const LARGER: bool>(self, other: c64) -> bool {
        let (a, b) = ((self.re, self.im), (other.re, other.im));
        (if LARGER { a > b } else { a < b }) || self.is_nan() && !other.is_nan()
    }
}

/// Folds that keep the type of the elements.
macro_rules! folds {
    ($($name:ident<$T:ident: $bound:ident>: $identity:expr, $combine:ident;)*) => {$(
        struct $name<T>(PhantomData<T>);
        impl<$T: $bound> Fold for $name<$T> {
            type In = $T;
            type Acc = $T;
            type Again = Self;
            const IDENTITY: $T = $identity;
            #[inline(always)]
            fn lift(x: $T, _: usize) -> $T {
                x
            }
            #[inline(always)]
            fn combine(a: $T, b: $T) -> $T {
                a.$combine(b)
            }
        }
    )*};
}
folds! {
    Sum<T: Combine>: T::ZERO, add;
    Product<T: Combine>: T::ONE, multiply;
    Most<T: Ordered>: T::LOWEST, maximum;
    Least<T: Ordered>: T::HIGHEST, minimum;
}

/// The first place of the largest (or smallest) element: the greatest of keys that have the place, from the end, in their lower bits.
struct Place<T, const LARGER: bool>(PhantomData<T>);

impl<T: Ordered + Keyed, const LARGER: bool> Fold for Place<T, LARGER> {
    type In = T;
    type Acc = T::Tagged;
    type Again = Again<Self>;
    const IDENTITY: T::Tagged = T::LEAST_TAG;
    const INDEXED: bool = true;

    #[inline(always)]
    fn lift(x: T, index: usize) -> T::Tagged {
        x.ranked::<LARGER>(!(index as u32))
    }

    #[inline(always)]
    fn combine(a: T::Tagged, b: T::Tagged) -> T::Tagged {
        a.max(b)
    }

    /// The extreme first, then where it is: two quick passes over a tile instead of a slow one.
    #[inline(always)]
    fn row(xs: &[T], index: usize) -> T::Tagged {
        const BLOCK: usize = 64;
        let extreme = if LARGER { lanes::<Most<T>>(xs, 0) } else { lanes::<Least<T>>(xs, 0) };
        // What nothing precedes is the extreme, a NaN too, which equals nothing.
        let here = |x: T| !extreme.precedes::<LARGER>(x);
        let block = xs.chunks(BLOCK).position(|block| block.iter().fold(false, |found, &x| found | here(x)));
        let start = block.unwrap_or(0) * BLOCK;
        let within = xs[start..].iter().position(|&x| here(x)).unwrap_or(0);
        Self::lift(extreme, index + start + within)
    }
}

type WhereMost<T> = Place<T, true>;
type WhereLeast<T> = Place<T, false>;

/// What a reduction computes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Sum,
    Prod,
    Min,
    Max,
    All,
    Any,
    ArgMin,
    ArgMax,
}

macro_rules! among {
    ($dtype:expr, $($D:ident $T:ty)*, $run:ident::<$F:ident>$args:tt) => {
        match $dtype {
            $(Dtype::$D => $run::<$F<$T>>$args,)*
            other => Err(Error::dtype(format!("[{}] folds no elements of type {other}", stringify!($F)))),
        }
    };
}

macro_rules! numbers {
    ($dtype:expr, $($call:tt)*) => {
        among!($dtype, Uint32 u32 Uint64 u64 Int32 i32 Int64 i64 Float32 f32 Float64 f64 Complex64 c64, $($call)*)
    };
}

macro_rules! ordered_types {
    ($dtype:expr, $($call:tt)*) => {
        among!($dtype, Bool bool Uint8 u8 Uint16 u16 Uint32 u32 Uint64 u64 Int8 i8 Int16 i16 Int32 i32 Int64 i64 Float32 f32
            Float64 f64 Complex64 c64, $($call)*)
    };
}

impl Kind {
    /// Folds `axes` of what `loader` reads into the output. Elements are of a type that [`Kind::computes_in`] names.
    pub(super) fn reduce(self, loader: &Loader, axes: &[usize], call: &mut CpuCall) -> Result<()> {
        let dtype = loader.dtype();
        match self {
            Kind::Sum => numbers!(dtype, values::<Sum>(loader, axes, call)),
            Kind::Prod => numbers!(dtype, values::<Product>(loader, axes, call)),
            Kind::All => values::<Least<bool>>(loader, axes, call),
            Kind::Any => values::<Most<bool>>(loader, axes, call),
            Kind::Min => ordered_types!(dtype, values::<Least>(loader, axes, call)),
            Kind::Max => ordered_types!(dtype, values::<Most>(loader, axes, call)),
            Kind::ArgMin => ordered_types!(dtype, places::<WhereLeast>(loader, axes, call)),
            Kind::ArgMax => ordered_types!(dtype, places::<WhereMost>(loader, axes, call)),
        }
    }

    /// The scalar operation that joins two elements of type `dtype`, and the fold of nothing.
    pub(super) fn fold_gpu(self, dtype: Dtype) -> Option<(ScalarOp, Scalar)> {
        let bits = 8 * dtype.size() as u32;
        let extreme = |largest: bool| match dtype {
            Dtype::Bool => Scalar::Bool(largest),
            d if d.is_inexact() => Scalar::Float(if largest { f64::INFINITY } else { f64::NEG_INFINITY }),
            d if d.is_signed_integer() => Scalar::Int(if largest { (1 << (bits - 1)) - 1 } else { -(1 << (bits - 1)) }),
            _ => Scalar::Int(if largest { (1 << bits) - 1 } else { 0 }),
        };
        match self {
            Kind::Sum => Some((ScalarOp::Add, Scalar::Int(0))),
            Kind::Prod => Some((ScalarOp::Mul, Scalar::Int(1))),
            Kind::Min | Kind::All => Some((ScalarOp::Min, extreme(true))),
            Kind::Max | Kind::Any => Some((ScalarOp::Max, extreme(false))),
            Kind::ArgMin => Some((ScalarOp::Min, Scalar::Int(0))),
            Kind::ArgMax => Some((ScalarOp::Max, Scalar::Int(0))),
        }
    }

    /// The dtype that elements of type `dtype` are converted to on their way in.
    pub(super) fn computes_in(self, dtype: Dtype) -> Dtype {
        match (self, dtype) {
            (Kind::All | Kind::Any, _) => Dtype::Bool,
            (_, Dtype::Float16 | Dtype::Bfloat16) => Dtype::Float32,
            (Kind::Sum | Kind::Prod, Dtype::Bool | Dtype::Int8 | Dtype::Int16) => Dtype::Int32,
            (Kind::Sum | Kind::Prod, Dtype::Uint8 | Dtype::Uint16) => Dtype::Uint32,
            _ => dtype,
        }
    }

    /// The dtype of the result for elements of type `dtype`.
    pub(super) fn result(self, dtype: Dtype) -> Dtype {
        match self {
            Kind::ArgMin | Kind::ArgMax => Dtype::Uint32,
            _ if dtype.is_float() => match self {
                Kind::All | Kind::Any => Dtype::Bool,
                _ => dtype,
            },
            _ => self.computes_in(dtype),
        }
    }

    /// Whether the result has a derivative.
    pub(super) fn is_smooth(self) -> bool {
        matches!(self, Kind::Sum | Kind::Prod | Kind::Min | Kind::Max)
    }

    /// Whether the result says where an element is.
    pub(super) fn is_place(self) -> bool {
        matches!(self, Kind::ArgMin | Kind::ArgMax)
    }

    /// The name of the operation.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Sum => "sum",
            Kind::Prod => "prod",
            Kind::Min => "min",
            Kind::Max => "max",
            Kind::All => "all",
            Kind::Any => "any",
            Kind::ArgMin => "argmin",
            Kind::ArgMax => "argmax",
        }
    }
}

/// Stores folds as they are, or rounded to the half precision of the output.
fn values<F: Fold<Acc = <F as Fold>::In>>(loader: &Loader, axes: &[usize], call: &mut CpuCall) -> Result<()>
where
    F::In: Element,
{
    fn narrowed<F: Fold<Acc = <F as Fold>::In>, O: Element>(loader: &Loader, axes: &[usize], call: &mut CpuCall) -> Result<()>
    where
        F::In: Element,
    {
        let out = call.output::<O>(0)?;
        fold::<F>(loader, axes, &mut |at, x| out[at] = O::from_scalar(x.to_scalar()));
        Ok(())
    }
    match call.output_dtype(0) {
        Dtype::Float16 => narrowed::<F, f16>(loader, axes, call),
        Dtype::Bfloat16 => narrowed::<F, bf16>(loader, axes, call),
        _ => {
            let out = call.output::<F::In>(0)?;
            fold::<F>(loader, axes, &mut |at, x| out[at] = x);
            Ok(())
        }
    }
}

fn places<F: Fold<Acc = <<F as Fold>::In as Keyed>::Tagged>>(loader: &Loader, axes: &[usize], call: &mut CpuCall) -> Result<()>
where
    F::In: Keyed,
{
    let out = call.output::<u32>(0)?;
    fold::<F>(loader, axes, &mut |at, tag| out[at] = !F::In::index(tag));
    Ok(())
}
