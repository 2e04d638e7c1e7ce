//! Elementary functions of `f32`, free of branches so that loops over them vectorize.
//!
//! The commonest (exp, log, sigmoid, tanh, erf) are computed in `f32` with fused multiply-adds, within 2 ulp. The others are computed in `f64` lanes with about 2⁻³² relative error before the one rounding to `f32`, which leaves them within
//! 0.51 ulp (the sweeps in the tests measure at most 1 ulp from the rounded exact value) without the tricks 32-bit versions need.
//! Nothing is contracted and a fused multiply-add is exact everywhere, so every instruction set gives the same bits. Zeros, denormals, infinities and NaN behave as C99 Annex F says.
//!
//! Reductions and series follow J.-M. Muller, "Elementary Functions" (exp: ch. 5, log: atanh series, ch. 5; trigonometric
//! reduction: Cody and Waite, ch. 11); polynomials for log, erf and its inverse were fitted at Chebyshev nodes in 40 digits, in the variables of
//! M. Giles, "Approximating the erfinv function" (2010).

pub mod complex;

use std::f64::consts::*;

/// Trigonometric functions here hold for `|x|` up to this; beyond it they need a reduction by more digits of π.
pub const TRIG_LIMIT: f32 = 1_000_000.0;

/// Adding this to a double of magnitude below 2⁵¹ rounds it to an integer, which is then in the low bits.
const MAGIC: f64 = 6_755_399_441_055_744.0;

/// The polynomial with coefficients `c`, constant first.
#[inline(always)]
fn poly<const N: usize>(x: f64, c: &[f64; N]) -> f64 {
    let mut sum = c[N - 1];
    for &k in c[..N - 1].iter().rev() {
        sum = sum * x + k;
    }
    sum
}

/// x = k ln 2 + r with |r| ≤ ln 2 / 2: gives 2^k and exp(r) - 1. For |x| < 700.
#[inline(always)]
fn exp_parts(x: f64) -> (f64, f64) {
    const C: [f64; 9] =
        [1.0, 1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5040.0, 1.0 / 40320.0, 1.0 / 362_880.0];
    let t = x * LOG2_E + MAGIC;
    let r = x - (t - MAGIC) * LN_2;
    let two_k = f64::from_bits(t.to_bits().wrapping_add(1023) << 52);
    (two_k, r * poly(r, &C))
}

/// exp(x) for any x, with everything beyond `f32` at both ends kept finite and nonzero.
#[inline(always)]
fn exp64(x: f64) -> f64 {
    let (scale, m) = exp_parts(clamp(x, 200.0));
    scale + scale * m
}

/// exp(x) - 1, likewise.
#[inline(always)]
fn expm1_64(x: f64) -> f64 {
    let (scale, m) = exp_parts(clamp(x, 200.0));
    scale * m + (scale - 1.0)
}

/// `x` within `-limit..=limit`; NaN stays.
#[inline(always)]
fn clamp(x: f64, limit: f64) -> f64 {
    let x = if x > limit { limit } else { x };
    if x < -limit { -limit } else { x }
}

/// log(1 + x) for x > -1, and log of 0, infinity, negatives and NaN.
#[inline(always)]
fn log1p64(x: f64) -> f64 {
    let u = 1.0 + x;
    // u = 2^e m with m in [1/√2, √2).
    let shifted = u.to_bits().wrapping_sub(FRAC_1_SQRT_2.to_bits());
    let e = f64::from_bits((((shifted as i64) >> 52) as u64).wrapping_add(MAGIC.to_bits())) - MAGIC;
    let m = f64::from_bits((shifted & 0x000f_ffff_ffff_ffff).wrapping_add(FRAC_1_SQRT_2.to_bits()));
    // With no scaling x itself is exact where 1 + x was rounded.
    let f = if e == 0.0 { x } else { m - 1.0 };
    const C: [f64; 8] = [2.0, 2.0 / 3.0, 2.0 / 5.0, 2.0 / 7.0, 2.0 / 9.0, 2.0 / 11.0, 2.0 / 13.0, 2.0 / 15.0];
    let s = f / (2.0 + f);
    let log = e * LN_2 + s * poly(s * s, &C);
    let special = if u == 0.0 { f64::NEG_INFINITY } else { f64::NAN };
    let log = if u > 0.0 { log } else { special };
    if u == f64::INFINITY { u } else { log }
}

