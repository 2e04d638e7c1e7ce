// language: metal2.3
#include <metal_stdlib>
#include <simd/simd.h>

using metal::uint;

struct _mslBufferSizes {
    uint size0;
    uint size1;
    uint size2;
};

typedef uint type_1[1];
struct E {
    float v;
};

uint naga_mod(uint lhs, uint rhs) {
    return lhs % metal::select(rhs, 1u, rhs == 0u);
}

uint naga_div(uint lhs, uint rhs) {
    return lhs / metal::select(rhs, 1u, rhs == 0u);
}

uint walk(
    uint at,
    uint i,
    device type_1 const& P,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint rest = {};
    uint place = 0u;
    uint d = {};
    uint rank = P[at];
    rest = i;
    d = rank;
    uint2 loop_bound = uint2(4294967295u);
    bool loop_init = true;
    while(true) {
        if (metal::all(loop_bound == uint2(0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e31 = d;
            d = _e31 - 1u;
        }
        loop_init = false;
        uint _e9 = d;
        if (_e9 > 0u) {
        } else {
            break;
        }
        {
            uint _e13 = d;
            uint n = P[at + _e13];
            uint _e17 = place;
            uint _e18 = rest;
            uint _e22 = d;
            uint _e25 = P[(at + rank) + _e22];
            place = _e17 + (naga_mod(_e18, n) * _e25);
            uint _e28 = rest;
            rest = naga_div(_e28, n);
        }
    }
    uint _e33 = place;
    return _e33;
}

E join(
    E a,
    E b
) {
    return E {a.v + b.v};
}

struct main_Input {
};
[[max_total_threads_per_threadgroup(256)]] kernel void main_(
  metal::uint3 group_id [[threadgroup_position_in_grid]]
, metal::uint3 groups [[threadgroups_per_grid]]
, uint lane [[thread_index_in_threadgroup]]
, device type_1 const& P [[user(fake0)]]
, device type_1 const& a0_ [[user(fake0)]]
, device type_1& b0_ [[user(fake0)]]
, constant _mslBufferSizes& _buffer_sizes [[user(fake0)]]
) {
    E r = {};
    uint j = 0u;
    uint group = (group_id.y * groups.x) + group_id.x;
    uint line = (group * 256u) + lane;
    uint _e13 = P[0];
    if (line >= _e13) {
        return;
    }
    uint n_1 = P[1];
    uint _e20 = P[5];
    uint _e23 = P[7];
    uint _e24 = walk(_e23, line, P, _buffer_sizes);
    uint s0_ = _e20 + _e24;
    uint _e28 = P[8];
    uint _e31 = P[10];
    uint _e32 = walk(_e31, line, P, _buffer_sizes);
    uint s1_ = _e28 + _e32;
    uint2 loop_bound_1 = uint2(4294967295u);
    bool loop_init_1 = true;
    while(true) {
        if (metal::all(loop_bound_1 == uint2(0u))) { break; }
        loop_bound_1 -= uint2(loop_bound_1.y == 0u, 1u);
        if (!loop_init_1) {
            uint _e76 = j;
            j = _e76 + 1u;
        }
        loop_init_1 = false;
        uint _e37 = j;
        if (_e37 < n_1) {
        } else {
            break;
        }
        {
            uint _e39 = j;
            uint _e42 = j;
            uint _e46 = P[2];
            uint m = (_e46 == 1u) ? ((n_1 - 1u) - _e42) : _e39;
            uint _e53 = P[6];
            uint _e57 = a0_[s0_ + (m * _e53)];
            E e = E {as_type<float>(_e57)};
            uint _e60 = j;
            if (_e60 == 0u) {
                r = e;
            } else {
                E _e63 = r;
                E _e64 = join(_e63, e);
                r = _e64;
            }
            uint _e68 = P[9];
            float _e73 = r.v;
            b0_[s1_ + (m * _e68)] = as_type<uint>(_e73);
        }
    }
    return;
}
