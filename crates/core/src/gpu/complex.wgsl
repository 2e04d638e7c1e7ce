fn times(x: f32, y: f32) -> f32 {
    // 0 where a factor is, whatever the other.
    return select(x * y, 0.0, x == 0.0 || y == 0.0);
}

fn nan_c64(z: vec2<f32>) -> bool {
    return is_nan(z.x) || is_nan(z.y);
}

fn eq_c64(a: vec2<f32>, b: vec2<f32>) -> bool {
    return eq_f32(a.x, b.x) && eq_f32(a.y, b.y);
}

fn lt_c64(a: vec2<f32>, b: vec2<f32>) -> bool {
    return lt_f32(a.x, b.x) || (eq_f32(a.x, b.x) && lt_f32(a.y, b.y));
}

fn le_c64(a: vec2<f32>, b: vec2<f32>) -> bool {
    return lt_f32(a.x, b.x) || (eq_f32(a.x, b.x) && le_f32(a.y, b.y));
}

fn max_c64(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    return select(b, a, nan_c64(a) || (!nan_c64(b) && !lt_c64(a, b)));
}

fn min_c64(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    return select(b, a, nan_c64(a) || (!nan_c64(b) && !lt_c64(b, a)));
}

fn abs_c64(z: vec2<f32>) -> f32 {
    let a = max(abs(z.x), abs(z.y));
    let b = min(abs(z.x), abs(z.y));
    if (abs(z.x) == inf() || abs(z.y) == inf()) { return inf(); }
    if (nan_c64(z)) { return nan(); }
    let r = b / a;
    return select(a * sqrt(1.0 + r * r), 0.0, a == 0.0);
}

fn sign_c64(z: vec2<f32>) -> vec2<f32> {
    let scale = max(abs(z.x), abs(z.y));
    if (scale == 0.0) { return z; }
    let s = z / scale;
    return s / sqrt(s.x * s.x + s.y * s.y);
}

fn over_zero(x: f32) -> f32 {
    return select(with_sign(inf(), x), nan(), x == 0.0 || is_nan(x));
}

fn div_c64(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    // R. Smith, Algorithm 116 (1962).
    if (b.x == 0.0 && b.y == 0.0) { return vec2<f32>(over_zero(a.x), over_zero(a.y)); }
    if ((abs(b.x) == inf() || abs(b.y) == inf()) && !nan_c64(b) && abs(a.x) < inf() && abs(a.y) < inf()) { return vec2<f32>(0.0, 0.0); }
    if (abs(b.x) >= abs(b.y)) {
        let r = b.y / b.x;
        let d = b.x + b.y * r;
        return vec2<f32>((a.x + a.y * r) / d, (a.y - a.x * r) / d);
    }
    let r = b.x / b.y;
    let d = b.x * r + b.y;
    return vec2<f32>((a.x * r + a.y) / d, (a.y * r - a.x) / d);
}

fn recip_c64(z: vec2<f32>) -> vec2<f32> {
    return div_c64(vec2<f32>(1.0, 0.0), z);
}

fn exp_c64(z: vec2<f32>) -> vec2<f32> {
    if (z.y == 0.0) { return vec2<f32>(exp_f32(z.x), z.y); }
    if (!(abs(z.y) < inf())) {
        if (z.x == -inf()) { return vec2<f32>(0.0, 0.0); }
        if (z.x == inf()) { return vec2<f32>(z.x, nan()); }
    }
    let h = exp_f32(0.5 * z.x);
    return vec2<f32>(times(times(h, cos_f32(z.y)), h), times(times(h, sin_f32(z.y)), h));
}

fn log_abs(z: vec2<f32>) -> f32 {
    let hi = max(abs(z.x), abs(z.y));
    let lo = min(abs(z.x), abs(z.y));
    if (abs(z.x) == inf() || abs(z.y) == inf()) { return inf(); }
    if (nan_c64(z)) { return nan(); }
    if (hi == 0.0) { return -inf(); }
    if (hi > 0.5 && hi < 2.0) { return 0.5 * log1p_f32((hi - 1.0) * (hi + 1.0) + lo * lo); }
    let r = lo / hi;
    return log_f32(hi) + 0.5 * log1p_f32(r * r);
}

