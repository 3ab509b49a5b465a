/*
 * sweep: makes every system call of a run fail, one after the other, or kills the process there, and judges
 * each run.
 *
 *   sweep OPTIONS -m error|kill -- COMMAND...
 *     -n NAME -u UID -g GID -b BUNDLE -c CGROUP -p PID-FILE    the run, and what must not be left of it
 *     -t             its descriptors 0 and 1 are a terminal, whose settings must be as before
 *     -f FILE        is removed before each run (may be given twice)
 *     -r ROLES       names of its processes, with commas; -r @monitor sweeps only those with a @
 *     -s STRIDE      only every Nth point
 *     -o PROCESS:CALL:ERRNO    this point only, and what the run says
 *
 * Prints a line for each point that did not hold, and at the end "NAME MODE: N points swept, N held; N not
 * reached".
 */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "errnos.h"
#include "inject.h"
#include "left.h"

#define TRIES    20
#define TEXT_MAX 32768

struct sweep {
    const char *name;
    struct command command;
    struct left_places places;
    const char *forget[2];
    char *roles[8];
    bool chosen[8];
    bool some; /* not all roles are swept */
    bool kill;
    unsigned stride;
    int master; /* of the terminal; -1 */
    struct termios settings;
    char asked[TEXT_MAX]; /* what the payload says when it runs as asked */
    char out[TEXT_MAX], err[TEXT_MAX], report[TEXT_MAX];
    unsigned at, swept, held, missed;
};

static void rewind_file(int fd) {
    if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0)
        die("a file in memory");
}

static void take(int fd, char *text, bool is_file) {
    size_t len = 0;
    ssize_t n = 0;
    if (is_file && lseek(fd, 0, SEEK_SET) != 0)
        die("a file in memory");
    while (len < TEXT_MAX - 1 && (n = read(fd, text + len, TEXT_MAX - 1 - len)) > 0)
        len += (size_t)n;
    char *to = text;
    for (size_t i = 0; i < len; i++) { /* a terminal that is not raw adds \r */
        if (text[i] != '\r')
            *to++ = text[i];
    }
    *to = '\0';
}

static void run(struct sweep *s, const struct point *p, struct outcome *o) {
    for (int i = 0; i < 2 && s->forget[i] != NULL; i++)
        (void)unlink(s->forget[i]);
    rewind_file(s->command.err);
    rewind_file(s->command.report);
    if (s->master < 0)
        rewind_file(s->command.out);
    inject_run(&s->command, p, o);
    take(s->command.err, s->err, true);
    take(s->command.report, s->report, true);
    take(s->master >= 0 ? s->master : s->command.out, s->out, s->master < 0);
}

static bool reports_end(const struct sweep *s) {
    return strstr(s->report, "\"event\":\"exited\",\"status\":0,") != NULL;
}

/* A report that can't be written is lost, as when nobody reads it, and so is what a terminal's container
 * says; the container goes on. */
static bool is_lost(const struct point *p) {
    return p->process == 0 && (p->number == SYS_write || (p->number == SYS_poll && p->error != EINTR));
}

/* What container init says when it can't lower its privilege, on the terminal that is its stderr then. */
static bool is_fatal(const struct sweep *s, const struct outcome *o) {
    static const char line[] = "locald-shim: error: privilege: ";
    return o->status != 0 && strncmp(s->out, line, sizeof line - 1) == 0;
}

/* The monitor was killed; or the C library said something before main(); or container init was killed in the
 * execve that it had announced, as the payload may be. */
static bool may_be_silent(const struct sweep *s, const struct point *p, const struct outcome *o) {
    if (p->error == KILL_HERE)
        return p->process == 0 || p->number == SYS_execve || p->number == SYS_seccomp;
    return p->process == 0 && o->status == 127 && s->err[0] != '\0';
}

