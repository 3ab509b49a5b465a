/* The lifecycle's creator at work: its output, its end, and signals. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/locald/build.h"
#include "core/locald/clock.h"
#include "core/locald/command.h"

#define GRACE 3000 /* milliseconds from the first signal to SIGKILL; the creator may know none */

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};

struct running {
    struct build *b;
    struct locald_run *run;
    int output, signals;
    int64_t killed_at; /* -1: no signal came */
};

static int start(struct running *r, int *inside, struct locald_error *e) {
    char bundle[4200];
    int ends[2];
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        struct sigaction old;
        if (sigaction(ending[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            (void)sigaddset(&set, ending[i]); /* one that is ignored, as by nohup(1), stays so */
    }
    r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (r->signals < 0 || sigprocmask(SIG_BLOCK, &set, NULL) != 0 || pipe2(ends, O_CLOEXEC) != 0)
        return fail(e, LOCALD_E_SYSTEM, errno, "", "preparing for the lifecycle", NULL);
    r->output = ends[0];
    *inside = ends[1];
    (void)snprintf(bundle, sizeof bundle, "%s/bundle", r->b->directory);
    const struct locald_run_options options = {
        .bundle = bundle, .id = r->b->options.name, .stdio = {-1, *inside, *inside}, .new_session = true};
    return locald_run_start(r->b->shim, &options, &r->run, e);
}

/* False at the end. */
static bool read_output(struct running *r) {
    char room[16384];
    ssize_t n = TEMP_FAILURE_RETRY(read(r->output, room, sizeof room));
    if (n > 0)
        build_output_take(&r->b->output, room, (size_t)n, clock_now());
    return n > 0;
}

/* 1 after the end. */
static int take_events(struct running *r, struct locald_error *e) {
    struct locald_event event;
    for (;;) {
        int rc = locald_run_next(r->run, 0, &event, e);
        if (rc < 0 && e->code == LOCALD_E_PROTOCOL)
            continue; /* the end tells what matters */
        if (rc <= 0)
            return rc;
        if (event.kind == LOCALD_EVENT_STARTED)
            r->b->ran = true;
        if (event.kind == LOCALD_EVENT_ERROR)
            r->b->last = event.error;
        if (event.kind == LOCALD_EVENT_END) {
            r->b->status = event.status;
            return 1;
        }
    }
}

static int take_signal(struct running *r, struct locald_error *e) {
    struct signalfd_siginfo info;
    if (read(r->signals, &info, sizeof info) != (ssize_t)sizeof info)
        return 0;
    if (r->killed_at < 0) {
        r->killed_at = clock_now() + GRACE;
        r->b->signal = (int)info.ssi_signo;
    }
    return locald_run_signal(r->run, (int)info.ssi_signo, e);
}

static int follow(struct running *r, struct locald_error *e) {
    struct pollfd p[] = {{.fd = r->output, .events = POLLIN},
                         {.fd = locald_run_fd(r->run), .events = POLLIN},
                         {.fd = r->signals, .events = POLLIN}};
    for (;;) {
        int64_t left = r->killed_at < 0 ? -1 : r->killed_at - clock_now();
        if (r->killed_at >= 0 && left <= 0)
            return 0; /* its end is locald_run_free's */
        if (poll(p, 3, (int)left) < 0 && errno != EINTR)
            return fail(e, LOCALD_E_SYSTEM, errno, "locald-shim", "waiting for it", NULL);
        if (p[0].revents != 0 && !read_output(r))
            p[0].fd = -1;
        if (p[2].revents != 0 && take_signal(r, e) != 0)
            return -1;
        int ended = p[1].revents != 0 ? take_events(r, e) : 0;
        if (ended != 0)
            return ended < 0 ? -1 : 0;
    }
}

int build_run(struct build *b, struct locald_error *e) {
    struct running r = {.b = b, .output = -1, .signals = -1, .killed_at = -1};
    int inside = -1;
    int rc = start(&r, &inside, e);
    if (inside >= 0)
        (void)close(inside);
    if (rc == 0)
        rc = follow(&r, e);
    locald_run_free(r.run);
    while (r.output >= 0 && read_output(&r)) { /* nothing outlives the shim, so that this ends */
    }
    build_output_end(&b->output, clock_now());
    if (r.output >= 0)
        (void)close(r.output);
    if (r.signals >= 0)
        (void)close(r.signals);
    return rc;
}
