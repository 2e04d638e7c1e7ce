ByteAddressBuffer P : register(t0);
ByteAddressBuffer a0_ : register(t1);
ByteAddressBuffer a1_ : register(t2);
RWByteAddressBuffer b0_ : register(u3);
groupshared float left[1088];
groupshared float right[1088];

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
        left = (float[1088])0;
        right = (float[1088])0;
    }
    GroupMemoryBarrierWithGroupSync();
    uint start_a = (uint)0;
    uint start_b = (uint)0;
    uint rest = (uint)0;
    uint d = (uint)0;
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
    uint d_1 = (uint)0;
    uint i = 0u;
    uint j = (uint)0;
    bool local_4 = (bool)0;

    uint m = asuint(P.Load(4));
    uint n = asuint(P.Load(8));
    uint k = asuint(P.Load(12));
    uint rows = naga_div(((m + 64u) - 1u), 64u);
    uint columns = naga_div(((n + 64u) - 1u), 64u);
    uint group = ((group_id.y * groups.x) + group_id.x);
    uint product = naga_div(group, (rows * columns));
    uint _e33 = asuint(P.Load(0));
    if ((product >= _e33)) {
        return;
    }
    uint tile = naga_mod(group, (rows * columns));
    uint row0_ = (naga_div(tile, columns) * 64u);
    uint column0_ = (naga_mod(tile, columns) * 64u);
    uint _e45 = asuint(P.Load(16));
    start_a = _e45;
    uint _e49 = asuint(P.Load(20));
    start_b = _e49;
    uint rank = asuint(P.Load(40));
    rest = product;
    d = rank;
    uint2 loop_bound = uint2(4294967295u, 4294967295u);
    bool loop_init = true;
    while(true) {
        if (all(loop_bound == uint2(0u, 0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e92 = d;
            d = (_e92 - 1u);
        }
        loop_init = false;
        uint _e56 = d;
        if ((_e56 > 0u)) {
        } else {
            break;
        }
        {
            uint _e61 = d;
            uint length_ = asuint(P.Load((10u + _e61)*4));
            uint _e65 = rest;
            uint c = naga_mod(_e65, length_);
            uint _e67 = rest;
            rest = naga_div(_e67, length_);
            uint _e69 = start_a;
            uint _e73 = d;
            uint _e76 = asuint(P.Load(((10u + rank) + _e73)*4));
            start_a = (_e69 + (c * _e76));
            uint _e79 = start_b;
            uint _e85 = d;
            uint _e88 = asuint(P.Load(((10u + (2u * rank)) + _e85)*4));
            start_b = (_e79 + (c * _e88));
        }
    }
    uint tx = naga_mod(lane, 16u);
    uint ty = naga_div(lane, 16u);
    uint _e100 = asuint(P.Load(28));
    if (!((_e100 == 1u))) {
        uint _e108 = asuint(P.Load(24));
        local = (_e108 != 1u);
    } else {
        local = true;
    }
    bool a_by_column = local;
    uint _e115 = asuint(P.Load(36));
    if (!((_e115 == 1u))) {
        uint _e123 = asuint(P.Load(32));
        local_1 = (_e123 != 1u);
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
            uint _e318 = depth;
            depth = (_e318 + 16u);
        }
        loop_init_1 = false;
        uint _e131 = depth;
        if ((_e131 < k)) {
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
                    uint _e186 = e;
                    e = (_e186 + 256u);
                }
                loop_init_2 = false;
                uint _e134 = e;
                if ((_e134 < 1024u)) {
                } else {
                    break;
                }
                {
                    uint _e137 = e;
                    uint _e140 = e;
                    uint r = (a_by_column ? naga_div(_e140, 16u) : naga_mod(_e137, 64u));
                    uint _e144 = e;
                    uint _e147 = e;
                    uint c_1 = (a_by_column ? naga_mod(_e147, 16u) : naga_div(_e144, 64u));
                    x = 0.0;
                    if (((row0_ + r) < m)) {
                        uint _e157 = depth;
                        local_2 = ((_e157 + c_1) < k);
                    } else {
                        local_2 = false;
                    }
                    bool _e161 = local_2;
                    if (_e161) {
                        uint _e162 = start_a;
                        uint _e166 = asuint(P.Load(24));
                        uint _e169 = depth;
                        uint _e173 = asuint(P.Load(28));
                        uint place_a = ((_e162 + ((row0_ + r) * _e166)) + ((_e169 + c_1) * _e173));
                        uint _e178 = asuint(a0_.Load(place_a*4));
                        x = asfloat(_e178);
                    }
                    float _e185 = x;
                    left[min(uint(((c_1 * 68u) + r)), 1087u)] = _e185;
                }
            }
            e_1 = lane;
            uint2 loop_bound_3 = uint2(4294967295u, 4294967295u);
            bool loop_init_3 = true;
            while(true) {
                if (all(loop_bound_3 == uint2(0u, 0u))) { break; }
                loop_bound_3 -= uint2(loop_bound_3.y == 0u, 1u);
                if (!loop_init_3) {
                    uint _e242 = e_1;
                    e_1 = (_e242 + 256u);
                }
                loop_init_3 = false;
                uint _e190 = e_1;
                if ((_e190 < 1024u)) {
                } else {
                    break;
                }
                {
                    uint _e193 = e_1;
                    uint _e196 = e_1;
                    uint r_1 = (b_by_column ? naga_div(_e196, 64u) : naga_mod(_e193, 16u));
                    uint _e200 = e_1;
                    uint _e203 = e_1;
                    uint c_2 = (b_by_column ? naga_mod(_e203, 64u) : naga_div(_e200, 16u));
                    y = 0.0;
                    uint _e209 = depth;
                    if (((_e209 + r_1) < k)) {
                        local_3 = ((column0_ + c_2) < n);
                    } else {
                        local_3 = false;
                    }
                    bool _e217 = local_3;
                    if (_e217) {
                        uint _e218 = start_b;
                        uint _e219 = depth;
                        uint _e223 = asuint(P.Load(32));
                        uint _e229 = asuint(P.Load(36));
                        uint place_b = ((_e218 + ((_e219 + r_1) * _e223)) + ((column0_ + c_2) * _e229));
                        uint _e234 = asuint(a1_.Load(place_b*4));
                        y = asfloat(_e234);
                    }
                    float _e241 = y;
                    right[min(uint(((r_1 * 68u) + c_2)), 1087u)] = _e241;
                }
            }
            GroupMemoryBarrierWithGroupSync();
            d_1 = 0u;
            uint2 loop_bound_4 = uint2(4294967295u, 4294967295u);
            bool loop_init_4 = true;
            while(true) {
                if (all(loop_bound_4 == uint2(0u, 0u))) { break; }
                loop_bound_4 -= uint2(loop_bound_4.y == 0u, 1u);
                if (!loop_init_4) {
                    uint _e316 = d_1;
                    d_1 = (_e316 + 1u);
                }
                loop_init_4 = false;
                uint _e247 = d_1;
                if ((_e247 < 16u)) {
                } else {
                    break;
                }
                {
                    uint _e250 = d_1;
                    uint at = ((_e250 * 68u) + (tx * 4u));
                    float _e258 = right[min(uint(at), 1087u)];
                    float _e263 = right[min(uint((at + 1u)), 1087u)];
                    float _e268 = right[min(uint((at + 2u)), 1087u)];
                    float _e273 = right[min(uint((at + 3u)), 1087u)];
                    float4 y_1 = float4(_e258, _e263, _e268, _e273);
                    uint _e275 = d_1;
                    uint from_row = ((_e275 * 68u) + (ty * 4u));
                    float4 _e282 = sums[0];
                    float _e285 = left[min(uint(from_row), 1087u)];
                    sums[0] = (_e282 + (_e285 * y_1));
                    float4 _e289 = sums[1];
                    float _e294 = left[min(uint((from_row + 1u)), 1087u)];
                    sums[1] = (_e289 + (_e294 * y_1));
                    float4 _e298 = sums[2];
                    float _e303 = left[min(uint((from_row + 2u)), 1087u)];
                    sums[2] = (_e298 + (_e303 * y_1));
                    float4 _e307 = sums[3];
                    float _e312 = left[min(uint((from_row + 3u)), 1087u)];
                    sums[3] = (_e307 + (_e312 * y_1));
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
            uint _e363 = i;
            i = (_e363 + 1u);
        }
        loop_init_5 = false;
        uint _e323 = i;
        if ((_e323 < 4u)) {
        } else {
            break;
        }
        {
            uint _e329 = i;
            uint row = ((row0_ + (ty * 4u)) + _e329);
            j = 0u;
            uint2 loop_bound_6 = uint2(4294967295u, 4294967295u);
            bool loop_init_6 = true;
            while(true) {
                if (all(loop_bound_6 == uint2(0u, 0u))) { break; }
                loop_bound_6 -= uint2(loop_bound_6.y == 0u, 1u);
                if (!loop_init_6) {
                    uint _e360 = j;
                    j = (_e360 + 1u);
                }
                loop_init_6 = false;
                uint _e333 = j;
                if ((_e333 < 4u)) {
                } else {
                    break;
                }
                {
                    uint _e339 = j;
                    uint column = ((column0_ + (tx * 4u)) + _e339);
                    if ((row < m)) {
                        local_4 = (column < n);
                    } else {
                        local_4 = false;
                    }
                    bool _e346 = local_4;
                    if (_e346) {
                        uint _e353 = i;
                        uint _e355 = j;
                        float _e357 = sums[min(uint(_e353), 3u)][min(uint(_e355), 3u)];
                        b0_.Store(((((product * m) + row) * n) + column)*4, asuint(asuint(_e357)));
                    }
                }
            }
        }
    }
    return;
}
