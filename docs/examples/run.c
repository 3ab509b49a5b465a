/*
 * run BUNDLE ID: runs an OCI bundle with the locald-shim that is installed beside this program, says what
 * happens to it, and ends with its status. SIGINT and SIGTERM go to the container.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "locald_client.h"

static int complain(const struct locald_error *e) {
    char line[2048];
    (void)locald_error_text(e, line, sizeof line);
    (void)fprintf(stderr, "run: %s\n", line);
    if (e->hint[0] != '\0')
        (void)fprintf(stderr, "  hint: %s\n", e->hint);
    return 125;
}

/* Takes one event, if there is one. False after the last. */
static bool take(struct locald_run *run, int *status) {
    struct locald_event event;
    struct locald_error e;
    int rc = locald_run_next(run, 0, &event, &e);
    if (rc < 0)
        (void)complain(&e); /* nonsense; what comes after it is still told */
    else if (rc == 1 && event.kind == LOCALD_EVENT_STARTED)
        (void)fprintf(stderr, "run: started, pid %d\n", (int)event.pid);
    else if (rc == 1 && event.kind == LOCALD_EVENT_EXITED)
        (void)fprintf(stderr, "run: exited with status %d\n", event.status);
    else if (rc == 1 && event.kind == LOCALD_EVENT_ERROR)
        (void)complain(&event.error);
    else if (rc == 1 && event.kind == LOCALD_EVENT_END)
        *status = event.status;
    return rc != 1 || event.kind != LOCALD_EVENT_END;
}

/* The loop of a daemon: it waits for all that it has to do in one place. */
static int follow(struct locald_run *run, int signals) {
    int status = 125;
    struct locald_error e;
    do {
        struct pollfd p[] = {{.fd = locald_run_fd(run), .events = POLLIN}, {.fd = signals, .events = POLLIN}};
        struct signalfd_siginfo info;
        if (poll(p, 2, -1) > 0 && p[1].revents != 0 &&
            read(signals, &info, sizeof info) == (ssize_t)sizeof info &&
            locald_run_signal(run, (int)info.ssi_signo, &e) != 0)
            (void)complain(&e);
    } while (take(run, &status));
    return status;
}

int main(int argc, char **argv) {
    struct locald_shim *shim;
    struct locald_run *run;
    struct locald_error e;
    sigset_t set;
    if (argc != 3)
        return fprintf(stderr, "usage: run BUNDLE ID\n"), 125;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &set,
                      NULL); /* the container begins with none blocked: the library sees to it */
    int signals = signalfd(-1, &set, SFD_CLOEXEC);
    if (locald_shim_find(&shim, &e) != 0)
        return complain(&e);
    const struct locald_run_options options = {
        .bundle = argv[1], .id = argv[2], .stdio = {0, 1, 2}, .new_session = true};
    int status = locald_run_start(shim, &options, &run, &e) == 0 ? follow(run, signals) : complain(&e);
    locald_run_free(run);
    locald_shim_close(shim);
    return status;
}
