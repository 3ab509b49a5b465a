/* event: the lines of --report-fd, JSON objects that end with a newline. Pure. */
#ifndef LOCALD_PLAN_EVENT_H
#define LOCALD_PLAN_EVENT_H

#include "core/base/error.h"
#include "core/base/phases.h"
#include "core/base/text.h"

#define EVENT_LINE_MAX  512                              /* bytes of event_line's */
#define EVENT_ERROR_MAX (6 * sizeof(struct error) + 256) /* of event_error's: an escaped byte takes six */

/* What happened, and how long the phases first..last took that led to it; none where last is before first. */
struct event {
    const char *event; /* "created", "started", "exited" */
    const char *name;  /* of value: "pid", "status" */
    int value, signal; /* signal 0: none */
    enum phase first, last;
};

/* {"event":EVENT,NAME:VALUE}; where there are any, "signal":N and "microseconds":{"PHASE":N,...}. */
void event_line(struct text *t, const struct event *e, const struct phases *phases);

/* {"event":"error",...} with all that the error says. */
void event_error(struct text *t, const struct error *e);

#endif
