ByteAddressBuffer P : register(t0);
ByteAddressBuffer a0_ : register(t1);
RWByteAddressBuffer b0_ : register(u2);
groupshared float shared_acc[256];

struct ComputeInput_main {
    uint lane_1 : SV_GroupIndex;
    uint3 group_id_1 : SV_GroupID;
    uint3 groups_1 : SV_GroupID;
};

uint naga_div(uint lhs, uint rhs) {
    return lhs / (rhs == 0u ? 1u : rhs);
}

uint naga_mod(uint lhs, uint rhs) {
    return lhs % (rhs == 0u ? 1u : rhs);
}

[numthreads(256, 1, 1)]
void main(ComputeInput_main computeinput_main, uint local_invocation_index : SV_GroupIndex)
{
    if (local_invocation_index == 0) {
        shared_acc = (float[256])0;
    }
    GroupMemoryBarrierWithGroupSync();
    uint3 group_id = computeinput_main.group_id_1;
    uint3 groups = computeinput_main.groups_1;
    uint lane = computeinput_main.lane_1;
    uint subgroup = computeinput_main.lane_1 / WaveGetLaneCount();
    uint subgroups = (256u + WaveGetLaneCount() - 1u) / WaveGetLaneCount();
    uint width = WaveGetLaneCount();
    uint within = WaveGetLaneIndex();
    uint word = 0u;
    uint j = 0u;
    uint base = (uint)0;
    uint left = (uint)0;
    uint d = (uint)0;
    float acc = (float)0;
    uint acc_at = (uint)0;
    uint q = (uint)0;
    uint i = (uint)0;
    uint over = (uint)0;
    uint d_1 = (uint)0;
    uint step_ = (uint)0;
    float result = (float)0;
    uint other = (uint)0;

    uint group = ((group_id.y * groups.x) + group_id.x);
    uint total = asuint(P.Load(0));
    uint length_ = asuint(P.Load(4));
    uint splits = asuint(P.Load(8));
    uint piece = asuint(P.Load(12));
    uint kept = asuint(P.Load(16));
    uint kept_rank = asuint(P.Load(kept*4));
    uint folded = ((kept + 1u) + (2u * kept_rank));
    uint folded_rank = asuint(P.Load(folded*4));
    uint _e40 = asuint(P.Load(20));
    float identity = asfloat(_e40);
    uint2 loop_bound = uint2(4294967295u, 4294967295u);
    bool loop_init = true;
    while(true) {
        if (all(loop_bound == uint2(0u, 0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e179 = j;
            j = (_e179 + 1u);
        }
        loop_init = false;
        uint _e45 = j;
        if ((_e45 < 1u)) {
        } else {
            break;
        }
        {
            uint _e50 = j;
            uint at = ((group * 1u) + _e50);
            if ((at >= total)) {
                break;
            }
            base = 0u;
            left = naga_div(at, splits);
            d = kept_rank;
            uint2 loop_bound_1 = uint2(4294967295u, 4294967295u);
            bool loop_init_1 = true;
            while(true) {
                if (all(loop_bound_1 == uint2(0u, 0u))) { break; }
                loop_bound_1 -= uint2(loop_bound_1.y == 0u, 1u);
                if (!loop_init_1) {
                    uint _e80 = d;
                    d = (_e80 - 1u);
                }
                loop_init_1 = false;
                uint _e58 = d;
                if ((_e58 > 0u)) {
                } else {
                    break;
                }
                {
                    uint _e62 = d;
                    uint n = asuint(P.Load((kept + _e62)*4));
                    uint _e66 = base;
                    uint _e67 = left;
                    uint _e71 = d;
                    uint _e74 = asuint(P.Load(((kept + kept_rank) + _e71)*4));
                    base = (_e66 + (naga_mod(_e67, n) * _e74));
                    uint _e77 = left;
                    left = naga_div(_e77, n);
                }
            }
            uint begin = (naga_mod(at, splits) * piece);
            uint end = min(length_, (begin + piece));
            acc = identity;
            acc_at = 4294967295u;
            q = (begin + lane);
            uint2 loop_bound_2 = uint2(4294967295u, 4294967295u);
            bool loop_init_2 = true;
            while(true) {
                if (all(loop_bound_2 == uint2(0u, 0u))) { break; }
                loop_bound_2 -= uint2(loop_bound_2.y == 0u, 1u);
                if (!loop_init_2) {
                    uint _e133 = q;
                    q = (_e133 + 256u);
                }
                loop_init_2 = false;
                uint _e91 = q;
                if ((_e91 < end)) {
                } else {
                    break;
                }
                {
                    uint _e93 = base;
                    i = _e93;
                    uint _e95 = q;
                    over = _e95;
                    d_1 = folded_rank;
                    uint2 loop_bound_3 = uint2(4294967295u, 4294967295u);
                    bool loop_init_3 = true;
                    while(true) {
                        if (all(loop_bound_3 == uint2(0u, 0u))) { break; }
                        loop_bound_3 -= uint2(loop_bound_3.y == 0u, 1u);
                        if (!loop_init_3) {
                            uint _e120 = d_1;
                            d_1 = (_e120 - 1u);
                        }
                        loop_init_3 = false;
                        uint _e98 = d_1;
                        if ((_e98 > 0u)) {
                        } else {
                            break;
                        }
                        {
                            uint _e102 = d_1;
                            uint n_1 = asuint(P.Load((folded + _e102)*4));
                            uint _e106 = i;
                            uint _e107 = over;
                            uint _e111 = d_1;
                            uint _e114 = asuint(P.Load(((folded + folded_rank) + _e111)*4));
                            i = (_e106 + (naga_mod(_e107, n_1) * _e114));
                            uint _e117 = over;
                            over = naga_div(_e117, n_1);
                        }
                    }
                    uint _e125 = asuint(P.Load(24));
                    uint _e126 = i;
                    uint _e129 = asuint(a0_.Load((_e125 + _e126)*4));
                    float r0_ = asfloat(_e129);
                    float _e131 = acc;
                    acc = (_e131 + r0_);
                }
            }
            step_ = naga_div(width, 2u);
            uint2 loop_bound_4 = uint2(4294967295u, 4294967295u);
            bool loop_init_4 = true;
            while(true) {
                if (all(loop_bound_4 == uint2(0u, 0u))) { break; }
                loop_bound_4 -= uint2(loop_bound_4.y == 0u, 1u);
                if (!loop_init_4) {
                    uint _e147 = step_;
                    step_ = naga_div(_e147, 2u);
                }
                loop_init_4 = false;
                uint _e139 = step_;
                if ((_e139 > 0u)) {
                } else {
                    break;
                }
                {
                    float x = acc;
                    float _e143 = acc;
                    uint _e144 = step_;
                    const float _e145 = WaveReadLaneAt(_e143, WaveGetLaneIndex() ^ _e144);
                    acc = (x + _e145);
                }
            }
            GroupMemoryBarrierWithGroupSync();
            if ((within == 0u)) {
                float _e154 = acc;
                shared_acc[min(uint(subgroup), 255u)] = _e154;
            }
            GroupMemoryBarrierWithGroupSync();
            float _e157 = shared_acc[0];
            result = _e157;
            other = 1u;
            uint2 loop_bound_5 = uint2(4294967295u, 4294967295u);
            bool loop_init_5 = true;
            while(true) {
                if (all(loop_bound_5 == uint2(0u, 0u))) { break; }
                loop_bound_5 -= uint2(loop_bound_5.y == 0u, 1u);
                if (!loop_init_5) {
                    uint _e170 = other;
                    other = (_e170 + 1u);
                }
                loop_init_5 = false;
                uint _e161 = other;
                if ((_e161 < subgroups)) {
                } else {
                    break;
                }
                {
                    float x_1 = result;
                    uint _e165 = other;
                    float y = shared_acc[min(uint(_e165), 255u)];
                    result = (x_1 + y);
                }
            }
            float out_ = result;
            if ((lane == 0u)) {
                b0_.Store(at*4, asuint(asuint(out_)));
            }
        }
    }
    return;
}
