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
    let columns = (P[2] + TILE - 1u) / TILE;
    let tiles = (P[1] + TILE - 1u) / TILE * columns;
    let tile = group % tiles;
    return vec3<u32>(group / tiles, tile / columns * TILE, tile % columns * TILE);
}
