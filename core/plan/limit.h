/* limit: the words for a resource limit that the kernel did not set. Pure. */
#ifndef LOCALD_PLAN_LIMIT_H
#define LOCALD_PLAN_LIMIT_H

#include "core/plan/plan.h"

/* -1, with sys of setrlimit(2) and, where that is EPERM, the hard limit `most` that the caller has. */
int limit_refused(const struct step *s, uint64_t most, int sys, struct error *e);

#endif
