struct E {
    float v;
};

ByteAddressBuffer P : register(t0);
ByteAddressBuffer a0_ : register(t1);
RWByteAddressBuffer b0_ : register(u2);

uint naga_mod(uint lhs, uint rhs) {
    return lhs % (rhs == 0u ? 1u : rhs);
}

uint naga_div(uint lhs, uint rhs) {
    return lhs / (rhs == 0u ? 1u : rhs);
}

uint walk(uint at, uint i)
{
    uint rest = (uint)0;
    uint place = 0u;
    uint d = (uint)0;

    uint rank = asuint(P.Load(at*4));
    rest = i;
    d = rank;
    uint2 loop_bound = uint2(4294967295u, 4294967295u);
    bool loop_init = true;
    while(true) {
        if (all(loop_bound == uint2(0u, 0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e31 = d;
            d = (_e31 - 1u);
        }
        loop_init = false;
        uint _e9 = d;
        if ((_e9 > 0u)) {
        } else {
            break;
        }
        {
            uint _e13 = d;
            uint n = asuint(P.Load((at + _e13)*4));
            uint _e17 = place;
            uint _e18 = rest;
            uint _e22 = d;
            uint _e25 = asuint(P.Load(((at + rank) + _e22)*4));
            place = (_e17 + (naga_mod(_e18, n) * _e25));
            uint _e28 = rest;
            rest = naga_div(_e28, n);
        }
    }
    uint _e33 = place;
    return _e33;
}

E ConstructE(float arg0) {
    E ret = (E)0;
    ret.v = arg0;
    return ret;
}

E join(E a, E b)
{
    const E e = ConstructE((a.v + b.v));
    return e;
}

[numthreads(256, 1, 1)]
void main(uint3 group_id : SV_GroupID, uint3 groups : SV_GroupID, uint lane : SV_GroupIndex)
{
    E r = (E)0;
    uint j = 0u;

    uint group = ((group_id.y * groups.x) + group_id.x);
    uint line_ = ((group * 256u) + lane);
    uint _e13 = asuint(P.Load(0));
    if ((line_ >= _e13)) {
        return;
    }
    uint n_1 = asuint(P.Load(4));
    uint _e20 = asuint(P.Load(20));
    uint _e23 = asuint(P.Load(28));
    const uint _e24 = walk(_e23, line_);
    uint s0_ = (_e20 + _e24);
    uint _e28 = asuint(P.Load(32));
    uint _e31 = asuint(P.Load(40));
    const uint _e32 = walk(_e31, line_);
    uint s1_ = (_e28 + _e32);
    uint2 loop_bound_1 = uint2(4294967295u, 4294967295u);
    bool loop_init_1 = true;
    while(true) {
        if (all(loop_bound_1 == uint2(0u, 0u))) { break; }
        loop_bound_1 -= uint2(loop_bound_1.y == 0u, 1u);
        if (!loop_init_1) {
            uint _e76 = j;
            j = (_e76 + 1u);
        }
        loop_init_1 = false;
        uint _e37 = j;
        if ((_e37 < n_1)) {
        } else {
            break;
        }
        {
            uint _e39 = j;
            uint _e42 = j;
            uint _e46 = asuint(P.Load(8));
            uint m = ((_e46 == 1u) ? ((n_1 - 1u) - _e42) : _e39);
            uint _e53 = asuint(P.Load(24));
            uint _e57 = asuint(a0_.Load((s0_ + (m * _e53))*4));
            E e_1 = ConstructE(asfloat(_e57));
            uint _e60 = j;
            if ((_e60 == 0u)) {
                r = e_1;
            } else {
                E _e63 = r;
                const E _e64 = join(_e63, e_1);
                r = _e64;
            }
            uint _e68 = asuint(P.Load(36));
            float _e73 = r.v;
            b0_.Store((s1_ + (m * _e68))*4, asuint(asuint(_e73)));
        }
    }
    return;
}