/// log(x).
#[inline(always)]
fn log64(x: f64) -> f64 {
    let shifted = x.to_bits().wrapping_sub(FRAC_1_SQRT_2.to_bits());
    let e = f64::from_bits((((shifted as i64) >> 52) as u64).wrapping_add(MAGIC.to_bits())) - MAGIC;
    let f = f64::from_bits((shifted & 0x000f_ffff_ffff_ffff).wrapping_add(FRAC_1_SQRT_2.to_bits())) - 1.0;
    const C: [f64; 8] = [2.0, 2.0 / 3.0, 2.0 / 5.0, 2.0 / 7.0, 2.0 / 9.0, 2.0 / 11.0, 2.0 / 13.0, 2.0 / 15.0];
    let s = f / (2.0 + f);
    let log = e * LN_2 + s * poly(s * s, &C);
    let special = if x == 0.0 { f64::NEG_INFINITY } else { f64::NAN };
    let log = if x > 0.0 { log } else { special };
    if x == f64::INFINITY { x } else { log }
}

/// [`poly`] in `f32`, fused.
#[inline(always)]
fn poly32<const N: usize>(x: f32, c: &[f32; N]) -> f32 {
    let mut sum = c[N - 1];
    for &k in c[..N - 1].iter().rev() {
        sum = sum.mul_add(x, k);
    }
    sum
}

/// e to the power `x`; within 1 ulp.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    /// (exp(r) - 1 - r) / r² for |r| ≤ ln 2 / 2.
    const C: [f32; 5] = [0.5, 0.16666576, 0.041666556, 0.008363195, 0.0013926204];
    const MAGIC: f32 = 12_582_912.0;
    // ln 2 in two parts, the first short enough for k times it to be exact.
    const LN2_HI: f32 = 0.693_145_75;
    const LN2_LO: f32 = 1.428_606_8e-6;
    let x = if x > 90.0 { 90.0 } else { x };
    let x = if x < -105.0 { -105.0 } else { x };
    let t = x.mul_add(std::f32::consts::LOG2_E, MAGIC);
    let k = t - MAGIC;
    let r = k.mul_add(-LN2_LO, k.mul_add(-LN2_HI, x));
    let m = (r * r).mul_add(poly32(r, &C), r) + 1.0;
    // 2^k in two factors: k may be beyond the exponents of f32 on either side.
    let k = t.to_bits().wrapping_sub(MAGIC.to_bits()) as i32;
    let half = k >> 1;
    let scale = |k: i32| f32::from_bits((k.wrapping_add(127) as u32) << 23);
    m * scale(half) * scale(k.wrapping_sub(half))
}

/// exp(x) - 1.
#[inline(always)]
pub fn expm1(x: f32) -> f32 {
    let y = expm1_64(x.into()) as f32;
    if x == 0.0 { x } else { y }
}

