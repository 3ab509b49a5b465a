/* report: the events on --report-fd, one JSON object a line, so that a daemon parses no prose. A reader that
 * went away does not matter to the container. */
#ifndef LOCALD_ENGINE_HOST_REPORT_H
#define LOCALD_ENGINE_HOST_REPORT_H

#include "core/base/error.h"
#include "core/plan/event.h"

/* What event_line says. fd -1: nothing. */
void report_event(int fd, const struct event *e, const struct phases *phases);

/* {"event":"error","code":..,"origin":..,"subject":..,"message":..,"errno":..,"hint":..} */
void report_error(int fd, const struct error *e);

#endif
