//# source
@group(0) @binding(0) var<storage, read> P: array<u32>;
@group(0) @binding(1) var<storage, read> a0: array<u32>;
@group(0) @binding(2) var<storage, read_write> b0: array<u32>;
var<workgroup> shared_acc: array<f32, 256>;
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group_id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32, @builtin(subgroup_id) subgroup: u32, @builtin(num_subgroups) subgroups: u32, @builtin(subgroup_size) width: u32, @builtin(subgroup_invocation_id) within: u32) {
let group = group_id.y * groups.x + group_id.x;
let total = P[0];
let length = P[1];
let splits = P[2];
let piece = P[3];
let kept = P[4];
let kept_rank = P[kept];
let folded = kept + 1u + 2u * kept_rank;
let folded_rank = P[folded];
let identity = bitcast<f32>(P[5u]);
var word = 0u;
for (var j = 0u; j < 1u; j++) {
let at = group * 1u + j;
if (at >= total) { break; }
var base = 0u;
var left = at / splits;
for (var d = kept_rank; d > 0u; d--) {
let n = P[kept + d];
base += (left % n) * P[kept + kept_rank + d];
left /= n;
}
let begin = (at % splits) * piece;
let end = min(length, begin + piece);
var acc = identity;
var acc_at = 0xffffffffu;
for (var q = begin + lane; q < end; q += 256u) {
var i = base;
var over = q;
for (var d = folded_rank; d > 0u; d--) {
let n = P[folded + d];
i += (over % n) * P[folded + folded_rank + d];
over /= n;
}
let r0 = bitcast<f32>(a0[P[6u] + i]);
acc = (acc + r0);
}
for (var step = width / 2u; step > 0u; step /= 2u) {
let x = acc;
let y = subgroupShuffleXor(acc, step);
acc = (x + y);
}
workgroupBarrier();
if (within == 0u) { shared_acc[subgroup] = acc; }
workgroupBarrier();
var result = shared_acc[0];
for (var other = 1u; other < subgroups; other++) {
let x = result;
let y = shared_acc[other];
result = (x + y);
}
let out = result;
if (lane == 0u) { b0[at] = bitcast<u32>(out); }
}
}
