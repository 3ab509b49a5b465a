/*
 * promises: what no plan that the gate has accepted may have, whatever its bytes are. Written a second time
 * and otherwise than in core/gate, from SECURITY.md's side: what would be a gain for the caller, and what the
 * engine counts on. A promise that is broken aborts.
 */
#ifndef LOCALD_TESTS_FUZZ_PROMISES_H
#define LOCALD_TESTS_FUZZ_PROMISES_H

#include "core/gate/gate.h"

struct promises {
    const struct caller *caller;
    uint32_t seen[PLAN_OP_COUNT];
    uint32_t joined, namespaces, rlimits, labels, phase;
    uint32_t idmapped_binds;
    bool setgroups, tracer;
    uint32_t extent_count[2];
    struct gate_extent extents[2][GATE_EXTENTS_MAX];
};

/* Of each step of an accepted plan, in order; then at its end. Begin with *p zero but for the caller. */
void promises_step(struct promises *p, const struct step *s);
void promises_end(const struct promises *p);

#endif
