/*
 * refusal: what the interpreter sends in the place of a plan when it refuses the bundle: an error value on
 * the wire. The form stands in plan.h.
 */
#ifndef LOCALD_PLAN_REFUSAL_H
#define LOCALD_PLAN_REFUSAL_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/wire.h"

#define PLAN_REFUSAL_MAX (sizeof(struct error) + 32) /* bytes of the longest one */

/* Writes *e; called by the interpreter. w has room for PLAN_REFUSAL_MAX bytes. Borrows both. */
void plan_refusal_put(struct wire_writer *w, const struct error *e);

/* Reads what the interpreter sent; called by the monitor, before plan_begin. 1: it was a refusal, *e has it;
 * 0: it is none, *e is as it was; -1: it is a malformed one, *e says so (E_PLAN_FORMAT). Trusts nothing;
 * borrows bytes. */
int plan_refusal(const uint8_t *bytes, size_t len, struct error *e);

/* How the interpreter ended: 0 for status 0, else -1 with what there is to say of its status or signal
 * (waitid(2)). */
int plan_interpreter_end(bool exited, int status, int cpu_seconds, struct error *e);

#endif
