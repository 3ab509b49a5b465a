/* report: the events on --report-fd, one JSON object a line, so that a daemon parses no prose. A reader that
 * went away does not matter to the container. */
#ifndef LOCALD_ENGINE_HOST_REPORT_H
#define LOCALD_ENGINE_HOST_REPORT_H

#include "core/engine/host/host.h"
#include "core/plan/event.h"

/* What event_line says of h's phases, if there is a --report-fd. */
void report_event(const struct host *h, const struct event *e);

/* {"event":"error","code":..,"origin":..,"subject":..,"message":..,"errno":..,"hint":..} */
void report_error(int fd, const struct error *e);

#endif
