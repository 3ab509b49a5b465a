/*
 * The client library at work, for tests: `client COMMAND ...`. Says what it got in lines; an error as "error
 * CODE: TEXT" and "hint: TEXT", with status 1.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "core/client/locald_client.h"

static struct locald_error e;
static struct locald_shim *shim;

static int failed(void) {
    char text[2048];
    (void)locald_error_text(&e, text, sizeof text);
    (void)printf("error %s: %s\n", locald_code_name(e.code), text);
    if (e.hint[0] != '\0')
        (void)printf("hint: %s\n", e.hint);
    return 1;
}

static int ok(int rc) {
    return rc == 0 ? puts("ok") < 0 : failed();
}

static int find(char **arg) {
    int rc = arg[0] != NULL ? locald_shim_find_in(arg[0], &shim, &e) : locald_shim_find(&shim, &e);
    if (rc != 0)
        return failed();
    (void)printf("%s %s\n", locald_shim_path(shim), locald_shim_version(shim));
    return 0;
}

static void say(const struct locald_event *event) {
    if (event->kind == LOCALD_EVENT_CREATED || event->kind == LOCALD_EVENT_STARTED)
        (void)printf("%s %s\n", event->kind == LOCALD_EVENT_CREATED ? "created" : "started",
                     event->pid > 1 ? "pid" : "?");
    else if (event->kind == LOCALD_EVENT_EXITED)
        (void)printf("exited %d %d\n", event->status, event->signal);
    else if (event->kind == LOCALD_EVENT_END)
        (void)printf("end %d\n", event->status);
    else
        (void)printf("event %s %s: %s\n", event->error.shim_code, event->error.where, event->error.message);
    (void)fflush(stdout);
}

static int start(char **arg, bool console, struct locald_run **run) {
    struct locald_run_options o = {.bundle = arg[0], .id = arg[1], .stdio = {-1, 1, 2}, .console = console};
    return locald_run_start(shim, &o, run, &e);
}

/* Events by poll(2) of the one descriptor, one at a time. Sends `sig` from the start on, again and again. */
static int follow(struct locald_run *run, int sig) {
    int ends = 0, waits = 0;
    bool started = false;
    while (ends == 0) {
        struct locald_event event;
        struct pollfd p = {.fd = locald_run_fd(run), .events = POLLIN};
        if (started && sig != 0 && locald_run_signal(run, sig, &e) != 0)
            return failed();
        if (poll(&p, 1, 100) != 1) {
            if (++waits > 600)
                return puts("nothing in a minute"), 1;
            continue;
        }
        int rc = locald_run_next(run, 0, &event, &e);
        if (rc < 0 && failed() && e.code != LOCALD_E_PROTOCOL)
            return 1;
        if (rc <= 0)
            continue;
        say(&event);
        started = started || event.kind == LOCALD_EVENT_STARTED;
        ends += event.kind == LOCALD_EVENT_END;
    }
    struct locald_event event;
    int status = -1;
    struct locald_error last;
    (void)printf("after it: %d", locald_run_next(run, -1, &event, &e));
    if (locald_run_signal(run, SIGTERM, &e) != 0 || locald_run_wait(run, &status, &last, &e) != 0)
        return failed();
    (void)printf(", wait %d %s\n", status, locald_code_name(last.code));
    return 0;
}

/* run BUNDLE ID [SIGNAL] */
static int run_it(char **arg) {
    struct locald_run *run;
    if (start(arg, false, &run) != 0)
        return failed();
    int rc = follow(run, arg[2] == NULL ? 0 : atoi(arg[2]));
    locald_run_free(run);
    return rc;
}

/* wait BUNDLE ID: without a look at the events */
static int wait_it(char **arg) {
    struct locald_run *run;
    struct locald_error last;
    int status = -1;
    if (start(arg, false, &run) != 0 || locald_run_wait(run, &status, &last, &e) != 0)
        return failed();
    locald_run_free(run);
    (void)printf("status %d\n", status);
    e = last;
    return last.code == LOCALD_OK ? 0 : failed();
}

/* free BUNDLE ID: is ended by being forgotten */
static int free_it(char **arg) {
    struct locald_run *run;
    struct locald_event event;
    if (start(arg, false, &run) != 0)
        return failed();
    while (locald_run_next(run, -1, &event, &e) == 1 && event.kind != LOCALD_EVENT_STARTED)
        say(&event);
    (void)printf("%d\n", event.pid);
    locald_run_free(run);
    return 0;
}

