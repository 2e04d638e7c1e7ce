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

fn is_nan(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn lt_f32(x: f32, y: f32) -> bool {
    return x < y && !is_nan(x) && !is_nan(y);
}

fn max_f32(x: f32, y: f32) -> f32 {
    return select(y, x, lt_f32(y, x) || is_nan(x));
}

fn pow2(k: i32) -> f32 {
    return bitcast<f32>(bitcast<u32>(k + 127) << 23u);
}

//# source
@group(0) @binding(0) var<storage, read> P: array<u32>;
@group(0) @binding(1) var<storage, read> a0: array<u32>;
@group(0) @binding(2) var<storage, read_write> b0: array<u32>;
var<workgroup> partial: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group_id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    // One workgroup a row. Parameters: rows, length, start, rank of the rows' walk, step along a row; lengths; steps.
    let row = group_id.y * groups.x + group_id.x;
    if (row >= P[0]) { return; }
    let n = P[1];
    let rank = P[3];
    let step = P[4];
    var at = P[2];
    var left = row;
    for (var d = rank; d > 0u; d--) {
        at += (left % P[4u + d]) * P[4u + rank + d];
        left /= P[4u + d];
    }
    var top = -3.4028234e38;
    for (var i = lane; i < n; i += 256u) {
        top = max_f32(bitcast<f32>(a0[at + i * step]), top);
    }
    partial[lane] = top;
    workgroupBarrier();
    for (var half = 128u; half > 0u; half /= 2u) {
        if (lane < half) { partial[lane] = max_f32(partial[lane], partial[lane + half]); }
        workgroupBarrier();
    }
    top = partial[0];
    workgroupBarrier();
    // A row of nothing but negative infinity has no largest element above the floor.
    var sum = 0.0;
    for (var i = lane; i < n; i += 256u) {
        sum += exp_f32(bitcast<f32>(a0[at + i * step]) - top);
    }
    partial[lane] = sum;
    workgroupBarrier();
    for (var half = 128u; half > 0u; half /= 2u) {
        if (lane < half) { partial[lane] += partial[lane + half]; }
        workgroupBarrier();
    }
    sum = partial[0];
    for (var i = lane; i < n; i += 256u) {
        b0[row * n + i] = bitcast<u32>(exp_f32(bitcast<f32>(a0[at + i * step]) - top) / sum);
    }
}
