#include "core/base/wire.h"

#include <string.h>

static uint8_t *reserve(struct wire_writer *w, size_t n) {
    if (w->bad || n > w->size - w->len) {
        w->bad = true;
        return NULL;
    }
    uint8_t *at = w->bytes + w->len;
    w->len += n;
    return at;
}

static void store_u32(uint8_t *p, uint32_t v) {
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

void wire_put_u32(struct wire_writer *w, uint32_t v) {
    uint8_t *p = reserve(w, 4);
    if (p != NULL)
        store_u32(p, v);
}

void wire_put_u64(struct wire_writer *w, uint64_t v) {
    wire_put_u32(w, (uint32_t)v);
    wire_put_u32(w, (uint32_t)(v >> 32));
}

void wire_put_str(struct wire_writer *w, const char *s, size_t n) {
    if (n >= UINT32_MAX) {
        w->bad = true;
        return;
    }
    wire_put_u32(w, (uint32_t)n);
    uint8_t *p = reserve(w, n + 1);
    if (p != NULL) {
        memcpy(p, s, n);
        p[n] = 0;
    }
}

void wire_patch_u32(struct wire_writer *w, size_t at, uint32_t v) {
    if (!w->bad && at + 4 <= w->len)
        store_u32(w->bytes + at, v);
}

const uint8_t *wire_get_bytes(struct wire_reader *r, size_t n) {
    if (r->bad || n > r->len - r->at) {
        r->bad = true;
        return NULL;
    }
    const uint8_t *p = r->bytes + r->at;
    r->at += n;
    return p;
}

uint32_t wire_u32_at(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint32_t wire_get_u32(struct wire_reader *r) {
    const uint8_t *p = wire_get_bytes(r, 4);
    return p != NULL ? wire_u32_at(p) : 0;
}

uint64_t wire_get_u64(struct wire_reader *r) {
    uint64_t low = wire_get_u32(r);
    return low | (uint64_t)wire_get_u32(r) << 32;
}

const char *wire_get_str(struct wire_reader *r, size_t max) {
    size_t n = wire_get_u32(r);
    if (n > max) { /* before n + 1 can wrap */
        r->bad = true;
        return "";
    }
    const uint8_t *p = wire_get_bytes(r, n + 1);
    if (p == NULL || p[n] != 0 || memchr(p, 0, n) != NULL) {
        r->bad = true;
        return "";
    }
    return (const char *)p;
}
