//# source
@group(0) @binding(0) var<storage, read> P: array<u32>;
@group(0) @binding(1) var<storage, read_write> b0: array<u32>;
fn less(a: vec2<u32>, b: vec2<u32>) -> bool { return a.x < b.x || (a.x == b.x && a.y < b.y); }
fn read_entry(i: u32) -> vec2<u32> { return vec2<u32>(b0[i * 2u + 0u], b0[i * 2u + 1u]); }
fn write_entry(i: u32, e: vec2<u32>) { b0[i * 2u + 0u] = e[0]; b0[i * 2u + 1u] = e[1];  }

// Parameters: entries, the length of a row, the length of the sequences being merged, the step between the entries compared.
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group_id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let t = (group_id.y * groups.x + group_id.x) * 256u + lane;
    if (t >= P[0] / 2u) { return; }
    let step = P[3];
    let i = (t / step) * 2u * step + t % step;
    let up = ((i % P[1]) & P[2]) == 0u;
    let a = read_entry(i);
    let b = read_entry(i + step);
    if (less(b, a) == up) {
        write_entry(i, b);
        write_entry(i + step, a);
    }
}
