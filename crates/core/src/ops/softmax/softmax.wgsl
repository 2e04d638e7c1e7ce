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
