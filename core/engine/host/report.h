/* report: the events on --report-fd, one JSON object a line, so that a daemon parses no prose. A reader that
 * went away does not matter to the container. */
#ifndef LOCALD_ENGINE_HOST_REPORT_H
#define LOCALD_ENGINE_HOST_REPORT_H

#include "core/base/error.h"

/* {"event":"created","pid":N} or {"event":"started","pid":N}. fd -1: nothing. */
void report_pid(int fd, const char *event, int pid);

/* {"event":"exited","status":S} with "signal":N when one ended the payload. */
void report_exit(int fd, int status, int signal);

/* {"event":"error","code":..,"origin":..,"subject":..,"message":..,"errno":..,"hint":..} */
void report_error(int fd, const struct error *e);

#endif
