fn less(a: ENTRY, b: ENTRY) -> bool { return LESS; }
fn read_entry(i: u32) -> ENTRY { return ENTRY(LOAD); }
fn write_entry(i: u32, e: ENTRY) { STORE }

var<workgroup> block: array<ENTRY, 512>;

// Parameters: entries, the length of a row, the length of the sequences being merged, the first step; 0 and 0 to sort from nothing.
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group_id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let start = (group_id.y * groups.x + group_id.x) * 512u;
    if (start >= P[0]) { return; }
    block[lane] = read_entry(start + lane);
    block[lane + 256u] = read_entry(start + lane + 256u);
    workgroupBarrier();
    let whole = P[2] == 0u;
    let last = select(P[2], min(P[1], 512u), whole);
    for (var merge = select(P[2], 2u, whole); merge <= last; merge *= 2u) {
        for (var step = select(P[3], merge / 2u, whole); step > 0u; step /= 2u) {
            let i = (lane / step) * 2u * step + lane % step;
            let up = (((start + i) % P[1]) & merge) == 0u;
            let a = block[i];
            let b = block[i + step];
            if (less(b, a) == up) {
                block[i] = b;
                block[i + step] = a;
            }
            workgroupBarrier();
        }
    }
    write_entry(start + lane, block[lane]);
    write_entry(start + lane + 256u, block[lane + 256u]);
}
