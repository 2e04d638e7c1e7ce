fn mul_high(a: u32, b: u32) -> u32 {
    let low = (a & 0xffffu) * (b & 0xffffu);
    let first = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
    let second = (a & 0xffffu) * (b >> 16u) + (first & 0xffffu);
    return (a >> 16u) * (b >> 16u) + (first >> 16u) + (second >> 16u);
}

fn far_turn(x: f32) -> vec2<f32> {
    // Payne and Hanek: x = m 2^e times 2/π, of which 96 bits matter: those above make whole turns, those below nothing.
    var digits = array<u32, 8>(0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu);
    let b = bitcast<u32>(x);
    let m = (b & 0x7fffffu) | 0x800000u;
    let at = ((b >> 23u) & 0xffu) - 120u;
    let word = at >> 5u;
    let shift = at & 31u;
    var w: array<u32, 3>;
    for (var k = 0u; k < 3u; k++) {
        w[k] = (digits[word + k] << shift) | select(0u, digits[word + k + 1u] >> (32u - shift), shift > 0u);
    }
    let middle = m * w[1] + mul_high(m, w[2]);
    let top = m * w[0] + mul_high(m, w[1]) + select(0u, 1u, middle < m * w[1]);
    var high = (top << 2u) | (middle >> 30u);
    var low = (middle << 2u) | ((m * w[2]) >> 30u);
    var q = top >> 30u;
    var sign = 1.0;
    if (high >= 0x80000000u) {
        q += 1u;
        sign = -1.0;
        low = ~low + 1u;
        high = ~high + select(0u, 1u, low == 0u);
    }
    let zeros = min(countLeadingZeros(high), 31u);
    let first = (high << zeros) | select(0u, low >> (32u - zeros), zeros > 0u);
    let r = f32(first) * pow2(-32 - i32(zeros)) * 1.5707964 * sign;
    return select(vec2<f32>(r, f32(q & 3u)), vec2<f32>(-r, f32((4u - q) & 3u)), x < 0.0);
}

fn turn(x: f32) -> vec2<f32> {
    // x - q π/2 and q, with π/2 in three parts of which the first times q are exact.
    if (!(abs(x) < inf())) { return vec2<f32>(nan(), 0.0); }
    if (abs(x) >= 8192.0) { return far_turn(x); }
    let q = round(x * 0.63661977);
    let r = fma(q, -7.54978995e-8, fma(q, -4.83751297e-4, fma(q, -1.5703125, x)));
    return vec2<f32>(r, f32(i32(q) & 3));
}

fn sin_part(r: f32) -> f32 {
    let z = r * r;
    return fma(r * z, fma(fma(-1.9515296e-4, z, 8.332161e-3), z, -1.6666655e-1), r);
}

fn cos_part(r: f32) -> f32 {
    let z = r * r;
    return fma(z * z, fma(fma(2.4433157e-5, z, -1.3887316e-3), z, 4.1666646e-2), fma(z, -0.5, 1.0));
}

fn sin_f32(x: f32) -> f32 {
    let t = turn(x);
    let q = u32(t.y);
    let y = select(sin_part(t.x), cos_part(t.x), (q & 1u) == 1u);
    return select(select(y, -y, (q & 2u) == 2u), x, x == 0.0);
}

fn cos_f32(x: f32) -> f32 {
    let t = turn(x);
    let q = u32(t.y);
    let y = select(cos_part(t.x), sin_part(t.x), (q & 1u) == 1u);
    return select(y, -y, ((q + 1u) & 2u) == 2u);
}

fn tan_f32(x: f32) -> f32 {
    let t = turn(x);
    let s = sin_part(t.x);
    let c = cos_part(t.x);
    return select(select(s / c, -(c / s), (u32(t.y) & 1u) == 1u), x, x == 0.0);
}

fn angle_f32(y: f32, x: f32) -> f32 {
    // The angle in 0..=π/2 of (x, y), both at least 0: turned by 0, π/4 or π/2 into |angle| ≤ π/8.
    let high = y * 0.41421356 > x;
    let mid = y > x * 0.41421356;
    let num = select(select(y, y - x, mid), -x, high);
    let den = select(select(x, y + x, mid), y, high);
    let base = select(select(0.0, 0.78539816, mid), 1.5707964, high);
    let t = num / den;
    let z = t * t;
    let p = fma(fma(fma(0.080537445, z, -0.13877685), z, 0.19977711), z, -0.3333295);
    return base + fma(z * t, p, t);
}

