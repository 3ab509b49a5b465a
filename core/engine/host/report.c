#include "core/engine/host/report.h"

#include <poll.h>
#include <string.h>

#include "core/base/fd.h"
#include "core/base/text.h"

#define PATIENCE_MILLISECONDS 1000

static void send_line(int fd, struct text *t) {
    text_add(t, "}\n");
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    if (poll(&p, 1, PATIENCE_MILLISECONDS) == 1) /* a reader that does not read must not hold us */
        (void)write_full(fd, t->bytes, t->len);
}

static struct text begin(char *room, size_t size, const char *event) {
    struct text t = text_in(room, size);
    text_add(&t, "{\"event\":");
    text_json(&t, event);
    return t;
}

static void member(struct text *t, const char *name, const char *value) {
    text_add(t, ",\"");
    text_add(t, name);
    text_add(t, "\":");
    text_json(t, value);
}

static void number(struct text *t, const char *name, int value) {
    text_add(t, ",\"");
    text_add(t, name);
    text_add(t, "\":");
    text_i64(t, value);
}

void report_pid(int fd, const char *event, int pid) {
    if (fd < 0)
        return;
    char room[128];
    struct text t = begin(room, sizeof room, event);
    number(&t, "pid", pid);
    send_line(fd, &t);
}

void report_exit(int fd, int status, int signal) {
    if (fd < 0)
        return;
    char room[128];
    struct text t = begin(room, sizeof room, "exited");
    number(&t, "status", status);
    if (signal != 0)
        number(&t, "signal", signal);
    send_line(fd, &t);
}

void report_error(int fd, const struct error *e) {
    if (fd < 0)
        return;
    char room[6 * sizeof *e + 256]; /* an escaped byte takes six */
    struct text t = begin(room, sizeof room, "error");
    member(&t, "code", error_name(e->code));
    member(&t, "origin", e->where);
    member(&t, "subject", e->subject);
    member(&t, "message", e->what);
    number(&t, "errno", e->sys);
    if (e->sys != 0 && strerrordesc_np(e->sys) != NULL)
        member(&t, "reason", strerrordesc_np(e->sys));
    member(&t, "hint", e->hint);
    send_line(fd, &t);
}
