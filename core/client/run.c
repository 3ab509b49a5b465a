/* A container: `locald-shim bundle run` as a child, its events as they come, its end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "core/client/client.h"

struct locald_run {
    struct client_child child;
    int report; /* non-blocking; -1 after its end */
    int epoll;  /* of the three others */
    int more;   /* eventfd: readable while `line` has a whole line that epoll can't know of */
    bool more_is_set;
    bool ended; /* the child was waited for */
    bool told;  /* ... and END delivered */
    int status;
    struct locald_error last; /* the run's error event */
    bool overlong;            /* the rest of the line is thrown away */
    struct client_socket console;
    size_t len;
    char line[CLIENT_LINE_MAX];
};

static int watch(const struct locald_run *run, int fd) {
    return epoll_ctl(run->epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN});
}

static int launch(const struct locald_shim *shim, const struct locald_run_options *o, struct locald_run *run,
                  int report, struct locald_error *e) {
    char number[16];
    (void)snprintf(number, sizeof number, "%d", CLIENT_EXTRA_FD);
    const char *argv[] = {"bundle",          "run",  "--bundle",
                          o->bundle,         "--id", o->id,
                          "--report-fd",     number, o->console ? "--console-socket" : NULL,
                          run->console.path, NULL};
    struct client_start start = {.argv = argv,
                                 .stdio = {o->stdio[0], o->stdio[1], o->stdio[2]},
                                 .extra = report,
                                 .new_session = o->new_session};
    return client_start_child(shim, &start, &run->child, e);
}

static int begin(const struct locald_shim *shim, const struct locald_run_options *o, struct locald_run *run,
                 struct locald_error *e) {
    int report[2];
    if (o->console && client_socket_open(&run->console, o->bundle, ".console-", e) != 0)
        return -1;
    if (pipe2(report, O_CLOEXEC) != 0)
        return client_fail(e, LOCALD_E_SYSTEM, errno, "", "making a pipe");
    run->report = report[0];
    run->epoll = epoll_create1(EPOLL_CLOEXEC);
    run->more = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int rc = run->epoll < 0 || run->more < 0 || fcntl(run->report, F_SETFL, O_NONBLOCK) != 0
                 ? client_fail(e, LOCALD_E_SYSTEM, errno, "", "making descriptors")
                 : launch(shim, o, run, report[1], e);
    (void)close(report[1]);
    if (rc == 0 &&
        (watch(run, run->report) != 0 || watch(run, run->more) != 0 || watch(run, run->child.pidfd) != 0))
        rc = client_fail(e, LOCALD_E_SYSTEM, errno, "", "watching locald-shim");
    return rc;
}

int locald_run_start(const struct locald_shim *shim, const struct locald_run_options *options,
                     struct locald_run **run, struct locald_error *e) {
    *run = NULL;
    if (options->bundle == NULL || options->id == NULL)
        return client_fail(e, LOCALD_E_ARGUMENT, 0, "", "a run needs a bundle and an id");
    struct locald_run *r = calloc(1, sizeof *r);
    if (r == NULL)
        return client_fail(e, LOCALD_E_SYSTEM, ENOMEM, "", "starting a container");
    r->child = (struct client_child){.pid = -1, .pidfd = -1};
    r->report = r->epoll = r->more = -1;
    r->console = CLIENT_NO_SOCKET;
    if (begin(shim, options, r, e) != 0) {
        locald_run_free(r);
        return -1;
    }
    *run = r;
    return 0;
}

int locald_run_fd(const struct locald_run *run) {
    return run->epoll;
}

pid_t locald_run_pid(const struct locald_run *run) {
    return run->child.pid;
}

int locald_run_pidfd(const struct locald_run *run) {
    return run->child.pidfd;
}

/* Takes the first n bytes off. */
static void consume(struct locald_run *run, size_t n) {
    memmove(run->line, run->line + n, run->len - n);
    run->len -= n;
}

/* Of what was read: 1 an event, 0 none, -1 nonsense. */
static int from_buffer(struct locald_run *run, struct locald_event *event, struct locald_error *e) {
    for (;;) {
        const char *newline = memchr(run->line, '\n', run->len);
        if (newline == NULL && run->len < sizeof run->line)
            return 0;
        if (newline == NULL) { /* said once, and forgotten up to its end */
            bool known = run->overlong;
            run->len = 0;
            run->overlong = true;
            return known ? 0 : client_fail(e, LOCALD_E_PROTOCOL, 0, "locald-shim", "an event without end");
        }
        size_t n = (size_t)(newline - run->line);
        bool rest = run->overlong;
        run->overlong = false;
        int rc = rest ? 0 : client_event_parse(run->line, n, event, e);
        consume(run, n + 1);
        if (rc == 1 && event->kind == LOCALD_EVENT_ERROR)
            run->last = event->error;
        if (rc != 0)
            return rc;
    }
}

/* True when something was read. */
static bool fill(struct locald_run *run) {
    if (run->report < 0)
        return false;
    ssize_t n = TEMP_FAILURE_RETRY(read(run->report, run->line + run->len, sizeof run->line - run->len));
    if (n > 0)
        run->len += (size_t)n;
    else if (n == 0 || errno != EAGAIN)
        client_close(&run->report); /* which takes it out of epoll */
    return n > 0;
}

