#include "core/interpreter/seal.h"

#include <string.h>

#include "core/base/wire.h"

static uint64_t rotate64(uint64_t v, unsigned n) {
    return v << n | v >> (64 - n);
}

static uint32_t rotate32(uint32_t v, unsigned n) {
    return v << n | v >> (32 - n);
}

static uint64_t word_at(const uint8_t *p) {
    return wire_u32_at(p) | (uint64_t)wire_u32_at(p + 4) << 32;
}

static void sip_rounds(uint64_t v[4], unsigned rounds) {
    while (rounds-- > 0) {
        v[0] += v[1];
        v[1] = rotate64(v[1], 13) ^ v[0];
        v[0] = rotate64(v[0], 32);
        v[2] += v[3];
        v[3] = rotate64(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = rotate64(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = rotate64(v[1], 17) ^ v[2];
        v[2] = rotate64(v[2], 32);
    }
}

static void absorb(struct seal_sum *s, uint64_t word) {
    s->v[3] ^= word;
    sip_rounds(s->v, 2);
    s->v[0] ^= word;
}

void seal_sum_begin(struct seal_sum *s, const uint8_t key[16]) {
    uint64_t k0 = word_at(key), k1 = word_at(key + 8);
    *s = (struct seal_sum){.v = {k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
                                 k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573)}};
}

void seal_sum_add(struct seal_sum *s, const void *bytes, size_t len) {
    const uint8_t *p = bytes;
    for (; len >= 8; len -= 8, p += 8, s->words++)
        absorb(s, word_at(p));
    if (len > 0) {
        uint8_t last[8] = {0};
        memcpy(last, p, len);
        absorb(s, word_at(last));
        s->words++;
    }
}

struct seal_tag seal_sum_end(struct seal_sum *s) {
    struct seal_tag tag;
    absorb(s, s->words << 59); /* the length in bytes, modulo 256, in the highest byte */
    s->v[2] ^= 0xee;
    sip_rounds(s->v, 4);
    tag.word[0] = s->v[0] ^ s->v[1] ^ s->v[2] ^ s->v[3];
    s->v[1] ^= 0xdd;
    sip_rounds(s->v, 4);
    tag.word[1] = s->v[0] ^ s->v[1] ^ s->v[2] ^ s->v[3];
    return tag;
}

static void quarter(uint32_t x[16], unsigned a, unsigned b, unsigned c, unsigned d) {
    x[a] += x[b];
    x[d] = rotate32(x[d] ^ x[a], 16);
    x[c] += x[d];
    x[b] = rotate32(x[b] ^ x[c], 12);
    x[a] += x[b];
    x[d] = rotate32(x[d] ^ x[a], 8);
    x[c] += x[d];
    x[b] = rotate32(x[b] ^ x[c], 7);
}

static void key_stream(const uint32_t state[16], uint8_t out[64]) {
    uint32_t x[16];
    memcpy(x, state, sizeof x);
    for (unsigned i = 0; i < 10; i++) {
        for (unsigned c = 0; c < 4; c++)
            quarter(x, c, 4 + c, 8 + c, 12 + c);
        for (unsigned c = 0; c < 4; c++)
            quarter(x, c, 4 + (c + 1) % 4, 8 + (c + 2) % 4, 12 + (c + 3) % 4);
    }
    for (unsigned i = 0; i < 16; i++) {
        uint32_t word = x[i] + state[i];
        for (unsigned b = 0; b < 4; b++)
            out[4 * i + b] = (uint8_t)(word >> (8 * b));
    }
}

void seal_cipher(const uint8_t key[32], const uint8_t nonce[12], uint8_t *bytes, size_t len) {
    uint32_t state[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    uint8_t stream[64];
    for (unsigned i = 0; i < 8; i++)
        state[4 + i] = wire_u32_at(key + 4 * (size_t)i);
    for (unsigned i = 0; i < 3; i++)
        state[13 + i] = wire_u32_at(nonce + 4 * (size_t)i);
    for (size_t at = 0; at < len; at += sizeof stream, state[12]++) {
        key_stream(state, stream);
        for (size_t i = 0; i < sizeof stream && at + i < len; i++)
            bytes[at + i] ^= stream[i];
    }
}
