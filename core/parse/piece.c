#include "core/parse/piece.h"

#include <string.h>

struct piece piece_cut(struct piece *rest, char end) {
    const char *stop = rest->len > 0 ? memchr(rest->bytes, end, rest->len) : NULL;
    struct piece first = {rest->bytes, stop != NULL ? (size_t)(stop - rest->bytes) : rest->len};
    size_t gone = first.len + (stop != NULL ? 1 : 0);
    rest->bytes += gone;
    rest->len -= gone;
    return first;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

struct piece piece_trim(struct piece p) {
    for (; p.len > 0 && is_blank(p.bytes[0]); p.len--)
        p.bytes++;
    while (p.len > 0 && is_blank(p.bytes[p.len - 1]))
        p.len--;
    return p;
}

bool piece_is(struct piece p, const char *text) {
    return p.len > 0 && p.len == strlen(text) && memcmp(p.bytes, text, p.len) == 0;
}

bool piece_number(struct piece p, uint32_t *number) {
    uint64_t v = 0;
    if (p.len == 0)
        return false;
    for (size_t i = 0; i < p.len; i++) {
        if (p.bytes[i] < '0' || p.bytes[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(p.bytes[i] - '0');
        if (v > UINT32_MAX)
            return false;
    }
    *number = (uint32_t)v;
    return true;
}

bool piece_copy(struct piece p, char *room, size_t size) {
    if (p.len >= size || (p.len > 0 && memchr(p.bytes, 0, p.len) != NULL))
        return false;
    if (p.len > 0)
        memcpy(room, p.bytes, p.len);
    room[p.len] = '\0';
    return true;
}
