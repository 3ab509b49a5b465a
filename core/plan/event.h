/* event: the lines of --report-fd, JSON objects that end with a newline. Pure. */
#ifndef LOCALD_PLAN_EVENT_H
#define LOCALD_PLAN_EVENT_H

#include "core/base/error.h"
#include "core/base/text.h"

#define EVENT_LINE_MAX  128                              /* bytes of event_line's */
#define EVENT_ERROR_MAX (6 * sizeof(struct error) + 256) /* of event_error's: an escaped byte takes six */

/* {"event":EVENT,NAME:VALUE} and, where it is not 0, "signal". */
void event_line(struct text *t, const char *event, const char *name, int value, int signal);

/* {"event":"error",...} with all that the error says. */
void event_error(struct text *t, const struct error *e);

#endif
