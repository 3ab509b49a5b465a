#include "core/interpreter/seal.h"

#include <endian.h>
#include <string.h>

static uint64_t rotate64(uint64_t v, unsigned n) {
    return v << n | v >> (64 - n);
}

static uint64_t u64_at(const uint8_t *p) {
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return le64toh(word);
}

static uint32_t u32_at(const uint8_t *p) {
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return le32toh(word);
}

static void sip_round(uint64_t v[4]) {
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

static void absorb(uint64_t v[4], uint64_t word) {
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
}

static void finish(uint64_t v[4]) {
    for (unsigned i = 0; i < 4; i++)
        sip_round(v);
}

void seal_sum_begin(struct seal_sum *s, const uint8_t key[16]) {
    uint64_t k0 = u64_at(key), k1 = u64_at(key + 8);
    *s = (struct seal_sum){.v = {k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
                                 k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573)}};
}

void seal_sum_add(struct seal_sum *s, const void *bytes, size_t len) {
    const uint8_t *p = bytes;
    uint64_t v[4]; /* a copy: the bytes may be anywhere, so the compiler would write *s back at each word */
    memcpy(v, s->v, sizeof v);
    s->words += len / 8 + (len % 8 > 0);
    for (; len >= 8; len -= 8, p += 8)
        absorb(v, u64_at(p));
    if (len > 0) {
        uint8_t last[8] = {0};
        memcpy(last, p, len);
        absorb(v, u64_at(last));
    }
    memcpy(s->v, v, sizeof v);
}

struct seal_tag seal_sum_end(struct seal_sum *s) {
    struct seal_tag tag;
    absorb(s->v, s->words << 59); /* the length in bytes, modulo 256, in the highest byte */
    s->v[2] ^= 0xee;
    finish(s->v);
    tag.word[0] = s->v[0] ^ s->v[1] ^ s->v[2] ^ s->v[3];
    s->v[1] ^= 0xdd;
    finish(s->v);
    tag.word[1] = s->v[0] ^ s->v[1] ^ s->v[2] ^ s->v[3];
    return tag;
}

#define LANES 4u

/* The same word of four blocks, whose counters follow each other: each operation is one of the processor's
 * for all four. */
typedef uint32_t lanes __attribute__((vector_size(4 * LANES)));

static lanes rotate(lanes v, unsigned n) {
    return v << n | v >> (32 - n);
}

static void quarter(lanes x[16], unsigned a, unsigned b, unsigned c, unsigned d) {
    x[a] += x[b];
    x[d] = rotate(x[d] ^ x[a], 16);
    x[c] += x[d];
    x[b] = rotate(x[b] ^ x[c], 12);
    x[a] += x[b];
    x[d] = rotate(x[d] ^ x[a], 8);
    x[c] += x[d];
    x[b] = rotate(x[b] ^ x[c], 7);
}

static void key_stream(const lanes state[16], uint32_t out[LANES][16]) {
    lanes x[16];
    memcpy(x, state, sizeof x);
    for (unsigned i = 0; i < 10; i++) {
        quarter(x, 0, 4, 8, 12);
        quarter(x, 1, 5, 9, 13);
        quarter(x, 2, 6, 10, 14);
        quarter(x, 3, 7, 11, 15);
        quarter(x, 0, 5, 10, 15);
        quarter(x, 1, 6, 11, 12);
        quarter(x, 2, 7, 8, 13);
        quarter(x, 3, 4, 9, 14);
    }
    for (unsigned i = 0; i < 16; i++) {
        x[i] += state[i];
        for (unsigned lane = 0; lane < LANES; lane++)
            out[lane][i] = htole32(x[i][lane]);
    }
}

static lanes same_in_all(uint32_t word) {
    return (lanes){word, word, word, word};
}

static void mix(uint8_t *bytes, const void *stream, size_t len) {
    const uint8_t *s = stream;
    for (; len >= 8; len -= 8, bytes += 8, s += 8) {
        uint64_t a, b;
        memcpy(&a, bytes, sizeof a);
        memcpy(&b, s, sizeof b);
        a ^= b;
        memcpy(bytes, &a, sizeof a);
    }
    for (; len > 0; len--)
        *bytes++ ^= *s++;
}

void seal_cipher(const uint8_t key[32], const uint8_t nonce[12], uint8_t *bytes, size_t len) {
    static const uint32_t constants[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    lanes state[16];
    uint32_t stream[LANES][16];
    for (unsigned i = 0; i < 4; i++)
        state[i] = same_in_all(constants[i]);
    for (unsigned i = 0; i < 8; i++)
        state[4 + i] = same_in_all(u32_at(key + 4 * (size_t)i));
    state[12] = (lanes){0, 1, 2, 3};
    for (unsigned i = 0; i < 3; i++)
        state[13 + i] = same_in_all(u32_at(nonce + 4 * (size_t)i));
    while (len > 0) {
        size_t n = len < sizeof stream ? len : sizeof stream;
        key_stream(state, stream);
        mix(bytes, stream, n);
        state[12] += LANES;
        bytes += n;
        len -= n;
    }
}