/* The child is gone, and so is what it said. */
static int end(struct locald_run *run, struct locald_event *event, struct locald_error *e) {
    if (run->len > 0) {
        run->len = 0;
        return client_fail(e, LOCALD_E_PROTOCOL, 0, "locald-shim", "ended within an event");
    }
    client_close(&run->report); /* descendants may hold the other end for ever */
    run->told = true;
    *event = (struct locald_event){.kind = LOCALD_EVENT_END, .status = run->status};
    return 1;
}

/* What can be said without waiting. */
static int look(struct locald_run *run, struct locald_event *event, struct locald_error *e) {
    if (!run->ended) { /* before the last read: what it said until its end is all read then */
        int rc = client_wait_child(&run->child, false, &run->status);
        if (rc < 0)
            return client_fail(e, LOCALD_E_SYSTEM, errno, "locald-shim", "waiting for it");
        run->ended = rc == 1;
    }
    do {
        int rc = from_buffer(run, event, e);
        if (rc != 0)
            return rc;
    } while (fill(run));
    return run->ended && !run->told ? end(run, event, e) : 0;
}

/* epoll must know what is left to say: the end, too, whose pidfd is closed. */
static void mark(struct locald_run *run) {
    bool more = memchr(run->line, '\n', run->len) != NULL || (run->ended && !run->told);
    uint64_t count = 1;
    if (more && !run->more_is_set)
        run->more_is_set = write(run->more, &count, sizeof count) == (ssize_t)sizeof count;
    else if (!more && run->more_is_set)
        run->more_is_set = read(run->more, &count, sizeof count) != (ssize_t)sizeof count;
}

int locald_run_next(struct locald_run *run, int timeout, struct locald_event *event, struct locald_error *e) {
    int64_t deadline = client_deadline(timeout);
    for (;;) {
        int rc = run->told ? 0 : look(run, event, e);
        mark(run);
        if (rc != 0 || run->told)
            return rc;
        struct pollfd p = {.fd = run->epoll, .events = POLLIN};
        int left = client_left(deadline);
        int n = left == 0 ? 0 : poll(&p, 1, left);
        if (n < 0 && errno != EINTR)
            return client_fail(e, LOCALD_E_SYSTEM, errno, "locald-shim", "waiting for it");
        if (n == 0)
            return 0;
    }
}

int locald_run_wait(struct locald_run *run, int *status, struct locald_error *last, struct locald_error *e) {
    struct locald_error nonsense = {0};
    while (!run->told) {
        struct locald_event event;
        if (locald_run_next(run, -1, &event, e) >= 0)
            continue;
        if (e->code != LOCALD_E_PROTOCOL)
            return -1;
        nonsense = *e;
    }
    *status = run->status;
    *last = run->last.code != LOCALD_OK ? run->last : nonsense;
    if (last->code == LOCALD_OK && run->status == 125)
        (void)client_fail(last, LOCALD_E_SHIM, 0, "locald-shim",
                          "ended with status 125; what it says of that is on its stderr");
    return 0;
}

int locald_run_signal(struct locald_run *run, int signal, struct locald_error *e) {
    if (run->ended || pidfd_send_signal(run->child.pidfd, signal, NULL, 0) == 0 || errno == ESRCH)
        return 0;
    return client_fail(e, LOCALD_E_SYSTEM, errno, "locald-shim", "sending it signal %d", signal);
}

/* 1 when the shim connects, 0 when it is gone, -1 with *e. */
static int wait_connection(const struct locald_run *run, int64_t deadline, struct locald_error *e) {
    struct pollfd p[] = {{.fd = run->console.listener, .events = POLLIN},
                         {.fd = run->ended ? -1 : run->child.pidfd, .events = POLLIN}};
    for (;;) {
        int n = poll(p, 2, run->ended ? 0 : client_left(deadline));
        if (n > 0)
            return p[0].revents != 0;
        if (n == 0 && run->ended)
            return 0;
        if (n == 0)
            return client_fail(e, LOCALD_E_TIMEOUT, 0, "locald-shim", "made no terminal in that time");
        if (errno != EINTR)
            return client_fail(e, LOCALD_E_SYSTEM, errno, "locald-shim", "waiting for the terminal");
    }
}

int locald_run_console(struct locald_run *run, int timeout, struct locald_error *e) {
    int64_t deadline = client_deadline(timeout);
    if (run->console.listener < 0)
        return client_fail(e, LOCALD_E_ARGUMENT, 0, "", "the run has no console, or it was taken");
    int rc = wait_connection(run, deadline, e);
    if (rc == 0)
        return client_fail(e, LOCALD_E_PROTOCOL, 0, "locald-shim", "ended before it made a terminal");
    int fd = rc == 1 ? client_socket_receive(run->console.listener, NULL, deadline, e) : -1;
    if (fd >= 0)
        client_socket_close(&run->console);
    return fd;
}

void locald_run_free(struct locald_run *run) {
    if (run == NULL)
        return;
    client_end_child(&run->child);
    client_socket_close(&run->console);
    client_close(&run->report);
    client_close(&run->more);
    client_close(&run->epoll);
    free(run);
}
