@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group_id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    // Few rows or columns would leave most of a tile empty: a thread computes one result. Parameters as for tiles.
    let m = P[1];
    let n = P[2];
    let at = (group_id.y * groups.x + group_id.x) * 256u + lane;
    if (at >= P[0] * m * n) { return; }
    var place_a = P[4] + ((at / n) % m) * P[6];
    var place_b = P[5] + (at % n) * P[9];
    let rank = P[10];
    var rest = at / (m * n);
    for (var d = rank; d > 0u; d--) {
        let c = rest % P[10u + d];
        rest /= P[10u + d];
        place_a += c * P[10u + rank + d];
        place_b += c * P[10u + 2u * rank + d];
    }
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
