#include "inject.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "left.h"

#if !defined(__x86_64__)
#error "the fault sweep writes registers of x86_64"
#endif

#define BEAT_USEC     100000
#define HANG_BEATS    200
#define LEFT_BEATS    20
#define PROCESSES_MAX 64
#define OPTIONS                                                                                              \
    (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |                \
     PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)
#define SYSCALL_STOP (SIGTRAP | 0x80)

enum { UNKNOWN = 9999 }; /* the index of a child that stopped before its parent said that it made it */

struct process {
    pid_t pid;
    unsigned index;
    bool stopped; /* waits for its index */
};

struct run {
    const struct point *point;
    struct outcome *o;
    struct process list[PROCESSES_MAX];
    unsigned count;
    struct user_regs_struct before; /* the failing call's registers */
    bool failing;
    bool over; /* the point is behind us: everything is let go */
};

_Noreturn void die(const char *what) {
    perror(what);
    exit(99);
}

static struct process *find(struct run *r, pid_t pid) {
    for (unsigned i = 0; i < r->count; i++) {
        if (r->list[i].pid == pid)
            return &r->list[i];
    }
    if (r->count == PROCESSES_MAX)
        die("too many processes");
    r->list[r->count] = (struct process){.pid = pid, .index = UNKNOWN};
    return &r->list[r->count++];
}

/* Also under a seccomp filter, which judges what ptrace(2) made of a call: every filter of ours lets brk(0)
 * through, which does nothing. What close(2) says comes after it closed. */
static void fail_call(struct run *r, pid_t pid) {
    struct user_regs_struct regs;
    if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) != 0)
        return;
    r->before = regs;
    if (r->point->number != SYS_close) {
        regs.orig_rax = SYS_brk;
        regs.rdi = 0;
    }
    if (ptrace(PTRACE_SETREGS, pid, NULL, &regs) == 0)
        r->failing = true;
}

static void set_result(struct run *r, pid_t pid) {
    struct user_regs_struct regs;
    r->failing = false;
    if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) != 0)
        return;
    regs.rdi = r->before.rdi;
    regs.orig_rax = r->before.orig_rax;
    if (r->point->number != SYS_brk) /* which says how far the memory goes, as before */
        regs.rax = (unsigned long long)(long long)-r->point->error;
    (void)ptrace(PTRACE_SETREGS, pid, NULL, &regs);
}

static void at_entry(struct run *r, const struct process *p) {
    struct user_regs_struct regs;
    struct outcome *o = r->o;
    if (ptrace(PTRACE_GETREGS, p->pid, NULL, &regs) != 0)
        return;
    if (o->calls == CALLS_MAX)
        die("too many calls");
    o->numbers[o->calls++] = (int)regs.orig_rax;
    if (r->point->error == COUNT_ONLY || o->calls != r->point->call)
        return;
    o->reached = (int)regs.orig_rax == r->point->number;
    if (o->reached && r->point->error == KILL_HERE)
        (void)kill(p->pid, SIGKILL);
    else if (o->reached)
        fail_call(r, p->pid);
    r->over = !r->failing;
}

static void at_call(struct run *r, const struct process *p) {
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, sizeof info, &info) <= 0)
        return;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        at_entry(r, p);
    } else if (r->failing) {
        set_result(r, p->pid);
        r->over = true;
    }
}

/* The point's process is watched call by call, those before it until it is there, the others not at all. */
static void resume(const struct run *r, const struct process *p, int sig) {
    bool is_target = p->index == r->point->process;
    bool born = r->o->processes > r->point->process;
    int how = r->over || (born && !is_target) ? PTRACE_DETACH : is_target ? PTRACE_SYSCALL : PTRACE_CONT;
    (void)ptrace(how, p->pid, NULL, (void *)(intptr_t)sig);
}

static void on_birth(struct run *r, pid_t parent) {
    unsigned long pid = 0;
    if (ptrace(PTRACE_GETEVENTMSG, parent, NULL, &pid) != 0)
        return;
    struct process *p = find(r, (pid_t)pid);
    p->index = r->o->processes++;
    if (p->stopped)
        resume(r, p, 0);
    if (p->index != r->point->process)
        return;
    for (unsigned i = 0; i < r->count; i++) { /* the others are let go when they next stop: now */
        if (r->list[i].index < p->index)
            (void)ptrace(PTRACE_INTERRUPT, r->list[i].pid, NULL, NULL);
    }
}

