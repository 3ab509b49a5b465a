/* What clients ask, done or begun. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/locald/command.h"
#include "core/locald/serve.h"

static void pend(struct client *c, enum pending what, const char *name, int64_t timeout) {
    c->pending = what;
    c->deadline = timeout < 0 ? -1 : clock_now() + timeout;
    (void)snprintf(c->name, sizeof c->name, "%s", name);
}

static json_t *done(const struct service *s) {
    return json_pack("{s:b, s:o}", "ok", 1, "service", service_json(s));
}

/* A service that never ran: why. */
static void refuse_with(struct client *c, const struct service *s) {
    struct locald_error e = s->error;
    if (e.code == LOCALD_OK)
        (void)fail(&e, LOCALD_E_ARGUMENT, 0, s->name, "it ended before it started", "run: locald logs NAME");
    client_refuse(c, &e);
}

bool serve_pending_done(struct client *c, const struct service *s) {
    bool over = service_over(s), failed = s->state == SERVICE_FAILED;
    switch (c->pending) {
    case PENDING_START:
    case PENDING_WAIT_STARTED:
        if (s->state == SERVICE_STARTING || (s->state == SERVICE_STOPPING && s->pid == 0))
            return false;
        if (failed || (over && s->pid == 0))
            refuse_with(c, s);
        else
            client_answer(c, done(s));
        return true;
    case PENDING_STOP:
    case PENDING_WAIT_EXITED:
        if (!over)
            return false;
        if (failed && c->pending == PENDING_WAIT_EXITED)
            refuse_with(c, s);
        else
            client_answer(c, done(s));
        return true;
    default:
        return false;
    }
}

static void do_start(struct client *c, const struct request *r) {
    struct locald_error e;
    struct service *s = NULL;
    if (serve.ending)
        (void)fail(&e, LOCALD_E_ARGUMENT, 0, r->name, "the daemon is ending", NULL);
    else if ((s = service_find(r->name)) != NULL && !service_over(s))
        (void)fail(&e, LOCALD_E_ARGUMENT, 0, r->name, "runs already", "run: locald stop NAME");
    else if ((s = service_new(r->name, &e)) != NULL && service_start(s, r, &e) == 0) {
        pend(c, PENDING_START, r->name, -1);
        return;
    }
    client_refuse(c, &e);
}

static void do_ps(struct client *c) {
    json_t *list = json_array();
    for (size_t i = 0; i < SERVICES_MAX; i++)
        if (serve.services[i] != NULL)
            (void)json_array_append_new(list, service_json(serve.services[i]));
    client_answer(c, json_pack("{s:b, s:o}", "ok", 1, "services", list));
}

/* Also of a service of an earlier daemon: the files are there. */
static void do_logs(struct client *c, const struct request *r) {
    struct locald_error e;
    c->log_dir = serve_service_dir(r->name, false);
    c->log = c->log_dir < 0 ? -1 : log_tail(c->log_dir, r->lines, &c->log_at);
    if (c->log < 0) {
        (void)fail(&e, LOCALD_E_ARGUMENT, errno, r->name, "has no log", "run: locald ps");
        client_refuse(c, &e);
        return;
    }
    c->follow = r->follow;
    pend(c, PENDING_LOGS, r->name, -1); /* client_ready goes on with it */
}

static void do_known(struct client *c, const struct request *r) {
    struct locald_error e;
    struct service *s = service_find(r->name);
    if (s == NULL) {
        (void)fail(&e, LOCALD_E_ARGUMENT, 0, r->name, "no service of this name was started",
                   "run: locald ps");
        client_refuse(c, &e);
        return;
    }
    if (r->what == REQUEST_STOP)
        pend(c, PENDING_STOP, r->name, -1);
    else
        pend(c, r->exited ? PENDING_WAIT_EXITED : PENDING_WAIT_STARTED, r->name, r->timeout);
    if (!serve_pending_done(c, s) && r->what == REQUEST_STOP)
        service_stop(s, r->grace < 0 ? serve.grace : r->grace);
}

void serve_do(struct client *c, const char *line, size_t len) {
    struct locald_error e;
    struct request r;
    if (request_parse(line, len, &r, &e) != 0) {
        client_refuse(c, &e);
        return;
    }
    if (r.what == REQUEST_START)
        do_start(c, &r);
    else if (r.what == REQUEST_PS)
        do_ps(c);
    else if (r.what == REQUEST_LOGS)
        do_logs(c, &r);
    else
        do_known(c, &r);
    request_free(&r);
}
