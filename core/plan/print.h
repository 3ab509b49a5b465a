/* print: a decoded step as text for people (`bundle plan`) and as JSON for programs. */
#ifndef LOCALD_PLAN_PRINT_H
#define LOCALD_PLAN_PRINT_H

#include "core/base/text.h"
#include "core/plan/plan.h"

/* "name=value name=value": the step's fields. Cut where t is full. */
void plan_print_text(struct text *t, const struct step *s);

/* `"name":value,...`: the step's fields as members of a JSON object, without braces. Lists are arrays, bits are
 * arrays of names, 64-bit numbers are decimal strings when over 2^53. */
void plan_print_json(struct text *t, const struct step *s);

#endif
