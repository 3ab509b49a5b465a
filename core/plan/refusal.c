#include "core/plan/refusal.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/plan/plan.h"

static void put(struct wire_writer *w, const char *s, size_t size) {
    wire_put_str(w, s, strnlen(s, size));
}

void plan_refusal_put(struct wire_writer *w, const struct error *e) {
    wire_put_u32(w, PLAN_ERROR_MAGIC);
    wire_put_u32(w, e->code);
    wire_put_u32(w, (uint32_t)e->sys);
    put(w, e->where, sizeof e->where - 1);
    put(w, e->subject, sizeof e->subject - 1);
    put(w, e->what, sizeof e->what - 1);
    put(w, e->hint, sizeof e->hint - 1);
}

/* A string that does not fit makes the reader bad. */
static void get(struct wire_reader *r, char *to, size_t size) {
    const char *s = wire_get_str(r, size - 1);
    memcpy(to, s, strlen(s) + 1);
}

int plan_refusal(const uint8_t *bytes, size_t len, struct error *e) {
    struct wire_reader r = {.bytes = bytes, .len = len};
    if (wire_get_u32(&r) != PLAN_ERROR_MAGIC) /* nor is 0, which stands for a text that is too short */
        return 0;

    struct error got = {.code = wire_get_u32(&r)};
    uint32_t sys = wire_get_u32(&r);
    got.sys = sys < 4096 ? (int32_t)sys : 0; /* MAX_ERRNO: no other number is an errno */
    get(&r, got.where, sizeof got.where);
    get(&r, got.subject, sizeof got.subject);
    get(&r, got.what, sizeof got.what);
    get(&r, got.hint, sizeof got.hint);
    if (r.bad || r.at != r.len || got.code == E_NONE || got.code >= ERROR_CODE_COUNT)
        return error_set(e, E_PLAN_FORMAT, 0, "plan", "the interpreter's refusal is malformed");
    *e = got;
    return 1;
}

int plan_interpreter_end(bool exited, int status, int cpu_seconds, struct error *e) {
    if (exited && status == 0)
        return 0;
    if (exited)
        return error_set(e, E_INTERPRETER, 0, "config.json", "the interpreter ended with status %d", status);
    if (status == SIGXCPU)
        return error_set(e, E_INTERPRETER_TIME, 0, "config.json",
                         "its interpretation took more than %d s of CPU time", cpu_seconds);
    return error_set(e, E_INTERPRETER, 0, "config.json", "the interpreter was ended by signal %d%s", status,
                     status == SIGSYS ? " (a system call that its filter forbids)" : "");
}
