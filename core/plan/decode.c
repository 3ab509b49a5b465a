/* The decoder: hostile bytes in, typed steps out. No allocation; every length is checked before it is used.
 */
#include <string.h>

#include "core/plan/plan.h"

static int malformed(struct error *e, const char *what) {
    return error_set(e, E_PLAN_FORMAT, 0, "plan", "%s", what);
}

int plan_begin(struct plan_cursor *c, const uint8_t *bytes, size_t len, struct error *e) {
    *c = (struct plan_cursor){.reader = {.bytes = bytes, .len = len}};
    if (len > PLAN_BYTES_MAX)
        return error_set(e, E_PLAN_SIZE, 0, "plan", "has %zu bytes, %u are the most", len, PLAN_BYTES_MAX);
    uint32_t magic = wire_get_u32(&c->reader);
    uint32_t version = wire_get_u32(&c->reader);
    if (c->reader.bad || magic != PLAN_MAGIC || version != PLAN_VERSION)
        return malformed(e, "does not begin as a plan");
    return 0;
}

static int end(struct plan_cursor *c, struct error *e) {
    uint32_t zero = wire_get_u32(&c->reader);
    uint32_t count = wire_get_u32(&c->reader);
    if (c->reader.bad || zero != 0 || count != c->count || c->reader.at != c->reader.len)
        return malformed(e, "does not end as a plan");
    return 0;
}

static struct plan_strs get_strs(struct wire_reader *r, uint64_t bound) {
    struct plan_strs list = {.count = wire_get_u32(r)};
    size_t from = r->at;
    if (list.count > bound)
        r->bad = true;
    list.bytes = r->bytes + from;
    for (uint32_t i = 0; i < list.count && !r->bad; i++)
        (void)wire_get_str(r, PLAN_STR_MAX);
    list.size = (uint32_t)(r->at - from);
    return list;
}

static struct plan_u32s get_u32s(struct wire_reader *r, uint64_t bound) {
    struct plan_u32s list = {.count = wire_get_u32(r)};
    if (list.count > bound)
        r->bad = true;
    list.bytes = wire_get_bytes(r, (size_t)list.count * 4);
    return list;
}

static void get_field(struct wire_reader *r, const struct plan_field *f, void *to) {
    uint64_t number = 0;
    switch (f->type) {
    case PLAN_U32: {
        uint32_t v = wire_get_u32(r);
        number = v;
        memcpy(to, &v, sizeof v);
        break;
    }
    case PLAN_U64:
        number = wire_get_u64(r);
        memcpy(to, &number, sizeof number);
        break;
    case PLAN_STR: {
        const char *s = wire_get_str(r, f->bound);
        memcpy(to, &s, sizeof s);
        return;
    }
    case PLAN_STRS: {
        struct plan_strs list = get_strs(r, f->bound);
        memcpy(to, &list, sizeof list);
        return;
    }
    case PLAN_U32S: {
        struct plan_u32s list = get_u32s(r, f->bound);
        memcpy(to, &list, sizeof list);
        return;
    }
    }
    if (number > f->bound)
        r->bad = true;
}

static int get_step(struct plan_cursor *c, struct step *s, struct error *e) {
    struct wire_reader *r = &c->reader;
    uint32_t size = wire_get_u32(r);
    size_t from = r->at;
    if (r->bad || size > r->len - from)
        return malformed(e, "a record is longer than the plan");

    const struct plan_op_info *info = plan_op_info(s->op);
    s->origin = wire_get_str(r, PLAN_ORIGIN_MAX);
    for (uint32_t i = 0; i < info->field_count; i++)
        get_field(r, &info->fields[i], (char *)&s->as + info->fields[i].offset);
    if (r->bad || r->at - from != size)
        return malformed(e, "a record's fields are not of its operation");
    return 1;
}

int plan_next(struct plan_cursor *c, struct step *s, struct error *e) {
    memset(s, 0, sizeof *s);
    uint32_t op = wire_get_u32(&c->reader);
    if (c->reader.bad)
        return malformed(e, "ends before its trailer");
    if (op == PLAN_DONE)
        return end(c, e);
    if (op >= PLAN_OP_COUNT)
        return malformed(e, "names an operation that does not exist");
    if (c->count == PLAN_STEPS_MAX)
        return error_set(e, E_PLAN_SIZE, 0, "plan", "has more than %u steps", PLAN_STEPS_MAX);
    s->op = (enum plan_op)op;
    c->count++;
    return get_step(c, s, e);
}

const char *plan_strs_next(const struct plan_strs *list, uint32_t *at) {
    const uint8_t *p = list->bytes + *at;
    *at += 4 + wire_u32_at(p) + 1;
    return (const char *)p + 4;
}

uint32_t plan_u32s_get(const struct plan_u32s *list, uint32_t i) {
    return wire_u32_at(list->bytes + (size_t)i * 4);
}

bool plan_has(const uint8_t *bytes, size_t len, enum plan_op op) {
    struct plan_cursor at;
    struct step s;
    struct error ignored;
    bool found = false;
    int rc = plan_begin(&at, bytes, len, &ignored);
    while (rc == 0 && !found && plan_next(&at, &s, &ignored) == 1)
        found = s.op == op;
    return found;
}
