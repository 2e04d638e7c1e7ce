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
, constant _mslBufferSizes& _buffer_sizes [[user(fake0)]]
) {
    uint j = 0u;
    uint group = (group_id.y * groups.x) + group_id.x;
    uint n_all = P[0];
    uint first = ((group * 256u) + lane) * 1u;
    uint2 loop_bound = uint2(4294967295u);
    bool loop_init = true;
    while(true) {
        if (metal::all(loop_bound == uint2(0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e45 = j;
            j = _e45 + 1u;
        }
        loop_init = false;
        uint _e18 = j;
        if (_e18 < 1u) {
        } else {
            break;
        }
        {
            uint _e21 = j;
            uint i = first + _e21;
            if (i >= n_all) {
                break;
            }
            uint _e27 = P[1];
            uint _e30 = a0_[_e27 + i];
            float r0_ = as_type<float>(_e30);
            uint _e35 = P[2];
            uint _e38 = a1_[_e35 + i];
            float r1_ = as_type<float>(_e38);
            float r2_ = r0_ + r1_;
            b0_[i] = as_type<uint>(r2_);
        }
    }
    return;
}