fn atan_f32(x: f32) -> f32 {
    let y = angle_f32(min(abs(x), 1e18), 1.0);
    return select(with_sign(y, x), x, is_nan(x));
}

fn atan2_f32(y: f32, x: f32) -> f32 {
    if (is_nan(x) || is_nan(y)) { return nan(); }
    var a = abs(y);
    var b = abs(x);
    if (a == inf() || b == inf()) {
        a = select(0.0, 1.0, a == inf());
        b = select(0.0, 1.0, b == inf());
    }
    // Halved where a sum could overflow, and the origin's angle is that of the positive axis.
    let scale = select(1.0, 0.25, max(a, b) > 1e38);
    let t = angle_f32(a * scale, select(b * scale, 1.0, a == 0.0 && b == 0.0));
    return with_sign(select(t, 3.1415927 - t, (bitcast<u32>(x) >> 31u) == 1u), y);
}

fn asin_part(x: f32) -> f32 {
    let z = x * x;
    let p = fma(fma(fma(fma(0.0421632, z, 0.024181311), z, 0.045470026), z, 0.074953), z, 0.16666752);
    return fma(z * x, p, x);
}

fn asin_f32(x: f32) -> f32 {
    let a = abs(x);
    if (!(a <= 1.0)) { return nan(); }
    let far = 1.5707964 - 2.0 * asin_part(sqrt(0.5 * (1.0 - a)));
    return with_sign(select(far, asin_part(a), a <= 0.5), x);
}

fn acos_f32(x: f32) -> f32 {
    let a = abs(x);
    if (!(a <= 1.0)) { return nan(); }
    let far = 2.0 * asin_part(sqrt(0.5 * (1.0 - a)));
    return select(select(far, 3.1415927 - far, x < 0.0), 1.5707964 - asin_part(x), a <= 0.5);
}

fn sinh_f32(x: f32) -> f32 {
    let a = abs(x);
    let z = a * a;
    let near = fma(z * a, fma(fma(2.0372191e-4, z, 8.330284e-3), z, 0.16666716), a);
    let h = exp_f32(0.5 * a);
    return with_sign(select((0.5 * h) * h - 0.5 / (h * h), near, a < 1.0), x);
}

fn cosh_f32(x: f32) -> f32 {
    let h = exp_f32(0.5 * abs(x));
    return (0.5 * h) * h + 0.5 / (h * h);
}

fn asinh_f32(x: f32) -> f32 {
    let a = abs(x);
    let near = log1p_f32(a + a * a / (1.0 + sqrt(1.0 + a * a)));
    return with_sign(select(near, log_f32(a) + 0.6931472, a > 1e9), x);
}

fn acosh_f32(x: f32) -> f32 {
    if (!(x >= 1.0)) { return nan(); }
    let t = x - 1.0;
    return select(log1p_f32(t + sqrt(t * (t + 2.0))), log_f32(x) + 0.6931472, x > 1e9);
}

fn atanh_f32(x: f32) -> f32 {
    let a = abs(x);
    return with_sign(0.5 * log1p_f32(2.0 * a / (1.0 - a)), x);
}

fn erfinv_f32(x: f32) -> f32 {
    // M. Giles, Approximating the erfinv function (2012).
    let a = abs(x);
    if (!(a <= 1.0)) { return nan(); }
    if (a == 1.0) { return with_sign(inf(), x); }
    var w = -log1p_f32(-x * x);
    if (a > 0.5) { w = -log_f32((1.0 - a) * (1.0 + a)); }
    let n = w - 2.5;
    var near = fma(fma(fma(fma(2.81022636e-8, n, 3.43273939e-7), n, -3.5233877e-6), n, -4.39150654e-6), n, 0.00021858087);
    near = fma(fma(fma(fma(near, n, -0.00125372503), n, -0.00417768164), n, 0.246640727), n, 1.50140941);
    let f = sqrt(w) - 3.0;
    var far = fma(fma(fma(fma(-0.000200214257, f, 0.000100950558), f, 0.00134934322), f, -0.00367342844), f, 0.00573950773);
    far = fma(fma(fma(fma(far, f, -0.0076224613), f, 0.00943887047), f, 1.00167406), f, 2.83297682);
    return x * select(far, near, w < 5.0);
}

fn logaddexp_f32(x: f32, y: f32) -> f32 {
    if (is_nan(x) || is_nan(y)) { return nan(); }
    let hi = max(x, y);
    let d = select(min(x, y) - hi, 0.0, x == y);
    return select(hi + log1p_f32(exp_f32(d)), hi, hi == -inf());
}
