fn wide_i64(x: i32) -> i64 {
    // Some drivers forget the sign of a narrow number that they widen at once.
    return bitcast<i64>(u64(bitcast<u32>(x)) | (select(0lu, 0xfffffffflu, x < 0) << 32u));
}

fn rem_u64(x: u64, y: u64) -> u64 {
    if (y == 0lu) { return x; }
    return x % y;
}

fn size_i64(x: i64) -> u64 {
    let b = bitcast<u64>(x);
    return select(b, 0lu - b, x < 0li);
}

fn rem_i64(x: i64, y: i64) -> i64 {
    if (y == 0li) { return x; }
    let size = rem_u64(size_i64(x), size_i64(y));
    let r = bitcast<i64>(select(size, 0lu - size, x < 0li));
    return select(r, r + y, r != 0li && (r < 0li) != (y < 0li));
}

fn floordiv_u64(x: u64, y: u64) -> u64 {
    if (y == 0lu) { return 0lu; }
    return x / y;
}

fn floordiv_i64(x: i64, y: i64) -> i64 {
    if (y == 0li) { return 0li; }
    let size = floordiv_u64(size_i64(x), size_i64(y));
    let q = bitcast<i64>(select(size, 0lu - size, (x < 0li) != (y < 0li)));
    return select(q, q - 1li, x - q * y != 0li && (x < 0li) != (y < 0li));
}

fn pow_u64(x: u64, y: u64) -> u64 {
    var result = 1lu;
    var square = x;
    var e = y;
    for (var i = 0u; i < 64u; i++) {
        if (e == 0lu) { break; }
        if ((e & 1lu) == 1lu) { result *= square; }
        square *= square;
        e >>= 1u;
    }
    return result;
}

fn pow_i64(x: i64, y: i64) -> i64 {
    if (y >= 0li) { return bitcast<i64>(pow_u64(bitcast<u64>(x), bitcast<u64>(y))); }
    if (x == 1li || (x == -1li && (y & 1li) == 0li)) { return 1li; }
    return select(0li, -1li, x == -1li);
}

fn shl_u64(x: u64, y: u64) -> u64 {
    return select(0lu, x << (u32(y) & 63u), y < 64lu);
}

fn shr_u64(x: u64, y: u64) -> u64 {
    return select(0lu, x >> (u32(y) & 63u), y < 64lu);
}

fn shl_i64(x: i64, y: i64) -> i64 {
    return bitcast<i64>(shl_u64(bitcast<u64>(x), bitcast<u64>(y)));
}

fn shr_i64(x: i64, y: i64) -> i64 {
    let d = bitcast<u64>(y);
    return x >> select(63u, u32(d), d < 63lu);
}

fn u64_to_f32(x: u64) -> f32 {
    return float_of(u32(x >> 32u), u32(x & 0xfffffffflu), false);
}

fn i64_to_f32(x: i64) -> f32 {
    let size = u64_to_f32(size_i64(x));
    return select(size, -size, x < 0li);
}

fn odd_u64(x: u64) -> f32 {
    return float_of(u32(x >> 32u), u32(x & 0xfffffffflu), true);
}

fn odd_i64(x: i64) -> f32 {
    let size = odd_u64(size_i64(x));
    return select(size, -size, x < 0li);
}

fn f32_to_u64(x: f32) -> u64 {
    if (!(x >= 1.0)) { return 0lu; }
    if (x >= 18446744073709551616.0) { return 0xfffffffffffffffflu; }
    let b = bitcast<u32>(x);
    let exponent = b >> 23u;
    let digits = u64((b & 0x7fffffu) | 0x800000u);
    if (exponent < 150u) { return digits >> (150u - exponent); }
    return digits << (exponent - 150u);
}

fn f32_to_i64(x: f32) -> i64 {
    if (x >= 9223372036854775808.0) { return bitcast<i64>(0x7ffffffffffffffflu); }
    if (x < -9223372036854775808.0) { return bitcast<i64>(0x8000000000000000lu); }
    let size = f32_to_u64(abs(x));
    return bitcast<i64>(select(size, 0lu - size, x < 0.0));
}
