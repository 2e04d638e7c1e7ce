@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group_id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    // Few rows or columns would leave most of a tile empty: a thread computes one result.
    let m = P[1];
    let n = P[2];
    let at = (group_id.y * groups.x + group_id.x) * 256u + lane;
    if (at >= P[0] * m * n) { return; }
    let start = starts(at / (m * n));
    var place_a = start.x + ((at / n) % m) * P[6];
    var place_b = start.y + (at % n) * P[9];
    var sum = NOTHING;
    for (var i = 0u; i < P[3]; i++) {
        let x = LOAD_A;
        let y = LOAD_B;
        sum = JOINED;
        place_a += P[7];
        place_b += P[8];
    }
    STORE
}
