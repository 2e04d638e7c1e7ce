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
struct type_3 {
    float inner[256];
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
, uint subgroup [[simdgroup_index_in_threadgroup]]
, uint subgroups [[simdgroups_per_threadgroup]]
, uint width [[threads_per_simdgroup]]
, uint within [[thread_index_in_simdgroup]]
, device type_1 const& P [[user(fake0)]]
, device type_1 const& a0_ [[user(fake0)]]
, device type_1& b0_ [[user(fake0)]]
, threadgroup type_3& shared_acc
, constant _mslBufferSizes& _buffer_sizes [[user(fake0)]]
) {
    if (lane == 0u) {
        shared_acc = {};
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    uint word = 0u;
    uint j = 0u;
    uint base = {};
    uint left = {};
    uint d = {};
    float acc = {};
    uint acc_at = {};
    uint q = {};
    uint i = {};
    uint over = {};
    uint d_1 = {};
    uint step = {};
    float result = {};
    uint other = {};
    uint group = (group_id.y * groups.x) + group_id.x;
    uint total = P[0];
    uint length = P[1];
    uint splits = P[2];
    uint piece = P[3];
    uint kept = P[4];
    uint kept_rank = P[kept];
    uint folded = (kept + 1u) + (2u * kept_rank);
    uint folded_rank = P[folded];
    uint _e40 = P[5];
    float identity = as_type<float>(_e40);
    uint2 loop_bound = uint2(4294967295u);
    bool loop_init = true;
    while(true) {
        if (metal::all(loop_bound == uint2(0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e179 = j;
            j = _e179 + 1u;
        }
        loop_init = false;
        uint _e45 = j;
        if (_e45 < 1u) {
        } else {
            break;
        }
        {
            uint _e50 = j;
            uint at = (group * 1u) + _e50;
            if (at >= total) {
                break;
            }
            base = 0u;
            left = naga_div(at, splits);
            d = kept_rank;
            uint2 loop_bound_1 = uint2(4294967295u);
            bool loop_init_1 = true;
            while(true) {
                if (metal::all(loop_bound_1 == uint2(0u))) { break; }
                loop_bound_1 -= uint2(loop_bound_1.y == 0u, 1u);
                if (!loop_init_1) {
                    uint _e80 = d;
                    d = _e80 - 1u;
                }
                loop_init_1 = false;
                uint _e58 = d;
                if (_e58 > 0u) {
                } else {
                    break;
                }
                {
                    uint _e62 = d;
                    uint n = P[kept + _e62];
                    uint _e66 = base;
                    uint _e67 = left;
                    uint _e71 = d;
                    uint _e74 = P[(kept + kept_rank) + _e71];
                    base = _e66 + (naga_mod(_e67, n) * _e74);
                    uint _e77 = left;
                    left = naga_div(_e77, n);
                }
            }
            uint begin = naga_mod(at, splits) * piece;
            uint end = metal::min(length, begin + piece);
            acc = identity;
            acc_at = 4294967295u;
            q = begin + lane;
            uint2 loop_bound_2 = uint2(4294967295u);
            bool loop_init_2 = true;
            while(true) {
                if (metal::all(loop_bound_2 == uint2(0u))) { break; }
                loop_bound_2 -= uint2(loop_bound_2.y == 0u, 1u);
                if (!loop_init_2) {
                    uint _e133 = q;
                    q = _e133 + 256u;
                }
                loop_init_2 = false;
                uint _e91 = q;
                if (_e91 < end) {
                } else {
                    break;
                }
                {
                    uint _e93 = base;
                    i = _e93;
                    uint _e95 = q;
                    over = _e95;
                    d_1 = folded_rank;
                    uint2 loop_bound_3 = uint2(4294967295u);
                    bool loop_init_3 = true;
                    while(true) {
                        if (metal::all(loop_bound_3 == uint2(0u))) { break; }
                        loop_bound_3 -= uint2(loop_bound_3.y == 0u, 1u);
                        if (!loop_init_3) {
                            uint _e120 = d_1;
                            d_1 = _e120 - 1u;
                        }
                        loop_init_3 = false;
                        uint _e98 = d_1;
                        if (_e98 > 0u) {
                        } else {
                            break;
                        }
                        {
                            uint _e102 = d_1;
                            uint n_1 = P[folded + _e102];
                            uint _e106 = i;
                            uint _e107 = over;
                            uint _e111 = d_1;
                            uint _e114 = P[(folded + folded_rank) + _e111];
                            i = _e106 + (naga_mod(_e107, n_1) * _e114);
                            uint _e117 = over;
                            over = naga_div(_e117, n_1);
                        }
                    }
                    uint _e125 = P[6];
                    uint _e126 = i;
                    uint _e129 = a0_[_e125 + _e126];
                    float r0_ = as_type<float>(_e129);
                    float _e131 = acc;
                    acc = _e131 + r0_;
                }
            }
            step = naga_div(width, 2u);
            uint2 loop_bound_4 = uint2(4294967295u);
            bool loop_init_4 = true;
            while(true) {
                if (metal::all(loop_bound_4 == uint2(0u))) { break; }
                loop_bound_4 -= uint2(loop_bound_4.y == 0u, 1u);
                if (!loop_init_4) {
                    uint _e147 = step;
                    step = naga_div(_e147, 2u);
                }
                loop_init_4 = false;
                uint _e139 = step;
                if (_e139 > 0u) {
                } else {
                    break;
                }
                {
                    float x = acc;
                    float _e143 = acc;
                    uint _e144 = step;
                    float unnamed = metal::simd_shuffle_xor(_e143, _e144);
                    acc = x + unnamed;
                }
            }
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            if (within == 0u) {
                float _e154 = acc;
                shared_acc.inner[subgroup] = _e154;
            }
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            float _e157 = shared_acc.inner[0];
            result = _e157;
            other = 1u;
            uint2 loop_bound_5 = uint2(4294967295u);
            bool loop_init_5 = true;
            while(true) {
                if (metal::all(loop_bound_5 == uint2(0u))) { break; }
                loop_bound_5 -= uint2(loop_bound_5.y == 0u, 1u);
                if (!loop_init_5) {
                    uint _e170 = other;
                    other = _e170 + 1u;
                }
                loop_init_5 = false;
                uint _e161 = other;
                if (_e161 < subgroups) {
                } else {
                    break;
                }
                {
                    float x_1 = result;
                    uint _e165 = other;
                    float y = shared_acc.inner[_e165];
                    result = x_1 + y;
                }
            }
            float out = result;
            if (lane == 0u) {
                b0_[at] = as_type<uint>(out);
            }
        }
    }
    return;
}
