#include "core/base/text.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

struct text text_in(char *room, size_t size) {
    room[0] = '\0';
    return (struct text){.bytes = room, .size = size};
}

void text_add_n(struct text *t, const char *s, size_t n) {
    size_t left = t->size - t->len - 1;
    if (n > left) {
        n = left;
        t->cut = true;
    }
    memcpy(t->bytes + t->len, s, n);
    t->len += n;
    t->bytes[t->len] = '\0';
}

void text_add(struct text *t, const char *s) {
    text_add_n(t, s, strlen(s));
}

static void add_base(struct text *t, uint64_t v, unsigned base) {
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = hex_digits[v % base];
        v /= base;
    } while (v != 0);
    text_add_n(t, digits + at, sizeof digits - at);
}

void text_u64(struct text *t, uint64_t v) {
    add_base(t, v, 10);
}

void text_i64(struct text *t, int64_t v) {
    if (v < 0)
        text_add(t, "-");
    add_base(t, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10);
}

void text_octal(struct text *t, uint32_t v) {
    text_add(t, "0");
    add_base(t, v, 8);
}

void text_hex(struct text *t, uint64_t v) {
    text_add(t, "0x");
    add_base(t, v, 16);
}

/* The length of the valid UTF-8 sequence at s (RFC 3629: no overlong forms, no surrogates), or 0. */
static size_t utf8_length(const unsigned char *s) {
    if (s[0] < 0x80)
        return 1;
    size_t n = s[0] >= 0xc2 && s[0] <= 0xdf   ? 2
               : s[0] >= 0xe0 && s[0] <= 0xef ? 3
               : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4
                                              : 0;
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    }
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool outside = (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf4 && s[1] > 0x8f);
    return overlong || outside ? 0 : n;
}

void text_escaped(struct text *t, const char *s) {
    const unsigned char *p = (const unsigned char *)s;
    while (*p != 0) {
        size_t n = utf8_length(p);
        /* C1 controls (U+0080..U+009F) drive some terminals too. */
        bool control = *p < 0x20 || *p == 0x7f || (n == 2 && *p == 0xc2 && p[1] < 0xa0);
        if (n > 0 && !control) {
            text_add_n(t, (const char *)p, n);
            p += n;
            continue;
        }
        char code[4] = {'\\', 'x', hex_digits[*p >> 4], hex_digits[*p & 15]};
        text_add_n(t, code, sizeof code);
        p++;
    }
}

void text_json(struct text *t, const char *s) {
    const unsigned char *p = (const unsigned char *)s;
    text_add(t, "\"");
    while (*p != 0) {
        size_t n = utf8_length(p);
        if (n == 0) {
            text_add(t, "\\ufffd");
            p++;
        } else if (*p < 0x20 || *p == 0x7f) {
            char code[6] = {'\\', 'u', '0', '0', hex_digits[*p >> 4], hex_digits[*p & 15]};
            text_add_n(t, code, sizeof code);
            p++;
        } else if (*p == 0xc2 && p[1] < 0xa0) { /* C1 controls: JSON also goes to terminals */
            char code[6] = {'\\', 'u', '0', '0', hex_digits[p[1] >> 4], hex_digits[p[1] & 15]};
            text_add_n(t, code, sizeof code);
            p += 2;
        } else {
            if (*p == '"' || *p == '\\')
                text_add(t, "\\");
            text_add_n(t, (const char *)p, n);
            p += n;
        }
    }
    text_add(t, "\"");
}

void text_key(struct text *t, const char *name) {
    text_add(t, t->len == 0 ? "{" : ",");
    text_json(t, name);
    text_add(t, ":");
}

void text_member(struct text *t, const char *name, const char *value) {
    text_key(t, name);
    text_json(t, value);
}

void text_member_i64(struct text *t, const char *name, int64_t value) {
    text_key(t, name);
    text_i64(t, value);
}
