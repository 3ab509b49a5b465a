/*
 * seal: the two primitives that the cache is made of. Plain C; the unit test has their published vectors.
 */
#ifndef LOCALD_INTERPRETER_SEAL_H
#define LOCALD_INTERPRETER_SEAL_H

#include <stddef.h>
#include <stdint.h>

/* SipHash-2-4 with 128 bits of output, over words of 8 bytes: a part that is added is filled up with zeros,
 * so lengths that are not fixed belong into what is summed. Aumasson and Bernstein, "SipHash" (2012). */
struct seal_sum {
    uint64_t v[4];
    uint64_t words;
};

struct seal_tag {
    uint64_t word[2];
};

void seal_sum_begin(struct seal_sum *s, const uint8_t key[16]);
void seal_sum_add(struct seal_sum *s, const void *bytes, size_t len);
struct seal_tag seal_sum_end(struct seal_sum *s);

/* ChaCha20 from block 0 on, in place; encrypts and decrypts. RFC 8439 */
void seal_cipher(const uint8_t key[32], const uint8_t nonce[12], uint8_t *bytes, size_t len);

#endif
