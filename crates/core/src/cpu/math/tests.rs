//! Sweeps of the `f32` functions over all exponents against `f64`.

use super::*;

/// The greatest distance from the correctly rounded result over a sweep of bit patterns, in ulp.
fn sweep(f: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64) -> (u32, f32) {
    let step = if cfg!(miri) { 40_000_003 } else { 3001 };
    let edges =
        [0.0, -0.0, 1.0, -1.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MIN_POSITIVE, 1e-45, -1e-45, f32::MAX, f32::MIN];
    let all = (0..u32::MAX).step_by(step).map(f32::from_bits).chain(edges);
    let key = |v: f32| {
        let i = v.to_bits() as i32;
        i64::from(if i < 0 { i32::MIN - i } else { i })
    };
    let mut worst = (0, 0.0);
    for x in all {
        let (got, want) = (f(x), exact(x.into()) as f32);
        let error = match (got.is_nan(), want.is_nan()) {
            (true, true) => 0,
            (false, false) if want == 0.0 && got == 0.0 => u32::from(got.to_bits() != want.to_bits()) * 1000,
            (false, false) => u32::try_from(key(got).abs_diff(key(want))).unwrap_or(u32::MAX),
            _ => u32::MAX,
        };
        if error > worst.0 {
            worst = (error, x);
        }
    }
    worst
}

#[test]
fn single_precision_functions_are_within_their_bounds() {
    let near = |x: f32| x.abs() <= TRIG_LIMIT;
    let trig = |f: fn(f32) -> f32, e: fn(f64) -> f64| move |x: f32| if near(x) { f(x) } else { e(x.into()) as f32 };
    let inverse = |y: f64| if y.abs() < 1e-30 { y / FRAC_2_SQRT_PI } else { erfinv_f64(y) };
    type Row<'a> = (&'a str, Box<dyn Fn(f32) -> f32>, Box<dyn Fn(f64) -> f64>);
    macro_rules! rows {
        ($($f:ident: $e:expr;)*) => { vec![$((stringify!($f), Box::new($f) as Box<dyn Fn(f32) -> f32>, Box::new($e) as Box<dyn Fn(f64) -> f64>)),*] };
    }
    let mut rows: Vec<Row> = rows! {
        exp: f64::exp; expm1: f64::exp_m1; log: f64::ln; log2: f64::log2; log10: f64::log10; log1p: f64::ln_1p;
        asin: f64::asin; acos: f64::acos; atan: f64::atan; sinh: f64::sinh; cosh: f64::cosh; tanh: f64::tanh;
        asinh: f64::asinh; acosh: acosh_f64; atanh: f64::atanh; erf: libm::erf; erfinv: inverse;
        sigmoid: |x: f64| 1.0 / (1.0 + (-x).exp());
    };
    rows.push(("sin", Box::new(trig(sin, f64::sin)), Box::new(f64::sin)));
    rows.push(("cos", Box::new(trig(cos, f64::cos)), Box::new(f64::cos)));
    rows.push(("tan", Box::new(trig(tan, f64::tan)), Box::new(f64::tan)));
    for (name, f, exact) in rows {
        let (error, at) = sweep(f, exact);
        let bound = if ["sigmoid", "tanh", "erf"].contains(&name) { 2 } else { 1 };
        assert!(error <= bound, "{name}: {error} ulp at {at:e}");
    }
}

#[test]
fn functions_of_two_arguments_match_f64() {
    let values = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        2.0,
        -2.0,
        3.0,
        -3.0,
        0.5,
        -0.5,
        1e-3,
        1e-30,
        1e-45,
        -1e-45,
        1e30,
        -1e30,
        16_777_217.0,
        -16_777_215.0,
        1.5,
        1.0000001,
        0.99999994,
        88.0,
        -90.0,
        f32::INFINITY,
        f32::NEG_INFINITY,
        // Last: what Miri gives for the `atan2` of a NaN is no NaN.
        f32::NAN,
    ];
    let values = &values[..values.len() - usize::from(cfg!(miri))];
    for &x in values {
        for &y in values {
            for (name, got, want) in [
                ("pow", pow(x, y), f64::from(x).powf(y.into())),
                ("atan2", atan2(x, y), f64::from(x).atan2(y.into())),
                ("logaddexp", logaddexp(x, y), logaddexp_f64(x.into(), y.into())),
            ] {
                let want = want as f32;
                let ok = got.is_nan() && want.is_nan() || got == want && got.is_sign_negative() == want.is_sign_negative();
                let near = (got.to_bits() as i32).abs_diff(want.to_bits() as i32) <= 1;
                assert!(ok || near, "{name}({x:e}, {y:e}) = {got:e}, expected {want:e}");
            }
        }
    }
}

