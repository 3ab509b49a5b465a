/*
 * wire: the bytes between the processes. Integers are little-endian and of fixed width; a string is its
 * length (u32, without the terminator), its bytes and a NUL, so that a checked string is used in place.
 * The writer never writes past its room and the reader never reads past its end: both turn `bad` instead and
 * stay bad, so that one check at the end is enough.
 */
#ifndef LOCALD_BASE_WIRE_H
#define LOCALD_BASE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_writer {
    uint8_t *bytes;
    size_t len;
    size_t size;
    bool bad; /* did not fit */
};

void wire_put_u32(struct wire_writer *w, uint32_t v);
void wire_put_u64(struct wire_writer *w, uint64_t v);
/* Borrows s; n bytes without a terminator of their own. */
void wire_put_str(struct wire_writer *w, const char *s, size_t n);
/* Overwrites the u32 at offset `at`, which was written before. */
void wire_patch_u32(struct wire_writer *w, size_t at, uint32_t v);

struct wire_reader {
    const uint8_t *bytes;
    size_t at;
    size_t len;
    bool bad; /* ran past the end, or a string that is none */
};

uint32_t wire_get_u32(struct wire_reader *r);
uint64_t wire_get_u64(struct wire_reader *r);
/* A string of at most `max` bytes without NUL inside; points into the reader's bytes. "" when bad. */
const char *wire_get_str(struct wire_reader *r, size_t max);
/* Steps over n bytes and gives where they begin; NULL when bad. */
const uint8_t *wire_get_bytes(struct wire_reader *r, size_t n);

/* The u32 at p; p has at least 4 bytes. */
uint32_t wire_u32_at(const uint8_t *p);

#endif
