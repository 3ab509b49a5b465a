/* The operations table as data, for everything that walks over operations and fields. */
#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "core/plan/plan.h"

#define FIELD_ROW(op, kind, member, limit, how, text)                                                        \
    {.name = #member,                                                                                        \
     .summary = (text),                                                                                      \
     .type = PLAN_##kind,                                                                                    \
     .show = PLAN_SHOW_##how,                                                                                \
     .bound = (limit),                                                                                       \
     .offset = offsetof(struct op_##op, member)},

#define OP_FIELDS(op, stage, phase, who, least, most, caps, summary)                                         \
    static const struct plan_field fields_##op[] = {FIELDS_##op(FIELD_ROW, op){.name = NULL}};
PLAN_OPS(OP_FIELDS)
#undef OP_FIELDS

static const struct plan_op_info ops[PLAN_OP_COUNT] = {
#define OP_ROW(op, where, order, asker, fewest, largest, needs, text)                                        \
    [PLAN_OP_##op] = {.name = #op,                                                                           \
                      .summary = (text),                                                                     \
                      .stage = PLAN_STAGE_##where,                                                           \
                      .who = PLAN_WHO_##asker,                                                               \
                      .phase = (order),                                                                      \
                      .least = (fewest),                                                                     \
                      .most = (largest),                                                                     \
                      .caps = (needs),                                                                       \
                      .fields = fields_##op,                                                                 \
                      .field_count = sizeof fields_##op / sizeof fields_##op[0] - 1},
    PLAN_OPS(OP_ROW)
#undef OP_ROW
};

/* A row stands in the list of the stage that it names. */
#define IN_HOST(name, stage, ...)  static_assert(PLAN_STAGE_##stage == PLAN_STAGE_HOST, #name);
#define IN_CHILD(name, stage, ...) static_assert(PLAN_STAGE_##stage == PLAN_STAGE_CHILD, #name);
#define IN_INIT(name, stage, ...)  static_assert(PLAN_STAGE_##stage == PLAN_STAGE_INIT, #name);
PLAN_OPS_HOST(IN_HOST)
PLAN_OPS_CHILD(IN_CHILD)
PLAN_OPS_INIT(IN_INIT)

const struct plan_op_info *plan_op_info(enum plan_op op) {
    return &ops[op];
}

const char *plan_stage_name(enum plan_stage stage) {
    static const char *const names[] = {"host", "child", "init"};
    return names[stage];
}

int plan_fail(const struct step *s, struct error *e, enum error_code code, int sys, const char *subject,
              const char *fmt, ...) {
    char what[ERROR_WHAT_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    (void)error_set(e, code, sys, s->origin, "%s", what);
    return subject != NULL ? error_subject(e, subject) : -1;
}