fn log_c64(z: vec2<f32>) -> vec2<f32> {
    return vec2<f32>(log_abs(z), atan2_f32(z.y, z.x));
}

fn log2_c64(z: vec2<f32>) -> vec2<f32> {
    return log_c64(z) * 1.442695;
}

fn log10_c64(z: vec2<f32>) -> vec2<f32> {
    return log_c64(z) * 0.43429448;
}

fn log1p_c64(z: vec2<f32>) -> vec2<f32> {
    let angle = atan2_f32(z.y, 1.0 + z.x);
    let near = abs(z.x) < 0.5 && abs(z.y) < 0.5;
    if (near) { return vec2<f32>(0.5 * log1p_f32(z.x * (2.0 + z.x) + z.y * z.y), angle); }
    return vec2<f32>(log_abs(vec2<f32>(1.0 + z.x, z.y)), angle);
}

fn sqrt_c64(z: vec2<f32>) -> vec2<f32> {
    if (abs(z.y) == inf()) { return vec2<f32>(inf(), z.y); }
    if (z.x == 0.0 && z.y == 0.0) { return vec2<f32>(0.0, z.y); }
    if (z.x == -inf()) { return vec2<f32>(select(0.0, z.y, is_nan(z.y)), with_sign(inf(), z.y)); }
    if (z.x == inf()) { return vec2<f32>(z.x, select(with_sign(0.0, z.y), z.y, is_nan(z.y))); }
    let t = sqrt(0.5 * abs(z.x) + 0.5 * abs_c64(z));
    return select(vec2<f32>(abs(z.y) / (2.0 * t), with_sign(t, z.y)), vec2<f32>(t, z.y / (2.0 * t)), z.x >= 0.0);
}

fn rsqrt_c64(z: vec2<f32>) -> vec2<f32> {
    return recip_c64(sqrt_c64(z));
}

fn sinh_c64(z: vec2<f32>) -> vec2<f32> {
    if (z.y == 0.0) { return vec2<f32>(sinh_f32(z.x), z.y); }
    if (abs(z.x) == inf() && !(abs(z.y) < inf())) { return vec2<f32>(z.x, nan()); }
    return vec2<f32>(times(sinh_f32(z.x), cos_f32(z.y)), times(cosh_f32(z.x), sin_f32(z.y)));
}

fn cosh_c64(z: vec2<f32>) -> vec2<f32> {
    if (z.y == 0.0) { return vec2<f32>(cosh_f32(z.x), times(z.x, z.y)); }
    if (abs(z.x) == inf() && !(abs(z.y) < inf())) { return vec2<f32>(inf(), nan()); }
    return vec2<f32>(times(cosh_f32(z.x), cos_f32(z.y)), times(sinh_f32(z.x), sin_f32(z.y)));
}

fn tanh_c64(z: vec2<f32>) -> vec2<f32> {
    if (abs(z.x) > 20.0) {
        var side = z.y;
        if (abs(z.y) < inf()) { side = sin_f32(2.0 * z.y); }
        return vec2<f32>(with_sign(1.0, z.x), with_sign(0.0, side));
    }
    let s = sin_f32(z.y);
    let c = cos_f32(z.y);
    let h = sinh_f32(z.x);
    let d = h * h + c * c;
    return vec2<f32>(h * cosh_f32(z.x) / d, s * c / d);
}

fn by_i(z: vec2<f32>) -> vec2<f32> {
    return vec2<f32>(-z.y, z.x);
}

fn by_minus_i(z: vec2<f32>) -> vec2<f32> {
    return vec2<f32>(z.y, -z.x);
}

fn sin_c64(z: vec2<f32>) -> vec2<f32> {
    return by_minus_i(sinh_c64(by_i(z)));
}

