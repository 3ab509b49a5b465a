/* A service: how it is started, and what is known of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/locald/command.h"
#include "core/locald/serve.h"

#define START_TIME 30000 /* milliseconds until `started` must have come */

bool service_over(const struct service *s) {
    return s->state >= SERVICE_STOPPED;
}

const char *service_state_name(const struct service *s) {
    static const char *const names[] = {"starting", "running", "stopping", "stopped",
                                        "exited",   "crashed", "failed"};
    return names[s->state];
}

json_t *service_json(const struct service *s) {
    char since[48];
    clock_stamp(since, sizeof since, s->since, false);
    json_t *o = json_pack("{s:s, s:s, s:i, s:s, s:i, s:i}", "name", s->name, "state", service_state_name(s),
                          "pid", service_over(s) ? 0 : (int)s->pid, "since", since, "status", s->status,
                          "signal", s->signal);
    if (o != NULL && s->error.code != LOCALD_OK) {
        json_t *answer = answer_error(&s->error);
        (void)json_object_set(o, "error", json_object_get(answer, "error"));
        json_decref(answer);
    }
    return o;
}

struct service *service_find(const char *name) {
    for (size_t i = 0; i < SERVICES_MAX; i++)
        if (serve.services[i] != NULL && strcmp(serve.services[i]->name, name) == 0)
            return serve.services[i];
    return NULL;
}

/* A place in the table: a free one, else that of the one that has been over the longest. */
static struct service **place(void) {
    struct service **oldest = NULL;
    for (size_t i = 0; i < SERVICES_MAX; i++) {
        struct service **at = &serve.services[i];
        if (*at == NULL)
            return at;
        if (service_over(*at) && (oldest == NULL || (*at)->since < (*oldest)->since))
            oldest = at;
    }
    if (oldest != NULL) {
        free(*oldest);
        *oldest = NULL;
    }
    return oldest;
}

/* New, or one that is over and begins anew. */
struct service *service_new(const char *name, struct locald_error *e) {
    struct service *s = service_find(name);
    struct service **at = s == NULL ? place() : NULL;
    if (at != NULL)
        s = *at = calloc(1, sizeof *s);
    if (s == NULL) {
        (void)fail(e, LOCALD_E_ARGUMENT, 0, name, "256 services run already", "run: locald stop NAME");
        return NULL;
    }
    memset(s, 0, sizeof *s);
    (void)snprintf(s->name, sizeof s->name, "%s", name);
    s->dir = s->log = s->run_watch.fd = s->kill_watch.fd = s->out[0].watch.fd = s->out[1].watch.fd = -1;
    s->state = SERVICE_FAILED;
    s->since = clock_wall();
    s->deadline = -1;
    return s;
}

static void on_event(struct service *s, const struct locald_event *event) {
    if (event->kind == LOCALD_EVENT_STARTED) {
        s->pid = event->pid;
        if (s->state == SERVICE_STARTING) {
            s->state = SERVICE_RUNNING;
            s->since = clock_wall();
            s->deadline = -1;
            client_service_changed(s);
        }
    } else if (event->kind == LOCALD_EVENT_EXITED) {
        s->signal = event->signal;
    } else if (event->kind == LOCALD_EVENT_ERROR) {
        s->error = event->error;
    } else if (event->kind == LOCALD_EVENT_END) {
        service_ended(s, event->status);
    }
}

static void on_run(void *owner, uint32_t events) {
    (void)events;
    struct service *s = owner;
    struct locald_event event;
    struct locald_error e;
    for (int rc = 1; s->run != NULL && rc != 0;) {
        rc = locald_run_next(s->run, 0, &event, &e);
        if (rc == 1)
            on_event(s, &event);
        else if (rc < 0)
            serve_say("%s: %s", s->name, e.message);
        if (rc < 0 && e.code != LOCALD_E_PROTOCOL)
            service_ended(s, STATUS_ERROR); /* which kills what there may be */
    }
}

/* The cgroup stands in a file before it is there: whoever serves here next ends it by that. A file that is
 * there already is about a container of an earlier daemon which could not be ended. */
