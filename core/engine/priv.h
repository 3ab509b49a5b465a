/*
 * priv: the brackets. Between steps the effective capability set is empty; a step raises what it names, does
 * one thing, lowers. Used by the monitor and by container init.
 */
#ifndef LOCALD_ENGINE_PRIV_H
#define LOCALD_ENGINE_PRIV_H

#include <stdint.h>

/* Makes effective those capabilities of `caps` (a bit each) that are permitted, and no others; what is not
 * permitted is left to the kernel to refuse. 0, or -1 with errno. capabilities(7). */
int priv_raise(uint64_t caps);

/* Empties the effective set. Failing to lower privilege is never survived: the process aborts. */
void priv_lower(void);

/* Shrinks the permitted set to `caps` (and empties the effective and inheritable ones). 0, or -1 with errno.
 */
int priv_keep_only(uint64_t caps);

/* The permitted set, a bit each. */
uint64_t priv_permitted(void);

#endif
