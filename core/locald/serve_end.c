/* How services end: SIGTERM, after the grace their cgroup, at last SIGKILL of the shim, whose keeper removes
 * all.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/locald/command.h"
#include "core/locald/launch.h"
#include "core/locald/serve.h"

#define CGROUP_TIME 10000 /* milliseconds for each of the last two phases */

/* In a process of its own, because the shim is waited for. It has no descriptor of ours but stdio. */
static _Noreturn void kill_cgroup(const char *cgroup) {
    struct locald_shim *shim = NULL;
    struct locald_error e;
    (void)setsid(); /* the terminal's signals are not for it */
    (void)close_range(3, ~0U, 0);
    _exit(locald_shim_find(&shim, &e) == 0 && locald_cgroup_kill(shim, cgroup, &e) == 0 ? 0 : 1);
}

static void signal_shim(struct service *s, int signal) {
    struct locald_error e;
    if (s->run != NULL && locald_run_signal(s->run, signal, &e) != 0)
        serve_say("%s: %s", s->name, e.message);
}

static void begin_kill(struct service *s) {
    pid_t pid = fork();
    if (pid == 0)
        kill_cgroup(s->cgroup);
    int fd = pid < 0 ? -1 : pidfd_open(pid, 0);
    if (fd >= 0 && serve_watch(&s->kill_watch, fd, EPOLLIN, service_on_kill, s) == 0)
        return;
    s->deadline = 0; /* the next phase */
}

static void next_phase(struct service *s) {
    s->deadline = clock_now() + CGROUP_TIME;
    if (s->phase == STOP_TERM) {
        s->phase = STOP_CGROUP;
        serve_say("%s: did not end by SIGTERM; ending its cgroup", s->name);
        begin_kill(s);
        return;
    }
    s->phase = STOP_KILL;
    serve_say("%s: SIGKILL to its shim", s->name);
    signal_shim(s, SIGKILL);
}

void service_on_kill(void *owner, uint32_t events) {
    struct service *s = owner;
    siginfo_t info = {0};
    (void)events;
    (void)waitid(P_PIDFD, (id_t)s->kill_watch.fd, &info, WEXITED);
    serve_unwatch(&s->kill_watch, true);
    if (info.si_code != CLD_EXITED || info.si_status != 0)
        next_phase(s);
}

void service_stop(struct service *s, int64_t grace) {
    int64_t end = clock_now() + grace;
    if (service_over(s))
        return;
    s->state = SERVICE_STOPPING;
    if (s->phase == STOP_NONE) {
        s->phase = STOP_TERM;
        s->deadline = end;
        signal_shim(s, SIGTERM);
    } else if (s->phase == STOP_TERM && end < s->deadline) {
        s->deadline = end;
    }
}

static void out_of_time(struct service *s) {
    if (s->state == SERVICE_STARTING) {
        (void)fail(&s->error, LOCALD_E_TIMEOUT, 0, s->name, "did not start within 30 seconds", NULL);
        service_stop(s, 0);
    }
    next_phase(s);
}

int64_t service_times(int64_t now) {
    int64_t next = -1;
    for (size_t i = 0; i < SERVICES_MAX; i++) {
        struct service *s = serve.services[i];
        if (s == NULL || service_over(s) || s->deadline < 0)
            continue;
        if (s->deadline <= now)
            out_of_time(s);
        if (next < 0 || s->deadline < next)
            next = s->deadline;
    }
    return next;
}

bool service_any(void) {
    for (size_t i = 0; i < SERVICES_MAX; i++)
        if (serve.services[i] != NULL && !service_over(serve.services[i]))
            return true;
    return false;
}

