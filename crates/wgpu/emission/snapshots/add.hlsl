ByteAddressBuffer P : register(t0);
ByteAddressBuffer a0_ : register(t1);
ByteAddressBuffer a1_ : register(t2);
RWByteAddressBuffer b0_ : register(u3);

[numthreads(256, 1, 1)]
void main(uint3 group_id : SV_GroupID, uint3 groups : SV_GroupID, uint lane : SV_GroupIndex)
{
    uint j = 0u;

    uint group = ((group_id.y * groups.x) + group_id.x);
    uint n_all = asuint(P.Load(0));
    uint first = (((group * 256u) + lane) * 1u);
    uint2 loop_bound = uint2(4294967295u, 4294967295u);
    bool loop_init = true;
    while(true) {
        if (all(loop_bound == uint2(0u, 0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e45 = j;
            j = (_e45 + 1u);
        }
        loop_init = false;
        uint _e18 = j;
        if ((_e18 < 1u)) {
        } else {
            break;
        }
        {
            uint _e21 = j;
            uint i = (first + _e21);
            if ((i >= n_all)) {
                break;
            }
            uint _e27 = asuint(P.Load(4));
            uint _e30 = asuint(a0_.Load((_e27 + i)*4));
            float r0_ = asfloat(_e30);
            uint _e35 = asuint(P.Load(8));
            uint _e38 = asuint(a1_.Load((_e35 + i)*4));
            float r1_ = asfloat(_e38);
            float r2_ = (r0_ + r1_);
            b0_.Store(i*4, asuint(asuint(r2_)));
        }
    }
    return;
}
