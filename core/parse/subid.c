#include "core/parse/subid.h"

#include <stdbool.h>
#include <string.h>

/* A piece of the file's text: not terminated, perhaps empty. */
struct piece {
    const char *bytes;
    size_t len;
};

/* Takes what stands before the next `end` (or the end of the text) off *rest, and `end` with it. */
static struct piece cut(struct piece *rest, char end) {
    const char *stop = rest->len > 0 ? memchr(rest->bytes, end, rest->len) : NULL;
    struct piece first = {rest->bytes, stop != NULL ? (size_t)(stop - rest->bytes) : rest->len};
    size_t gone = first.len + (stop != NULL ? 1 : 0);
    rest->bytes += gone;
    rest->len -= gone;
    return first;
}

static bool is_text(struct piece p, const char *text) {
    return p.len > 0 && p.len == strlen(text) && memcmp(p.bytes, text, p.len) == 0;
}

/* Digits only: no sign, no blank, no 0x, not over 32 bits. Leading zeros make no other number. */
static bool get_number(struct piece p, uint32_t *number) {
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

/* The uid as this one text: "01000" is not how it is written. */
static bool is_uid(struct piece p, uint32_t uid) {
    uint32_t number = 0;
    return get_number(p, &number) && number == uid && (p.bytes[0] != '0' || p.len == 1);
}

/* Id 0 would be root; 4294967295 is "no id" to the kernel, and so the range must end before it. */
static bool get_range(struct piece line, struct id_range *range) {
    struct piece first = cut(&line, ':');
    if (!get_number(first, &range->first) || !get_number(line, &range->count))
        return false;
    return range->first > 0 && range->count > 0 && (uint64_t)range->first + range->count <= UINT32_MAX;
}

uint32_t subid_parse(const char *text, size_t len, const char *name, uint32_t uid, struct id_range *ranges,
                     uint32_t most) {
    struct piece rest = {text, len};
    uint32_t count = 0;
    while (rest.len > 0 && count < most) {
        struct piece line = cut(&rest, '\n');
        struct piece owner = cut(&line, ':');
        struct id_range range;
        if ((is_text(owner, name) || is_uid(owner, uid)) && get_range(line, &range))
            ranges[count++] = range;
    }
    return count;
}

void passwd_name(const char *text, size_t len, uint32_t uid, char *name, size_t size) {
    struct piece rest = {text, len};
    name[0] = '\0';
    while (rest.len > 0) {
        struct piece line = cut(&rest, '\n');
        struct piece login = cut(&line, ':');
        (void)cut(&line, ':'); /* the password */
        if (!is_uid(cut(&line, ':'), uid))
            continue;
        if (login.len < size && memchr(login.bytes, 0, login.len) == NULL) { /* a cut name is another's */
            memcpy(name, login.bytes, login.len);
            name[login.len] = '\0';
        }
        return;
    }
}