fn cos_c64(z: vec2<f32>) -> vec2<f32> {
    return cosh_c64(by_i(z));
}

fn tan_c64(z: vec2<f32>) -> vec2<f32> {
    return by_minus_i(tanh_c64(by_i(z)));
}

fn asinh_c64(z: vec2<f32>) -> vec2<f32> {
    // The inverses of sines and cosines as in W. Kahan, Branch cuts for complex elementary functions (1987).
    let a = sqrt_c64(vec2<f32>(1.0 - z.y, z.x));
    let b = sqrt_c64(vec2<f32>(1.0 + z.y, -z.x));
    let re = atan2_f32(z.y, a.x * b.x - a.y * b.y);
    return vec2<f32>(-asinh_f32(a.x * b.y - a.y * b.x), re);
}

fn asin_c64(z: vec2<f32>) -> vec2<f32> {
    return by_minus_i(asinh_c64(by_i(z)));
}

fn acos_c64(z: vec2<f32>) -> vec2<f32> {
    let a = sqrt_c64(vec2<f32>(1.0 - z.x, -z.y));
    let b = sqrt_c64(vec2<f32>(1.0 + z.x, z.y));
    return vec2<f32>(2.0 * atan2_f32(a.x, b.x), asinh_f32(b.x * a.y - b.y * a.x));
}

fn acosh_c64(z: vec2<f32>) -> vec2<f32> {
    let a = sqrt_c64(vec2<f32>(z.x - 1.0, z.y));
    let b = sqrt_c64(vec2<f32>(z.x + 1.0, z.y));
    return vec2<f32>(asinh_f32(a.x * b.x + a.y * b.y), 2.0 * atan2_f32(a.y, b.x));
}

fn atanh_c64(z: vec2<f32>) -> vec2<f32> {
    if (abs(z.x) == inf() || abs(z.y) == inf()) {
        return vec2<f32>(with_sign(0.0, z.x), with_sign(1.5707964, z.y));
    }
    // The real part is odd in the real part; on the right nothing cancels.
    let a = abs(z.x);
    let re = with_sign(0.25 * log1p_f32(4.0 * a / ((1.0 - a) * (1.0 - a) + z.y * z.y)), z.x);
    let im = 0.5 * atan2_f32(2.0 * z.y, (1.0 - z.x) * (1.0 + z.x) - z.y * z.y);
    return vec2<f32>(select(re, z.x, z.x == 0.0), im);
}

fn atan_c64(z: vec2<f32>) -> vec2<f32> {
    return by_minus_i(atanh_c64(by_i(z)));
}

fn pow_c64(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    if (b.x == 0.0 && b.y == 0.0) { return vec2<f32>(1.0, 0.0); }
    if (a.x == 0.0 && a.y == 0.0) { return select(vec2<f32>(nan(), nan()), vec2<f32>(0.0, 0.0), b.x > 0.0); }
    if (b.y == 0.0 && trunc(b.x) == b.x && abs(b.x) <= 64.0) {
        var result = vec2<f32>(1.0, 0.0);
        var square = a;
        var e = u32(abs(b.x));
        for (var i = 0u; i < 7u; i++) {
            if ((e & 1u) == 1u) { result = mul_c64(result, square); }
            e >>= 1u;
            if (e == 0u) { break; }
            square = mul_c64(square, square);
        }
        if (b.x > 0.0) { return result; }
        let n = abs_c64(result);
        if (n > 1e-18 && n < 1e18) { return recip_c64(result); }
    }
    let l = log_abs(a);
    let t = atan2_f32(a.y, a.x);
    return exp_c64(vec2<f32>(b.x * l - b.y * t, b.x * t + b.y * l));
}

fn logaddexp_c64(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    if (nan_c64(a) || nan_c64(b)) { return vec2<f32>(nan(), nan()); }
    let after = lt_c64(b, a);
    let hi = select(b, a, after);
    let lo = select(a, b, after);
    if (lo.x == -inf() || hi.x == inf()) { return hi; }
    return hi + log1p_c64(exp_c64(lo - hi));
}
