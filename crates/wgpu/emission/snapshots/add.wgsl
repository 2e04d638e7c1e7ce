//# source
@group(0) @binding(0) var<storage, read> P: array<u32>;
@group(0) @binding(1) var<storage, read> a0: array<u32>;
@group(0) @binding(2) var<storage, read> a1: array<u32>;
@group(0) @binding(3) var<storage, read_write> b0: array<u32>;
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group_id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
let group = group_id.y * groups.x + group_id.x;
let n_all = P[0];
let first = (group * 256u + lane) * 1u;
for (var j = 0u; j < 1u; j++) {
let i = first + j;
if (i >= n_all) { break; }
let r0 = bitcast<f32>(a0[P[1u] + i]);
let r1 = bitcast<f32>(a1[P[2u] + i]);
let r2 = (r0 + r1);
b0[i] = bitcast<u32>(r2);
}
}
