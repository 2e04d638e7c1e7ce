var<workgroup> left: array<f32, 1088>;
var<workgroup> right: array<f32, 1088>;

// A workgroup of 16 by 16 threads computes TILE by TILE results, a thread 4 by 4.
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group_id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let m = P[1];
    let n = P[2];
    let k = P[3];
    let tile = tile_of(group_id.y * groups.x + group_id.x);
    let product = tile.x;
    if (product >= P[0]) { return; }
    let row0 = tile.y;
    let column0 = tile.z;
    let start = starts(product);
    let tx = lane % 16u;
    let ty = lane / 16u;
    // Neighbouring threads read neighbouring elements, along whichever axis those lie.
    let a_by_column = P[7] == 1u || P[6] != 1u;
    let b_by_column = P[9] == 1u || P[8] != 1u;
    var sums: array<vec4<f32>, 4>;
    for (var depth = 0u; depth < k; depth += DEPTH) {
        for (var e = lane; e < TILE * DEPTH; e += 256u) {
            let r = select(e % TILE, e / DEPTH, a_by_column);
            let c = select(e / TILE, e % DEPTH, a_by_column);
            var x = 0.0;
            if (row0 + r < m && depth + c < k) {
                let place_a = start.x + (row0 + r) * P[6] + (depth + c) * P[7];
                x = LOAD_A;
            }
            left[c * 68u + r] = x;
        }
        for (var e = lane; e < TILE * DEPTH; e += 256u) {
            let r = select(e % DEPTH, e / TILE, b_by_column);
            let c = select(e / DEPTH, e % TILE, b_by_column);
            var y = 0.0;
            if (depth + r < k && column0 + c < n) {
                let place_b = start.y + (depth + r) * P[8] + (column0 + c) * P[9];
                y = LOAD_B;
            }
            right[r * 68u + c] = y;
        }
        workgroupBarrier();
        for (var d = 0u; d < DEPTH; d++) {
            let at = d * 68u + tx * 4u;
            let y = vec4<f32>(right[at], right[at + 1u], right[at + 2u], right[at + 3u]);
            let from_row = d * 68u + ty * 4u;
            sums[0] += left[from_row] * y;
            sums[1] += left[from_row + 1u] * y;
            sums[2] += left[from_row + 2u] * y;
            sums[3] += left[from_row + 3u] * y;
        }
        workgroupBarrier();
    }
    for (var i = 0u; i < 4u; i++) {
        let row = row0 + ty * 4u + i;
        for (var j = 0u; j < 4u; j++) {
            let column = column0 + tx * 4u + j;
            if (row < m && column < n) {
                b0[(product * m + row) * n + column] = bitcast<u32>(sums[i][j]);
            }
        }
    }
}
