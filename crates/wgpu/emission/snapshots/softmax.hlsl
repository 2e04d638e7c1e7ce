ByteAddressBuffer P : register(t0);
ByteAddressBuffer a0_ : register(t1);
RWByteAddressBuffer b0_ : register(u2);
groupshared float partial[256];

bool is_nan(float x)
{
    return ((asuint(x) & 2147483647u) > 2139095040u);
}

float pow2_(int k)
{
    return asfloat((asuint(asint(asuint(k) + asuint(int(127)))) << 23u));
}

int naga_f2i32(float value) {
    return int(clamp(value, -2147483600.0, 2147483500.0));
}

float exp_f32_(float v)
{
    float x_3 = ((v > 90.0) ? 90.0 : ((v < -105.0) ? -105.0 : v));
    float k_1 = round((x_3 * 1.442695));
    float r = mad(k_1, -1.4286068e-6, mad(k_1, -0.69314575, x_3));
    float p = mad(mad(mad(mad(0.0013926204, r, 0.008363195), r, 0.041666556), r, 0.16666576), r, 0.5);
    float m = (mad((r * r), p, r) + 1.0);
    const bool _e29 = is_nan(v);
    int e = naga_f2i32((_e29 ? 0.0 : k_1));
    int half_2 = (e >> 1u);
    const float _e35 = pow2_(half_2);
    const float _e38 = pow2_(asint(asuint(e) - asuint(half_2)));
    const bool _e40 = is_nan(v);
    return (_e40 ? v : ((m * _e35) * _e38));
}

bool lt_f32_(float x_1, float y)
{
    bool local = (bool)0;
    bool local_1 = (bool)0;

    if ((x_1 < y)) {
        const bool _e5 = is_nan(x_1);
        local = !(_e5);
    } else {
        local = false;
    }
    bool _e8 = local;
    if (_e8) {
        const bool _e11 = is_nan(y);
        local_1 = !(_e11);
    } else {
        local_1 = false;
    }
    bool _e14 = local_1;
    return _e14;
}

float max_f32_(float x_2, float y_1)
{
    bool local_2 = (bool)0;

    const bool _e2 = lt_f32_(y_1, x_2);
    if (!(_e2)) {
        const bool _e6 = is_nan(x_2);
        local_2 = _e6;
    } else {
        local_2 = true;
    }
    bool _e8 = local_2;
    return (_e8 ? x_2 : y_1);
}

uint naga_mod(uint lhs, uint rhs) {
    return lhs % (rhs == 0u ? 1u : rhs);
}

uint naga_div(uint lhs, uint rhs) {
    return lhs / (rhs == 0u ? 1u : rhs);
}