/* console BUNDLE ID [WORD]: types a line, shows what comes */
static int console(char **arg) {
    struct locald_run *run;
    struct locald_error last;
    char text[4096];
    int status = -1;
    if (start(arg, true, &run) != 0)
        return failed();
    int master = locald_run_console(run, 20000, &e);
    if (master < 0) {
        (void)failed();
    } else {
        (void)printf("again: %d\n", locald_run_console(run, 0, &e));
        (void)printf("cloexec: %d\n", fcntl(master, F_GETFD));
        if (arg[2] != NULL)
            (void)dprintf(master, "%s\n", arg[2]);
        (void)fflush(stdout);
        for (ssize_t n; (n = read(master, text, sizeof text)) > 0;)
            (void)!write(1, text, (size_t)n);
        (void)close(master);
    }
    if (locald_run_wait(run, &status, &last, &e) != 0)
        return failed();
    locald_run_free(run);
    (void)printf("status %d\n", status);
    return master < 0;
}

static int descriptors(void) {
    int n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (d != NULL && readdir(d) != NULL)
        n++;
    if (d != NULL)
        (void)closedir(d);
    return n;
}

/* many BUNDLE ID COUNT: all kinds of ends, and nothing is left of them. Each has an id of its own: of a shim
 * that was killed the keeper holds it a moment longer. */
static int many(char **arg) {
    char id[64], *own[] = {arg[0], id};
    int before = descriptors();
    for (int i = 0; i < atoi(arg[2]); i++) {
        struct locald_run *run;
        struct locald_error last;
        int status = -1;
        (void)snprintf(id, sizeof id, "%s-%d", arg[1], i);
        if (start(own, false, &run) != 0)
            return failed();
        if (i % 4 == 3)
            (void)usleep((useconds_t)(i % 50) * 1000);
        else if (locald_run_wait(run, &status, &last, &e) != 0 || status != 0)
            return printf("run %d: status %d %s\n", i, status, last.message), 1;
        locald_run_free(run);
    }
    int child = waitpid(-1, NULL, WNOHANG);
    (void)printf("descriptors more: %d; children: %s\n", descriptors() - before,
                 child < 0 && errno == ECHILD ? "none" : "some");
    return 0;
}

/* bind PORT */
static int bind_it(char **arg) {
    int on = 0;
    int fd = locald_bind(shim, (unsigned)atoi(arg[0]), &e);
    if (fd < 0)
        return failed();
    (void)getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &(socklen_t){sizeof on});
    (void)printf("listening %d cloexec %d\n", on, fcntl(fd, F_GETFD));
    return 0;
}

static int self_check(char **arg) {
    char *json;
    bool usable;
    (void)arg;
    if (locald_self_check(shim, &json, &usable, &e) != 0)
        return failed();
    (void)printf("%s", json);
    free(json);
    return usable ? 0 : 2;
}

static int cleanup(char **arg) {
    return ok(locald_cleanup(shim, arg[0], &e));
}

static int cgroup_kill(char **arg) {
    return ok(locald_cgroup_kill(shim, arg[0], &e));
}

static int sync_hosts(char **arg) {
    size_t n = 0;
    while (arg[n] != NULL)
        n++;
    return ok(locald_sync_hosts(shim, (const char *const *)arg, n, &e));
}

/* held FLAG GO: takes the shim, makes the file FLAG, waits for GO, and looks what a call of it says */
static int held(char **arg) {
    (void)close(open(arg[0], O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    while (access(arg[1], F_OK) != 0)
        (void)usleep(10000);
    return ok(locald_cgroup_kill(shim, "/x", &e));
}

static const struct {
    const char *name;
    int (*run)(char **arg);
    int args;
} commands[] = {
    {"run", run_it, 2},
    {"wait", wait_it, 2},
    {"free", free_it, 2},
    {"console", console, 2},
    {"many", many, 3},
    {"bind", bind_it, 1},
    {"self-check", self_check, 0},
    {"cleanup", cleanup, 1},
    {"cgroup-kill", cgroup_kill, 1},
    {"sync-hosts", sync_hosts, 0},
    {"held", held, 2},
};

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "find") == 0)
        return find(argv + 2);
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(argv[1], commands[i].name) != 0 || argc - 2 < commands[i].args)
            continue;
        if (locald_shim_find(&shim, &e) != 0)
            return failed();
        int rc = commands[i].run(argv + 2);
        locald_shim_close(shim);
        return rc;
    }
    return 64;
}
