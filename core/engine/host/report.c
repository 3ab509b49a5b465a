#include "core/engine/host/report.h"

#include <poll.h>
#include <string.h>

#include "core/base/fd.h"

#define PATIENCE_MILLISECONDS 1000

static void send_line(int fd, const struct text *t) {
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    if (fd >= 0 && poll(&p, 1, PATIENCE_MILLISECONDS) != 0) /* a reader that does not read must not hold us */
        (void)write_full(fd, t->bytes, t->len);
}

void report_event(const struct host *h, const struct event *e) {
    char room[EVENT_LINE_MAX];
    struct text t = text_in(room, sizeof room);
    event_line(&t, e, &h->phases);
    send_line(h->report_fd, &t);
}

void report_error(int fd, const struct error *e) {
    char room[EVENT_ERROR_MAX];
    struct text t = text_in(room, sizeof room);
    event_error(&t, e);
    send_line(fd, &t);
}
