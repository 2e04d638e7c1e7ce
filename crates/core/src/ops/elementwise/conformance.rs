//! What the elementwise functions must compute.

use super::*;
use crate::ext::conformance::*;
use crate::ext::{Array, Dtype, Result};
use std::f64::consts::PI;

const SIGNED: &[Dtype] = &[Dtype::Int8, Dtype::Int16, Dtype::Int32, Dtype::Int64];
const NUMBER: &[Dtype] = {
    let (_bool, rest) = Dtype::ALL.split_at(1);
    rest
};
const BITS: &[Dtype] = {
    let (bits, _) = Dtype::ALL.split_at(9);
    bits
};

/// A function of one array, computed by an oracle of one kind, on values between two bounds.
macro_rules! f1 {
    ($f:ident $kind:ident $range:expr, $oracle:expr) => {
        Row::unary(stringify!($f), |x| one($f(&x[0])), Oracle::$kind($oracle)).on(&[$range])
    };
}
/// A function of two arrays likewise.
macro_rules! f2 {
    ($f:ident $kind:ident $a:expr, $b:expr, $oracle:expr) => {
        Row::binary(stringify!($f), |x| one($f(&x[0], &x[1])), Oracle::$kind($oracle)).on(&[$a, $b])
    };
}

const fn to(low: f64, high: f64) -> Domain {
    Domain::Range(low, high)
}
const WIDE: Domain = to(-2.0, 2.0);
const POSITIVE: Domain = to(0.6, 3.0);
const INSIDE: Domain = to(-0.45, 0.45);

/// Shapes for three inputs that are broadcast together.
const THREE: &[&[&[usize]]] =
    &[&[&[2, 3], &[2, 3], &[2, 3]], &[&[3, 1], &[4], &[]], &[&[], &[2, 2], &[2]], &[&[0, 2], &[1, 2], &[2]], &[&[], &[], &[]]];

