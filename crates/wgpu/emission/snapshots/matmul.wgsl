//# source
@group(0) @binding(0) var<storage, read> P: array<u32>;
@group(0) @binding(1) var<storage, read> a0: array<u32>;
@group(0) @binding(2) var<storage, read> a1: array<u32>;
@group(0) @binding(3) var<storage, read_write> b0: array<u32>;
// Parameters: products, M, N, K; where A and B start; steps of A by row and column, of B by row and column; the rank of the batch,
// its lengths, A's steps, B's steps.

// Where A and B of a product start.
fn starts(product: u32) -> vec2<u32> {
    let rank = P[10];
    var at = vec2<u32>(P[4], P[5]);
    var rest = product;
    for (var d = rank; d > 0u; d--) {
        let length = P[10u + d];
        at += rest % length * vec2<u32>(P[10u + rank + d], P[10u + 2u * rank + d]);
        rest /= length;
    }
    return at;
}

// The product that a workgroup works at, and the first row and column of its tile.
fn tile_of(group: u32) -> vec3<u32> {
    let columns = (P[2] + 64u - 1u) / 64u;
    let tiles = (P[1] + 64u - 1u) / 64u * columns;
    let tile = group % tiles;
    return vec3<u32>(group / tiles, tile / columns * 64u, tile % columns * 64u);
}
var<workgroup> left: array<f32, 1088>;
var<workgroup> right: array<f32, 1088>;

// A workgroup of 16 by 16 threads computes 64u by 64u results, a thread 4 by 4.
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
    for (var depth = 0u; depth < k; depth += 16u) {
        for (var e = lane; e < 64u * 16u; e += 256u) {
            let r = select(e % 64u, e / 16u, a_by_column);
            let c = select(e / 64u, e % 16u, a_by_column);
            var x = 0.0;
            if (row0 + r < m && depth + c < k) {
                let place_a = start.x + (row0 + r) * P[6] + (depth + c) * P[7];
                x = bitcast<f32>(a0[place_a]);
            }
            left[c * 68u + r] = x;
        }
        for (var e = lane; e < 64u * 16u; e += 256u) {
            let r = select(e % 16u, e / 64u, b_by_column);
            let c = select(e / 16u, e % 64u, b_by_column);
            var y = 0.0;
            if (depth + r < k && column0 + c < n) {
                let place_b = start.y + (depth + r) * P[8] + (column0 + c) * P[9];
                y = bitcast<f32>(a1[place_b]);
            }
            right[r * 68u + c] = y;
        }
        workgroupBarrier();
        for (var d = 0u; d < 16u; d++) {
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
