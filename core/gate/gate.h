/*
 * gate: a pure function of (plan, caller): accepted, or refused with a reason. It trusts nothing in the plan
 * and touches nothing outside its own struct. Called by the monitor on every step, in order, before the first
 * effect; called by `bundle plan` to show the verdict.
 *
 * Two parts. Grammar: steps in ascending phase, each as often as the table allows, HOST before INIT,
 * cross-step rules (an id map needs a user namespace, hostname needs uts ...). Authority: what this caller
 * may ask (design section 4).
 */
#ifndef LOCALD_GATE_GATE_H
#define LOCALD_GATE_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/plan/facts.h"
#include "core/plan/plan.h"

#define GATE_EXTENTS_MAX 340 /* user_namespaces(7): most lines of one map */

struct gate_extent {
    uint32_t inside, outside, size;
};

struct gate {
    const struct caller *caller; /* borrowed */
    uint32_t phase;              /* of the last accepted step */
    uint32_t seen[PLAN_OP_COUNT];
    uint32_t joined;          /* CLONE_NEW* of the accepted joins */
    uint32_t namespaces;      /* CLONE_NEW* of the accepted unshare */
    bool setgroups;           /* allowed by the accepted step */
    uint32_t labels;          /* a bit for each kind that has its step */
    bool tracer;              /* a process of the container can trace others and has no CAP_SYS_ADMIN */
    uint32_t rlimits;         /* a bit for each resource that has its step */
    uint32_t extent_count[2]; /* uid, gid */
    struct gate_extent extents[2][GATE_EXTENTS_MAX];
};

/* Begins a plan. Borrows caller for the gate's life. */
void gate_begin(struct gate *g, const struct caller *caller);

/* Judges the next step: 0, or -1 with E_PLAN_ORDER, E_AUTHORITY, E_CONFIG_VALUE or another code and the
 * step's origin. After a refusal the gate is not used again (bundle plan goes on, to show the other
 * verdicts). */
int gate_step(struct gate *g, const struct step *s, struct error *e);

/* After the last step: -1 unless every operation that a plan needs was there and the maps are whole. */
int gate_end(const struct gate *g, struct error *e);

/* Decodes and judges a whole plan: 0 only if each step and the end are accepted. */
int gate_plan(const uint8_t *bytes, size_t len, const struct caller *caller, struct error *e);

/* One per operation: the rules of that operation alone; dispatched by gate_step after the grammar. */
#define GATE_DECLARE(name, stage, phase, who, least, most, caps, summary)                                    \
    int gate_##name(struct gate *g, const struct step *s, struct error *e);
PLAN_OPS(GATE_DECLARE)
#undef GATE_DECLARE

#endif