/* NULL, or why this run was not as it has to be. */
static const char *judge(struct sweep *s, const struct point *p, const struct outcome *o) {
    struct termios now;
    memset(&now, 0, sizeof now); /* it has holes */
    if (o->hung)
        return "it hung";
    if (o->left > 0)
        return "a process was left";
    if (strncmp(s->asked, s->out, strlen(s->out)) != 0 && !is_fatal(s, o))
        return "the payload did not run as asked";
    if (o->status == 0 && strcmp(s->asked, s->out) != 0 && !is_lost(p))
        return "status 0 without the payload";
    if (o->status == 0 && !reports_end(s) && !is_lost(p))
        return "the report does not say that it ended";
    if (o->status != 0 && !may_be_silent(s, p, o) && strstr(s->err, "locald-shim: error: ") == NULL)
        return "no line of error";
    if (s->master >= 0 &&
        (tcgetattr(s->command.in, &now) != 0 || memcmp(&now, &s->settings, sizeof now) != 0))
        return "the terminal has other settings";
    return left_over(&s->places);
}

static const char *role_of(const struct sweep *s, unsigned process) {
    return process < 8 && s->roles[process] != NULL ? s->roles[process] : "process";
}

static void complain(const struct sweep *s, const struct point *p, const struct outcome *o, const char *why) {
    const char *line = strstr(s->err, "locald-shim: error: ");
    printf("not held: %s: %s (%u), call %u, %s (%d), %s: %s; status %d; %s%.300s\n", s->name,
           role_of(s, p->process), p->process, p->call, errnos_name(p->number), p->number,
           p->error == KILL_HERE ? "SIGKILL" : strerrorname_np(p->error), why, o->status, o->killed_process,
           line != NULL ? line : s->err);
    (void)fflush(stdout);
}

/* What is left would spoil all that follows. */
static void tidy(struct sweep *s) {
    if (s->master >= 0)
        (void)tcsetattr(s->command.in, TCSANOW, &s->settings);
    static struct outcome o;
    const struct point p = {.process = 0, .error = COUNT_ONLY};
    run(s, &p, &o); /* takes over state and cgroup */
    if (s->places.pid_file != NULL)
        (void)unlink(s->places.pid_file);
    if (s->places.cgroup != NULL)
        (void)rmdir(s->places.cgroup);
    left_look(&s->places);
}

static void sweep_point(struct sweep *s, const struct point *p) {
    static struct outcome o;
    const char *why = NULL;
    if (s->at++ % s->stride != 0)
        return;
    for (int try = 0; try < TRIES && why == NULL && !o.reached; try++) {
        run(s, p, &o);
        why = judge(s, p, &o);
    }
    if (why != NULL)
        complain(s, p, &o, why);
    if (why != NULL)
        tidy(s);
    s->swept += o.reached;
    s->held += o.reached && why == NULL;
    s->missed += !o.reached;
    o.reached = false;
}

/* The calls of a process, from the middle one of three runs by their number. 0: there is no such process. */
static unsigned count_calls(struct sweep *s, unsigned process, struct outcome *middle) {
    static struct outcome o[3];
    const struct point p = {.process = process, .error = COUNT_ONLY};
    for (int i = 0; i < 3; i++)
        run(s, &p, &o[i]);
    int at = 0;
    for (int i = 1; i < 3; i++) {
        if ((o[i].calls >= o[at].calls) != (o[i].calls >= o[3 - i - at].calls))
            at = i;
    }
    *middle = o[at];
    return middle->calls;
}

static void sweep_process(struct sweep *s, unsigned process, const struct outcome *counted) {
    for (unsigned i = 0; i < counted->calls; i++) {
        struct point p = {process, i + 1, counted->numbers[i], KILL_HERE};
        if (s->kill) {
            sweep_point(s, &p);
            continue;
        }
        for (const int *e = errnos_of(p.number); *e != 0; e++) {
            p.error = *e;
            sweep_point(s, &p);
        }
    }
}

static void sweep_all(struct sweep *s) {
    static struct outcome counted;
    for (unsigned process = 0; count_calls(s, process, &counted) > 0; process++) {
        if (!s->some || (process < 8 && s->chosen[process]))
            sweep_process(s, process, &counted);
    }
}

