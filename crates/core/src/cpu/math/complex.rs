//! Functions of `complex64`, through `f64` parts: squares of `f32`s neither overflow nor lose the small part there.
//!
//! Formulas and branch cuts: W. Kahan, "Branch cuts for complex elementary functions" (1987); special values as in C99 Annex G.

use crate::dtype::c64;

/// A complex number of `f64`s.
#[derive(Clone, Copy)]
struct Z {
    re: f64,
    im: f64,
}

fn wide(z: c64) -> Z {
    Z { re: z.re.into(), im: z.im.into() }
}

fn narrow(re: f64, im: f64) -> c64 {
    c64::new(re as f32, im as f32)
}

/// A product that is 0 where a factor is, whatever the other.
fn times(x: f64, y: f64) -> f64 {
    if x == 0.0 || y == 0.0 { 0.0f64.copysign(x.signum() * y.signum()) } else { x * y }
}

/// |z|.
#[inline(always)]
pub fn abs(z: c64) -> f32 {
    let (x, y) = (f64::from(z.re), f64::from(z.im));
    let h = (x * x + y * y).sqrt() as f32;
    if z.re.abs() == f32::INFINITY || z.im.abs() == f32::INFINITY { f32::INFINITY } else { h }
}

/// z / |z|; 0 for 0.
#[inline(always)]
pub fn sign(z: c64) -> c64 {
    let (x, y) = (f64::from(z.re), f64::from(z.im));
    let h = (x * x + y * y).sqrt();
    if h == 0.0 { z } else { narrow(x / h, y / h) }
}

/// The product.
#[inline(always)]
pub fn mul(a: c64, b: c64) -> c64 {
    c64::new(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re)
}

/// The quotient. By zero: the parts of `a` over zero, as numpy gives.
#[inline(always)]
pub fn div(a: c64, b: c64) -> c64 {
    let (x, y, u, v) = (f64::from(a.re), f64::from(a.im), f64::from(b.re), f64::from(b.im));
    // Exponents of f32 squared fit f64: no scaling is needed.
    let n = u * u + v * v;
    let q = narrow((x * u + y * v) / n, (y * u - x * v) / n);
    if n == 0.0 {
        return narrow(x / u.abs(), y / u.abs());
    }
    // A finite number over an infinite one is 0.
    if n == f64::INFINITY && a.re.is_finite() && a.im.is_finite() { c64::new(0.0, 0.0) } else { q }
}

/// 1 / z.
#[inline(always)]
pub fn recip(z: c64) -> c64 {
    div(c64::new(1.0, 0.0), z)
}

/// Whether `a` comes before `b`: by real part, then by imaginary part.
#[inline(always)]
pub fn lt(a: c64, b: c64) -> bool {
    a.re < b.re || (a.re == b.re && a.im < b.im)
}

/// Whether `a` equals or comes before `b`.
#[inline(always)]
pub fn le(a: c64, b: c64) -> bool {
    a.re < b.re || (a.re == b.re && a.im <= b.im)
}

#[inline(always)]
fn is_nan(z: c64) -> bool {
    z.re.is_nan() || z.im.is_nan()
}

/// The later in order; the first argument that has a NaN.
#[inline(always)]
pub fn max(a: c64, b: c64) -> c64 {
    if is_nan(a) || (!is_nan(b) && !lt(a, b)) { a } else { b }
}

/// The earlier in order; the first argument that has a NaN.
#[inline(always)]
pub fn min(a: c64, b: c64) -> c64 {
    if is_nan(a) || (!is_nan(b) && !lt(b, a)) { a } else { b }
}

/// e to the power z.
pub fn exp(z: c64) -> c64 {
    let Z { re, im } = wide(z);
    if im == 0.0 {
        return narrow(re.exp(), im);
    }
    if re == f64::NEG_INFINITY && !im.is_finite() {
        return c64::new(0.0, 0.0);
    }
    if re == f64::INFINITY && !im.is_finite() {
        return narrow(re, f64::NAN);
    }
    let (r, (s, c)) = (re.exp(), im.sin_cos());
    narrow(times(r, c), times(r, s))
}

fn log_parts(z: Z) -> (f64, f64) {
    let (x, y) = (z.re.abs(), z.im.abs());
    let (hi, lo) = if x > y { (x, y) } else { (y, x) };
    // Near the unit circle the square of the modulus minus 1 is taken apart to keep its digits.
    let log = if x == f64::INFINITY || y == f64::INFINITY {
        f64::INFINITY
    } else if hi > 0.5 && hi < 2.0 {
        0.5 * ((hi - 1.0) * (hi + 1.0) + lo * lo).ln_1p()
    } else {
        0.5 * (hi * hi + lo * lo).ln()
    };
    (log, z.im.atan2(z.re))
}