static int note(struct service *s, struct locald_error *e) {
    unsigned char r[4];
    char cgroup[sizeof s->cgroup];
    const char *root = access("/run/systemd/system", F_OK) == 0 ? "/locald.slice" : "/locald";
    if (getrandom(r, sizeof r, 0) != (ssize_t)sizeof r)
        return fail(e, LOCALD_E_SYSTEM, errno, s->name, "getting random bytes", NULL);
    (void)snprintf(cgroup, sizeof cgroup, "%s/locald-%u-%s-%02x%02x%02x%02x", root, getuid(), s->name, r[0],
                   r[1], r[2], r[3]);
    int fd = openat(s->dir, "service.json", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return fail(e, LOCALD_E_SYSTEM, EEXIST, s->name, "an earlier daemon's container could not be ended",
                    "locald.log in .locald says why");
    if (fd < 0)
        return fail(e, LOCALD_E_SYSTEM, errno, s->name, "making service.json", NULL);
    memcpy(s->cgroup, cgroup, sizeof cgroup);
    json_t *o = json_pack("{s:s}", "cgroup", s->cgroup);
    int rc = o == NULL ? -1 : json_dumpfd(o, fd, JSON_COMPACT);
    int why = errno;
    json_decref(o);
    (void)close(fd);
    return rc == 0 ? 0 : fail(e, LOCALD_E_SYSTEM, why, s->name, "writing service.json", NULL);
}

static int write_bundle(const struct service *s, const struct request *r, char *path, size_t size,
                        struct locald_error *e) {
    (void)snprintf(path, size, "%s/services/%s/bundle", serve.path, s->name);
    struct bundle b = {.directory = path,
                       .name = s->name,
                       .rootfs = r->rootfs,
                       .args = r->args,
                       .env = r->env,
                       .cwd = r->cwd,
                       .user = r->user,
                       .cgroup = s->cgroup,
                       .bind_count = r->bind_count};
    memcpy(b.binds, r->binds, sizeof b.binds);
    return bundle_write(&b, e);
}

static int run(struct service *s, const struct locald_shim *shim, const char *path, struct locald_error *e) {
    int out[2] = {-1, -1}, err[2] = {-1, -1};
    if (pipe2(out, O_CLOEXEC) != 0)
        return fail(e, LOCALD_E_SYSTEM, errno, s->name, "making a pipe", NULL);
    int rc = pipe2(err, O_CLOEXEC) != 0 ? fail(e, LOCALD_E_SYSTEM, errno, s->name, "making a pipe", NULL) : 0;
    /* a cgroup's name after a slash is an id, too */
    const struct locald_run_options o = {.bundle = path,
                                         .id = strrchr(s->cgroup, '/') + 1,
                                         .stdio = {-1, out[1], err[1]},
                                         .new_session = true};
    if (rc == 0)
        rc = locald_run_start(shim, &o, &s->run, e);
    (void)close(out[1]);
    if (err[1] >= 0)
        (void)close(err[1]);
    const int ends[2] = {out[0], err[0]};
    for (int i = 0; i < 2; i++) {
        s->out[i].service = s;
        s->out[i].name = i == 0 ? "stdout" : "stderr";
        if (rc == 0)
            (void)fcntl(ends[i], F_SETFL, O_NONBLOCK);
        if (rc == 0 && serve_watch(&s->out[i].watch, ends[i], EPOLLIN, log_ready, &s->out[i]) != 0)
            rc = fail(e, LOCALD_E_SYSTEM, errno, s->name, "watching a pipe", NULL);
        if (rc != 0 && ends[i] >= 0 && s->out[i].watch.fd < 0)
            (void)close(ends[i]);
    }
    if (rc == 0 && serve_watch(&s->run_watch, locald_run_fd(s->run), EPOLLIN, on_run, s) != 0)
        rc = fail(e, LOCALD_E_SYSTEM, errno, s->name, "watching locald-shim", NULL);
    return rc;
}

static int begin(struct service *s, const struct request *r, const struct locald_shim *shim,
                 struct locald_error *e) {
    char path[sizeof serve.path + 128];
    s->dir = serve_service_dir(s->name, true);
    if (s->dir < 0)
        return fail(e, LOCALD_E_SYSTEM, errno, s->name, "opening its directory", NULL);
    if (log_open(s, e) != 0 || note(s, e) != 0 || write_bundle(s, r, path, sizeof path, e) != 0)
        return -1;
    return run(s, shim, path, e);
}

/* 0: it is starting. -1: *e, and it is over. Each looks for the shim anew, so that one that was installed
 * since is found. */
int service_start(struct service *s, const struct request *r, struct locald_error *e) {
    struct locald_shim *shim = NULL;
    int rc = locald_shim_find(&shim, e);
    if (rc == 0 && serve.leftovers)
        serve_leftovers(shim);
    if (rc == 0)
        rc = begin(s, r, shim, e);
    locald_shim_close(shim);
    if (rc == 0) {
        s->state = SERVICE_STARTING;
        s->deadline = clock_now() + START_TIME;
        serve_say("%s: starting in %s", s->name, s->cgroup);
        return 0;
    }
    s->error = *e;
    service_ended(s, STATUS_ERROR);
    return -1;
}
