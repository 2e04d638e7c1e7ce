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
    uint half_ = {};
    uint group = (group_id.y * groups.x) + group_id.x;
    uint total = P[0];
    uint length = P[1];
    uint splits = P[2];
    uint piece = P[3];
    uint kept = P[4];
    uint kept_rank = P[kept];
    uint folded = (kept + 1u) + (2u * kept_rank);
    uint folded_rank = P[folded];
    uint _e36 = P[5];
    float identity = as_type<float>(_e36);
    uint2 loop_bound = uint2(4294967295u);
    bool loop_init = true;
    while(true) {
        if (metal::all(loop_bound == uint2(0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e165 = j;
            j = _e165 + 1u;
        }
        loop_init = false;
        uint _e41 = j;
        if (_e41 < 1u) {
        } else {
            break;
        }
        {
            uint _e46 = j;
            uint at = (group * 1u) + _e46;
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
                    uint _e76 = d;
                    d = _e76 - 1u;
                }
                loop_init_1 = false;
                uint _e54 = d;
                if (_e54 > 0u) {
                } else {
                    break;
                }
                {
                    uint _e58 = d;
                    uint n = P[kept + _e58];
                    uint _e62 = base;
                    uint _e63 = left;
                    uint _e67 = d;
                    uint _e70 = P[(kept + kept_rank) + _e67];
                    base = _e62 + (naga_mod(_e63, n) * _e70);
                    uint _e73 = left;
                    left = naga_div(_e73, n);
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
                    uint _e129 = q;
                    q = _e129 + 256u;
                }
                loop_init_2 = false;
                uint _e87 = q;
                if (_e87 < end) {
                } else {
                    break;
                }
                {
                    uint _e89 = base;
                    i = _e89;
                    uint _e91 = q;
                    over = _e91;
                    d_1 = folded_rank;
                    uint2 loop_bound_3 = uint2(4294967295u);
                    bool loop_init_3 = true;
                    while(true) {
                        if (metal::all(loop_bound_3 == uint2(0u))) { break; }
                        loop_bound_3 -= uint2(loop_bound_3.y == 0u, 1u);
                        if (!loop_init_3) {
                            uint _e116 = d_1;
                            d_1 = _e116 - 1u;
                        }
                        loop_init_3 = false;
                        uint _e94 = d_1;
                        if (_e94 > 0u) {
                        } else {
                            break;
                        }
                        {
                            uint _e98 = d_1;
                            uint n_1 = P[folded + _e98];
                            uint _e102 = i;
                            uint _e103 = over;
                            uint _e107 = d_1;
                            uint _e110 = P[(folded + folded_rank) + _e107];
                            i = _e102 + (naga_mod(_e103, n_1) * _e110);
                            uint _e113 = over;
                            over = naga_div(_e113, n_1);
                        }
                    }
                    uint _e121 = P[6];
                    uint _e122 = i;
                    uint _e125 = a0_[_e121 + _e122];
                    float r0_ = as_type<float>(_e125);
                    float _e127 = acc;
                    acc = _e127 + r0_;
                }
            }
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            float _e134 = acc;
            shared_acc.inner[lane] = _e134;
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            half_ = 128u;
            uint2 loop_bound_4 = uint2(4294967295u);
            bool loop_init_4 = true;
            while(true) {
                if (metal::all(loop_bound_4 == uint2(0u))) { break; }
                loop_bound_4 -= uint2(loop_bound_4.y == 0u, 1u);
                if (!loop_init_4) {
                    uint _e153 = half_;
                    half_ = naga_div(_e153, 2u);
                }
                loop_init_4 = false;
                uint _e137 = half_;
                if (_e137 > 0u) {
                } else {
                    break;
                }
                {
                    uint _e140 = half_;
                    if (lane < _e140) {
                        float x = shared_acc.inner[lane];
                        uint _e146 = half_;
                        float y = shared_acc.inner[lane + _e146];
                        shared_acc.inner[lane] = x + y;
                    }
                    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
                }
            }
            float out = shared_acc.inner[0];
            if (lane == 0u) {
                b0_[at] = as_type<uint>(out);
            }
        }
    }
    return;
}
