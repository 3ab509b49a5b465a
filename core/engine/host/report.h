/* report: the events on --report-fd, one JSON object a line, so that a daemon parses no prose. A reader that
 * went away does not matter to the container. */
#ifndef LOCALD_ENGINE_HOST_REPORT_H
#define LOCALD_ENGINE_HOST_REPORT_H

#include "core/base/error.h"

/* {"event":"created","pid":N}, {"event":"started","pid":N} or {"event":"exited","status":N}; with "signal":N
 * unless that is 0: the one that ended the payload. fd -1: nothing. */
void report_event(int fd, const char *event, const char *name, int value, int signal);

/* {"event":"error","code":..,"origin":..,"subject":..,"message":..,"errno":..,"hint":..} */
void report_error(int fd, const struct error *e);

#endif