/// One row a function.
pub static ROWS: &[Row] = &[
    f1!(abs Complex1 to(0.1, 2.0), |z| z.norm().into()).dtypes(&Dtype::ALL),
    f1!(abs Real1 WIDE, f64::abs),
    f1!(negative Complex1 to(-2.0, 0.0), |z| -z).dtypes(SIGNED),
    f1!(negative Complex1 WIDE, |z| -z).dtypes(INEXACT),
    f1!(exp Complex1 WIDE, |z| z.exp()).dtypes(&Dtype::ALL),
    f1!(expm1 Real1 WIDE, f64::exp_m1),
    f1!(log Complex1 POSITIVE, |z| z.ln()).dtypes(&Dtype::ALL),
    f1!(log2 Complex1 POSITIVE, |z| z.ln() / std::f64::consts::LN_2).dtypes(&Dtype::ALL),
    f1!(log10 Complex1 POSITIVE, |z| z.ln() / std::f64::consts::LN_10).dtypes(&Dtype::ALL),
    f1!(log1p Complex1 to(-0.4, 3.0), |z| (z + 1.0).ln()).dtypes(&Dtype::ALL),
    f1!(sqrt Complex1 POSITIVE, |z| z.sqrt()).dtypes(&Dtype::ALL),
    f1!(rsqrt Complex1 POSITIVE, |z| 1.0 / z.sqrt()).dtypes(&Dtype::ALL),
    f1!(reciprocal Complex1 POSITIVE, |z| 1.0 / z).dtypes(&Dtype::ALL),
    f1!(square Complex1 WIDE, |z| z * z).dtypes(&Dtype::ALL),
    f1!(sin Complex1 WIDE, |z| z.sin()).dtypes(&Dtype::ALL),
    f1!(cos Complex1 WIDE, |z| z.cos()).dtypes(&Dtype::ALL),
    f1!(tan Complex1 to(-1.2, 1.2), |z| z.tan()).dtypes(&Dtype::ALL),
    f1!(arcsin Complex1 INSIDE, |z| z.asin()).dtypes(&Dtype::ALL),
    f1!(arccos Complex1 INSIDE, |z| z.acos()).dtypes(&Dtype::ALL),
    f1!(arctan Complex1 INSIDE, |z| z.atan()).dtypes(&Dtype::ALL),
    f1!(arctan Real1 WIDE, f64::atan),
    f1!(sinh Complex1 WIDE, |z| z.sinh()).dtypes(&Dtype::ALL),
    f1!(cosh Complex1 WIDE, |z| z.cosh()).dtypes(&Dtype::ALL),
    f1!(tanh Complex1 WIDE, |z| z.tanh()).dtypes(&Dtype::ALL),
    f1!(arcsinh Complex1 INSIDE, |z| z.asinh()).dtypes(&Dtype::ALL),
    f1!(arcsinh Real1 WIDE, f64::asinh),
    f1!(arccosh Complex1 to(1.2, 4.0), |z| z.acosh()).dtypes(&Dtype::ALL),
    f1!(arctanh Complex1 INSIDE, |z| z.atanh()).dtypes(&Dtype::ALL),
    f1!(sigmoid Real1 WIDE, |x| 1.0 / (1.0 + (-x).exp())),
    f1!(erf Real1 WIDE, erf_series),
    f1!(erfinv Real1 INSIDE, erfinv_newton),
    f1!(sign Real1 WIDE, |x| if x == 0.0 { 0.0 } else { x.signum() }).flat(),
    f1!(sign Complex1 POSITIVE, |z| z / z.norm()).dtypes(INEXACT).flat(),
    f1!(floor Real1 WIDE, f64::floor).flat(),
    f1!(ceil Real1 WIDE, f64::ceil).flat(),
    f1!(trunc Real1 WIDE, f64::trunc).flat(),
    f1!(logical_not Complex1 WIDE, |z| truth(z == C::ZERO)).dtypes(&Dtype::ALL).flat(),
    f1!(real Complex1 WIDE, |z| z.re.into()).dtypes(&Dtype::ALL),
    f1!(imag Complex1 WIDE, |z| z.im.into()).dtypes(&Dtype::ALL).flat(),
    f1!(conjugate Complex1 WIDE, |z| z.conj()).dtypes(&Dtype::ALL),
    f1!(positive Complex1 WIDE, |z| z).dtypes(&Dtype::ALL),
    f1!(bitwise_invert Real1 to(-100.0, 100.0), |x| !(x as i64) as f64).dtypes(SIGNED).flat(),
    f1!(stop_gradient Complex1 WIDE, |z| z).dtypes(&Dtype::ALL).flat(),
    f1!(degrees Complex1 WIDE, |z| z * (180.0 / PI)).dtypes(&Dtype::ALL),
    f1!(radians Complex1 WIDE, |z| z * (PI / 180.0)).dtypes(&Dtype::ALL),
    f1!(isnan Complex1 WIDE, |_| truth(false)).dtypes(&Dtype::ALL).flat(),
    f1!(isinf Complex1 WIDE, |_| truth(false)).dtypes(&Dtype::ALL).flat(),
    f1!(isfinite Complex1 WIDE, |_| truth(true)).dtypes(&Dtype::ALL).flat(),
    f1!(isposinf Complex1 WIDE, |_| truth(false)).dtypes(&Dtype::ALL).flat(),
    f1!(isneginf Complex1 WIDE, |_| truth(false)).dtypes(&Dtype::ALL).flat(),
    f2!(add Complex2 WIDE, WIDE, |a, b| a + b).dtypes(NUMBER),
    f2!(subtract Complex2 to(5.0, 9.0), WIDE, |a, b| a - b).dtypes(&Dtype::ALL),
    f2!(multiply Complex2 WIDE, WIDE, |a, b| a * b).dtypes(&Dtype::ALL),
    f2!(divide Complex2 WIDE, POSITIVE, |a, b| a / b).dtypes(&Dtype::ALL),
    f2!(floor_divide Real2 to(-9.0, 9.0), POSITIVE, |a, b| (a / b).floor()).flat(),
    f2!(remainder Real2 to(-9.0, 9.0), POSITIVE, |a, b| a - b * (a / b).floor()),
    Row::binary("divmod", |x| divmod(&x[0], &x[1]).map(|(q, r)| vec![q, r]), Oracle::Dense(divmod_dense))
        .on(&[to(-9.0, 9.0), POSITIVE])
        .by(&[]),
    f2!(power Real2 POSITIVE, to(0.2, 3.0), f64::powf),
    f2!(power Complex2 POSITIVE, to(0.2, 3.0), |a, b| a.powc(b)).dtypes(&[Dtype::Complex64]).within(16.0),
    f2!(maximum Real2 WIDE, WIDE, f64::max),
    f2!(minimum Real2 WIDE, WIDE, f64::min),
    f2!(maximum Complex2 WIDE, WIDE, |a, b| if below(b, a) { a } else { b }).dtypes(&[Dtype::Complex64]),
    f2!(minimum Complex2 WIDE, WIDE, |a, b| if below(a, b) { a } else { b }).dtypes(&[Dtype::Complex64]),
    f2!(arctan2 Real2 WIDE, POSITIVE, f64::atan2),
    f2!(logaddexp Complex2 INSIDE, INSIDE, |a, b| (a.exp() + b.exp()).ln()).dtypes(&Dtype::ALL),
    f2!(logaddexp Real2 to(-20.0, 20.0), to(-20.0, 20.0), |a, b| (a.exp() + b.exp()).ln()).dtypes(FLOAT),
    f2!(equal Complex2 WIDE, WIDE, |a, b| truth(a == b)).dtypes(&Dtype::ALL).flat(),
    f2!(not_equal Complex2 WIDE, WIDE, |a, b| truth(a != b)).dtypes(&Dtype::ALL).flat(),
    f2!(less Complex2 WIDE, WIDE, |a, b| truth(below(a, b))).dtypes(&Dtype::ALL).flat(),
    f2!(less_equal Complex2 WIDE, WIDE, |a, b| truth(!below(b, a))).dtypes(&Dtype::ALL).flat(),
    f2!(greater Complex2 WIDE, WIDE, |a, b| truth(below(b, a))).dtypes(&Dtype::ALL).flat(),
    f2!(greater_equal Complex2 WIDE, WIDE, |a, b| truth(!below(a, b))).dtypes(&Dtype::ALL).flat(),
    f2!(logical_and Complex2 WIDE, WIDE, |a, b| truth(a != C::ZERO && b != C::ZERO)).dtypes(&Dtype::ALL).flat(),
    f2!(logical_or Complex2 WIDE, WIDE, |a, b| truth(a != C::ZERO || b != C::ZERO)).dtypes(&Dtype::ALL).flat(),
    f2!(logical_xor Complex2 WIDE, WIDE, |a, b| truth((a != C::ZERO) != (b != C::ZERO))).dtypes(&Dtype::ALL).flat(),
    f2!(bitwise_and Real2 to(-100.0, 100.0), to(-100.0, 100.0), |a, b| (a as i64 & b as i64) as f64).dtypes(BITS).flat(),
    f2!(bitwise_or Real2 to(-100.0, 100.0), to(-100.0, 100.0), |a, b| (a as i64 | b as i64) as f64).dtypes(BITS).flat(),
    f2!(bitwise_xor Real2 to(-100.0, 100.0), to(-100.0, 100.0), |a, b| (a as i64 ^ b as i64) as f64).dtypes(BITS).flat(),
    f2!(left_shift Real2 to(-9.0, 9.0), to(0.0, 3.0), |a, b| ((a as i64) << b as i64) as f64).dtypes(BITS).flat(),
    f2!(right_shift Real2 to(-100.0, 100.0), to(0.0, 6.0), |a, b| (a as i64 >> b as i64) as f64).dtypes(BITS).flat(),
    Row::binary("isclose", near, Oracle::Real2(|a, b| f64::from(u8::from((a - b).abs() <= 0.5 + 0.25 * b.abs()))))
        .dtypes(&[Dtype::Float32, Dtype::Float64])
        .flat(),
    Row::unary("nan_to_num", |x| one(nan_to_num(&x[0], NanToNum::default())), Oracle::Complex1(|z| z)).dtypes(&Dtype::ALL),
    Row::unary("round", |x| one(round(&x[0], 0)), Oracle::Complex1(|z| C::new(rint_f64(z.re), rint_f64(z.im))))
        .dtypes(&Dtype::ALL)
        .flat(),
    Row::unary("round to tens", |x| one(round(&x[0], -1)), Oracle::Real1(|x| rint_f64(x / 10.0) * 10.0))
        .on(&[to(-99.0, 99.0)])
        .dtypes(INTEGER)
        .flat(),
    Row::unary("round to hundredths", |x| one(round(&x[0], 2)), Oracle::Real1(|x| rint_f64(x * 100.0) / 100.0))
        .dtypes(&[Dtype::Float64])
        .flat(),
    Row::unary("astype", |x| one(astype(&x[0], Dtype::Complex64)), Oracle::Complex1(|z| z)).dtypes(&Dtype::ALL).flat(),
    Row::unary("astype within reals", |x| one(astype(&x[0], Dtype::Float64)), Oracle::Real1(|x| x)),
    Row::binary("where", |x| one(where_(&x[0], &x[1], &x[2])), Oracle::Dense(where_dense))
        .shapes(THREE)
        .on(&[Domain::Bit, WIDE])
        .fixed(&[(0, Dtype::Bool)])
        .dtypes(&Dtype::ALL)
        .by(&[1, 2])
        .batched(&[0, 1, 2]),
    Row::binary("clip", |x| one(clip(&x[0], Some((&x[1]).into()), Some((&x[2]).into()))), Oracle::Dense(clip_dense))
        .shapes(THREE)
        .on(&[WIDE, to(-1.0, 0.0), to(0.0, 1.0)])
        .by(&[0, 1, 2])
        .batched(&[0, 1, 2]),
];

