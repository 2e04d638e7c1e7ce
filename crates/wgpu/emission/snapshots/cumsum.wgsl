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

//# source
@group(0) @binding(0) var<storage, read> P: array<u32>;
@group(0) @binding(1) var<storage, read> a0: array<u32>;
@group(0) @binding(2) var<storage, read_write> b0: array<u32>;
struct E { v: f32 }
fn join(a: E, b: E) -> E { return E((a.v + b.v)); }
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group_id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
let group = group_id.y * groups.x + group_id.x;
let line = group * 256u + lane;
if (line >= P[0]) { return; }
let n = P[1];
let s0 = P[5] + walk(P[7], line);
let s1 = P[8] + walk(P[10], line);
var r: E;
for (var j = 0u; j < n; j++) {
let m = select(j, n - 1u - j, P[2] == 1u);
let e = E(bitcast<f32>(a0[s0 + m * P[6]]));
if (j == 0u) { r = e; } else { r = join(r, e); }
b0[s1 + m * P[9]] = bitcast<u32>(r.v);
}
}
