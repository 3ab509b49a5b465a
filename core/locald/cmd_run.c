/*
 * locald run: one container, in the foreground.
 *
 * The shim is in a session of its own: a signal of the terminal reaches us alone, and we pass it on, so that
 * it arrives in the container once, as one from kill(1) does.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/locald/bundle.h"
#include "core/locald/command.h"
#include "core/locald/launch.h"
#include "core/locald/offer.h"

#define TOP  ".locald"
#define RUNS ".locald/run"

struct command_run {
    struct launch launch;
    struct locald_shim *shim;
    struct locald_run *run;
    char name[65];
    char bundle[4096]; /* absolute */
    int lock;          /* the bundle's directory; locked */
    int signals;
    bool top_made, bundle_made; /* by us */
    bool in_use;                /* the shim says that the bundle is another run's: it is left alone */
    int status;
};

static int choose_name(struct command_run *c, struct locald_error *e) {
    unsigned char bytes[8];
    if (c->launch.name != NULL) {
        (void)snprintf(c->name, sizeof c->name, "%s", c->launch.name);
        return 0;
    }
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return fail(e, LOCALD_E_SYSTEM, errno, "", "choosing a name", NULL);
    char *end = stpcpy(c->name, "run-");
    for (size_t i = 0; i < sizeof bytes; i++, end += 2)
        (void)snprintf(end, 3, "%02x", bytes[i]);
    return 0;
}

/* Who holds the lock of the bundle's directory may write in it and removes it. */
static int lock_bundle(struct command_run *c, struct locald_error *e) {
    struct stat st, named;
    c->top_made = lstat(TOP, &st) != 0;
    c->bundle_made = lstat(c->bundle, &st) != 0;
    for (;;) {
        c->lock = bundle_make_directory(c->bundle, e);
        if (c->lock < 0)
            return -1;
        if (flock(c->lock, LOCK_EX | LOCK_NB) != 0)
            return fail(e, LOCALD_E_ARGUMENT, errno == EWOULDBLOCK ? 0 : errno, "--name",
                        "a container of this name runs here", "give it another name");
        if (fstat(c->lock, &st) == 0 && lstat(c->bundle, &named) == 0 && st.st_ino == named.st_ino &&
            st.st_dev == named.st_dev)
            return 0;
        (void)close(c->lock); /* its last run removed it between our open and our lock */
        c->lock = -1;
    }
}

static int prepare(struct command_run *c, struct locald_error *e) {
    char here[4096];
    if (choose_name(c, e) != 0)
        return -1;
    if (getcwd(here, sizeof here) == NULL ||
        snprintf(c->bundle, sizeof c->bundle, "%s/" RUNS "/%s", here, c->name) >= (int)sizeof c->bundle)
        return fail(e, LOCALD_E_SYSTEM, ENAMETOOLONG, ".", "naming the bundle's directory", NULL);
    if (lock_bundle(c, e) != 0)
        return -1;
    const struct launch *l = &c->launch;
    struct bundle b = {.directory = c->bundle,
                       .name = c->name,
                       .rootfs = l->rootfs,
                       .args = l->args,
                       .env = l->env,
                       .cwd = l->cwd,
                       .user = l->user,
                       .terminal = l->tty,
                       .bind_count = l->bind_count};
    memcpy(b.binds, l->binds, sizeof b.binds);
    return bundle_write(&b, e);
}

/* A signal that is ignored, as by nohup(1), stays so. */
static int take_signals(struct command_run *c, struct locald_error *e) {
    static const int passed_on[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++) {
        struct sigaction old;
        if (sigaction(passed_on[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            (void)sigaddset(&set, passed_on[i]);
    }
    c->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (c->signals < 0 || sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return fail(e, LOCALD_E_SYSTEM, errno, "", "preparing for signals", NULL);
    return 0;
}

static int pass_signals(struct command_run *c, struct locald_error *e) {
    struct signalfd_siginfo info;
    while (read(c->signals, &info, sizeof info) == (ssize_t)sizeof info)
        if (locald_run_signal(c->run, (int)info.ssi_signo, e) != 0)
            return -1;
    return 0;
}

/* 1 after the end, 0 before. What the shim has to say of an error it has written to stderr itself. */
static int take_events(struct command_run *c, struct locald_error *e) {
    struct locald_event event;
    for (;;) {
        int rc = locald_run_next(c->run, 0, &event, e);
        if (rc < 0 && e->code == LOCALD_E_PROTOCOL)
            continue; /* the end tells what matters */
        if (rc <= 0)
            return rc;
        if (event.kind == LOCALD_EVENT_ERROR && strcmp(event.error.shim_code, "E_ID_IN_USE") == 0)
            c->in_use = true;
        if (event.kind == LOCALD_EVENT_END) {
            c->status = event.status;
            return 1;
        }
    }
}

static int follow(struct command_run *c, struct locald_error *e) {
    struct pollfd p[] = {{.fd = c->signals, .events = POLLIN},
                         {.fd = locald_run_fd(c->run), .events = POLLIN}};
    for (;;) {
        int ended = take_events(c, e);
        if (ended != 0)
            return ended < 0 ? -1 : 0;
        if (poll(p, 2, -1) < 0 && errno != EINTR)
            return fail(e, LOCALD_E_SYSTEM, errno, "locald-shim", "waiting for it", NULL);
        if (pass_signals(c, e) != 0)
            return -1;
    }
}

static int execute(struct command_run *c, struct locald_error *e) {
    const struct locald_run_options options = {.bundle = c->bundle,
                                               .id = c->name,
                                               .stdio = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO},
                                               .new_session = true};
    if (take_signals(c, e) != 0 || prepare(c, e) != 0 || locald_run_start(c->shim, &options, &c->run, e) != 0)
        return -1;
    return follow(c, e);
}

/* Leaves what was there before. A directory that we made goes whole, also what delegated ids left in it. */
static void clean_up(struct command_run *c) {
    struct locald_error ignored;
    locald_run_free(c->run);
    if (c->lock >= 0 && !c->in_use) {
        (void)unlinkat(c->lock, "config.json", 0);
        if (rmdir(c->bundle) != 0 && c->bundle_made && errno != ENOENT)
            (void)locald_cleanup(c->shim, c->bundle, &ignored);
        (void)rmdir(RUNS); /* stays while it is of use to others */
        if (c->top_made)
            (void)rmdir(TOP);
    }
    if (c->lock >= 0)
        (void)close(c->lock);
    if (c->signals >= 0)
        (void)close(c->signals);
    locald_shim_close(c->shim);
    launch_free(&c->launch);
}

int command_run(int argc, char **argv) {
    static struct command_run c = {.lock = -1, .signals = -1};
    struct locald_error e;
    if (launch_parse(argc, argv, &c.launch, &e) != 0)
        return say_error(&e);
    int rc = 0;
    if (c.launch.tty && isatty(STDIN_FILENO) != 1)
        rc = fail(&e, LOCALD_E_ARGUMENT, 0, "--tty", "stdin is no terminal", "leave --tty out");
    if (rc == 0)
        rc = launch_look(&c.launch, &e);
    if (rc == 0)
        rc = offer_find(&c.shim, &e);
    if (rc == 0)
        rc = execute(&c, &e);
    clean_up(&c);
    return rc == 0 ? c.status : say_error(&e);
}