[numthreads(256, 1, 1)]
void main(uint3 group_id : SV_GroupID, uint3 groups : SV_GroupID, uint lane : SV_GroupIndex)
{
    if (lane == 0) {
        partial = (float[256])0;
    }
    GroupMemoryBarrierWithGroupSync();
    uint at = (uint)0;
    uint left = (uint)0;
    uint d = (uint)0;
    float top = -3.4028235e38;
    uint i = (uint)0;
    uint half_ = 128u;
    float sum = 0.0;
    uint i_1 = (uint)0;
    uint half_1 = 128u;
    uint i_2 = (uint)0;

    uint row = ((group_id.y * groups.x) + group_id.x);
    uint _e10 = asuint(P.Load(0));
    if ((row >= _e10)) {
        return;
    }
    uint n = asuint(P.Load(4));
    uint rank = asuint(P.Load(12));
    uint step_ = asuint(P.Load(16));
    uint _e23 = asuint(P.Load(8));
    at = _e23;
    left = row;
    d = rank;
    uint2 loop_bound = uint2(4294967295u, 4294967295u);
    bool loop_init = true;
    while(true) {
        if (all(loop_bound == uint2(0u, 0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e57 = d;
            d = (_e57 - 1u);
        }
        loop_init = false;
        uint _e27 = d;
        if ((_e27 > 0u)) {
        } else {
            break;
        }
        {
            uint _e30 = at;
            uint _e31 = left;
            uint _e34 = d;
            uint _e37 = asuint(P.Load((4u + _e34)*4));
            uint _e42 = d;
            uint _e45 = asuint(P.Load(((4u + rank) + _e42)*4));
            at = (_e30 + (naga_mod(_e31, _e37) * _e45));
            uint _e48 = left;
            uint _e51 = d;
            uint _e54 = asuint(P.Load((4u + _e51)*4));
            left = naga_div(_e48, _e54);
        }
    }
    i = lane;
    uint2 loop_bound_1 = uint2(4294967295u, 4294967295u);
    bool loop_init_1 = true;
    while(true) {
        if (all(loop_bound_1 == uint2(0u, 0u))) { break; }
        loop_bound_1 -= uint2(loop_bound_1.y == 0u, 1u);
        if (!loop_init_1) {
            uint _e74 = i;
            i = (_e74 + 256u);
        }
        loop_init_1 = false;
        uint _e62 = i;
        if ((_e62 < n)) {
        } else {
            break;
        }
        {
            uint _e65 = at;
            uint _e66 = i;
            uint _e70 = asuint(a0_.Load((_e65 + (_e66 * step_))*4));
            float _e72 = top;
            const float _e73 = max_f32_(asfloat(_e70), _e72);
            top = _e73;
        }
    }
    float _e79 = top;
    partial[min(uint(lane), 255u)] = _e79;
    GroupMemoryBarrierWithGroupSync();
    uint2 loop_bound_2 = uint2(4294967295u, 4294967295u);
    bool loop_init_2 = true;
    while(true) {
        if (all(loop_bound_2 == uint2(0u, 0u))) { break; }
        loop_bound_2 -= uint2(loop_bound_2.y == 0u, 1u);
        if (!loop_init_2) {
            uint _e98 = half_;
            half_ = naga_div(_e98, 2u);
        }
        loop_init_2 = false;
        uint _e82 = half_;
        if ((_e82 > 0u)) {
        } else {
            break;
        }
        {
            uint _e85 = half_;
            if ((lane < _e85)) {
                float _e91 = partial[min(uint(lane), 255u)];
                uint _e93 = half_;
                float _e96 = partial[min(uint((lane + _e93)), 255u)];
                const float _e97 = max_f32_(_e91, _e96);
                partial[min(uint(lane), 255u)] = _e97;
            }
            GroupMemoryBarrierWithGroupSync();
        }
    }
    float _e103 = partial[0];
    top = _e103;
    GroupMemoryBarrierWithGroupSync();
    i_1 = lane;
    uint2 loop_bound_3 = uint2(4294967295u, 4294967295u);
    bool loop_init_3 = true;
    while(true) {
        if (all(loop_bound_3 == uint2(0u, 0u))) { break; }
        loop_bound_3 -= uint2(loop_bound_3.y == 0u, 1u);
        if (!loop_init_3) {
            uint _e122 = i_1;
            i_1 = (_e122 + 256u);
        }
        loop_init_3 = false;
        uint _e107 = i_1;
        if ((_e107 < n)) {
        } else {
            break;
        }
        {
            float _e109 = sum;
            uint _e111 = at;
            uint _e112 = i_1;
            uint _e116 = asuint(a0_.Load((_e111 + (_e112 * step_))*4));
            float _e118 = top;
            const float _e120 = exp_f32_((asfloat(_e116) - _e118));
            sum = (_e109 + _e120);
        }
    }
    float _e127 = sum;
    partial[min(uint(lane), 255u)] = _e127;
    GroupMemoryBarrierWithGroupSync();
    uint2 loop_bound_4 = uint2(4294967295u, 4294967295u);
    bool loop_init_4 = true;
    while(true) {
        if (all(loop_bound_4 == uint2(0u, 0u))) { break; }
        loop_bound_4 -= uint2(loop_bound_4.y == 0u, 1u);
        if (!loop_init_4) {
            uint _e144 = half_1;
            half_1 = naga_div(_e144, 2u);
        }
        loop_init_4 = false;
        uint _e130 = half_1;
        if ((_e130 > 0u)) {
        } else {
            break;
        }
        {
            uint _e133 = half_1;
            if ((lane < _e133)) {
                float _e137 = partial[min(uint(lane), 255u)];
                uint _e139 = half_1;
                float _e142 = partial[min(uint((lane + _e139)), 255u)];
                partial[min(uint(lane), 255u)] = (_e137 + _e142);
            }
            GroupMemoryBarrierWithGroupSync();
        }
    }
    float _e149 = partial[0];
    sum = _e149;
    i_2 = lane;
    uint2 loop_bound_5 = uint2(4294967295u, 4294967295u);
    bool loop_init_5 = true;
    while(true) {
        if (all(loop_bound_5 == uint2(0u, 0u))) { break; }
        loop_bound_5 -= uint2(loop_bound_5.y == 0u, 1u);
        if (!loop_init_5) {
            uint _e172 = i_2;
            i_2 = (_e172 + 256u);
        }
        loop_init_5 = false;
        uint _e151 = i_2;
        if ((_e151 < n)) {
        } else {
            break;
        }
        {
            uint _e155 = i_2;
            uint _e159 = at;
            uint _e160 = i_2;
            uint _e164 = asuint(a0_.Load((_e159 + (_e160 * step_))*4));
            float _e166 = top;
            const float _e168 = exp_f32_((asfloat(_e164) - _e166));
            float _e169 = sum;
            b0_.Store(((row * n) + _e155)*4, asuint(asuint((_e168 / _e169))));
        }
    }
    return;
}
