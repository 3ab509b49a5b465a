/* denied: the words for what the kernel does not give. Pure. */
#ifndef LOCALD_PLAN_DENIED_H
#define LOCALD_PLAN_DENIED_H

#include "core/plan/plan.h"

/* -1, with sys of setrlimit(2) and, where that is EPERM, the hard limit `most` that the caller has. */
int denied_limit(const struct step *s, uint64_t most, int sys, struct error *e);

/* -1: names the set and the capabilities (bits of `missing`) that can't be had. */
int denied_caps(const struct step *s, const char *set, uint64_t missing, struct error *e);

#endif