/// Natural logarithm; within 1 ulp.
#[inline(always)]
pub fn log(x: f32) -> f32 {
    /// (log(1 + f) - f) / f² for 1/√2 ≤ 1 + f < √2.
    const C: [f32; 10] = [
        -0.5,
        0.333_333_22,
        -0.250_000_12,
        0.200_014_47,
        -0.166_675_37,
        0.142_323_18,
        -0.124_208_145,
        0.118_121_36,
        -0.115_572_88,
        0.067_690_24,
    ];
    // ln 2 in two parts, the first short enough for e times it to be exact.
    const LN2_HI: f32 = 0.693_145_75;
    const LN2_LO: f32 = 1.428_606_8e-6;
    const MAGIC: f32 = 12_582_912.0;
    // Denormals have no leading bit to read the exponent from.
    let small = x < f32::MIN_POSITIVE;
    let scaled = if small { x * 8_388_608.0 } else { x };
    let shifted = scaled.to_bits().wrapping_sub(std::f32::consts::FRAC_1_SQRT_2.to_bits());
    let e = f32::from_bits((((shifted as i32) >> 23) as u32).wrapping_add(MAGIC.to_bits()))
        - if small { MAGIC + 23.0 } else { MAGIC };
    let f = f32::from_bits((shifted & 0x007f_ffff).wrapping_add(std::f32::consts::FRAC_1_SQRT_2.to_bits())) - 1.0;
    let log = e.mul_add(LN2_HI, (f * f).mul_add(poly32(f, &C), e.mul_add(LN2_LO, f)));
    let special = if x == 0.0 { f32::NEG_INFINITY } else { f32::NAN };
    let log = if x > 0.0 { log } else { special };
    if x == f32::INFINITY { x } else { log }
}

/// Logarithm to base 2.
#[inline(always)]
pub fn log2(x: f32) -> f32 {
    (log64(x.into()) * LOG2_E) as f32
}

/// Logarithm to base 10.
#[inline(always)]
pub fn log10(x: f32) -> f32 {
    (log64(x.into()) * LOG10_E) as f32
}

/// log(1 + x).
#[inline(always)]
pub fn log1p(x: f32) -> f32 {
    let y = log1p64(x.into()) as f32;
    if x == 0.0 { x } else { y }
}

/// Sine and cosine of x - q π/2, and the low bits of q. For |x| ≤ [`TRIG_LIMIT`].
#[inline(always)]
fn trig_parts(x: f32) -> (f64, f64, u64) {
    /// The first 33 bits of π/2, and the rest.
    const PIO2_HI: f64 = 1.570_796_326_734_125_6;
    const PIO2_LO: f64 = 6.077_100_506_506_192e-11;
    const S: [f64; 6] = [1.0, -1.0 / 6.0, 1.0 / 120.0, -1.0 / 5040.0, 1.0 / 362_880.0, -1.0 / 39_916_800.0];
    const C: [f64; 7] = [1.0, -1.0 / 2.0, 1.0 / 24.0, -1.0 / 720.0, 1.0 / 40320.0, -1.0 / 3_628_800.0, 1.0 / 479_001_600.0];
    let x = f64::from(x);
    let t = x * FRAC_2_PI + MAGIC;
    let q = t - MAGIC;
    let r = (x - q * PIO2_HI) - q * PIO2_LO;
    let z = r * r;
    (r * poly(z, &S), poly(z, &C), t.to_bits())
}

#[inline(always)]
fn flip(x: f64, when: bool) -> f64 {
    f64::from_bits(x.to_bits() ^ (u64::from(when) << 63))
}

/// Sine, for `|x|` up to [`TRIG_LIMIT`].
#[inline(always)]
pub fn sin(x: f32) -> f32 {
    let (s, c, q) = trig_parts(x);
    let y = flip(if q & 1 == 0 { s } else { c }, q & 2 != 0) as f32;
    if x == 0.0 { x } else { y }
}

/// Cosine, for `|x|` up to [`TRIG_LIMIT`].
#[inline(always)]
pub fn cos(x: f32) -> f32 {
    let (s, c, q) = trig_parts(x);
    flip(if q & 1 == 0 { c } else { s }, q.wrapping_add(1) & 2 != 0) as f32
}

/// Tangent, for `|x|` up to [`TRIG_LIMIT`].
#[inline(always)]
pub fn tan(x: f32) -> f32 {
    let (s, c, q) = trig_parts(x);
    let odd = q & 1 != 0;
    let y = (flip(if odd { c } else { s }, odd) / if odd { s } else { c }) as f32;
    if x == 0.0 { x } else { y }
}

