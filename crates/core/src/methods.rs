//! Operations as methods of arrays, and operators. Methods return `Result`; operators panic with the error's message, as
//! indexing a slice out of bounds does.
//!
//! Each family has a section: one line a method.

use crate::args::{Axes, Operand};
use crate::array::Array;
use crate::dtype::Dtype;
use crate::error::Result;
use crate::ops::elementwise::Tolerance;
use crate::ops::index::{Subscript, Update};
use crate::ops::join::{PadMode, Sections};
use crate::ops::matmul::Pairs;
use crate::ops::scan::Scan;
use crate::ops::{create, elementwise, index, join, matmul, reduce, scan, softmax, sort, view};
use std::ops;

/// `name(arguments) of family` is the method `name` that calls `family::name(self, arguments)`.
macro_rules! methods {
    ($family:ident: $($name:ident ( $($arg:ident : $ty:ty),* );)*) => {
        impl Array {
            $(
                #[doc = concat!("[`", stringify!($family), "::", stringify!($name), "`](crate::ops::", stringify!($family), "::", stringify!($name), ") of this array.")]
                pub fn $name(&self $(, $arg: $ty)*) -> Result<Array> {
                    $family::$name(self $(, $arg)*)
                }
            )*
        }
    };
}

// Elementwise.

methods! { elementwise:
    abs(); negative(); positive(); sign(); exp(); expm1(); log(); log2(); log10(); log1p(); sqrt(); rsqrt(); square(); reciprocal();
    sin(); cos(); tan(); arcsin(); arccos(); arctan(); sinh(); cosh(); tanh(); arcsinh(); arccosh(); arctanh();
    sigmoid(); erf(); erfinv(); floor(); ceil(); trunc(); round(decimals: i64); degrees(); radians(); real(); imag(); conjugate();
    isnan(); isinf(); isfinite(); isposinf(); isneginf(); logical_not(); bitwise_invert(); stop_gradient();
    astype(dtype: Dtype);
    add(b: impl Into<Operand>); subtract(b: impl Into<Operand>); multiply(b: impl Into<Operand>); divide(b: impl Into<Operand>);
    floor_divide(b: impl Into<Operand>); remainder(b: impl Into<Operand>); power(b: impl Into<Operand>);
    maximum(b: impl Into<Operand>); minimum(b: impl Into<Operand>); arctan2(b: impl Into<Operand>); logaddexp(b: impl Into<Operand>);
    equal(b: impl Into<Operand>); not_equal(b: impl Into<Operand>);
    less(b: impl Into<Operand>); less_equal(b: impl Into<Operand>);
    greater(b: impl Into<Operand>); greater_equal(b: impl Into<Operand>);
    logical_and(b: impl Into<Operand>); logical_or(b: impl Into<Operand>); logical_xor(b: impl Into<Operand>);
    bitwise_and(b: impl Into<Operand>); bitwise_or(b: impl Into<Operand>); bitwise_xor(b: impl Into<Operand>);
    left_shift(b: impl Into<Operand>); right_shift(b: impl Into<Operand>);
    isclose(b: impl Into<Operand>, tolerance: Tolerance); allclose(b: impl Into<Operand>, tolerance: Tolerance);
    array_equal(b: impl Into<Operand>, equal_nan: bool);
    clip(a_min: Option<Operand>, a_max: Option<Operand>);
}

// Views.

methods! { view:
    reshape(shape: &[i64]); flatten(start: i64, end: i64); unflatten(along: i64, shape: &[i64]);
    squeeze(axes: impl Into<Axes>); expand_dims(axes: impl Into<Axes>);
    transpose(axes: impl Into<Axes>); matrix_transpose(); swapaxes(axis1: i64, axis2: i64); moveaxis(source: i64, destination: i64);
    broadcast_to(shape: &[usize]); flip(axes: impl Into<Axes>); diag(k: i64); diagonal(offset: i64, axis1: i64, axis2: i64);
    view(dtype: Dtype); contiguous(allow_col_major: bool); as_strided(shape: &[usize], strides: &[isize], offset: i64);
    trace(offset: i64, axis1: i64, axis2: i64, dtype: Option<Dtype>);
}

// Matrices.

methods! { matmul:
    matmul(b: &Array); inner(b: &Array); outer(b: &Array); kron(b: &Array); tensordot(b: &Array, axes: impl Into<Pairs>);
}

// Indexing, joining.

methods! { index:
    take(indices: impl Into<Operand>, axis: impl Into<Option<i64>>); take_along_axis(indices: &Array, axis: impl Into<Option<i64>>);
    put_along_axis(indices: &Array, values: impl Into<Operand>, axis: impl Into<Option<i64>>);
}
methods! { join:
    repeat(repeats: i64, axis: impl Into<Option<i64>>); tile(repeats: &[i64]); pad(widths: &[i64], mode: PadMode);
    roll(shift: &[i64], axes: impl Into<Axes>);
}

impl Array {
    /// [`index::get`](crate::ops::index::get()) of this array: `a.get(0)`, `a.get((.., 1..3))`, `a.get(mask)`.
    pub fn get(&self, subscript: impl Into<Subscript>) -> Result<Array> {
        index::get(self, &subscript.into())
    }
    /// [`index::set`](crate::ops::index::set()) of this array: another one, with `value` in the place that `subscript` names.
    pub fn set(&self, subscript: impl Into<Subscript>, value: impl Into<Operand>) -> Result<Array> {
        index::set(self, &subscript.into(), value)
    }
    /// [`index::update`](crate::ops::index::update()) of this array.
    pub fn update(&self, subscript: impl Into<Subscript>, value: impl Into<Operand>, how: Update) -> Result<Array> {
        index::update(self, &subscript.into(), value, how)
    }
    /// [`join::split`](crate::ops::join::split()) of this array.
    pub fn split(&self, sections: impl Into<Sections>, axis: i64) -> Result<Vec<Array>> {
        join::split(self, sections, axis)
    }
    /// [`join::unstack`](crate::ops::join::unstack()) of this array.
    pub fn unstack(&self, axis: i64) -> Result<Vec<Array>> {
        join::unstack(self, axis)
    }
}