/* Of what it became: asked for, never begun, by itself. */
static void outcome(struct service *s) {
    bool late = s->error.code == LOCALD_E_TIMEOUT && s->pid == 0;
    if (s->phase != STOP_NONE && !late)
        s->state = SERVICE_STOPPED;
    else if (s->pid == 0)
        s->state = SERVICE_FAILED;
    else
        s->state = s->status != 0 || s->signal != 0 ? SERVICE_CRASHED : SERVICE_EXITED;
    if (s->state == SERVICE_FAILED && s->error.code == LOCALD_OK)
        (void)fail(&s->error, LOCALD_E_SHIM, 0, s->name, "locald-shim ended before the command was started",
                   "run: locald logs NAME");
}

static void close_all(struct service *s) {
    if (s->kill_watch.fd >= 0) { /* its work is done */
        siginfo_t info;
        (void)pidfd_send_signal(s->kill_watch.fd, SIGKILL, NULL, 0);
        (void)waitid(P_PIDFD, (id_t)s->kill_watch.fd, &info, WEXITED);
    }
    serve_unwatch(&s->kill_watch, true);
    serve_unwatch(&s->run_watch, false);
    locald_run_free(s->run);
    s->run = NULL;
    for (int i = 0; i < 2; i++) {
        if (s->out[i].watch.fd >= 0)
            log_drain(&s->out[i]);
        serve_unwatch(&s->out[i].watch, true);
    }
}

void service_ended(struct service *s, int status) {
    close_all(s);
    s->status = status;
    s->since = clock_wall();
    s->deadline = -1;
    outcome(s);
    serve_say("%s: %s, status %d, signal %d", s->name, service_state_name(s), s->status, s->signal);
    if (s->dir >= 0 && (s->state == SERVICE_CRASHED || s->state == SERVICE_FAILED))
        crash_write(s);
    if (s->cgroup[0] != '\0') /* the file is about this one */
        (void)unlinkat(s->dir, "service.json", 0);
    if (s->dir >= 0)
        (void)close(s->dir);
    if (s->log >= 0)
        (void)close(s->log);
    s->dir = s->log = -1;
    client_service_changed(s);
}

/* The cgroup must be one that this user's daemon made for this name: the file could say anything. */
static bool cgroup_is(const char *cgroup, const char *name) {
    static const char *const roots[] = {"/locald", "/locald.slice"};
    for (size_t i = 0; cgroup != NULL && i < 2; i++) {
        char begin[128];
        int n = snprintf(begin, sizeof begin, "%s/locald-%u-%s-", roots[i], getuid(), name);
        if (strncmp(cgroup, begin, (size_t)n) == 0 && strlen(cgroup) == (size_t)n + 8 &&
            strspn(cgroup + n, "0123456789abcdef") == 8)
            return true;
    }
    return false;
}

static bool end_leftover(const struct locald_shim *shim, const char *name) {
    struct locald_error e;
    const struct service *s = service_find(name);
    int dir = (s != NULL && !service_over(s)) ? -1 : serve_service_dir(name, false);
    int fd = dir < 0 ? -1 : openat(dir, "service.json", O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    char text[512];
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text);
    json_t *o = json_loadb(text, n < 0 ? 0 : (size_t)n, 0, NULL);
    const char *cgroup = json_string_value(json_object_get(o, "cgroup"));
    bool well = true;
    if (cgroup_is(cgroup, name)) {
        well = locald_cgroup_kill(shim, cgroup, &e) == 0;
        serve_say("%s: of an earlier daemon, cgroup %s: %s", name, cgroup, well ? "ended" : e.message);
    }
    if (well && fd >= 0)
        (void)unlinkat(dir, "service.json", 0);
    json_decref(o);
    if (fd >= 0)
        (void)close(fd);
    if (dir >= 0)
        (void)close(dir);
    return well;
}

void serve_leftovers(const struct locald_shim *shim) {
    int fd = openat(serve.services_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    serve.leftovers = false;
    while (d != NULL && (entry = readdir(d)) != NULL)
        if (launch_name_is_good(entry->d_name) && !end_leftover(shim, entry->d_name))
            serve.leftovers = true;
    if (d != NULL)
        (void)closedir(d);
}
