fn cut(x: f32) -> f32 {
    // The upper half of the significand: products of two such are exact.
    return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}

fn pow_positive(x: f32, y: f32) -> f32 {
    // log2(x) in two parts, of which the product with y keeps enough digits for its power of two.
    let tiny = x < 1.17549435e-38;
    let b = bitcast<u32>(select(x, x * 8388608.0, tiny)) - 0x3f3504f3u;
    let e = f32(bitcast<i32>(b) >> 23u) - select(0.0, 23.0, tiny);
    let f = bitcast<f32>((b & 0x7fffffu) + 0x3f3504f3u) - 1.0;
    let d = 2.0 + f;
    let s = f / d;
    let d_high = cut(d);
    let d_low = f - (d_high - 2.0);
    let s_high = cut(s);
    let s_low = ((f - s_high * d_high) - s_high * d_low) / d;
    let z = s * s;
    let tail = s * z * fma(fma(fma(fma(fma(0.07692308, z, 0.09090909), z, 0.11111111), z, 0.14285715), z, 0.2), z, 0.33333334);
    // 2 / ln 2 in two parts.
    let main = s_high * 2.884765625;
    let rest = fma(s_high, 0.000624456778, (s_low + tail) * 2.88539008);
    let high = cut(e + main);
    let low = ((e - high) + main) + rest;
    let about = y * (e + main + rest);
    if (about > 200.0) { return inf(); }
    if (about < -200.0) { return 0.0; }
    let y_high = cut(y);
    let t_high = y_high * high;
    let t_low = fma(y - y_high, high, y * low);
    let k = round(t_high + t_low);
    let r = (t_high - k) + t_low;
    let half = i32(k) >> 1u;
    return exp_f32(r * 0.6931472) * pow2(half) * pow2(i32(k) - half);
}

fn pow_f32(x: f32, y: f32) -> f32 {
    if (y == 0.0 || x == 1.0) { return 1.0; }
    if (is_nan(x) || is_nan(y)) { return nan(); }
    let a = abs(x);
    let whole = trunc(y) == y;
    let odd = whole && trunc(y * 0.5) != y * 0.5;
    var p = 1.0;
    if (abs(y) == inf()) {
        p = select(select(0.0, inf(), (a > 1.0) == (y > 0.0)), 1.0, a == 1.0);
    } else if (a == 0.0 || a == inf()) {
        p = select(0.0, inf(), (a == 0.0) == (y < 0.0));
    } else {
        if (x < 0.0 && !whole) { return nan(); }
        p = pow_positive(a, y);
    }
    return select(p, with_sign(p, x), odd);
}

fn fmod_f32(x: f32, y: f32) -> f32 {
    // Exact: the significand of x, shifted to the exponent of y bit by bit.
    let a = abs(x);
    let b = abs(y);
    if (is_nan(x) || is_nan(y) || a == inf() || b == 0.0) { return nan(); }
    if (a < b) { return x; }
    let ub = bitcast<u32>(b);
    let eb = max(ub >> 23u, 1u);
    let mb = select((ub & 0x7fffffu) | 0x800000u, ub, ub < 0x800000u);
    let ua = bitcast<u32>(a);
    let ea = max(ua >> 23u, 1u);
    var m = select((ua & 0x7fffffu) | 0x800000u, ua, ua < 0x800000u) % mb;
    for (var e = eb; e < ea; e++) {
        m = m << 1u;
        if (m >= mb) { m -= mb; }
    }
    // m 2^(eb - 150), packed again.
    let up = countLeadingZeros(m | 1u) - 8u;
    let fits = eb > up;
    let normal = ((m << up) & 0x7fffffu) | ((eb - up) << 23u);
    let bits = select(m << (eb - 1u), normal, fits);
    return with_sign(select(bitcast<f32>(bits), 0.0, m == 0u), x);
}

fn rem_f32(x: f32, y: f32) -> f32 {
    if (abs(y) == inf() && abs(x) < inf()) {
        return select(select(x, y, x != 0.0), x, x != 0.0 && (x < 0.0) == (y < 0.0));
    }
    let r = fmod_f32(x, y);
    if (r == 0.0) { return with_sign(0.0, y); }
    return select(r, r + y, (r < 0.0) != (y < 0.0));
}
