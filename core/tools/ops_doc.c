/*
 * ops_doc: writes docs/plan-ops.md from the operations table. Run by `make docs`; tests/check/docs.sh fails
 * when the page is not what this prints.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/plan/plan.h"
#include "core/plan/print.h"

static const char preface[] =
    "# The plan's operations\n"
    "\n"
    "<!-- Generated from core/plan/ops.def by `make docs`. Do not edit. -->\n"
    "\n"
    "A plan is a list of these steps: the narrow API between the confined interpreter, which proposes them "
    "(`core.NAME` in Lua), and the engine, which performs them after the gate has accepted all of them. "
    "Steps come in ascending order of phase; operations of one phase may mix. "
    "Steps of stage host are performed by the monitor in the host's namespaces, steps of stage child by the "
    "monitor too, "
    "on the container init that was created and still waits, steps of stage init by container init inside "
    "the new "
    "namespaces. The capabilities are effective while the step is performed and at no other "
    "time; "
    "for stage init they are over the container's user namespace where it has one.\n"
    "\n"
    "Every step also has its origin: the JSON path that it came from, at most 255 bytes.\n"
    "\n";

static void print_count(const struct plan_op_info *op) {
    if (op->least == op->most)
        printf("exactly %" PRIu32, op->most);
    else
        printf("%" PRIu32 " to %" PRIu32, op->least, op->most);
}

static void print_caps(uint64_t caps) {
    const char *before = "";
    for (const struct plan_bit *b = plan_bits(PLAN_SHOW_CAPS); b->name != NULL; b++) {
        if ((caps & b->bits) == 0)
            continue;
        printf("%s%s", before, b->name);
        before = ", ";
    }
    if (caps == 0)
        printf("none");
}

/* A bound that is the type's own largest value says nothing. */
static void print_type(const struct plan_field *f) {
    switch (f->type) {
    case PLAN_U32:
        printf(f->show == PLAN_SHOW_INT ? "i32" : "u32");
        if (f->bound != UINT32_MAX)
            printf(f->show == PLAN_SHOW_OCT ? " up to 0%" PRIo64 : " up to %" PRIu64, f->bound);
        break;
    case PLAN_U64:
        printf(f->show == PLAN_SHOW_INT ? "i64" : "u64");
        if (f->bound != UINT64_MAX)
            printf(" up to %" PRIu64, f->bound);
        break;
    case PLAN_STR:
        printf("string of at most %" PRIu64 " bytes", f->bound);
        break;
    case PLAN_STRS:
        printf("at most %" PRIu64 " strings", f->bound);
        break;
    case PLAN_U32S:
        printf("at most %" PRIu64 " u32", f->bound);
        break;
    }
}

static void print_overview(void) {
    printf("| operation | stage | phase | count | what it does |\n|---|---|---|---|---|\n");
    for (uint32_t i = 0; i < PLAN_OP_COUNT; i++) {
        const struct plan_op_info *op = plan_op_info((enum plan_op)i);
        printf("| [%s](#%s) | %s | %" PRIu32 " | ", op->name, op->name, plan_stage_name(op->stage),
               op->phase);
        print_count(op);
        printf(" | %s%s |\n", op->summary, op->who == PLAN_WHO_ROOT ? " (root callers only)" : "");
    }
}

static void print_operation(const struct plan_op_info *op) {
    printf("\n## %s\n\n%s\n\nStage %s, phase %" PRIu32 ", ", op->name, op->summary,
           plan_stage_name(op->stage), op->phase);
    print_count(op);
    printf(" in a plan. Capabilities: ");
    print_caps(op->caps);
    printf(".\n");
    if (op->field_count == 0)
        return;
    printf("\n| field | type | meaning |\n|---|---|---|\n");
    for (uint32_t i = 0; i < op->field_count; i++) {
        printf("| %s | ", op->fields[i].name);
        print_type(&op->fields[i]);
        printf(" | %s |\n", op->fields[i].summary);
    }
}

int main(void) {
    printf("%s", preface);
    print_overview();
    for (uint32_t i = 0; i < PLAN_OP_COUNT; i++)
        print_operation(plan_op_info((enum plan_op)i));
    return fflush(stdout) == 0 ? 0 : 1;
}
