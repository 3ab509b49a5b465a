/* The findings of `locald doctor`. */
#ifndef LOCALD_CHECKS_H
#define LOCALD_CHECKS_H

#include <jansson.h>
#include <stdio.h>

#include "core/client/locald_client.h"

enum check_state { CHECK_OK, CHECK_WARNING, CHECK_PROBLEM };

/* Appends {"name", "state", "text", "fix"}; fix is "" where there is nothing to do. -1: no memory, or what is
 * no UTF-8. */
int checks_add(json_t *checks, const char *name, enum check_state state, const char *text, const char *fix);

/* Appends the checks of the shim's self-check as they are. -1: it is not understood. */
int checks_add_self_check(json_t *checks, const char *json);

bool checks_have_problem(const json_t *checks);

/* Control characters of what others wrote become '?'. */
void checks_print(const json_t *checks, FILE *out);

#endif