/// The angle in 0..=π/2 of the point (x, y), for x, y ≥ 0.
#[inline(always)]
fn angle(y: f64, x: f64) -> f64 {
    // Turn by 0, π/4 or π/2 into |angle| ≤ π/8; the series of atan then converges fast.
    const TAN_PI_8: f64 = SQRT_2 - 1.0;
    let high = y * TAN_PI_8 > x;
    let mid = y > x * TAN_PI_8;
    let num = if high {
        -x
    } else if mid {
        y - x
    } else {
        y
    };
    let den = if high {
        y
    } else if mid {
        y + x
    } else {
        x
    };
    let base = if high {
        FRAC_PI_2
    } else if mid {
        FRAC_PI_4
    } else {
        0.0
    };
    const C: [f64; 13] = [
        1.0,
        -1.0 / 3.0,
        1.0 / 5.0,
        -1.0 / 7.0,
        1.0 / 9.0,
        -1.0 / 11.0,
        1.0 / 13.0,
        -1.0 / 15.0,
        1.0 / 17.0,
        -1.0 / 19.0,
        1.0 / 21.0,
        -1.0 / 23.0,
        1.0 / 25.0,
    ];
    let t = num / den;
    base + t * poly(t * t, &C)
}

/// Inverse tangent.
#[inline(always)]
pub fn atan(x: f32) -> f32 {
    // Beyond 1e18 the result is π/2; the bound keeps infinity out of the quotient.
    let a = f64::from(x).abs();
    let y = angle(if a > 1e18 { 1e18 } else { a }, 1.0) as f32;
    y.copysign(x)
}

/// The angle of the point (x, y), in -π..=π.
#[inline(always)]
pub fn atan2(y: f32, x: f32) -> f32 {
    let (a, b) = (f64::from(y).abs(), f64::from(x).abs());
    let (a1, b1) = (if a == f64::INFINITY { 1.0 } else { 0.0 }, if b == f64::INFINITY { 1.0 } else { 0.0 });
    let infinite = a1 + b1 > 0.0;
    let (a, b) = (if infinite { a1 } else { a }, if infinite { b1 } else { b });
    // The angle of the origin is that of the positive axis.
    let b = if a == 0.0 && b == 0.0 { 1.0 } else { b };
    let t = angle(a, b);
    let t = if x.is_sign_negative() { PI - t } else { t };
    let t = if x.is_nan() || y.is_nan() { f64::NAN } else { t };
    (t as f32).copysign(y)
}

/// Inverse sine; NaN outside -1..=1.
#[inline(always)]
pub fn asin(x: f32) -> f32 {
    let a = f64::from(x).abs();
    let y = angle(a, ((1.0 - a) * (1.0 + a)).sqrt()) as f32;
    y.copysign(x)
}

/// Inverse cosine; NaN outside -1..=1.
#[inline(always)]
pub fn acos(x: f32) -> f32 {
    let a = f64::from(x).abs();
    let t = angle(((1.0 - a) * (1.0 + a)).sqrt(), a);
    (if x < 0.0 { PI - t } else { t }) as f32
}

/// Hyperbolic sine.
#[inline(always)]
pub fn sinh(x: f32) -> f32 {
    let e = expm1_64(f64::from(x).abs());
    (((e + e / (e + 1.0)) * 0.5) as f32).copysign(x)
}

/// Hyperbolic cosine.
#[inline(always)]
pub fn cosh(x: f32) -> f32 {
    let e = exp64(f64::from(x).abs());
    ((e + 1.0 / e) * 0.5) as f32
}

/// Hyperbolic tangent; within 2 ulp.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    /// (tanh(x) / x - 1) / x² in x², for x² ≤ 0.4.
    const C: [f32; 6] = [-0.33333334, 0.133333, -0.05395846, 0.021762503, -0.008323187, 0.0022695018];
    let a = x.abs();
    let z = a * a;
    let near = (z * a).mul_add(poly32(z, &C), a);
    let far = 1.0 - 2.0 / (exp(a + a) + 1.0);
    (if a < 0.625 { near } else { far }).copysign(x)
}