static void on_stop(struct run *r, pid_t pid, int status) {
    struct process *p = find(r, pid);
    int sig = WSTOPSIG(status), event = status >> 16;
    if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
        on_birth(r, pid);
        p = find(r, pid);
    }
    if (event == PTRACE_EVENT_STOP && p->index == UNKNOWN) {
        p->stopped = true;
        return;
    }
    if (event == PTRACE_EVENT_EXEC) {
        (void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
        return;
    }
    if (sig == SYSCALL_STOP && p->index == r->point->process)
        at_call(r, p);
    resume(r, p, event != 0 || sig == SYSCALL_STOP || sig == SIGTRAP ? 0 : sig);
}

static void on_alarm(int sig) {
    (void)sig;
}

/* Until the command, and everything that it left, ended. The alarm interrupts wait4(2): its beats are
 * counted, and not the time, which also passes where nobody runs. */
static void watch(struct run *r, pid_t first) {
    struct outcome *o = r->o;
    int patience = HANG_BEATS;
    bool ended = false;
    for (;;) {
        int status = 0;
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0 && errno == ECHILD)
            return;
        if (pid > 0 && WIFSTOPPED(status)) {
            on_stop(r, pid, status);
        } else if (pid == first) {
            o->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            ended = true;
            patience = LEFT_BEATS;
        }
        if (pid > 0 || --patience > 0)
            continue;
        o->hung |= !ended;
        o->left += left_kill_children(o->killed_process, sizeof o->killed_process);
        patience = LEFT_BEATS;
    }
}

static _Noreturn void begin(const struct command *c, int go) {
    char byte = 0;
    if (read(go, &byte, 1) != 1)
        _exit(99);
    if (c->report >= 0 && dup2(c->report, 9) < 0)
        _exit(99);
    if (dup2(c->in, 0) < 0 || dup2(c->out, 1) < 0 || dup2(c->err, 2) < 0)
        _exit(99);
    if (c->uid != 0 && (setgroups(0, NULL) != 0 || setresgid(c->gid, c->gid, c->gid) != 0 ||
                        setresuid(c->uid, c->uid, c->uid) != 0))
        _exit(99);
    char *const env[] = {"PATH=/usr/bin:/bin", NULL};
    (void)execve(c->argv[0], c->argv, env);
    _exit(99);
}

/* Attaches, and lets the command run until it is executed. */
static void seize(pid_t first, int go) {
    int status = 0;
    if (ptrace(PTRACE_SEIZE, first, NULL, OPTIONS) != 0 || write(go, "g", 1) != 1)
        die("ptrace");
    while (waitpid(first, &status, __WALL) == first && WIFSTOPPED(status) &&
           status >> 16 != PTRACE_EVENT_EXEC)
        (void)ptrace(PTRACE_CONT, first, NULL, NULL);
    if (!WIFSTOPPED(status))
        die("the command was not executed");
}

void inject_run(const struct command *c, const struct point *p, struct outcome *o) {
    static struct run r;
    const struct itimerval beat = {{0, BEAT_USEC}, {0, BEAT_USEC}}, none = {{0, 0}, {0, 0}};
    int go[2];
    memset(o, 0, sizeof *o);
    r = (struct run){.point = p, .o = o};
    if (pipe2(go, O_CLOEXEC) != 0)
        die("pipe");
    pid_t first = fork();
    if (first == 0)
        begin(c, go[0]);
    seize(first, go[1]);
    (void)close(go[0]);
    (void)close(go[1]);
    find(&r, first)->index = o->processes++;
    const struct sigaction interrupt = {.sa_handler = on_alarm};
    (void)sigaction(SIGALRM, &interrupt, NULL);
    (void)setitimer(ITIMER_REAL, &beat, NULL);
    resume(&r, &r.list[0], 0);
    watch(&r, first);
    (void)setitimer(ITIMER_REAL, &none, NULL);
}
