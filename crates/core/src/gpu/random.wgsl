fn random_word(key0: u32, key1: u32, place: u32, words: u32) -> u32 {
    // Threefry-2x32 with 20 rounds. Of an odd number of words the middle one has a counter of its own.
    let half = words / 2u;
    let offset = words - half;
    let middle = place == half && half != offset;
    let counter = select(place, place - offset, place >= offset);
    var rotations = array<u32, 8>(13u, 15u, 26u, 6u, 17u, 29u, 16u, 24u);
    var keys = array<u32, 3>(key0, key1, 0x1bd11bdau ^ key0 ^ key1);
    var x = counter + key0;
    var y = select(counter + offset, 0u, middle) + key1;
    for (var round = 0u; round < 5u; round++) {
        for (var k = 0u; k < 4u; k++) {
            let r = rotations[(round % 2u) * 4u + k];
            x += y;
            y = ((y << r) | (y >> (32u - r))) ^ x;
        }
        x += keys[(round + 1u) % 3u];
        y += keys[(round + 2u) % 3u] + round + 1u;
    }
    return select(x, y, place >= offset);
}