/// The logarithm, with imaginary part in -π..=π.
pub fn log(z: c64) -> c64 {
    let (l, a) = log_parts(wide(z));
    narrow(l, a)
}

/// [`log`] to base 2.
pub fn log2(z: c64) -> c64 {
    let (l, a) = log_parts(wide(z));
    narrow(l * std::f64::consts::LOG2_E, a * std::f64::consts::LOG2_E)
}

/// [`log`] to base 10.
pub fn log10(z: c64) -> c64 {
    let (l, a) = log_parts(wide(z));
    narrow(l * std::f64::consts::LOG10_E, a * std::f64::consts::LOG10_E)
}

/// log(1 + z), exact for small z.
pub fn log1p(z: c64) -> c64 {
    let Z { re, im } = wide(z);
    let (l, a) = log_parts(Z { re: 1.0 + re, im });
    // |1 + z|² - 1 = re (2 + re) + im².
    let l = if re.abs() < 0.5 && im.abs() < 0.5 { 0.5 * (re * (2.0 + re) + im * im).ln_1p() } else { l };
    narrow(l, a)
}

/// The principal square root.
pub fn sqrt(z: c64) -> c64 {
    let s = sqrt_parts(wide(z));
    narrow(s.re, s.im)
}

fn sqrt_parts(z: Z) -> Z {
    let Z { re: x, im: y } = z;
    if y.is_infinite() {
        return Z { re: f64::INFINITY, im: y };
    }
    if x == 0.0 && y == 0.0 {
        return Z { re: 0.0, im: y };
    }
    if x == f64::NEG_INFINITY {
        return Z { re: if y.is_nan() { y } else { 0.0 }, im: f64::INFINITY.copysign(y) };
    }
    if x == f64::INFINITY {
        return Z { re: x, im: if y.is_nan() { y } else { 0.0f64.copysign(y) } };
    }
    let t = ((x.abs() + x.hypot(y)) * 0.5).sqrt();
    if x >= 0.0 { Z { re: t, im: y / (2.0 * t) } } else { Z { re: y.abs() / (2.0 * t), im: t.copysign(y) } }
}

/// Hyperbolic sine.
pub fn sinh(z: c64) -> c64 {
    let Z { re, im } = wide(z);
    if im == 0.0 {
        return narrow(re.sinh(), im);
    }
    if re.is_infinite() && !im.is_finite() {
        return narrow(re, f64::NAN);
    }
    let (s, c) = im.sin_cos();
    narrow(times(re.sinh(), c), times(re.cosh(), s))
}

/// Hyperbolic cosine.
pub fn cosh(z: c64) -> c64 {
    let Z { re, im } = wide(z);
    if im == 0.0 {
        return narrow(re.cosh(), times(re, im));
    }
    if re.is_infinite() && !im.is_finite() {
        return narrow(f64::INFINITY, f64::NAN);
    }
    let (s, c) = im.sin_cos();
    narrow(times(re.cosh(), c), times(re.sinh(), s))
}

/// Hyperbolic tangent.
pub fn tanh(z: c64) -> c64 {
    let Z { re, im } = wide(z);
    // Far out it is ±1, and the general form would divide infinities.
    if re.abs() > 300.0 {
        let side = if im.is_finite() { (2.0 * im).sin() } else { im };
        return narrow(1.0f64.copysign(re), 0.0f64.copysign(side));
    }
    // tanh(x + iy) = (sinh 2x + i sin 2y) / (cosh 2x + cos 2y), with the sum written as 2 (sinh² x + cos² y).
    let (s, c) = im.sin_cos();
    let h = re.sinh();
    let d = h * h + c * c;
    narrow(h * re.cosh() / d, s * c / d)
}

/// i z.
fn turn(z: c64) -> c64 {
    c64::new(-z.im, z.re)
}

/// -i z.
fn turn_back(z: c64) -> c64 {
    c64::new(z.im, -z.re)
}

/// Sine: -i sinh(i z).
pub fn sin(z: c64) -> c64 {
    turn_back(sinh(turn(z)))
}

/// Cosine: cosh(i z).
pub fn cos(z: c64) -> c64 {
    cosh(turn(z))
}

/// Tangent: -i tanh(i z).
pub fn tan(z: c64) -> c64 {
    turn_back(tanh(turn(z)))
}

/// Inverse sine (Kahan's CASIN).
pub fn asin(z: c64) -> c64 {
    turn_back(asinh(turn(z)))
}

