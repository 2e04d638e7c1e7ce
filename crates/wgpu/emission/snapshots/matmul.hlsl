ByteAddressBuffer P : register(t0);
ByteAddressBuffer a0_ : register(t1);
ByteAddressBuffer a1_ : register(t2);
RWByteAddressBuffer b0_ : register(u3);
groupshared float left[1088];
groupshared float right[1088];

uint naga_mod(uint lhs, uint rhs) {
    return lhs % (rhs == 0u ? 1u : rhs);
}

uint naga_div(uint lhs, uint rhs) {
    return lhs / (rhs == 0u ? 1u : rhs);
}

uint2 starts(uint product)
{
    uint2 at = (uint2)0;
    uint rest = (uint)0;
    uint d_1 = (uint)0;

    uint rank = asuint(P.Load(40));
    uint _e6 = asuint(P.Load(16));
    uint _e9 = asuint(P.Load(20));
    at = uint2(_e6, _e9);
    rest = product;
    d_1 = rank;
    uint2 loop_bound = uint2(4294967295u, 4294967295u);
    bool loop_init = true;
    while(true) {
        if (all(loop_bound == uint2(0u, 0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e48 = d_1;
            d_1 = (_e48 - 1u);
        }
        loop_init = false;
        uint _e14 = d_1;
        if ((_e14 > 0u)) {
        } else {
            break;
        }
        {
            uint _e19 = d_1;
            uint length_ = asuint(P.Load((10u + _e19)*4));
            uint2 _e23 = at;
            uint _e24 = rest;
            uint _e29 = d_1;
            uint _e32 = asuint(P.Load(((10u + rank) + _e29)*4));
            uint _e38 = d_1;
            uint _e41 = asuint(P.Load(((10u + (2u * rank)) + _e38)*4));
            at = (_e23 + (naga_mod(_e24, length_) * uint2(_e32, _e41)));
            uint _e45 = rest;
            rest = naga_div(_e45, length_);
        }
    }
    uint2 _e50 = at;
    return _e50;
}

uint3 tile_of(uint group)
{
    uint _e3 = asuint(P.Load(8));
    uint columns = naga_div(((_e3 + 64u) - 1u), 64u);
    uint _e12 = asuint(P.Load(4));
    uint tiles = (naga_div(((_e12 + 64u) - 1u), 64u) * columns);
    uint tile = naga_mod(group, tiles);
    return uint3(naga_div(group, tiles), (naga_div(tile, columns) * 64u), (naga_mod(tile, columns) * 64u));
}

[numthreads(256, 1, 1)]
void main(uint3 group_id : SV_GroupID, uint3 groups : SV_GroupID, uint lane : SV_GroupIndex)
{
    if (lane == 0) {
        left = (float[1088])0;
        right = (float[1088])0;
    }
    GroupMemoryBarrierWithGroupSync();
    bool local = (bool)0;
    bool local_1 = (bool)0;
    float4 sums[4] = (float4[4])0;
    uint depth = 0u;
    uint e = (uint)0;
    float x = (float)0;
    bool local_2 = (bool)0;
    uint e_1 = (uint)0;
    float y = (float)0;
    bool local_3 = (bool)0;
    uint d = (uint)0;
    uint i = 0u;
    uint j = (uint)0;
    bool local_4 = (bool)0;

    uint m = asuint(P.Load(4));
    uint n = asuint(P.Load(8));
    uint k = asuint(P.Load(12));
    const uint3 _e17 = tile_of(((group_id.y * groups.x) + group_id.x));
    uint product_1 = _e17.x;
    uint _e21 = asuint(P.Load(0));
    if ((product_1 >= _e21)) {
        return;
    }
    uint row0_ = _e17.y;
    uint column0_ = _e17.z;
    const uint2 _e25 = starts(product_1);
    uint tx = naga_mod(lane, 16u);
    uint ty = naga_div(lane, 16u);
    uint _e32 = asuint(P.Load(28));
    if (!((_e32 == 1u))) {
        uint _e40 = asuint(P.Load(24));
        local = (_e40 != 1u);
    } else {
        local = true;
    }
    bool a_by_column = local;
    uint _e47 = asuint(P.Load(36));
    if (!((_e47 == 1u))) {
        uint _e55 = asuint(P.Load(32));
        local_1 = (_e55 != 1u);
    } else {
        local_1 = true;
    }
    bool b_by_column = local_1;
    uint2 loop_bound_1 = uint2(4294967295u, 4294967295u);
    bool loop_init_1 = true;
    while(true) {
        if (all(loop_bound_1 == uint2(0u, 0u))) { break; }
        loop_bound_1 -= uint2(loop_bound_1.y == 0u, 1u);
        if (!loop_init_1) {
            uint _e250 = depth;
            depth = (_e250 + 16u);
        }
        loop_init_1 = false;
        uint _e63 = depth;
        if ((_e63 < k)) {
        } else {
            break;
        }
        {
            e = lane;
            uint2 loop_bound_2 = uint2(4294967295u, 4294967295u);
            bool loop_init_2 = true;
            while(true) {
                if (all(loop_bound_2 == uint2(0u, 0u))) { break; }
                loop_bound_2 -= uint2(loop_bound_2.y == 0u, 1u);
                if (!loop_init_2) {
                    uint _e118 = e;
                    e = (_e118 + 256u);
                }
                loop_init_2 = false;
                uint _e66 = e;
                if ((_e66 < 1024u)) {
                } else {
                    break;
                }
                {
                    uint _e69 = e;
                    uint _e72 = e;
                    uint r = (a_by_column ? naga_div(_e72, 16u) : naga_mod(_e69, 64u));
                    uint _e76 = e;
                    uint _e79 = e;
                    uint c = (a_by_column ? naga_mod(_e79, 16u) : naga_div(_e76, 64u));
                    x = 0.0;
                    if (((row0_ + r) < m)) {
                        uint _e89 = depth;
                        local_2 = ((_e89 + c) < k);
                    } else {
                        local_2 = false;
                    }
                    bool _e93 = local_2;
                    if (_e93) {
                        uint _e98 = asuint(P.Load(24));
                        uint _e101 = depth;
                        uint _e105 = asuint(P.Load(28));
                        uint place_a = ((_e25.x + ((row0_ + r) * _e98)) + ((_e101 + c) * _e105));
                        uint _e110 = asuint(a0_.Load(place_a*4));
                        x = asfloat(_e110);
                    }
                    float _e117 = x;
                    left[min(uint(((c * 68u) + r)), 1087u)] = _e117;
                }
            }
            e_1 = lane;
            uint2 loop_bound_3 = uint2(4294967295u, 4294967295u);
            bool loop_init_3 = true;
            while(true) {
                if (all(loop_bound_3 == uint2(0u, 0u))) { break; }
                loop_bound_3 -= uint2(loop_bound_3.y == 0u, 1u);
                if (!loop_init_3) {
                    uint _e174 = e_1;
                    e_1 = (_e174 + 256u);
                }
                loop_init_3 = false;
                uint _e122 = e_1;
                if ((_e122 < 1024u)) {
                } else {
                    break;
                }
                {
                    uint _e125 = e_1;
                    uint _e128 = e_1;
                    uint r_1 = (b_by_column ? naga_div(_e128, 64u) : naga_mod(_e125, 16u));
                    uint _e132 = e_1;
                    uint _e135 = e_1;
                    uint c_1 = (b_by_column ? naga_mod(_e135, 64u) : naga_div(_e132, 16u));
                    y = 0.0;
                    uint _e141 = depth;
                    if (((_e141 + r_1) < k)) {
                        local_3 = ((column0_ + c_1) < n);
                    } else {
                        local_3 = false;
                    }
                    bool _e149 = local_3;
                    if (_e149) {
                        uint _e151 = depth;
                        uint _e155 = asuint(P.Load(32));
                        uint _e161 = asuint(P.Load(36));
                        uint place_b = ((_e25.y + ((_e151 + r_1) * _e155)) + ((column0_ + c_1) * _e161));
                        uint _e166 = asuint(a1_.Load(place_b*4));
                        y = asfloat(_e166);
                    }
                    float _e173 = y;
                    right[min(uint(((r_1 * 68u) + c_1)), 1087u)] = _e173;
                }
            }
            GroupMemoryBarrierWithGroupSync();
            d = 0u;
            uint2 loop_bound_4 = uint2(4294967295u, 4294967295u);
            bool loop_init_4 = true;
            while(true) {
                if (all(loop_bound_4 == uint2(0u, 0u))) { break; }
                loop_bound_4 -= uint2(loop_bound_4.y == 0u, 1u);
                if (!loop_init_4) {
                    uint _e248 = d;
                    d = (_e248 + 1u);
                }
                loop_init_4 = false;
                uint _e179 = d;
                if ((_e179 < 16u)) {
                } else {
                    break;
                }
                {
                    uint _e182 = d;
                    uint at_1 = ((_e182 * 68u) + (tx * 4u));
                    float _e190 = right[min(uint(at_1), 1087u)];
                    float _e195 = right[min(uint((at_1 + 1u)), 1087u)];
                    float _e200 = right[min(uint((at_1 + 2u)), 1087u)];
                    float _e205 = right[min(uint((at_1 + 3u)), 1087u)];
                    float4 y_1 = float4(_e190, _e195, _e200, _e205);
                    uint _e207 = d;
                    uint from_row = ((_e207 * 68u) + (ty * 4u));
                    float4 _e214 = sums[0];
                    float _e217 = left[min(uint(from_row), 1087u)];
                    sums[0] = (_e214 + (_e217 * y_1));
                    float4 _e221 = sums[1];
                    float _e226 = left[min(uint((from_row + 1u)), 1087u)];
                    sums[1] = (_e221 + (_e226 * y_1));
                    float4 _e230 = sums[2];
                    float _e235 = left[min(uint((from_row + 2u)), 1087u)];
                    sums[2] = (_e230 + (_e235 * y_1));
                    float4 _e239 = sums[3];
                    float _e244 = left[min(uint((from_row + 3u)), 1087u)];
                    sums[3] = (_e239 + (_e244 * y_1));
                }
            }
            GroupMemoryBarrierWithGroupSync();
        }
    }
    uint2 loop_bound_5 = uint2(4294967295u, 4294967295u);
    bool loop_init_5 = true;
    while(true) {
        if (all(loop_bound_5 == uint2(0u, 0u))) { break; }
        loop_bound_5 -= uint2(loop_bound_5.y == 0u, 1u);
        if (!loop_init_5) {
            uint _e295 = i;
            i = (_e295 + 1u);
        }
        loop_init_5 = false;
        uint _e255 = i;
        if ((_e255 < 4u)) {
        } else {
            break;
        }
        {
            uint _e261 = i;
            uint row = ((row0_ + (ty * 4u)) + _e261);
            j = 0u;
            uint2 loop_bound_6 = uint2(4294967295u, 4294967295u);
            bool loop_init_6 = true;
            while(true) {
                if (all(loop_bound_6 == uint2(0u, 0u))) { break; }
                loop_bound_6 -= uint2(loop_bound_6.y == 0u, 1u);
                if (!loop_init_6) {
                    uint _e292 = j;
                    j = (_e292 + 1u);
                }
                loop_init_6 = false;
                uint _e265 = j;
                if ((_e265 < 4u)) {
                } else {
                    break;
                }
                {
                    uint _e271 = j;
                    uint column = ((column0_ + (tx * 4u)) + _e271);
                    if ((row < m)) {
                        local_4 = (column < n);
                    } else {
                        local_4 = false;
                    }
                    bool _e278 = local_4;
                    if (_e278) {
                        uint _e285 = i;
                        uint _e287 = j;
                        float _e289 = sums[min(uint(_e285), 3u)][min(uint(_e287), 3u)];
                        b0_.Store(((((product_1 * m) + row) * n) + column)*4, asuint(asuint(_e289)));
                    }
                }
            }
        }
    }
    return;
}
