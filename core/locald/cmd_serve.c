/* locald serve: the daemon. It never prompts, and has no terminal to read from: stdin is /dev/null. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/locald/command.h"
#include "core/locald/serve.h"

#define GRACE 10000 /* milliseconds between SIGTERM and the end */

struct serve serve = {.epoll = -1, .root = -1, .services_dir = -1, .lock = -1, .own_log = -1, .grace = GRACE};

int serve_watch(struct watch *w, int fd, uint32_t events, void (*ready)(void *, uint32_t), void *owner) {
    *w = (struct watch){.ready = ready, .owner = owner, .fd = fd};
    return epoll_ctl(serve.epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = events, .data.ptr = w});
}

void serve_unwatch(struct watch *w, bool close_it) {
    if (w->fd < 0)
        return;
    (void)epoll_ctl(serve.epoll, EPOLL_CTL_DEL, w->fd, NULL);
    if (close_it)
        (void)close(w->fd);
    w->fd = -1;
}

void serve_say(const char *fmt, ...) {
    char stamp[48], line[2048];
    va_list ap;
    struct stat st;
    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    clock_stamp(stamp, sizeof stamp, clock_wall(), false);
    if (fstat(serve.own_log, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > LOG_MAX)
        (void)!ftruncate(serve.own_log, 0);
    if (serve.own_log >= 0)
        (void)dprintf(serve.own_log, "%s %s\n", stamp, line);
}

/* The first ends in order, the second without patience. */
static void on_signal(void *owner, uint32_t events) {
    (void)owner, (void)events;
    struct signalfd_siginfo info;
    if (read(serve.signals.fd, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    serve_say("signal %u: ending", info.ssi_signo);
    int64_t grace = serve.ending ? 0 : serve.grace;
    serve.ending = true;
    for (size_t i = 0; i < SERVICES_MAX; i++)
        if (serve.services[i] != NULL && !service_over(serve.services[i]))
            service_stop(serve.services[i], grace);
}

static int prepare(struct locald_error *e) {
    sigset_t set;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0)
        return fail(e, LOCALD_E_SYSTEM, errno, "/dev/null", "opening it", NULL);
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)dup2(null, fd);
    if (null > STDERR_FILENO)
        (void)close(null);
    (void)umask(022); /* containers inherit it */
    const struct sigaction ignore = {.sa_handler = SIG_IGN}, usual = {.sa_handler = SIG_DFL};
    (void)sigaction(SIGHUP, &ignore, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)sigaction(SIGCHLD, &usual, NULL);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigprocmask(SIG_SETMASK, &set, NULL);
    serve.listener.fd = serve.signals.fd = -1;
    serve.epoll = epoll_create1(EPOLL_CLOEXEC);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (serve.epoll < 0 || fd < 0 || serve_watch(&serve.signals, fd, EPOLLIN, on_signal, NULL) != 0)
        return fail(e, LOCALD_E_SYSTEM, errno, "", "making descriptors", NULL);
    return 0;
}

static int64_t sooner(int64_t a, int64_t b) {
    return a < 0 ? b : b < 0 || a < b ? a : b;
}

static int loop(struct locald_error *e) {
    for (;;) {
        int64_t now = clock_now();
        int64_t next = sooner(service_times(now), client_times(now));
        if (serve.ending && !service_any())
            return 0;
        struct epoll_event event;
        int64_t left = next < 0 ? -1 : next > now ? next - now : 0;
        int n = epoll_wait(serve.epoll, &event, 1, left > 60000 ? 60000 : (int)left);
        if (n < 0 && errno != EINTR)
            return fail(e, LOCALD_E_SYSTEM, errno, "", "waiting", NULL);
        struct watch *w = event.data.ptr;
        if (n == 1)
            w->ready(w->owner, event.events);
    }
}

/* What an earlier daemon left is ended now, or as soon as there is a shim. */
static void look_for_shim(void) {
    struct locald_shim *shim = NULL;
    serve.leftovers = true;
    if (locald_shim_find(&shim, &serve.why) == 0)
        serve_leftovers(shim);
    else
        (void)say_error(&serve.why);
    locald_shim_close(shim);
}

static int options(int argc, char **argv, const char **dir, struct locald_error *e) {
    *dir = getenv("HOME");
    for (int i = 1; i < argc; i++) {
        char *end = NULL;
        if (strcmp(argv[i], "--dir") == 0 && i + 1 < argc) {
            *dir = argv[++i];
        } else if (strcmp(argv[i], "--grace") == 0 && i + 1 < argc) {
            serve.grace = strtol(argv[++i], &end, 10) * 1000;
            if (*end != '\0' || end == argv[i] || serve.grace < 0 || serve.grace > 86400000)
                return fail(e, LOCALD_E_ARGUMENT, 0, "--grace", "expected seconds, at most a day",
                            "run: locald serve --help");
        } else {
            bool lacks = strcmp(argv[i], "--dir") == 0 || strcmp(argv[i], "--grace") == 0;
            return fail(e, LOCALD_E_ARGUMENT, 0, argv[i], lacks ? "lacks its value" : "is no option here",
                        "run: locald serve --help");
        }
    }
    return *dir != NULL
               ? 0
               : fail(e, LOCALD_E_ARGUMENT, 0, "HOME", "is not set", "run: locald serve --dir DIRECTORY");
}

int command_serve(int argc, char **argv) {
    struct locald_error e;
    const char *dir = NULL;
    if (options(argc, argv, &dir, &e) != 0 || prepare(&e) != 0 || serve_directory(dir, &e) != 0) {
        serve_directory_end();
        return say_error(&e);
    }
    serve_say("pid %d begins", (int)getpid());
    look_for_shim();
    (void)printf("locald: serving at %s/locald.sock\n", serve.path);
    (void)fflush(stdout);
    int rc = loop(&e);
    client_close_all();
    serve_directory_end();
    serve_say("pid %d ends", (int)getpid());
    return rc == 0 ? 0 : say_error(&e);
}