methods! { create:
    tril(k: i64); triu(k: i64);
}

// Reductions, softmax, scans and sorts.

methods! { reduce:
    sum(axes: impl Into<Axes>); prod(axes: impl Into<Axes>); min(axes: impl Into<Axes>); max(axes: impl Into<Axes>);
    all(axes: impl Into<Axes>); any(axes: impl Into<Axes>); argmin(axis: impl Into<Axes>); argmax(axis: impl Into<Axes>);
    mean(axes: impl Into<Axes>); var(axes: impl Into<Axes>, ddof: i64); std(axes: impl Into<Axes>, ddof: i64);
    median(axes: impl Into<Axes>); logsumexp(axes: impl Into<Axes>); count_nonzero(axes: impl Into<Axes>);
}
methods! { softmax:
    softmax(axes: impl Into<Axes>, precise: bool);
}
methods! { scan:
    cumsum(axis: impl Into<Axes>, scan: Scan); cumprod(axis: impl Into<Axes>, scan: Scan);
    cummax(axis: impl Into<Axes>, scan: Scan); cummin(axis: impl Into<Axes>, scan: Scan);
    logcumsumexp(axis: impl Into<Axes>, scan: Scan); diff(n: i64, axis: i64);
}
methods! { sort:
    sort(axis: impl Into<Axes>); argsort(axis: impl Into<Axes>); topk(k: i64, axis: impl Into<Axes>);
    partition(kth: i64, axis: impl Into<Axes>); argpartition(kth: i64, axis: impl Into<Axes>);
}

/// What an operator returns: the array, or a panic where the caller wrote it.
#[track_caller]
fn done(result: Result<Array>) -> Array {
    match result {
        Ok(array) => array,
        Err(e) => panic!("{e}"),
    }
}

macro_rules! binary_operators {
    ($($operator:ident $method:ident, $assign:ident $assign_method:ident: $f:ident;)*) => {$(
        impl<T: Into<Operand>> ops::$operator<T> for &Array {
            type Output = Array;
            #[track_caller]
            fn $method(self, other: T) -> Array { done(elementwise::$f(self, other)) }
        }
        impl<T: Into<Operand>> ops::$operator<T> for Array {
            type Output = Array;
            #[track_caller]
            fn $method(self, other: T) -> Array { done(elementwise::$f(self, other)) }
        }
        impl<T: Into<Operand>> ops::$assign<T> for Array {
            #[track_caller]
            fn $assign_method(&mut self, other: T) { *self = done(elementwise::$f(&*self, other)) }
        }
        scalar_on_the_left! { $operator $method $f: bool i8 i16 i32 i64 u8 u16 u32 u64 usize f32 f64 }
    )*};
}

macro_rules! scalar_on_the_left {
    ($operator:ident $method:ident $f:ident: $($ty:ty)*) => {$(
        impl ops::$operator<&Array> for $ty {
            type Output = Array;
            #[track_caller]
            fn $method(self, other: &Array) -> Array { done(elementwise::$f(self, other)) }
        }
        impl ops::$operator<Array> for $ty {
            type Output = Array;
            #[track_caller]
            fn $method(self, other: Array) -> Array { done(elementwise::$f(self, other)) }
        }
    )*};
}

binary_operators! {
    Add add, AddAssign add_assign: add;
    Sub sub, SubAssign sub_assign: subtract;
    Mul mul, MulAssign mul_assign: multiply;
    Div div, DivAssign div_assign: divide;
    Rem rem, RemAssign rem_assign: remainder;
    BitAnd bitand, BitAndAssign bitand_assign: bitwise_and;
    BitOr bitor, BitOrAssign bitor_assign: bitwise_or;
    BitXor bitxor, BitXorAssign bitxor_assign: bitwise_xor;
    Shl shl, ShlAssign shl_assign: left_shift;
    Shr shr, ShrAssign shr_assign: right_shift;
}

macro_rules! unary_operators {
    ($($operator:ident $method:ident: $f:ident;)*) => {$(
        impl ops::$operator for &Array {
            type Output = Array;
            #[track_caller]
            fn $method(self) -> Array { done(elementwise::$f(self)) }
        }
        impl ops::$operator for Array {
            type Output = Array;
            #[track_caller]
            fn $method(self) -> Array { done(elementwise::$f(&self)) }
        }
    )*};
}

unary_operators! {
    Neg neg: negative;
    Not not: bitwise_invert;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_take_arrays_and_scalars_on_either_side() {
        let a = Array::from_slice(&[1.0f32, 2.0], &[2]).unwrap();
        let b = Array::from_slice(&[3.0f32, 5.0], &[2]).unwrap();
        let mut c = (&a + &b) * 2.0 - 1 / (2.0 * &a) + -b.clone();
        c += &a;
        assert_eq!(c.to_vec::<f32>().unwrap(), [5.5, 10.75]);
        let bits = (Array::from_slice(&[6i32], &[1]).unwrap() & 3) << 2;
        assert_eq!((!bits).to_vec::<i32>().unwrap(), [-9]);
    }

    #[test]
    #[should_panic(expected = "[add] shapes (2,) and (3,)")]
    fn operators_panic_with_the_message() {
        let a = Array::from_slice(&[1.0f32, 2.0], &[2]).unwrap();
        let _ = &a + &Array::from_slice(&[1.0f32; 3], &[3]).unwrap();
    }
}
