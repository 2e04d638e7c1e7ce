fn walk(at: u32, i: u32) -> u32 {
    // The offset of element i of a layout in the parameters: rank, lengths, strides.
    let rank = P[at];
    var rest = i;
    var place = 0u;
    for (var d = rank; d > 0u; d--) {
        let n = P[at + d];
        place += (rest % n) * P[at + rank + d];
        rest /= n;
    }
    return place;
}

fn from_f16(h: u32) -> f32 {
    let sign = (h & 0x8000u) << 16u;
    let rest = h & 0x7fffu;
    let normal = bitcast<f32>((rest << 13u) + 0x38000000u);
    let tiny = f32(rest) * 5.9604644775390625e-8;
    let special = bitcast<f32>((rest << 13u) | 0x7f800000u);
    let magnitude = select(select(normal, tiny, rest < 0x400u), special, rest >= 0x7c00u);
    return bitcast<f32>(bitcast<u32>(magnitude) | sign);
}

fn to_f16(x: f32) -> u32 {
    let b = bitcast<u32>(x);
    let sign = (b >> 16u) & 0x8000u;
    let a = b & 0x7fffffffu;
    // Normal results: drop 13 bits, halves to even; a carry moves into the exponent as it should.
    let normal = (a - 0x38000000u + 0xfffu + ((a >> 13u) & 1u)) >> 13u;
    // Below: shift the whole significand, halves to even.
    let shift = min(126u - (a >> 23u), 31u);
    let m = (a & 0x7fffffu) | 0x800000u;
    let q = m >> shift;
    let rest = m - (q << shift);
    let half = 1u << (shift - 1u);
    let tiny = q + select(0u, 1u, rest > half || (rest == half && (q & 1u) == 1u));
    var h = select(normal, tiny, a < 0x38800000u);
    h = select(h, 0u, a < 0x33000000u);
    h = select(h, 0x7c00u, a >= 0x477ff000u);
    h = select(h, 0x7e00u, a > 0x7f800000u);
    return h | sign;
}

fn to_bf16(x: f32) -> u32 {
    let b = bitcast<u32>(x);
    let rounded = (b + 0x7fffu + ((b >> 16u) & 1u)) >> 16u;
    return select(rounded, (b >> 16u) | 0x40u, (b & 0x7fffffffu) > 0x7f800000u);
}

fn is_nan(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn nan() -> f32 {
    var bits = 0x7fc00000u;
    return bitcast<f32>(bits);
}

fn inf() -> f32 {
    var bits = 0x7f800000u;
    return bitcast<f32>(bits);
}

fn with_sign(x: f32, y: f32) -> f32 {
    return bitcast<f32>((bitcast<u32>(x) & 0x7fffffffu) | (bitcast<u32>(y) & 0x80000000u));
}

fn eq_f32(x: f32, y: f32) -> bool {
    // Comparisons of NaN are not what shaders and their compilers agree about.
    return x == y && !is_nan(x) && !is_nan(y);
}

fn lt_f32(x: f32, y: f32) -> bool {
    return x < y && !is_nan(x) && !is_nan(y);
}

fn le_f32(x: f32, y: f32) -> bool {
    return x <= y && !is_nan(x) && !is_nan(y);
}

fn is_nonzero(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) != 0u;
}

fn max_f32(x: f32, y: f32) -> f32 {
    return select(y, x, lt_f32(y, x) || is_nan(x));
}

fn min_f32(x: f32, y: f32) -> f32 {
    return select(y, x, lt_f32(x, y) || is_nan(x));
}

fn sign_f32(x: f32) -> f32 {
    return select(select(0.0, -1.0, lt_f32(x, 0.0)), 1.0, lt_f32(0.0, x));
}

