/*
 * print: a decoded step as text for people (`bundle plan`) and as JSON for programs. The same step gives the
 * same bytes. Strings are quoted and escaped, so that hostile text can't drive a terminal or pretend to be
 * another field.
 */
#ifndef LOCALD_PLAN_PRINT_H
#define LOCALD_PLAN_PRINT_H

#include "core/base/text.h"
#include "core/plan/plan.h"

/* "name=value name=value": the step's fields. Cut where t is full. */
void plan_print_text(struct text *t, const struct step *s);

/* `"name":value,...`: the step's fields as members of a JSON object, without braces. Lists are arrays, bits
 * are arrays of names, 64-bit numbers are decimal strings when over 2^53. */
void plan_print_json(struct text *t, const struct step *s);

/* Bits and what the man pages call them; the table ends with a NULL name. */
struct plan_bit {
    uint64_t bits;
    const char *name;
};

/* The names of the bits of a field that is shown so; NULL for a field that is a number. */
const struct plan_bit *plan_bits(enum plan_show show);

#endif
