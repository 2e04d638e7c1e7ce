var<workgroup> left: array<vec2<f32>, 528>;
var<workgroup> right: array<vec2<f32>, 528>;

// Products of complex matrices. A workgroup of 16 by 16 threads computes TILE by TILE results, a thread 2 by 2
// that lie half a tile apart.
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
    var sums: array<vec2<f32>, 4>;
    for (var depth = 0u; depth < k; depth += DEPTH) {
        for (var e = lane; e < TILE * DEPTH; e += 256u) {
            let r = select(e % TILE, e / DEPTH, a_by_column);
            let c = select(e / TILE, e % DEPTH, a_by_column);
            var x = vec2<f32>();
            if (row0 + r < m && depth + c < k) {
                let place_a = start.x + (row0 + r) * P[6] + (depth + c) * P[7];
                x = LOAD_A;
            }
            left[c * 33u + r] = x;
        }
        for (var e = lane; e < TILE * DEPTH; e += 256u) {
            let r = select(e % DEPTH, e / TILE, b_by_column);
            let c = select(e / DEPTH, e % TILE, b_by_column);
            var y = vec2<f32>();
            if (depth + r < k && column0 + c < n) {
                let place_b = start.y + (depth + r) * P[8] + (column0 + c) * P[9];
                y = LOAD_B;
            }
            right[r * 33u + c] = y;
        }
        workgroupBarrier();
        for (var d = 0u; d < DEPTH; d++) {
            let x0 = left[d * 33u + ty];
            let x1 = left[d * 33u + ty + 16u];
            let y0 = right[d * 33u + tx];
            let y1 = right[d * 33u + tx + 16u];
            sums[0] += mul_c64(x0, y0);
            sums[1] += mul_c64(x0, y1);
            sums[2] += mul_c64(x1, y0);
            sums[3] += mul_c64(x1, y1);
        }
        workgroupBarrier();
    }
    for (var q = 0u; q < 4u; q++) {
        let row = row0 + ty + (q / 2u) * 16u;
        let column = column0 + tx + (q % 2u) * 16u;
        if (row < m && column < n) {
            let at = (product * m + row) * n + column;
            let sum = sums[q];
            STORE
        }
    }
}
