fn pow2(k: i32) -> f32 {
    return bitcast<f32>(bitcast<u32>(k + 127) << 23u);
}

fn exp_f32(v: f32) -> f32 {
    // As on the CPU: x = k ln 2 + r, a polynomial in r, and 2^k in two factors. Drivers take a number added and subtracted again
    // for nothing done, so k is rounded openly.
    let x = select(select(v, -105.0, v < -105.0), 90.0, v > 90.0);
    let k = round(x * 1.44269504);
    let r = fma(k, -1.4286068e-6, fma(k, -0.69314575, x));
    let p = fma(fma(fma(fma(0.0013926204, r, 0.008363195), r, 0.041666556), r, 0.16666576), r, 0.5);
    let m = fma(r * r, p, r) + 1.0;
    let e = i32(select(k, 0.0, is_nan(v)));
    let half = e >> 1u;
    return select(m * pow2(half) * pow2(e - half), v, is_nan(v));
}

fn log_parts(v: f32) -> vec2<f32> {
    // v = 2^e (1 + f) with 1 + f in [1/√2, √2): gives e and log(1 + f), for positive finite v.
    let tiny = v < 1.17549435e-38;
    let x = select(v, v * 8388608.0, tiny);
    let b = bitcast<u32>(x) - 0x3f3504f3u;
    let e = f32(bitcast<i32>(b) >> 23u) - select(0.0, 23.0, tiny);
    let f = bitcast<f32>((b & 0x7fffffu) + 0x3f3504f3u) - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let series = z * fma(z, fma(z, fma(z, fma(z, 0.18181818, 0.22222222), 0.2857143), 0.4), 0.6666667);
    let half = 0.5 * f * f;
    return vec2<f32>(e, f - (half - s * (half + series)));
}

fn log_f32(x: f32) -> f32 {
    let p = log_parts(x);
    let y = fma(p.x, 0.693145752, fma(p.x, 1.42860677e-6, p.y));
    return log_special(x, y);
}

fn log_special(x: f32, y: f32) -> f32 {
    var r = select(nan(), y, x > 0.0);
    r = select(r, -inf(), x == 0.0);
    return select(r, x, x == inf() || is_nan(x));
}

fn log2_f32(x: f32) -> f32 {
    let p = log_parts(x);
    return log_special(x, fma(p.y, 1.44269504, p.x));
}

fn log10_f32(x: f32) -> f32 {
    let p = log_parts(x);
    let y = fma(p.x, 0.301029205, fma(p.x, 7.90340043e-7, p.y * 0.4342944819));
    return log_special(x, y);
}

fn log1p_f32(x: f32) -> f32 {
    if (x > -0.29 && x < 0.41) {
        let s = x / (2.0 + x);
        let z = s * s;
        let series = z * fma(z, fma(z, fma(z, fma(z, 0.18181818, 0.22222222), 0.2857143), 0.4), 0.6666667);
        let half = 0.5 * x * x;
        return select(x - (half - s * (half + series)), x, abs(x) < 1e-5 * 1e-5);
    }
    return log_f32(1.0 + x);
}

fn expm1_f32(x: f32) -> f32 {
    let a = abs(x);
    if (a < 0.35) {
        // The series of exp without its first term.
        let p = fma(fma(fma(fma(fma(0.000198412698, x, 0.00138888889), x, 0.00833333333), x, 0.0416666667), x, 0.166666667), x, 0.5);
        return fma(x * x, p, x);
    }
    return exp_f32(x) - 1.0;
}

fn tanh_f32(x: f32) -> f32 {
    let a = abs(x);
    let z = a * a;
    let p = fma(fma(fma(fma(fma(0.0022695018, z, -0.008323187), z, 0.021762503), z, -0.05395846), z, 0.133333), z, -0.33333334);
    let near = fma(z * a, p, a);
    let far = 1.0 - 2.0 / (exp_f32(a + a) + 1.0);
    return with_sign(select(far, near, a < 0.625), x);
}

fn sigmoid_f32(x: f32) -> f32 {
    let e = exp_f32(-abs(x));
    return select(1.0, e, x < 0.0) / (1.0 + e);
}

fn erf_f32(x: f32) -> f32 {
    let a = abs(x);
    let z = a * a;
    var p = fma(-9.667045e-06, z, 0.00011265959);
    p = fma(fma(fma(p, z, -0.00084840803), z, 0.0052210316), z, -0.02686543);
    p = fma(fma(fma(p, z, 0.11283782), z, -0.37612638), z, 0.12837917);
    let near = fma(a, p, a);
    let t = select(a, 4.0, a > 4.0) - 2.5;
    var q = fma(-7.582682e-08, t, 1.6155811e-06);
    q = fma(fma(fma(fma(q, t, -1.2925696e-05), t, 7.73876e-05), t, -0.00042079165), t, 0.00216517);
    q = fma(fma(fma(fma(q, t, -0.010858113), t, -0.9438937), t, -5.3526807), t, -7.806815);
    let far = 1.0 - exp_f32(q);
    return select(with_sign(select(far, near, a < 1.0), x), x, is_nan(x));
}
