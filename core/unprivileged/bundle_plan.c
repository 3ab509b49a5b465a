/* bundle plan: interprets like run, judges each step and prints it; nothing is performed. Once the bundle is
 * open all privilege is given up. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/text.h"
#include "core/commands/commands.h"
#include "core/commands/interpret.h"
#include "core/engine/host/bundle.h"
#include "core/engine/host/caller.h"
#include "core/engine/host/host.h"
#include "core/gate/gate.h"
#include "core/plan/print.h"

/* A printed step is at most as long as its record with every byte escaped. */
#define LINE_ROOM ((size_t)6 * PLAN_BYTES_MAX + 65536)

static void pad(struct text *t, size_t from, size_t width) {
    while (t->len - from < width)
        text_add(t, " ");
    text_add(t, " ");
}

static void line_text(struct text *t, uint32_t number, const struct step *s, const struct error *refusal) {
    size_t from = t->len;
    text_u64(t, number);
    pad(t, from, 3);
    text_add(t, plan_stage_name(plan_op_info(s->op)->stage));
    text_add(t, " ");
    from = t->len;
    text_add(t, plan_op_info(s->op)->name);
    pad(t, from, 12);
    from = t->len;
    text_escaped(t, s->origin);
    pad(t, from, 28);
    text_add(t, refusal == NULL ? "accepted " : "REFUSED  ");
    plan_print_text(t, s);
    text_add(t, "\n");
    if (refusal != NULL) {
        text_add(t, "      ");
        text_escaped(t, refusal->what);
        text_add(t, " [");
        text_add(t, error_name(refusal->code));
        text_add(t, "]\n");
    }
}

static void line_json(struct text *t, uint32_t number, const struct step *s, const struct error *refusal) {
    text_add(t, number == 1 ? "\n {\"step\":" : ",\n {\"step\":");
    text_u64(t, number);
    text_add(t, ",\"stage\":");
    text_json(t, plan_stage_name(plan_op_info(s->op)->stage));
    text_add(t, ",\"operation\":");
    text_json(t, plan_op_info(s->op)->name);
    text_add(t, ",\"origin\":");
    text_json(t, s->origin);
    text_add(t, ",\"fields\":{");
    plan_print_json(t, s);
    text_add(t, refusal == NULL ? "},\"accepted\":true" : "},\"accepted\":false,\"code\":");
    if (refusal != NULL) {
        text_json(t, error_name(refusal->code));
        text_add(t, ",\"reason\":");
        text_json(t, refusal->what);
    }
    text_add(t, "}");
}

static void flush(struct text *t) {
    (void)write_full(STDOUT_FILENO, t->bytes, t->len);
    t->len = 0;
}

static void print_end(struct text *t, bool json, int verdict, const struct error *refusal) {
    if (json) {
        text_add(t, "\n],\"accepted\":");
        text_add(t, verdict == 0 ? "true" : "false");
        if (verdict != 0) {
            text_add(t, ",\"code\":");
            text_json(t, error_name(refusal->code));
            text_add(t, ",\"origin\":");
            text_json(t, refusal->where);
            text_add(t, ",\"reason\":");
            text_json(t, refusal->what);
        }
        text_add(t, "}\n");
    } else if (verdict != 0) {
        text_add(t, "REFUSED as a whole: ");
        text_escaped(t, refusal->where);
        text_add(t, ": ");
        text_escaped(t, refusal->what);
        text_add(t, "\n");
    } else {
        text_add(t, "accepted as a whole\n");
    }
    flush(t);
}

static int print_plan(const struct interpretation *plan, const struct caller *caller, bool json,
                      struct error *e) {
    char *room = malloc(LINE_ROOM);
    if (room == NULL)
        return error_set(e, E_INTERNAL, 0, "bundle plan", "there is no memory to print with");
    struct text t = text_in(room, LINE_ROOM);
    struct plan_cursor at;
    struct gate gate;
    struct step s;
    struct error first = {0};
    uint32_t number = 0;
    gate_begin(&gate, caller);
    int rc = plan_begin(&at, plan->bytes, plan->len, e);
    if (rc == 0 && json)
        text_add(&t, "{\"steps\":[");
    while (rc == 0 && (rc = plan_next(&at, &s, e)) == 1) {
        struct error refusal = {0};
        int verdict = gate_step(&gate, &s, &refusal);
        if (verdict != 0 && first.code == E_NONE)
            first = refusal;
        (json ? line_json : line_text)(&t, ++number, &s, verdict == 0 ? NULL : &refusal);
        flush(&t);
        rc = 0;
    }
    if (rc == 0) {
        if (first.code == E_NONE)
            (void)gate_end(&gate, &first);
        print_end(&t, json, first.code == E_NONE ? 0 : -1, &first);
    }
    free(room);
    return rc;
}

static int show(const struct options *o, struct error *e) {
    char path[HOST_PATH_MAX];
    struct facts facts;
    struct interpretation plan = {.pidfd = -1};
    CLEANUP_FD int dir_fd = -1;
    CLEANUP_FD int config_fd = -1;
    int rc = caller_facts(&facts, e);
    if (rc == 0)
        rc = bundle_open(o->bundle, &dir_fd, path, sizeof path, e);
    if (rc == 0)
        rc = bundle_open_config(dir_fd, &config_fd, e);
    if (rc == 0)
        rc = start_give_up(e);
    if (rc == 0)
        rc = interpret(config_fd, &facts, &(struct secret){.known = false}, &plan, e);
    if (rc == 0)
        rc = interpretation_end(&plan, e);
    if (rc == 0)
        rc = print_plan(&plan, &facts.caller, o->json, e);
    interpretation_free(&plan);
    return rc;
}

int command_bundle_plan(const struct options *o, const struct start *start) {
    (void)start;
    struct error e = {0};
    if (show(o, &e) == 0)
        return 0;
    return error_print(&e);
}