fn truth(b: bool) -> C {
    f64::from(u8::from(b)).into()
}

/// The order of complex numbers: by real part, then imaginary.
fn below(a: C, b: C) -> bool {
    (a.re, a.im) < (b.re, b.im)
}

fn rint_f64(x: f64) -> f64 {
    x.round_ties_even()
}

fn near(x: &[Array]) -> Result<Vec<Array>> {
    one(isclose(&x[0], &x[1], Tolerance { rtol: 0.25, atol: 0.5, equal_nan: false }))
}

/// The Maclaurin series, which alternates and converges fast for |x| <= 2.
fn erf_series(x: f64) -> f64 {
    let mut power = x;
    let mut sum = x;
    for n in 1..60 {
        power *= -x * x / f64::from(n);
        sum += power / f64::from(2 * n + 1);
    }
    sum * 2.0 / PI.sqrt()
}

fn erfinv_newton(y: f64) -> f64 {
    (0..30).fold(y, |x, _| x - (erf_series(x) - y) * PI.sqrt() / 2.0 * (x * x).exp())
}

fn broadcast_shape(x: &[Dense]) -> Vec<usize> {
    let shapes: Vec<&[usize]> = x.iter().map(|d| &d.shape[..]).collect();
    crate::ext::broadcast_all("oracle", shapes).expect("rows have shapes that fit").to_vec()
}

fn each(x: &[Dense], f: impl Fn(&[C]) -> C) -> Dense {
    Dense::from_fn(&broadcast_shape(x), |i| f(&x.iter().map(|d| d.broadcast_at(i)).collect::<Vec<_>>()))
}

fn divmod_dense(x: &[Dense]) -> Vec<Dense> {
    let floor = |v: &[C]| (v[0].re / v[1].re).floor();
    vec![each(x, |v| floor(v).into()), each(x, |v| (v[0].re - v[1].re * floor(v)).into())]
}

fn where_dense(x: &[Dense]) -> Vec<Dense> {
    vec![each(x, |v| if v[0] != C::ZERO { v[1] } else { v[2] })]
}

fn clip_dense(x: &[Dense]) -> Vec<Dense> {
    vec![each(x, |v| v[0].re.max(v[1].re).min(v[2].re).into())]
}