/// Inverse hyperbolic sine.
#[inline(always)]
pub fn asinh(x: f32) -> f32 {
    let a = f64::from(x).abs();
    let s = a * a;
    let y = log1p64(a + s / (1.0 + (1.0 + s).sqrt())) as f32;
    let y = if a == f64::INFINITY { f32::INFINITY } else { y };
    y.copysign(x)
}

/// Inverse hyperbolic cosine; NaN below 1.
#[inline(always)]
pub fn acosh(x: f32) -> f32 {
    let t = f64::from(x) - 1.0;
    let y = log1p64(t + (t * (t + 2.0)).sqrt()) as f32;
    if x < 1.0 { f32::NAN } else { y }
}

/// [`acosh`] of `f64`.
pub fn acosh_f64(x: f64) -> f64 {
    let t = x - 1.0;
    if x < 1.0 {
        f64::NAN
    } else if x > 1e150 {
        x.ln() + LN_2
    } else {
        (t + (t * (t + 2.0)).sqrt()).ln_1p()
    }
}

/// Inverse hyperbolic tangent; NaN outside -1..=1.
#[inline(always)]
pub fn atanh(x: f32) -> f32 {
    let a = f64::from(x).abs();
    ((0.5 * log1p64(2.0 * a / (1.0 - a))) as f32).copysign(x)
}

/// 1 / (1 + exp(-x)); within 2 ulp.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    let e = exp(-x.abs());
    (if x < 0.0 { e } else { 1.0 }) / (1.0 + e)
}

/// The error function, as 1 - 2^w for w = log2(1 - erf(|x|)); within 1.5 ulp.
#[inline(always)]
pub fn erf(x: f32) -> f32 {
    /// w / |x| in |x| up to 4, from which on erf rounds to 1: relative error of erf 4e-9. The first coefficient is apart, so that
    /// small |x| are rounded once.
    const W_0: f32 = -1.627907;
    const W: [f32; 8] = [
        -0.9184476254,
        -0.1482770656,
        0.02763202717,
        0.0002314090051,
        -0.00240501917,
        0.000912994644,
        -0.0001697216858,
        1.335411062e-5,
    ];
    /// (2^f - 1) / f for |f| ≤ 1/2, likewise.
    const E: [f32; 5] = [0.2402264979, 0.05550357434, 0.009618237549, 0.001339073541, 0.00015403495];
    const MAGIC: f32 = 12_582_912.0;
    let a = x.abs();
    let a = if a > 4.0 { 4.0 } else { a };
    let w = a.mul_add(W_0, a * a * poly32(a, &W));
    // 2^w = 2^k (1 + m), with k whole; near zero k is 0 and m alone is left, with all its digits.
    let t = w + MAGIC;
    let f = w - (t - MAGIC);
    let m = f.mul_add(std::f32::consts::LN_2, f * f * poly32(f, &E));
    let two_k = f32::from_bits(t.to_bits().wrapping_add(127) << 23);
    (-two_k).mul_add(m, 1.0 - two_k).copysign(x)
}

/// The inverse of [`erf`]: infinite at ±1, NaN beyond.
#[inline(always)]
pub fn erfinv(x: f32) -> f32 {
    let y = erfinv_core(x.into()) as f32;
    let y = if x.abs() == 1.0 { f32::INFINITY } else { y };
    y.copysign(x)
}

/// |erfinv(x)| with the accuracy of `f32`, in w = -log(1 - x²).
#[inline(always)]
fn erfinv_core(x: f64) -> f64 {
    /// erfinv(x) / x in w - 5/2, for w ≤ 5.
    const NEAR: [f64; 14] = [
        1.5014093511310715,
        0.24664027674226105,
        -0.004177318042578073,
        -0.0012527078778638292,
        0.00021825108169578578,
        -4.996157075714713e-06,
        -3.417409529690375e-06,
        4.788011625385882e-07,
        1.3782110981667457e-08,
        -1.0897168657016768e-08,
        8.198350424588279e-10,
        1.2861572678730156e-10,
        -2.0518409614330562e-11,
        -2.7960410484332195e-13,
    ];
    /// The same in √w - 3.128…, from there to the last `f32` below 1.
    const FAR: [f64; 11] = [
        2.9613654861881042,
        1.003761283082401,
        0.00699988377779877,
        -0.00525447507900753,
        0.00375535854686377,
        -0.002501775627890533,
        0.001260771973004883,
        -0.00031870127369717144,
        -0.00010627648583995239,
        0.00012385467511081202,
        -3.323194254871119e-05,
    ];
    let a = x.abs();
    let w = -log64((1.0 - a) * (1.0 + a));
    let near = poly(w - 2.5, &NEAR);
    let far = poly(w.sqrt() - 3.1280339887498947, &FAR);
    a * if w < 5.0 { near } else { far }
}

