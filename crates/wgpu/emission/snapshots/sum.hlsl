ByteAddressBuffer P : register(t0);
ByteAddressBuffer a0_ : register(t1);
RWByteAddressBuffer b0_ : register(u2);
groupshared float shared_acc[256];

uint naga_div(uint lhs, uint rhs) {
    return lhs / (rhs == 0u ? 1u : rhs);
}

uint naga_mod(uint lhs, uint rhs) {
    return lhs % (rhs == 0u ? 1u : rhs);
}

[numthreads(256, 1, 1)]
void main(uint3 group_id : SV_GroupID, uint3 groups : SV_GroupID, uint lane : SV_GroupIndex)
{
    if (lane == 0) {
        shared_acc = (float[256])0;
    }
    GroupMemoryBarrierWithGroupSync();
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
    uint half_ = (uint)0;

    uint group = ((group_id.y * groups.x) + group_id.x);
    uint total = asuint(P.Load(0));
    uint length_ = asuint(P.Load(4));
    uint splits = asuint(P.Load(8));
    uint piece = asuint(P.Load(12));
    uint kept = asuint(P.Load(16));
    uint kept_rank = asuint(P.Load(kept*4));
    uint folded = ((kept + 1u) + (2u * kept_rank));
    uint folded_rank = asuint(P.Load(folded*4));
    uint _e36 = asuint(P.Load(20));
    float identity = asfloat(_e36);
    uint2 loop_bound = uint2(4294967295u, 4294967295u);
    bool loop_init = true;
    while(true) {
        if (all(loop_bound == uint2(0u, 0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e165 = j;
            j = (_e165 + 1u);
        }
        loop_init = false;
        uint _e41 = j;
        if ((_e41 < 1u)) {
        } else {
            break;
        }
        {
            uint _e46 = j;
            uint at = ((group * 1u) + _e46);
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
                    uint _e76 = d;
                    d = (_e76 - 1u);
                }
                loop_init_1 = false;
                uint _e54 = d;
                if ((_e54 > 0u)) {
                } else {
                    break;
                }
                {
                    uint _e58 = d;
                    uint n = asuint(P.Load((kept + _e58)*4));
                    uint _e62 = base;
                    uint _e63 = left;
                    uint _e67 = d;
                    uint _e70 = asuint(P.Load(((kept + kept_rank) + _e67)*4));
                    base = (_e62 + (naga_mod(_e63, n) * _e70));
                    uint _e73 = left;
                    left = naga_div(_e73, n);
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
                    uint _e129 = q;
                    q = (_e129 + 256u);
                }
                loop_init_2 = false;
                uint _e87 = q;
                if ((_e87 < end)) {
                } else {
                    break;
                }
                {
                    uint _e89 = base;
                    i = _e89;
                    uint _e91 = q;
                    over = _e91;
                    d_1 = folded_rank;
                    uint2 loop_bound_3 = uint2(4294967295u, 4294967295u);
                    bool loop_init_3 = true;
                    while(true) {
                        if (all(loop_bound_3 == uint2(0u, 0u))) { break; }
                        loop_bound_3 -= uint2(loop_bound_3.y == 0u, 1u);
                        if (!loop_init_3) {
                            uint _e116 = d_1;
                            d_1 = (_e116 - 1u);
                        }
                        loop_init_3 = false;
                        uint _e94 = d_1;
                        if ((_e94 > 0u)) {
                        } else {
                            break;
                        }
                        {
                            uint _e98 = d_1;
                            uint n_1 = asuint(P.Load((folded + _e98)*4));
                            uint _e102 = i;
                            uint _e103 = over;
                            uint _e107 = d_1;
                            uint _e110 = asuint(P.Load(((folded + folded_rank) + _e107)*4));
                            i = (_e102 + (naga_mod(_e103, n_1) * _e110));
                            uint _e113 = over;
                            over = naga_div(_e113, n_1);
                        }
                    }
                    uint _e121 = asuint(P.Load(24));
                    uint _e122 = i;
                    uint _e125 = asuint(a0_.Load((_e121 + _e122)*4));
                    float r0_ = asfloat(_e125);
                    float _e127 = acc;
                    acc = (_e127 + r0_);
                }
            }
            GroupMemoryBarrierWithGroupSync();
            float _e134 = acc;
            shared_acc[min(uint(lane), 255u)] = _e134;
            GroupMemoryBarrierWithGroupSync();
            half_ = 128u;
            uint2 loop_bound_4 = uint2(4294967295u, 4294967295u);
            bool loop_init_4 = true;
            while(true) {
                if (all(loop_bound_4 == uint2(0u, 0u))) { break; }
                loop_bound_4 -= uint2(loop_bound_4.y == 0u, 1u);
                if (!loop_init_4) {
                    uint _e153 = half_;
                    half_ = naga_div(_e153, 2u);
                }
                loop_init_4 = false;
                uint _e137 = half_;
                if ((_e137 > 0u)) {
                } else {
                    break;
                }
                {
                    uint _e140 = half_;
                    if ((lane < _e140)) {
                        float x = shared_acc[min(uint(lane), 255u)];
                        uint _e146 = half_;
                        float y = shared_acc[min(uint((lane + _e146)), 255u)];
                        shared_acc[min(uint(lane), 255u)] = (x + y);
                    }
                    GroupMemoryBarrierWithGroupSync();
                }
            }
            float out_ = shared_acc[0];
            if ((lane == 0u)) {
                b0_.Store(at*4, asuint(asuint(out_)));
            }
        }
    }
    return;
}