/// Inverse cosine (Kahan's CACOS).
pub fn acos(z: c64) -> c64 {
    let w = wide(z);
    let a = sqrt_parts(Z { re: 1.0 - w.re, im: -w.im });
    let b = sqrt_parts(Z { re: 1.0 + w.re, im: w.im });
    // sinh of the imaginary part is Im(conj(b) a).
    narrow(2.0 * a.re.atan2(b.re), libm::asinh(b.re * a.im - b.im * a.re))
}

/// Inverse hyperbolic sine: i asin(-i z) by Kahan's CASIN.
pub fn asinh(z: c64) -> c64 {
    let w = wide(z);
    // With v = -i z: a = √(1 - v), b = √(1 + v).
    let v = Z { re: w.im, im: -w.re };
    let a = sqrt_parts(Z { re: 1.0 - v.re, im: -v.im });
    let b = sqrt_parts(Z { re: 1.0 + v.re, im: v.im });
    let re = v.re.atan2(a.re * b.re - a.im * b.im);
    let im = libm::asinh(a.re * b.im - a.im * b.re);
    narrow(-im, re)
}

/// Inverse hyperbolic cosine (Kahan's CACOSH).
pub fn acosh(z: c64) -> c64 {
    let w = wide(z);
    let a = sqrt_parts(Z { re: w.re - 1.0, im: w.im });
    let b = sqrt_parts(Z { re: w.re + 1.0, im: w.im });
    narrow(libm::asinh(a.re * b.re + a.im * b.im), 2.0 * a.im.atan2(b.re))
}

/// Inverse hyperbolic tangent: (log(1 + z) - log(1 - z)) / 2, by real parts.
pub fn atanh(z: c64) -> c64 {
    let Z { re: x, im: y } = wide(z);
    if x.is_infinite() || y.is_infinite() {
        return narrow(0.0f64.copysign(x), std::f64::consts::FRAC_PI_2.copysign(y));
    }
    // The real part is odd in the real part; on the right nothing cancels.
    let a = x.abs();
    let re = (0.25 * (4.0 * a / ((1.0 - a) * (1.0 - a) + y * y)).ln_1p()).copysign(x);
    // Twice the angle: of (1 + z) / (1 - z). On the real axis beyond ±1 the sign of zero chooses the side of the cut.
    let im = 0.5 * (2.0 * y).atan2((1.0 - x) * (1.0 + x) - y * y);
    narrow(if x == 0.0 { x } else { re }, im)
}

/// Inverse tangent: -i atanh(i z).
pub fn atan(z: c64) -> c64 {
    turn_back(atanh(turn(z)))
}

/// `a` to the power `b`; 0 to the power 0 is 1, and 0 to a power with positive real part is 0.
pub fn pow(a: c64, b: c64) -> c64 {
    if b == c64::new(0.0, 0.0) {
        return c64::new(1.0, 0.0);
    }
    if a == c64::new(0.0, 0.0) {
        return if b.re > 0.0 { c64::new(0.0, 0.0) } else { c64::new(f32::NAN, f32::NAN) };
    }
    // Small whole powers by products, so that they are exact where they can be.
    if b.im == 0.0 && b.re.trunc() == b.re && b.re.abs() <= 64.0 {
        let (mut result, mut square, mut e) = (Z { re: 1.0, im: 0.0 }, wide(a), b.re.abs() as u32);
        let product = |p: Z, q: Z| Z { re: p.re * q.re - p.im * q.im, im: p.re * q.im + p.im * q.re };
        while e != 0 {
            if e & 1 != 0 {
                result = product(result, square);
            }
            square = product(square, square);
            e >>= 1;
        }
        if b.re > 0.0 {
            return narrow(result.re, result.im);
        }
        let n = result.re * result.re + result.im * result.im;
        if n.is_finite() && n > 0.0 {
            return narrow(result.re / n, -result.im / n);
        }
    }
    let (l, t) = log_parts(wide(a));
    let b = wide(b);
    let (r, angle) = ((b.re * l - b.im * t).exp(), b.re * t + b.im * l);
    let (s, c) = angle.sin_cos();
    narrow(times(r, c), times(r, s))
}

/// log(exp(a) + exp(b)) = m + log1p(exp(-d)), with m the later in order and d the difference.
pub fn logaddexp(a: c64, b: c64) -> c64 {
    if is_nan(a) || is_nan(b) {
        return c64::new(f32::NAN, f32::NAN);
    }
    let (hi, lo) = if lt(b, a) { (a, b) } else { (b, a) };
    if lo.re == f32::NEG_INFINITY || hi.re == f32::INFINITY {
        return hi;
    }
    hi + log1p(exp(lo - hi))
}
