/*
 * plan_builder: writes plans for tests. An encoder of its own, by hand, so that encoder and decoder of the
 * shim can't be wrong in the same way. Bytes are of one static buffer for each builder.
 */
#ifndef LOCALD_TESTS_PLAN_BUILDER_H
#define LOCALD_TESTS_PLAN_BUILDER_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/plan/plan.h"

struct builder {
    uint8_t bytes[1 << 16];
    size_t len;
    uint32_t count;
    size_t body; /* offset of the open record's length */
};

static inline void b_u32(struct builder *b, uint32_t v) {
    for (unsigned i = 0; i < 4; i++)
        b->bytes[b->len++] = (uint8_t)(v >> (8 * i));
}

static inline void b_u64(struct builder *b, uint64_t v) {
    b_u32(b, (uint32_t)(v & UINT32_MAX));
    b_u32(b, (uint32_t)(v >> 32));
}

static inline void b_str_n(struct builder *b, const char *s, size_t n) {
    b_u32(b, (uint32_t)n);
    memcpy(b->bytes + b->len, s, n);
    b->len += n;
    b->bytes[b->len++] = 0;
}

static inline void b_str(struct builder *b, const char *s) {
    b_str_n(b, s, strlen(s));
}

/* A list of strings, ended by NULL. */
static inline void b_strs(struct builder *b, ...) {
    size_t at = b->len;
    uint32_t count = 0;
    va_list list;
    va_start(list, b);
    b_u32(b, 0);
    for (const char *s = va_arg(list, const char *); s != NULL; s = va_arg(list, const char *)) {
        b_str(b, s);
        count++;
    }
    va_end(list);
    b->bytes[at] = (uint8_t)count;
}

static inline void b_u32s(struct builder *b, const uint32_t *numbers, uint32_t count) {
    b_u32(b, count);
    for (uint32_t i = 0; i < count; i++)
        b_u32(b, numbers[i]);
}

static inline void b_begin(struct builder *b) {
    memset(b, 0, sizeof *b);
    b_u32(b, PLAN_MAGIC);
    b_u32(b, PLAN_VERSION);
}

static inline void b_open(struct builder *b, uint32_t op, const char *origin) {
    b_u32(b, op);
    b->body = b->len;
    b_u32(b, 0);
    b_str(b, origin);
    b->count++;
}

static inline void b_close(struct builder *b) {
    uint32_t size = (uint32_t)(b->len - b->body - 4);
    for (unsigned i = 0; i < 4; i++)
        b->bytes[b->body + i] = (uint8_t)(size >> (8 * i));
}

static inline void b_done(struct builder *b) {
    b_u32(b, PLAN_DONE);
    b_u32(b, 0);
    b_u32(b, b->count);
}

/* One record of `op` with a value of each of its fields that tells them apart: numbers count up from `seed`
 * (within the field's bound), strings are the field's name, lists have a few entries. */
static inline void b_sample(struct builder *b, enum plan_op op, uint32_t seed) {
    const struct plan_op_info *info = plan_op_info(op);
    b_open(b, (uint32_t)op, info->name);
    for (uint32_t i = 0; i < info->field_count; i++) {
        const struct plan_field *f = &info->fields[i];
        uint64_t number = f->bound == UINT64_MAX ? seed + i : (seed + i) % (f->bound + 1);
        switch (f->type) {
        case PLAN_U32:
            b_u32(b, (uint32_t)number);
            break;
        case PLAN_U64:
            b_u64(b, number);
            break;
        case PLAN_STR:
            b_str(b, f->name);
            break;
        case PLAN_STRS:
            b_strs(b, f->name, "", "two", (char *)NULL);
            break;
        case PLAN_U32S:
            b_u32s(b, (const uint32_t[]){seed, seed + i}, 2);
            break;
        }
    }
    b_close(b);
}

#endif
