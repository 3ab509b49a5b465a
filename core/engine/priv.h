/*
 * priv: the capability sets of this process, and the brackets: between steps the effective set is empty; a
 * step raises what it names, does one thing, lowers. Used by the monitor and by container init.
 * capabilities(7), capset(2).
 */
#ifndef LOCALD_ENGINE_PRIV_H
#define LOCALD_ENGINE_PRIV_H

#include <stdint.h>

/* The three sets of capset(2), a bit for each capability. */
struct priv_sets {
    uint64_t effective, permitted, inheritable;
};

/* Ends the process with priv_fatal when they can't be read. */
struct priv_sets priv_read(void);

/* 0, or -1 with errno. */
int priv_write(const struct priv_sets *sets);

/* Makes effective those capabilities of `caps` that are permitted, and no others; what is not permitted is
 * left to the kernel to refuse. 0, or -1 with errno. */
int priv_raise(uint64_t caps);

/* The same for who knows its other two sets to be those of `sets`, and does it often. */
int priv_set_effective(const struct priv_sets *sets, uint64_t caps);

/* Empties the effective set. Failing to lower privilege is never survived: the process ends with priv_fatal.
 */
void priv_lower(void);

/* Says that privilege could not be read or given up, and ends the process with status 125. Not abort(3):
 * process 1 of a pid namespace ignores the signals that it sends to itself. */
_Noreturn void priv_fatal(void);

/* Shrinks the permitted set to `caps` (and empties the effective and inheritable ones). 0, or -1 with errno.
 */
int priv_keep_only(uint64_t caps);

/* The permitted set. */
uint64_t priv_permitted(void);

#endif
