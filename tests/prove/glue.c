/*
 * For Eva: core/plan/decode.c with a reader that gives anything (what its contract, tests/prove/wire.acsl,
 * allows and more), so that whatever a plan's bytes and length are, what is left is where its values are
 * written.
 */
#include "__fc_builtin.h"
#include "core/plan/plan.h"

#define ROOM 4096

static uint8_t plan[ROOM];
static struct plan_cursor cursor;

static void go_on(struct wire_reader *r) {
    r->at = (size_t)Frama_C_unsigned_long_interval(0, ROOM);
    r->bad = r->bad || Frama_C_interval(0, 1) != 0;
}

uint32_t wire_get_u32(struct wire_reader *r) {
    go_on(r);
    return Frama_C_unsigned_int_interval(0, UINT32_MAX);
}

uint64_t wire_get_u64(struct wire_reader *r) {
    go_on(r);
    return Frama_C_unsigned_long_interval(0, UINT64_MAX);
}

const uint8_t *wire_get_bytes(struct wire_reader *r, size_t n) {
    (void)n;
    go_on(r);
    return r->bad ? NULL : r->bytes + Frama_C_interval(0, ROOM);
}

const char *wire_get_str(struct wire_reader *r, size_t max) {
    (void)max;
    go_on(r);
    return r->bad ? "" : (const char *)r->bytes + Frama_C_interval(0, ROOM);
}

int error_set(struct error *e, enum error_code code, int sys, const char *where, const char *fmt, ...) {
    (void)code;
    (void)sys;
    (void)where;
    (void)fmt;
    Frama_C_make_unknown((char *)e, sizeof *e);
    return -1;
}

int main(void) {
    struct step s;
    struct error e;
    Frama_C_make_unknown((char *)plan, sizeof plan);
    size_t len = (size_t)Frama_C_unsigned_long_interval(0, UINT64_MAX);
    int more = plan_begin(&cursor, plan, len, &e) == 0 ? 1 : -1;
    while (more == 1)
        more = plan_next(&cursor, &s, &e);
    return more;
}
