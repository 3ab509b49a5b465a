/*
 * gate_rows: table-driven tests of the gate. A row is one step, who asks for it, in which new namespaces, and
 * the code of the refusal (E_NONE: accepted). The steps before it (unshare, id maps, setgroups) are made
 * here.
 */
#ifndef LOCALD_TESTS_GATE_ROWS_H
#define LOCALD_TESTS_GATE_ROWS_H

#include "tests/unit/cmocka_all.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "core/gate/gate.h"

#define NS_LEAST    ((uint32_t)(CLONE_NEWNS | CLONE_NEWPID))
#define NS_USER     (NS_LEAST | (uint32_t)CLONE_NEWUSER)
#define NS_ALL      (NS_USER | (uint32_t)(CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP))
#define NS_ALL_ROOT (NS_ALL & ~(uint32_t)CLONE_NEWUSER)

/* A list as the decoder gives it: strings are "\3\0\0\0abc\0", numbers four bytes; the literal ends the last
 * string. */
#define LIST(entries, literal)                                                                               \
    { .bytes = (const uint8_t *)(literal), .count = (entries), .size = sizeof(literal) }
#define NUMBERS(entries, literal)                                                                            \
    { .bytes = (const uint8_t *)(literal), .count = (entries) }

#define STEP(name, ...)                                                                                      \
    {                                                                                                        \
        .op = PLAN_OP_##name, .origin = "here", .as.name = { __VA_ARGS__ }                                   \
    }

/* root; a user with nothing delegated; a user with ranges, two of which touch. */
static const struct caller as_root = {.is_root = true, .policy = POLICY_DEFAULT};
static const struct caller as_user = {.uid = 1000, .gid = 1001, .policy = POLICY_DEFAULT};
/* Of a host whose policy lets nobody join, and has a cgroup root of its own. */
static const struct caller as_bound = {
    .uid = 1000,
    .gid = 1001,
    .policy = {.gid = POLICY_EVERYBODY, .max_containers = 1, .root_count = 1, .roots = {"/teams/a"}}};
static const struct caller as_ranged = {.uid = 1000,
                                        .gid = 1001,
                                        .uid_range_count = 3,
                                        .uid_ranges = {{165536, 65536}, {100000, 65536}, {400000, 10}},
                                        .gid_range_count = 1,
                                        .gid_ranges = {{200000, 65536}},
                                        .policy = POLICY_DEFAULT};

struct row {
    const char *name;
    const struct caller *caller;
    uint32_t namespaces;
    struct step step;
    enum error_code code;
};

static inline void must(struct gate *g, const struct step *s) {
    struct error e = {0};
    if (gate_step(g, s, &e) != 0)
        fail_msg("preparing %s: %s", plan_op_info(s->op)->name, e.what);
}

/* Maps 0 to the caller's own id, and for root and as_ranged 1..65536 too. */
static inline void prepare_maps(struct gate *g, const struct caller *c) {
    bool more = c->is_root || c->uid_range_count > 0;
    for (uint32_t kind = 0; kind < 2; kind++) {
        struct step own = STEP(idmap, .kind = kind, .outside = kind == 0 ? c->uid : c->gid, .size = 1);
        struct step range =
            STEP(idmap, .kind = kind, .inside = 1, .outside = kind == 0 ? 100000 : 200000, .size = 65536);
        must(g, &own);
        if (more)
            must(g, &range);
    }
    struct step groups = STEP(setgroups, .allow = more ? 1 : 0);
    must(g, &groups);
}

/* A gate that has accepted what comes before the step's phase. */
static inline void prepare(struct gate *g, const struct row *r) {
    gate_begin(g, r->caller);
    uint32_t phase = plan_op_info(r->step.op)->phase;
    if (phase <= plan_op_info(PLAN_OP_unshare)->phase)
        return;
    struct step unshare = STEP(unshare, .flags = r->namespaces);
    must(g, &unshare);
    if (phase > plan_op_info(PLAN_OP_setgroups)->phase && (r->namespaces & CLONE_NEWUSER) != 0)
        prepare_maps(g, r->caller);
}

static inline void check_verdict(const char *name, int verdict, const struct error *e, enum error_code code) {
    if ((verdict == 0) != (code == E_NONE))
        fail_msg("%s: %s %s", name, verdict == 0 ? "accepted" : "refused:", verdict == 0 ? "" : e->what);
    if (verdict == 0)
        return;
    if (e->code != code)
        fail_msg("%s: %s instead of %s: %s", name, error_name(e->code), error_name(code), e->what);
    assert_string_equal(e->where, "here");
    assert_true(e->what[0] != '\0');
}

static inline void run_rows(const struct row *rows, size_t count) {
    struct gate g;
    for (size_t i = 0; i < count; i++) {
        struct error e = {0};
        prepare(&g, &rows[i]);
        check_verdict(rows[i].name, gate_step(&g, &rows[i].step, &e), &e, rows[i].code);
    }
}
#define RUN_ROWS(rows) run_rows(rows, sizeof(rows) / sizeof((rows)[0]))

#endif
