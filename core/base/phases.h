/*
 * phases: where the time of one run goes, for the events on --report-fd. Measured on CLOCK_MONOTONIC, each
 * part by one process with its own clock: a time namespace moves container init's.
 */
#ifndef LOCALD_BASE_PHASES_H
#define LOCALD_BASE_PHASES_H

#include <stdint.h>

enum phase {
    PHASE_START,       /* the caller, the host's facts and policy, the bundle's files */
    PHASE_INTERPRETER, /* from its clone to the end of its answer */
    PHASE_GATE,
    PHASE_HOST,   /* the keeper, the steps of stage HOST: state, cgroup ... */
    PHASE_CLONE,  /* device program, container init's clone, its id maps, the steps of stage CHILD */
    PHASE_MOUNTS, /* in container init, from GO to the new root */
    PHASE_EXEC,   /* the rest of container init, to the payload's first instruction */
    PHASE_PAYLOAD,
    PHASE_END, /* what the run made is removed */
    PHASE_COUNT
};

struct phases {
    uint64_t since;             /* when the phase began that goes on */
    uint64_t took[PHASE_COUNT]; /* microseconds */
};

/* CLOCK_MONOTONIC in microseconds. */
uint64_t phases_now(void);

/* What goes on from here is a phase, whichever phases_end then says. */
void phases_begin(struct phases *p);

/* It was this one, and the next begins. */
void phases_end(struct phases *p, enum phase phase);

/* Of what `whole` took, `microseconds` were `part`; container init says so, who may say anything. */
void phases_split(struct phases *p, enum phase whole, enum phase part, uint64_t microseconds);

#endif
