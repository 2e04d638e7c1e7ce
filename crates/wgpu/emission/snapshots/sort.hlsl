ByteAddressBuffer P : register(t0);
RWByteAddressBuffer b0_ : register(u1);

bool less(uint2 a, uint2 b)
{
    bool local = (bool)0;
    bool local_1 = (bool)0;

    if (!((a.x < b.x))) {
        if ((a.x == b.x)) {
            local_1 = (a.y < b.y);
        } else {
            local_1 = false;
        }
        bool _e17 = local_1;
        local = _e17;
    } else {
        local = true;
    }
    bool _e19 = local;
    return _e19;
}

uint2 read_entry(uint i)
{
    uint _e7 = asuint(b0_.Load(((i * 2u) + 0u)*4));
    uint _e14 = asuint(b0_.Load(((i * 2u) + 1u)*4));
    return uint2(_e7, _e14);
}

void write_entry(uint i_1, uint2 e)
{
    b0_.Store(((i_1 * 2u) + 0u)*4, asuint(e.x));
    b0_.Store(((i_1 * 2u) + 1u)*4, asuint(e.y));
    return;
}

uint naga_div(uint lhs, uint rhs) {
    return lhs / (rhs == 0u ? 1u : rhs);
}

uint naga_mod(uint lhs, uint rhs) {
    return lhs % (rhs == 0u ? 1u : rhs);
}

[numthreads(256, 1, 1)]
void main(uint3 group_id : SV_GroupID, uint3 groups : SV_GroupID, uint lane : SV_GroupIndex)
{
    uint t = ((((group_id.y * groups.x) + group_id.x) * 256u) + lane);
    uint _e13 = asuint(P.Load(0));
    if ((t >= naga_div(_e13, 2u))) {
        return;
    }
    uint step_ = asuint(P.Load(12));
    uint i_2 = (((naga_div(t, step_) * 2u) * step_) + naga_mod(t, step_));
    uint _e28 = asuint(P.Load(4));
    uint _e32 = asuint(P.Load(8));
    bool up = ((naga_mod(i_2, _e28) & _e32) == 0u);
    const uint2 _e36 = read_entry(i_2);
    const uint2 _e38 = read_entry((i_2 + step_));
    const bool _e39 = less(_e38, _e36);
    if ((_e39 == up)) {
        write_entry(i_2, _e38);
        write_entry((i_2 + step_), _e36);
        return;
    } else {
        return;
    }
}
