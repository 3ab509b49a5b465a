/* The operations table as data, for everything that walks over operations and fields. */
#include <stddef.h>

#include "core/plan/plan.h"

#define FIELD_ROW(op, kind, member, limit, how, text)                                                        \
    {.name = #member,                                                                                        \
     .summary = (text),                                                                                      \
     .type = PLAN_##kind,                                                                                    \
     .show = PLAN_SHOW_##how,                                                                                \
     .bound = (limit),                                                                                       \
     .offset = offsetof(struct op_##op, member)},

#define OP_FIELDS(op, stage, phase, least, most, caps, summary)                                              \
    static const struct plan_field fields_##op[] = {FIELDS_##op(FIELD_ROW, op){.name = NULL}};
PLAN_OPS(OP_FIELDS)
#undef OP_FIELDS

static const struct plan_op_info ops[PLAN_OP_COUNT] = {
#define OP_ROW(op, where, order, fewest, largest, needs, text)                                               \
    [PLAN_OP_##op] = {.name = #op,                                                                           \
                      .summary = (text),                                                                     \
                      .stage = PLAN_STAGE_##where,                                                           \
                      .phase = (order),                                                                      \
                      .least = (fewest),                                                                     \
                      .most = (largest),                                                                     \
                      .caps = (needs),                                                                       \
                      .fields = fields_##op,                                                                 \
                      .field_count = sizeof fields_##op / sizeof fields_##op[0] - 1},
    PLAN_OPS(OP_ROW)
#undef OP_ROW
};

const struct plan_op_info *plan_op_info(enum plan_op op) {
    return &ops[op];
}
