/*
 * The evil interpreter: any bytes as a plan. Decoder, gate and printer have to survive them, and what the
 * gate accepts has to obey its promises: an accepted plan decodes to its end, and a caller who is not root
 * never gets what the checks at the bottom look for.
 *
 * The mutator knows the framing (plan.h), so that most inputs get past the decoder's first look: it changes
 * the body of one record, doubles or drops a record, or lets libFuzzer change raw bytes.
 */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "core/gate/gate.h"
#include "core/plan/print.h"
#include "tests/fuzz/callers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

#define HEADER 8u

static void promise(bool kept) {
    if (!kept)
        abort();
}

/* What no plan of a caller who is not root may have, whatever its bytes are. */
static void check_step(const struct caller *c, const struct step *s, uint32_t *namespaces) {
    promise(c->is_root || plan_op_info(s->op)->who == PLAN_WHO_ALL);
    switch (s->op) {
    case PLAN_OP_unshare:
        *namespaces = s->as.unshare.flags;
        promise(c->is_root || (*namespaces & CLONE_NEWUSER) != 0);
        break;
    case PLAN_OP_join:
        promise(c->is_root || (s->as.join.flag & (CLONE_NEWUSER | CLONE_NEWCGROUP | CLONE_NEWNS)) == 0);
        promise(s->as.join.path[0] == '/');
        break;
    case PLAN_OP_idmap:
        promise(s->as.idmap.size > 0);
        promise((uint64_t)s->as.idmap.outside + s->as.idmap.size <= UINT32_MAX);
        promise(c->is_root || s->as.idmap.outside == c->uid || s->as.idmap.outside == c->gid ||
                (s->as.idmap.outside >= 100000 && s->as.idmap.outside + s->as.idmap.size <= 165537));
        break;
    case PLAN_OP_mount:
        promise(c->is_root || (s->as.mount.attr & MOUNT_ATTR_NOSUID) != 0);
        break;
    case PLAN_OP_bind:
        promise(c->is_root || ((s->as.bind.attr_set & MOUNT_ATTR_NOSUID) != 0 &&
                               (s->as.bind.attr_clr & MOUNT_ATTR_NODEV) == 0));
        break;
    case PLAN_OP_cgroup:
        promise(c->is_root || strstr(s->as.cgroup.path, "..") == NULL ||
                strstr(s->as.cgroup.path, "/../") == NULL);
        break;
    default:
        break;
    }
}

static void walk(const uint8_t *bytes, size_t len, const struct caller *c, bool accepted) {
    static char room[1 << 16];
    struct plan_cursor at;
    struct step s;
    struct error e;
    uint32_t namespaces = 0;
    int more = plan_begin(&at, bytes, len, &e) == 0 ? 1 : -1;
    while (more == 1 && (more = plan_next(&at, &s, &e)) == 1) {
        struct text t = text_in(room, sizeof room);
        plan_print_text(&t, &s);
        t = text_in(room, sizeof room);
        plan_print_json(&t, &s);
        if (accepted)
            check_step(c, &s, &namespaces);
    }
    promise(!accepted || more == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    const struct caller *c = &fuzz_callers[data[0] % FUZZ_CALLERS];
    struct error e = {0};
    bool accepted = gate_plan(data + 1, size - 1, c, &e) == 0;
    promise(accepted || e.code != E_NONE);
    walk(data + 1, size - 1, c, accepted);
    return 0;
}

/* Where the records of a plan begin; the trailer counts as the last one. */
static size_t records(const uint8_t *plan, size_t size, size_t *at, size_t most) {
    size_t n = 0, from = HEADER;
    while (n < most && size >= 8 && from <= size - 8) {
        at[n++] = from;
        if (wire_u32_at(plan + from) == PLAN_DONE)
            return n;
        size_t body = wire_u32_at(plan + from + 4);
        if (body > size - from - 8)
            return 0;
        from += 8 + body;
    }
    return 0;
}

static void put(uint8_t *to, uint32_t v) {
    for (unsigned i = 0; i < 4; i++)
        to[i] = (uint8_t)(v >> (8 * i));
}

/* The body of one record by libFuzzer's means; its length and what stands behind it follow. */
static size_t mutate_body(uint8_t *plan, size_t size, size_t max, size_t at) {
    size_t old = wire_u32_at(plan + at + 4), end = at + 8 + old, tail = size - end;
    uint8_t *kept = malloc(tail + 1);
    if (kept == NULL || at + 8 + tail >= max) {
        free(kept);
        return size;
    }
    memcpy(kept, plan + end, tail);
    size_t body = LLVMFuzzerMutate(plan + at + 8, old, max - at - 8 - tail);
    put(plan + at + 4, (uint32_t)body);
    memcpy(plan + at + 8 + body, kept, tail);
    free(kept);
    return at + 8 + body + tail;
}

/* Doubles (or drops) one record and corrects the trailer's count. */
static size_t repeat_or_drop(uint8_t *plan, size_t size, size_t max, size_t at, bool drop) {
    size_t length = 8 + wire_u32_at(plan + at + 4), tail = size - at - length;
    if (!drop && size + length > max)
        return size;
    memmove(drop ? plan + at : plan + at + 2 * length, plan + at + length, tail);
    if (!drop)
        memcpy(plan + at + length, plan + at, length);
    size = drop ? size - length : size + length;
    put(plan + size - 4, wire_u32_at(plan + size - 4) + (drop ? UINT32_MAX : 1));
    return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed) {
    size_t at[256];
    unsigned random = seed * 2654435761u;
    size_t n = size > HEADER + 1 ? records(data + 1, size - 1, at, 256) : 0;
    if (n < 2 || random % 8 == 0)
        return LLVMFuzzerMutate(data, size, max);
    data[0] = (uint8_t)(random >> 20);
    size_t one = at[(random >> 4) % (n - 1)];
    if (random % 8 < 6)
        return 1 + mutate_body(data + 1, size - 1, max - 1, one);
    return 1 + repeat_or_drop(data + 1, size - 1, max - 1, one, random % 8 == 7);
}
