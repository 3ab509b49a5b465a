/* A plan with some mistakes in it: in its bytes, its records, or the values of its fields. The same seed, the
 * same mistakes. */
#include <stdio.h>
#include <string.h>

#include "tests/attacks/evil/evil.h"

static uint64_t next(uint64_t *state) { /* splitmix64 */
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint32_t below(uint64_t *state, size_t n) {
    return n == 0 ? 0 : (uint32_t)(next(state) % n);
}

static uint32_t odd_number(uint64_t *state) {
    static const uint32_t odd[] = {0,      1,           2,           127,         128,        255,
                                   256,    4095,        4096,        65535,       131071,     131072,
                                   131073, 0x7fffffffu, 0x80000000u, 0xfffffffeu, 0xffffffffu};
    return below(state, 4) == 0 ? (uint32_t)next(state) : odd[below(state, sizeof odd / sizeof odd[0])];
}

static void bytes(struct evil *v, uint64_t *s) {
    size_t at = below(s, v->len), n = below(s, 16) + 1;
    struct wire_writer all = {.bytes = v->plan, .len = v->len, .size = v->len};
    switch (below(s, 6)) {
    case 0:
        v->plan[at] ^= (uint8_t)(1u << below(s, 8));
        break;
    case 1:
        v->plan[at] = (uint8_t)next(s);
        break;
    case 2:
        wire_patch_u32(&all, at & ~(size_t)3, odd_number(s));
        break;
    case 3:
        evil_remove(v, at, n < v->len - at ? n : v->len - at);
        break;
    case 4:
        evil_insert(v, below(s, v->len), v->plan + at, n < v->len - at ? n : v->len - at);
        break;
    default:
        v->len -= below(s, 64) < v->len ? below(s, 64) % v->len : 0;
    }
}

/* Some record of a plan that is still whole. */
static size_t some_record(const struct evil *v, uint64_t *s) {
    uint32_t n = below(s, wire_u32_at(v->plan + v->len - 4));
    size_t at = 8;
    for (; n > 0; n--)
        at = evil_after(v, at);
    return at;
}

static void records(struct evil *v, uint64_t *s) {
    size_t at = some_record(v, s), to = some_record(v, s), n = evil_after(v, at) - at;
    struct wire_writer all = {.bytes = v->plan, .len = v->len, .size = v->len};
    switch (below(s, 4)) {
    case 0:
        evil_remove(v, at, n);
        evil_count(v, -1);
        break;
    case 1: /* once more, elsewhere */
        evil_insert(v, to, v->plan + at, n);
        evil_count(v, 1);
        break;
    case 2: /* moved to the front of a later one, or to the front */
        evil_insert(v, to, v->plan + at, n);
        evil_remove(v, at + (to <= at ? n : 0), n);
        break;
    default:
        wire_patch_u32(&all, at, below(s, PLAN_OP_COUNT + 2));
    }
}

static void field(struct evil *v, uint64_t *s) {
    static const char *const strings[] = {
        "",     "/",      "..",           "/..",          "../../etc", "/proc/1/root",   "%00x",
        "a%0a", "%1b[2J", "/locald/../x", "cgroup.procs", "%s%n",      "/proc/self/fd/3"};
    size_t at = some_record(v, s);
    const struct plan_op_info *info = plan_op_info((enum plan_op)wire_u32_at(v->plan + at));
    if (info->field_count == 0)
        return;
    const struct plan_field *f = &info->fields[below(s, info->field_count)];
    char value[64];
    if (f->type == PLAN_STR || f->type == PLAN_STRS)
        (void)snprintf(value, sizeof value, "%s", strings[below(s, sizeof strings / sizeof strings[0])]);
    else if (f->type == PLAN_U64)
        (void)snprintf(value, sizeof value, "%llu", (unsigned long long)(UINT64_C(1) << below(s, 64)));
    else
        (void)snprintf(value, sizeof value, "%u", below(s, 2) == 0 ? odd_number(s) : 1u << below(s, 32));
    evil_set(v, at, f->name, value);
}

void evil_mutate(struct evil *v, uint64_t seed) {
    uint64_t s = seed;
    for (uint32_t n = below(&s, 3) + 1, kind = below(&s, 3); n > 0; n--) {
        if (kind == 0)
            bytes(v, &s);
        else if (kind == 1)
            records(v, &s);
        else
            field(v, &s);
    }
}
