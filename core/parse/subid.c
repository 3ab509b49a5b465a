#include "core/parse/subid.h"

#include <stdbool.h>

#include "core/parse/piece.h"

/* The uid as this one text: "01000" is not how it is written. */
static bool is_uid(struct piece p, uint32_t uid) {
    uint32_t number = 0;
    return piece_number(p, &number) && number == uid && (p.bytes[0] != '0' || p.len == 1);
}

/* Id 0 would be root; 4294967295 is "no id" to the kernel, and so the range must end before it. */
static bool get_range(struct piece line, struct id_range *range) {
    struct piece first = piece_cut(&line, ':');
    if (!piece_number(first, &range->first) || !piece_number(line, &range->count))
        return false;
    return range->first > 0 && range->count > 0 && (uint64_t)range->first + range->count <= UINT32_MAX;
}

uint32_t subid_parse(const char *text, size_t len, const char *name, uint32_t uid, struct id_range *ranges,
                     uint32_t most) {
    struct piece rest = {text, len};
    uint32_t count = 0;
    while (rest.len > 0 && count < most) {
        struct piece line = piece_cut(&rest, '\n');
        struct piece owner = piece_cut(&line, ':');
        struct id_range range;
        if ((piece_is(owner, name) || is_uid(owner, uid)) && get_range(line, &range))
            ranges[count++] = range;
    }
    return count;
}

static bool overlaps(struct id_extent x, struct id_range r) {
    return x.outside < (uint64_t)r.first + r.count && r.first < (uint64_t)x.outside + x.size;
}

uint32_t subid_map(uint32_t own, const struct id_range *ranges, uint32_t count, struct id_extent *map) {
    uint32_t n = 1, next = 1;
    map[0] = (struct id_extent){.inside = 0, .outside = own, .size = 1};
    for (uint32_t i = 0; i < count; i++) {
        bool fits = ranges[i].count < UINT32_MAX - next;
        for (uint32_t k = 0; k < n; k++)
            fits = fits && !overlaps(map[k], ranges[i]);
        if (!fits)
            continue;
        map[n++] = (struct id_extent){.inside = next, .outside = ranges[i].first, .size = ranges[i].count};
        next += ranges[i].count;
    }
    return n;
}

uint32_t subid_outside(const struct id_extent *map, uint32_t count, uint32_t inside) {
    for (uint32_t i = 0; i < count; i++) {
        if (inside >= map[i].inside && inside - map[i].inside < map[i].size)
            return map[i].outside + (inside - map[i].inside);
    }
    return inside;
}

void passwd_name(const char *text, size_t len, uint32_t uid, char *name, size_t size) {
    struct piece rest = {text, len};
    name[0] = '\0';
    while (rest.len > 0) {
        struct piece line = piece_cut(&rest, '\n');
        struct piece login = piece_cut(&line, ':');
        (void)piece_cut(&line, ':');                              /* the password */
        if (!is_uid(piece_cut(&line, ':'), uid) || line.len == 0) /* a line that was cut has another uid */
            continue;
        if (!piece_copy(login, name, size)) /* a cut name is another's */
            name[0] = '\0';
        return;
    }
}
