// language: metal2.3
#include <metal_stdlib>
#include <simd/simd.h>

using metal::uint;

struct _mslBufferSizes {
    uint size0;
    uint size1;
};

typedef uint type_1[1];

bool less(
    metal::uint2 a,
    metal::uint2 b
) {
    bool local = {};
    bool local_1 = {};
    if (!((a.x < b.x))) {
        if (a.x == b.x) {
            local_1 = a.y < b.y;
        } else {
            local_1 = false;
        }
        bool _e17 = local_1;
        local = _e17;
    } else {
        local = true;
    }
    bool _e19 = local;
    return _e19;
}

metal::uint2 read_entry(
    uint i,
    device type_1 const& b0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e7 = b0_[(i * 2u) + 0u];
    uint _e14 = b0_[(i * 2u) + 1u];
    return metal::uint2(_e7, _e14);
}

void write_entry(
    uint i_1,
    metal::uint2 e,
    device type_1& b0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    b0_[(i_1 * 2u) + 0u] = e.x;
    b0_[(i_1 * 2u) + 1u] = e.y;
    return;
}
uint naga_div(uint lhs, uint rhs) {
    return lhs / metal::select(rhs, 1u, rhs == 0u);
}

uint naga_mod(uint lhs, uint rhs) {
    return lhs % metal::select(rhs, 1u, rhs == 0u);
}


struct main_Input {
};
[[max_total_threads_per_threadgroup(256)]] kernel void main_(
  metal::uint3 group_id [[threadgroup_position_in_grid]]
, metal::uint3 groups [[threadgroups_per_grid]]
, uint lane [[thread_index_in_threadgroup]]
, device type_1 const& P [[user(fake0)]]
, device type_1& b0_ [[user(fake0)]]
, constant _mslBufferSizes& _buffer_sizes [[user(fake0)]]
) {
    uint t = (((group_id.y * groups.x) + group_id.x) * 256u) + lane;
    uint _e13 = P[0];
    if (t >= naga_div(_e13, 2u)) {
        return;
    }
    uint step = P[3];
    uint i_2 = ((naga_div(t, step) * 2u) * step) + naga_mod(t, step);
    uint _e28 = P[1];
    uint _e32 = P[2];
    bool up = (naga_mod(i_2, _e28) & _e32) == 0u;
    metal::uint2 _e36 = read_entry(i_2, b0_, _buffer_sizes);
    metal::uint2 _e38 = read_entry(i_2 + step, b0_, _buffer_sizes);
    bool _e39 = less(_e38, _e36);
    if (_e39 == up) {
        write_entry(i_2, _e38, b0_, _buffer_sizes);
        write_entry(i_2 + step, _e36, b0_, _buffer_sizes);
        return;
    } else {
        return;
    }
}