/* Runs the bundle twice: it must succeed, and say the same. */
static void learn(struct sweep *s) {
    static struct outcome o;
    const struct point p = {.process = 0, .error = COUNT_ONLY};
    run(s, &p, &o); /* fills the cache */
    run(s, &p, &o);
    memcpy(s->asked, s->out, sizeof s->asked);
    left_look(&s->places);
    run(s, &p, &o);
    const char *why = strstr(s->out, "asked ") == NULL ? "the payload does not run" : judge(s, &p, &o);
    if (why == NULL && o.status == 0)
        return;
    (void)fprintf(stderr, "the good run of %s: %s; status %d\n%s%s%s", s->name, why, o.status, s->asked,
                  s->out, s->err);
    exit(99);
}

static void one_point(struct sweep *s, const char *text) {
    static struct outcome o;
    struct point p = {0};
    if (sscanf(text, "%u:%u:%d", &p.process, &p.call, &p.error) != 3)
        die("-o PROCESS:CALL:ERRNO");
    if (count_calls(s, p.process, &o) < p.call)
        die("there is no such call");
    p.number = o.numbers[p.call - 1];
    run(s, &p, &o);
    const char *why = judge(s, &p, &o);
    printf("%s: %s; status %d\n--- out\n%s--- err\n%s--- report\n%s", errnos_name(p.number), why, o.status,
           s->out, s->err, s->report);
}

static void open_all(struct sweep *s, bool terminal) {
    struct command *c = &s->command;
    int slave = -1;
    c->err = memfd_create("err", MFD_CLOEXEC);
    c->report = memfd_create("report", MFD_CLOEXEC);
    c->out = memfd_create("out", MFD_CLOEXEC);
    c->in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (c->err < 0 || c->report < 0 || c->out < 0 || c->in < 0)
        die("files");
    if (!terminal)
        return;
    if (openpty(&s->master, &slave, NULL, NULL, NULL) != 0 || tcgetattr(slave, &s->settings) != 0 ||
        fcntl(s->master, F_SETFL, O_NONBLOCK) != 0 || fcntl(s->master, F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(slave, F_SETFD, FD_CLOEXEC) != 0)
        die("a terminal");
    c->in = c->out = slave;
}

static void take_roles(struct sweep *s, char *list) {
    unsigned n = 0;
    for (char *name = strsep(&list, ","); name != NULL && n < 8; name = strsep(&list, ","), n++) {
        s->chosen[n] = name[0] == '@';
        s->some |= s->chosen[n];
        s->roles[n] = name + s->chosen[n];
    }
}

int main(int argc, char **argv) {
    static struct sweep s = {.stride = 1, .master = -1};
    const char *one = NULL;
    bool terminal = false;
    for (int o = 0; (o = getopt(argc, argv, "+n:u:g:b:c:p:tf:r:s:o:m:")) != -1;) {
        switch (o) {
        case 'n':
            s.name = optarg;
            break;
        case 'u':
            s.command.uid = (uid_t)strtoul(optarg, NULL, 10);
            break;
        case 'g':
            s.command.gid = (gid_t)strtoul(optarg, NULL, 10);
            break;
        case 'b':
            s.places.bundle = optarg;
            break;
        case 'c':
            s.places.cgroup = optarg;
            break;
        case 'p':
            s.places.pid_file = optarg;
            break;
        case 't':
            terminal = true;
            break;
        case 'f':
            s.forget[s.forget[0] != NULL] = optarg;
            break;
        case 'r':
            take_roles(&s, optarg);
            break;
        case 's':
            s.stride = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'o':
            one = optarg;
            break;
        case 'm':
            s.kill = strcmp(optarg, "kill") == 0;
            break;
        default:
            return 99;
        }
    }
    s.command.argv = argv + optind;
    if (optind == argc || s.stride == 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        die("usage");
    open_all(&s, terminal);
    learn(&s);
    if (one != NULL) {
        one_point(&s, one);
        return 0;
    }
    sweep_all(&s);
    printf("%s, %s: %u points swept, %u held; %u not reached\n", s.name, s.kill ? "kill" : "error", s.swept,
           s.held, s.missed);
    return s.held == s.swept ? 0 : 1;
}