fn float_of(high: u32, low: u32, odd: bool) -> f32 {
    // A number of 64 bits as the nearest float, or of the two floats beside it as the odd one, which rounds to narrower ones as the
    // number itself would.
    if ((high | low) == 0u) { return 0.0; }
    let wide = high != 0u;
    let first = select(low, high, wide);
    let second = select(0u, low, wide);
    let n = countLeadingZeros(first);
    let top = (first << n) | ((second >> 1u) >> (31u - n));
    let rest = second << n;
    let tail = top & 0xffu;
    let inexact = tail != 0u || rest != 0u;
    let even = (top & 0x100u) == 0u;
    let up = tail > 0x80u || (tail == 0x80u && (rest != 0u || !even));
    let digits = (top >> 8u) & 0x7fffffu;
    let exponent = select(158u, 190u, wide) - n;
    return bitcast<f32>((exponent << 23u) + digits + select(0u, 1u, select(up, inexact && even, odd)));
}

fn odd_u32(x: u32) -> f32 {
    return float_of(0u, x, true);
}

fn odd_i32(x: i32) -> f32 {
    let size = odd_u32(select(bitcast<u32>(x), 0u - bitcast<u32>(x), x < 0));
    return select(size, -size, x < 0);
}

fn f32_to_i32(x: f32) -> i32 {
    if (is_nan(x)) { return 0; }
    if (x >= 2147483648.0) { return 2147483647; }
    if (x < -2147483648.0) { return -2147483647 - 1; }
    return i32(x);
}

fn f32_to_u32(x: f32) -> u32 {
    if (!(x > 0.0)) { return 0u; }
    if (x >= 4294967296.0) { return 0xffffffffu; }
    return u32(x);
}

fn f32_to_small(x: f32, lo: f32, hi: f32) -> f32 {
    if (is_nan(x)) { return 0.0; }
    return trunc(clamp(x, lo, hi));
}

fn rem_i32(x: i32, y: i32) -> i32 {
    if (y == 0) { return x; }
    if (y == -1) { return 0; }
    let r = x % y;
    return select(r, r + y, r != 0 && (r < 0) != (y < 0));
}

fn rem_u32(x: u32, y: u32) -> u32 {
    if (y == 0u) { return x; }
    return x % y;
}

fn floordiv_i32(x: i32, y: i32) -> i32 {
    if (y == 0) { return 0; }
    if (y == -1) { return 0 - x; }
    let q = x / y;
    return select(q, q - 1, x - q * y != 0 && (x < 0) != (y < 0));
}

fn floordiv_u32(x: u32, y: u32) -> u32 {
    if (y == 0u) { return 0u; }
    return x / y;
}

fn pow_u32(x: u32, y: u32) -> u32 {
    var result = 1u;
    var square = x;
    var e = y;
    for (var i = 0u; i < 32u; i++) {
        if (e == 0u) { break; }
        if ((e & 1u) == 1u) { result *= square; }
        square *= square;
        e >>= 1u;
    }
    return result;
}

fn pow_i32(x: i32, y: i32) -> i32 {
    if (y >= 0) { return bitcast<i32>(pow_u32(bitcast<u32>(x), bitcast<u32>(y))); }
    if (x == 1 || (x == -1 && (y & 1) == 0)) { return 1; }
    return select(0, -1, x == -1);
}

fn shl_u32(x: u32, y: u32, width: u32) -> u32 {
    return select(0u, x << (y & 31u), y < width);
}

fn shr_u32(x: u32, y: u32, width: u32) -> u32 {
    return select(0u, x >> (y & 31u), y < width);
}

fn shr_i32(x: i32, y: i32, width: u32) -> i32 {
    let d = bitcast<u32>(y);
    return x >> min(d, width - 1u);
}

fn mul_c64(x: vec2<f32>, y: vec2<f32>) -> vec2<f32> {
    return vec2<f32>(x.x * y.x - x.y * y.y, x.x * y.y + x.y * y.x);
}

fn float_key(x: f32) -> u32 {
    // Negative numbers in reverse, below the positive ones; NaN last.
    let b = bitcast<u32>(x);
    return select(select(b | 0x80000000u, ~b, b >= 0x80000000u), 0xffffffffu, is_nan(x));
}

fn place_of(low: u32, high: u32, length: u32, end: u32) -> u32 {
    // An index of 64 bits counted from the start, or the largest number where it is not below the end.
    let back = high == 0xffffffffu;
    let p = select(low, low + length, back);
    let good = select(high == 0u && p < end, p < length && p < end, back);
    return select(0xffffffffu, p, good);
}
