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
struct type_3 {
    float inner[1088];
};
struct type_7 {
    metal::float4 inner[4];
};
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
, device type_1 const& a0_ [[user(fake0)]]
, device type_1 const& a1_ [[user(fake0)]]
, device type_1& b0_ [[user(fake0)]]
, threadgroup type_3& left
, threadgroup type_3& right
, constant _mslBufferSizes& _buffer_sizes [[user(fake0)]]
) {
    if (lane == 0u) {
        left = {};
        right = {};
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    uint start_a = {};
    uint start_b = {};
    uint rest = {};
    uint d = {};
    bool local = {};
    bool local_1 = {};
    type_7 sums = {};
    uint depth = 0u;
    uint e = {};
    float x = {};
    bool local_2 = {};
    uint e_1 = {};
    float y = {};
    bool local_3 = {};
    uint d_1 = {};
    uint i = 0u;
    uint j = {};
    bool local_4 = {};
    uint m = P[1];
    uint n = P[2];
    uint k = P[3];
    uint rows = naga_div((m + 64u) - 1u, 64u);
    uint columns = naga_div((n + 64u) - 1u, 64u);
    uint group = (group_id.y * groups.x) + group_id.x;
    uint product = naga_div(group, rows * columns);
    uint _e33 = P[0];
    if (product >= _e33) {
        return;
    }
    uint tile = naga_mod(group, rows * columns);
    uint row0_ = naga_div(tile, columns) * 64u;
    uint column0_ = naga_mod(tile, columns) * 64u;
    uint _e45 = P[4];
    start_a = _e45;
    uint _e49 = P[5];
    start_b = _e49;
    uint rank = P[10];
    rest = product;
    d = rank;
    uint2 loop_bound = uint2(4294967295u);
    bool loop_init = true;
    while(true) {
        if (metal::all(loop_bound == uint2(0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e92 = d;
            d = _e92 - 1u;
        }
        loop_init = false;
        uint _e56 = d;
        if (_e56 > 0u) {
        } else {
            break;
        }
        {
            uint _e61 = d;
            uint length = P[10u + _e61];
            uint _e65 = rest;
            uint c = naga_mod(_e65, length);
            uint _e67 = rest;
            rest = naga_div(_e67, length);
            uint _e69 = start_a;
            uint _e73 = d;
            uint _e76 = P[(10u + rank) + _e73];
            start_a = _e69 + (c * _e76);
            uint _e79 = start_b;
            uint _e85 = d;
            uint _e88 = P[(10u + (2u * rank)) + _e85];
            start_b = _e79 + (c * _e88);
        }
    }
    uint tx = naga_mod(lane, 16u);
    uint ty = naga_div(lane, 16u);
    uint _e100 = P[7];
    if (!((_e100 == 1u))) {
        uint _e108 = P[6];
        local = _e108 != 1u;
    } else {
        local = true;
    }
    bool a_by_column = local;
    uint _e115 = P[9];
    if (!((_e115 == 1u))) {
        uint _e123 = P[8];
        local_1 = _e123 != 1u;
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
            uint _e318 = depth;
            depth = _e318 + 16u;
        }
        loop_init_1 = false;
        uint _e131 = depth;
        if (_e131 < k) {
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
                    uint _e186 = e;
                    e = _e186 + 256u;
                }
                loop_init_2 = false;
                uint _e134 = e;
                if (_e134 < 1024u) {
                } else {
                    break;
                }
                {
                    uint _e137 = e;
                    uint _e140 = e;
                    uint r = a_by_column ? naga_div(_e140, 16u) : naga_mod(_e137, 64u);
                    uint _e144 = e;
                    uint _e147 = e;
                    uint c_1 = a_by_column ? naga_mod(_e147, 16u) : naga_div(_e144, 64u);
                    x = 0.0;
                    if ((row0_ + r) < m) {
                        uint _e157 = depth;
                        local_2 = (_e157 + c_1) < k;
                    } else {
                        local_2 = false;
                    }
                    bool _e161 = local_2;
                    if (_e161) {
                        uint _e162 = start_a;
                        uint _e166 = P[6];
                        uint _e169 = depth;
                        uint _e173 = P[7];
                        uint place_a = (_e162 + ((row0_ + r) * _e166)) + ((_e169 + c_1) * _e173);
                        uint _e178 = a0_[place_a];
                        x = as_type<float>(_e178);
                    }
                    float _e185 = x;
                    left.inner[(c_1 * 68u) + r] = _e185;
                }
            }
            e_1 = lane;
            uint2 loop_bound_3 = uint2(4294967295u);
            bool loop_init_3 = true;
            while(true) {
                if (metal::all(loop_bound_3 == uint2(0u))) { break; }
                loop_bound_3 -= uint2(loop_bound_3.y == 0u, 1u);
                if (!loop_init_3) {
                    uint _e242 = e_1;
                    e_1 = _e242 + 256u;
                }
                loop_init_3 = false;
                uint _e190 = e_1;
                if (_e190 < 1024u) {
                } else {
                    break;
                }
                {
                    uint _e193 = e_1;
                    uint _e196 = e_1;
                    uint r_1 = b_by_column ? naga_div(_e196, 64u) : naga_mod(_e193, 16u);
                    uint _e200 = e_1;
                    uint _e203 = e_1;
                    uint c_2 = b_by_column ? naga_mod(_e203, 64u) : naga_div(_e200, 16u);
                    y = 0.0;
                    uint _e209 = depth;
                    if ((_e209 + r_1) < k) {
                        local_3 = (column0_ + c_2) < n;
                    } else {
                        local_3 = false;
                    }
                    bool _e217 = local_3;
                    if (_e217) {
                        uint _e218 = start_b;
                        uint _e219 = depth;
                        uint _e223 = P[8];
                        uint _e229 = P[9];
                        uint place_b = (_e218 + ((_e219 + r_1) * _e223)) + ((column0_ + c_2) * _e229);
                        uint _e234 = a1_[place_b];
                        y = as_type<float>(_e234);
                    }
                    float _e241 = y;
                    right.inner[(r_1 * 68u) + c_2] = _e241;
                }
            }
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            d_1 = 0u;
            uint2 loop_bound_4 = uint2(4294967295u);
            bool loop_init_4 = true;
            while(true) {
                if (metal::all(loop_bound_4 == uint2(0u))) { break; }
                loop_bound_4 -= uint2(loop_bound_4.y == 0u, 1u);
                if (!loop_init_4) {
                    uint _e316 = d_1;
                    d_1 = _e316 + 1u;
                }
                loop_init_4 = false;
                uint _e247 = d_1;
                if (_e247 < 16u) {
                } else {
                    break;
                }
                {
                    uint _e250 = d_1;
                    uint at = (_e250 * 68u) + (tx * 4u);
                    float _e258 = right.inner[at];
                    float _e263 = right.inner[at + 1u];
                    float _e268 = right.inner[at + 2u];
                    float _e273 = right.inner[at + 3u];
                    metal::float4 y_1 = metal::float4(_e258, _e263, _e268, _e273);
                    uint _e275 = d_1;
                    uint from_row = (_e275 * 68u) + (ty * 4u);
                    metal::float4 _e282 = sums.inner[0];
                    float _e285 = left.inner[from_row];
                    sums.inner[0] = _e282 + (_e285 * y_1);
                    metal::float4 _e289 = sums.inner[1];
                    float _e294 = left.inner[from_row + 1u];
                    sums.inner[1] = _e289 + (_e294 * y_1);
                    metal::float4 _e298 = sums.inner[2];
                    float _e303 = left.inner[from_row + 2u];
                    sums.inner[2] = _e298 + (_e303 * y_1);
                    metal::float4 _e307 = sums.inner[3];
                    float _e312 = left.inner[from_row + 3u];
                    sums.inner[3] = _e307 + (_e312 * y_1);
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
            uint _e363 = i;
            i = _e363 + 1u;
        }
        loop_init_5 = false;
        uint _e323 = i;
        if (_e323 < 4u) {
        } else {
            break;
        }
        {
            uint _e329 = i;
            uint row = (row0_ + (ty * 4u)) + _e329;
            j = 0u;
            uint2 loop_bound_6 = uint2(4294967295u);
            bool loop_init_6 = true;
            while(true) {
                if (metal::all(loop_bound_6 == uint2(0u))) { break; }
                loop_bound_6 -= uint2(loop_bound_6.y == 0u, 1u);
                if (!loop_init_6) {
                    uint _e360 = j;
                    j = _e360 + 1u;
                }
                loop_init_6 = false;
                uint _e333 = j;
                if (_e333 < 4u) {
                } else {
                    break;
                }
                {
                    uint _e339 = j;
                    uint column = (column0_ + (tx * 4u)) + _e339;
                    if (row < m) {
                        local_4 = column < n;
                    } else {
                        local_4 = false;
                    }
                    bool _e346 = local_4;
                    if (_e346) {
                        uint _e353 = i;
                        uint _e355 = j;
                        float _e357 = sums.inner[_e353][_e355];
                        b0_[(((product * m) + row) * n) + column] = as_type<uint>(_e357);
                    }
                }
            }
        }
    }
    return;
}