#[test]
fn double_erfinv_inverts_erf() {
    for i in 1..2000 {
        let x = f64::from(i) / 2000.0;
        assert!((libm::erf(erfinv_f64(x)) - x).abs() <= 4e-16, "{x}");
        let tail = 10f64.powi(-(i % 16));
        let y = erfinv_f64(1.0 - tail);
        let rest = 1.0 - (1.0 - tail);
        assert!(tail == 1.0 || (libm::erfc(y) / rest - 1.0).abs() < 1e-13, "1 - {tail:e}");
    }
}

mod complex_identities {
    use crate::cpu::math::complex::*;
    use crate::dtype::c64;
    use std::f32::consts::{FRAC_PI_2, PI};

    fn close(a: c64, b: c64, what: &str, z: c64) {
        let scale = f64::from(a.re).hypot(a.im.into()).max(1e-30);
        let d = f64::from(a.re - b.re).hypot(f64::from(a.im - b.im));
        assert!(d <= 4e-6 * scale, "{what} of {z}: {a} and {b}");
    }

    #[test]
    #[cfg_attr(miri, ignore = "the functions of `libm` that it needs are written in assembly")]
    fn inverses_and_definitions_hold() {
        let parts = [-3.0, -1.5, -0.7, -0.1, 0.2, 0.9, 1.3, 4.0f32];
        for re in parts {
            for im in parts {
                let z = c64::new(re, im);
                let one = c64::new(1.0, 0.0);
                close(exp(log(z)), z, "exp log", z);
                close(mul(sqrt(z), sqrt(z)), z, "sqrt²", z);
                close(sin(asin(z)), z, "sin asin", z);
                close(cos(acos(z)), z, "cos acos", z);
                close(tan(atan(z)), z, "tan atan", z);
                close(sinh(asinh(z)), z, "sinh asinh", z);
                close(cosh(acosh(z)), z, "cosh acosh", z);
                close(tanh(atanh(z)), z, "tanh atanh", z);
                let w = c64::new(re, im * 0.2);
                close(mul(sin(w), sin(w)) + mul(cos(w), cos(w)), one, "sin² + cos²", w);
                close(div(sin(z), cos(z)), tan(z), "sin / cos", z);
                close(mul(z, recip(z)), one, "z / z", z);
                close(exp(log1p(z)), z + one, "exp log1p", z);
                close(pow(z, c64::new(2.5, 0.0)), exp(mul(c64::new(2.5, 0.0), log(z))), "pow", z);
                close(pow(z, c64::new(-3.0, 0.0)), recip(mul(z, mul(z, z))), "z^-3", z);
                close(exp(logaddexp(z, one)), exp(z) + exp(one), "logaddexp", z);
                assert!(asin(z).re.abs() <= FRAC_PI_2 + 1e-5 && (0.0..=PI + 1e-5).contains(&acos(z).re) && acosh(z).re >= 0.0);
            }
        }
    }

    #[test]
    fn branch_cuts_and_infinities() {
        let c = c64::new;
        assert_eq!(sqrt(c(-4.0, 0.0)), c(0.0, 2.0));
        assert_eq!(sqrt(c(-4.0, -0.0)), c(0.0, -2.0));
        assert_eq!(log(c(-1.0, -0.0)).im, -std::f32::consts::PI);
        assert_eq!(log(c(0.0, 0.0)).re, f32::NEG_INFINITY);
        assert_eq!(abs(c(f32::INFINITY, f32::NAN)), f32::INFINITY);
        assert_eq!(abs(c(3e38, 4e37)), 3.0265492e38);
        assert_eq!(exp(c(f32::NEG_INFINITY, 3.0)), c(-0.0, 0.0));
        assert_eq!(tanh(c(f32::INFINITY, 1.0)).re, 1.0);
        assert_eq!(div(c(1.0, 1.0), c(f32::INFINITY, 0.0)), c(0.0, 0.0));
        assert_eq!(pow(c(0.0, 0.0), c(0.0, 0.0)), c(1.0, 0.0));
        assert_eq!(pow(c(1.0, 1.0), c(2.0, 0.0)), c(0.0, 2.0));
        assert!(recip(c(0.0, 0.0)).re.is_infinite());
        assert_eq!(logaddexp(c(f32::NEG_INFINITY, 0.0), c(1.0, 2.0)), c(1.0, 2.0));
    }
}

#[test]
fn erf_is_within_one_and_a_half_ulp() {
    let step = if cfg!(miri) { 10_000_019 } else { 997 };
    for bits in (1e-20f32.to_bits()..4.5f32.to_bits()).step_by(step) {
        let x = f32::from_bits(bits);
        let exact = libm::erf(x.into());
        let nearest = exact as f32;
        let ulp = f64::from(f32::from_bits(nearest.to_bits() + 1)) - f64::from(nearest);
        let error = (f64::from(erf(x)) - exact).abs() / ulp;
        assert!(error <= 1.5 && erf(x) <= 1.0 && erf(-x) == -erf(x), "erf({x:e}) is {error} ulp off");
    }
}
