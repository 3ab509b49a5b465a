#include "core/engine/host/report.h"

#include <poll.h>
#include <string.h>

#include "core/base/fd.h"
#include "core/base/text.h"

#define PATIENCE_MILLISECONDS 1000

static void send_line(int fd, struct text *t) {
    if (fd < 0)
        return;
    text_add(t, "}\n");
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    if (poll(&p, 1, PATIENCE_MILLISECONDS) != 0) /* a reader that does not read must not hold us */
        (void)write_full(fd, t->bytes, t->len);
}

void report_event(int fd, const char *event, const char *name, int value, int signal) {
    char room[128];
    struct text t = text_in(room, sizeof room);
    text_member(&t, "event", event);
    text_member_i64(&t, name, value);
    if (signal != 0)
        text_member_i64(&t, "signal", signal);
    send_line(fd, &t);
}

void report_error(int fd, const struct error *e) {
    char room[6 * sizeof *e + 256]; /* an escaped byte takes six */
    struct text t = text_in(room, sizeof room);
    text_member(&t, "event", "error");
    text_member(&t, "code", error_name(e->code));
    text_member(&t, "origin", e->where);
    text_member(&t, "subject", e->subject);
    text_member(&t, "message", e->what);
    text_member_i64(&t, "errno", e->sys);
    if (e->sys != 0 && strerrordesc_np(e->sys) != NULL)
        text_member(&t, "reason", strerrordesc_np(e->sys));
    text_member(&t, "hint", e->hint);
    send_line(fd, &t);
}
