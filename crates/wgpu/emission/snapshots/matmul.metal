// language: metal2.3
#include <metal_stdlib>
#include <simd/simd.h>

using metal::uint;

struct _mslBufferSizes {
    uint size0;
    uint size1;
    uint size2;
    uint size3;
};

typedef uint type_1[1];
struct type_5 {
    float inner[1088];
};
struct type_8 {
    metal::float4 inner[4];
};

uint naga_mod(uint lhs, uint rhs) {
    return lhs % metal::select(rhs, 1u, rhs == 0u);
}

uint naga_div(uint lhs, uint rhs) {
    return lhs / metal::select(rhs, 1u, rhs == 0u);
}

metal::uint2 starts(
    uint product,
    device type_1 const& P,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::uint2 at = {};
    uint rest = {};
    uint d_1 = {};
    uint rank = P[10];
    uint _e6 = P[4];
    uint _e9 = P[5];
    at = metal::uint2(_e6, _e9);
    rest = product;
    d_1 = rank;
    uint2 loop_bound = uint2(4294967295u);
    bool loop_init = true;
    while(true) {
        if (metal::all(loop_bound == uint2(0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e48 = d_1;
            d_1 = _e48 - 1u;
        }
        loop_init = false;
        uint _e14 = d_1;
        if (_e14 > 0u) {
        } else {
            break;
        }
        {
            uint _e19 = d_1;
            uint length = P[10u + _e19];
            metal::uint2 _e23 = at;
            uint _e24 = rest;
            uint _e29 = d_1;
            uint _e32 = P[(10u + rank) + _e29];
            uint _e38 = d_1;
            uint _e41 = P[(10u + (2u * rank)) + _e38];
            at = _e23 + (naga_mod(_e24, length) * metal::uint2(_e32, _e41));
            uint _e45 = rest;
            rest = naga_div(_e45, length);
        }
    }
    metal::uint2 _e50 = at;
    return _e50;
}

metal::uint3 tile_of(
    uint group,
    device type_1 const& P,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e3 = P[2];
    uint columns = naga_div((_e3 + 64u) - 1u, 64u);
    uint _e12 = P[1];
    uint tiles = naga_div((_e12 + 64u) - 1u, 64u) * columns;
    uint tile = naga_mod(group, tiles);
    return metal::uint3(naga_div(group, tiles), naga_div(tile, columns) * 64u, naga_mod(tile, columns) * 64u);
}

struct main_Input {
};
[[max_total_threads_per_threadgroup(256)]] kernel void main_(
  metal::uint3 group_id [[threadgroup_position_in_grid]]
, metal::uint3 groups [[threadgroups_per_grid]]
, uint lane [[thread_index_in_threadgroup]]
, device type_1 const& P [[user(fake0)]]
, device type_1 const& a0_ [[user(fake0)]]
, device type_1 const& a1_ [[user(fake0)]]
, device type_1& b0_ [[user(fake0)]]
, threadgroup type_5& left
, threadgroup type_5& right
, constant _mslBufferSizes& _buffer_sizes [[user(fake0)]]
) {
    if (lane == 0u) {
        left = {};
        right = {};
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    bool local = {};
    bool local_1 = {};
    type_8 sums = {};
    uint depth = 0u;
    uint e = {};
    float x = {};
    bool local_2 = {};
    uint e_1 = {};
    float y = {};
    bool local_3 = {};
    uint d = {};
    uint i = 0u;
    uint j = {};
    bool local_4 = {};
    uint m = P[1];
    uint n = P[2];
    uint k = P[3];
    metal::uint3 _e17 = tile_of((group_id.y * groups.x) + group_id.x, P, _buffer_sizes);
    uint product_1 = _e17.x;
    uint _e21 = P[0];
    if (product_1 >= _e21) {
        return;
    }
    uint row0_ = _e17.y;
    uint column0_ = _e17.z;
    metal::uint2 _e25 = starts(product_1, P, _buffer_sizes);
    uint tx = naga_mod(lane, 16u);
    uint ty = naga_div(lane, 16u);
    uint _e32 = P[7];
    if (!((_e32 == 1u))) {
        uint _e40 = P[6];
        local = _e40 != 1u;
    } else {
        local = true;
    }
    bool a_by_column = local;
    uint _e47 = P[9];
    if (!((_e47 == 1u))) {
        uint _e55 = P[8];
        local_1 = _e55 != 1u;
    } else {
        local_1 = true;
    }
    bool b_by_column = local_1;
    uint2 loop_bound_1 = uint2(4294967295u);
    bool loop_init_1 = true;
    while(true) {
        if (metal::all(loop_bound_1 == uint2(0u))) { break; }
        loop_bound_1 -= uint2(loop_bound_1.y == 0u, 1u);
        if (!loop_init_1) {
            uint _e250 = depth;
            depth = _e250 + 16u;
        }
        loop_init_1 = false;
        uint _e63 = depth;
        if (_e63 < k) {
        } else {
            break;
        }
        {
            e = lane;
            uint2 loop_bound_2 = uint2(4294967295u);
            bool loop_init_2 = true;
            while(true) {
                if (metal::all(loop_bound_2 == uint2(0u))) { break; }
                loop_bound_2 -= uint2(loop_bound_2.y == 0u, 1u);
                if (!loop_init_2) {
                    uint _e118 = e;
                    e = _e118 + 256u;
                }
                loop_init_2 = false;
                uint _e66 = e;
                if (_e66 < 1024u) {
                } else {
                    break;
                }
                {
                    uint _e69 = e;
                    uint _e72 = e;
                    uint r = a_by_column ? naga_div(_e72, 16u) : naga_mod(_e69, 64u);
                    uint _e76 = e;
                    uint _e79 = e;
                    uint c = a_by_column ? naga_mod(_e79, 16u) : naga_div(_e76, 64u);
                    x = 0.0;
                    if ((row0_ + r) < m) {
                        uint _e89 = depth;
                        local_2 = (_e89 + c) < k;
                    } else {
                        local_2 = false;
                    }
                    bool _e93 = local_2;
                    if (_e93) {
                        uint _e98 = P[6];
                        uint _e101 = depth;
                        uint _e105 = P[7];
                        uint place_a = (_e25.x + ((row0_ + r) * _e98)) + ((_e101 + c) * _e105);
                        uint _e110 = a0_[place_a];
                        x = as_type<float>(_e110);
                    }
                    float _e117 = x;
                    left.inner[(c * 68u) + r] = _e117;
                }
            }
            e_1 = lane;
            uint2 loop_bound_3 = uint2(4294967295u);
            bool loop_init_3 = true;
            while(true) {
                if (metal::all(loop_bound_3 == uint2(0u))) { break; }
                loop_bound_3 -= uint2(loop_bound_3.y == 0u, 1u);
                if (!loop_init_3) {
                    uint _e174 = e_1;
                    e_1 = _e174 + 256u;
                }
                loop_init_3 = false;
                uint _e122 = e_1;
                if (_e122 < 1024u) {
                } else {
                    break;
                }
                {
                    uint _e125 = e_1;
                    uint _e128 = e_1;
                    uint r_1 = b_by_column ? naga_div(_e128, 64u) : naga_mod(_e125, 16u);
                    uint _e132 = e_1;
                    uint _e135 = e_1;
                    uint c_1 = b_by_column ? naga_mod(_e135, 64u) : naga_div(_e132, 16u);
                    y = 0.0;
                    uint _e141 = depth;
                    if ((_e141 + r_1) < k) {
                        local_3 = (column0_ + c_1) < n;
                    } else {
                        local_3 = false;
                    }
                    bool _e149 = local_3;
                    if (_e149) {
                        uint _e151 = depth;
                        uint _e155 = P[8];
                        uint _e161 = P[9];
                        uint place_b = (_e25.y + ((_e151 + r_1) * _e155)) + ((column0_ + c_1) * _e161);
                        uint _e166 = a1_[place_b];
                        y = as_type<float>(_e166);
                    }
                    float _e173 = y;
                    right.inner[(r_1 * 68u) + c_1] = _e173;
                }
            }
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            d = 0u;
            uint2 loop_bound_4 = uint2(4294967295u);
            bool loop_init_4 = true;
            while(true) {
                if (metal::all(loop_bound_4 == uint2(0u))) { break; }
                loop_bound_4 -= uint2(loop_bound_4.y == 0u, 1u);
                if (!loop_init_4) {
                    uint _e248 = d;
                    d = _e248 + 1u;
                }
                loop_init_4 = false;
                uint _e179 = d;
                if (_e179 < 16u) {
                } else {
                    break;
                }
                {
                    uint _e182 = d;
                    uint at_1 = (_e182 * 68u) + (tx * 4u);
                    float _e190 = right.inner[at_1];
                    float _e195 = right.inner[at_1 + 1u];
                    float _e200 = right.inner[at_1 + 2u];
                    float _e205 = right.inner[at_1 + 3u];
                    metal::float4 y_1 = metal::float4(_e190, _e195, _e200, _e205);
                    uint _e207 = d;
                    uint from_row = (_e207 * 68u) + (ty * 4u);
                    metal::float4 _e214 = sums.inner[0];
                    float _e217 = left.inner[from_row];
                    sums.inner[0] = _e214 + (_e217 * y_1);
                    metal::float4 _e221 = sums.inner[1];
                    float _e226 = left.inner[from_row + 1u];
                    sums.inner[1] = _e221 + (_e226 * y_1);
                    metal::float4 _e230 = sums.inner[2];
                    float _e235 = left.inner[from_row + 2u];
                    sums.inner[2] = _e230 + (_e235 * y_1);
                    metal::float4 _e239 = sums.inner[3];
                    float _e244 = left.inner[from_row + 3u];
                    sums.inner[3] = _e239 + (_e244 * y_1);
                }
            }
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
        }
    }
    uint2 loop_bound_5 = uint2(4294967295u);
    bool loop_init_5 = true;
    while(true) {
        if (metal::all(loop_bound_5 == uint2(0u))) { break; }
        loop_bound_5 -= uint2(loop_bound_5.y == 0u, 1u);
        if (!loop_init_5) {
            uint _e295 = i;
            i = _e295 + 1u;
        }
        loop_init_5 = false;
        uint _e255 = i;
        if (_e255 < 4u) {
        } else {
            break;
        }
        {
            uint _e261 = i;
            uint row = (row0_ + (ty * 4u)) + _e261;
            j = 0u;
            uint2 loop_bound_6 = uint2(4294967295u);
            bool loop_init_6 = true;
            while(true) {
                if (metal::all(loop_bound_6 == uint2(0u))) { break; }
                loop_bound_6 -= uint2(loop_bound_6.y == 0u, 1u);
                if (!loop_init_6) {
                    uint _e292 = j;
                    j = _e292 + 1u;
                }
                loop_init_6 = false;
                uint _e265 = j;
                if (_e265 < 4u) {
                } else {
                    break;
                }
                {
                    uint _e271 = j;
                    uint column = (column0_ + (tx * 4u)) + _e271;
                    if (row < m) {
                        local_4 = column < n;
                    } else {
                        local_4 = false;
                    }
                    bool _e278 = local_4;
                    if (_e278) {
                        uint _e285 = i;
                        uint _e287 = j;
                        float _e289 = sums.inner[_e285][_e287];
                        b0_[(((product_1 * m) + row) * n) + column] = as_type<uint>(_e289);
                    }
                }
            }
        }
    }
    return;
}