/// The inverse error function of `f64`, within a few ulp.
pub fn erfinv_f64(x: f64) -> f64 {
    let a = x.abs();
    if a >= 1.0 || a.is_nan() {
        return if a == 1.0 { f64::INFINITY.copysign(x) } else { f64::NAN };
    }
    if a < 1e-8 {
        return x / FRAC_2_SQRT_PI;
    }
    // Past what `erfinv_core` covers, the leading term of erfc's asymptotic expansion is a good start.
    let rest = 1.0 - a;
    let mut y = if rest > 1e-7 {
        erfinv_core(a)
    } else {
        let l = -(rest * PI.sqrt()).ln();
        (l - 0.5 * l.ln()).sqrt()
    };
    // Halley's method on erf below 1/2, on erfc above, where the difference is exact.
    for _ in 0..if rest > 1e-7 { 2 } else { 4 } {
        let error = if a < 0.5 { libm::erf(y) - a } else { rest - libm::erfc(y) };
        let step = error / (FRAC_2_SQRT_PI * (-y * y).exp());
        y -= step / (1.0 + y * step);
    }
    y.copysign(x)
}

/// `x` to the power `y`, with the special cases of C's `pow`.
#[inline(always)]
pub fn pow(x: f32, y: f32) -> f32 {
    let (a, b) = (f64::from(x).abs(), f64::from(y));
    let l = log64(a) * b;
    let p = exp64(l);
    // log(0) * 0 and log(1) * inf are NaN, but these powers are 1; so is (-1)^inf.
    let p = if y == 0.0 || x == 1.0 { 1.0 } else { p };
    let p = if a == 1.0 && y.abs() == f32::INFINITY { 1.0 } else { p };
    // Odd integers have magnitude below 2²⁴.
    let whole = y.trunc() == y;
    let half = y * 0.5;
    let odd = whole && half.trunc() != half;
    let p = if x < 0.0 && x > f32::NEG_INFINITY && !whole { f64::NAN } else { p };
    let p = p as f32;
    if odd { p.copysign(x) } else { p }
}

/// `base` to the power `exponent` by squaring, wrapping: a truncation of the result is the power of the truncated base.
#[inline(always)]
pub fn pow_word(base: u64, exponent: u64) -> u64 {
    let (mut result, mut square, mut e) = (1u64, base, exponent);
    while e != 0 {
        if e & 1 != 0 {
            result = result.wrapping_mul(square);
        }
        square = square.wrapping_mul(square);
        e >>= 1;
    }
    result
}

/// log(exp(x) + exp(y)) without overflow.
#[inline(always)]
pub fn logaddexp(x: f32, y: f32) -> f32 {
    let (x, y) = (f64::from(x), f64::from(y));
    let (hi, lo) = if x > y { (x, y) } else { (y, x) };
    // Equal infinities have no difference.
    let d = if hi == lo { 0.0 } else { lo - hi };
    let r = hi + log1p64(exp64(d));
    (if x.is_nan() { x } else { r }) as f32
}

/// [`logaddexp`] of `f64`.
pub fn logaddexp_f64(x: f64, y: f64) -> f64 {
    if x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    let (hi, lo) = if x > y { (x, y) } else { (y, x) };
    if hi == lo { hi + LN_2 } else { hi + (lo - hi).exp().ln_1p() }
}

#[cfg(test)]
mod tests;
