/*
 * deny: runs a command as a user, and one call of one of its processes that changes ids, groups or
 * capabilities is not made but fails. x86-64. Root's tracer, so that a setuid command keeps its privilege.
 * ptrace(2)
 *
 *   deny UID GID PROCESS N ERRNO COMMAND...   PROCESS counts from 0, the command, in the order in which they
 * are made; N counts such calls of that process from 1
 *
 * Says on descriptor 3 "PROCESS CALL" when it came to that. What a process does after an exec of its own is
 * not looked at: that is the payload. Exit status: the command's.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES 16
#define OPTIONS                                                                                              \
    (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |                \
     PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

static struct process {
    pid_t pid;
    int calls, execs;
    bool inside, failing;
} processes[PROCESSES];
static int count, want_process, want_call, want_errno;

static struct process *find(pid_t pid) {
    for (int i = 0; i < count; i++) {
        if (processes[i].pid == pid)
            return &processes[i];
    }
    if (count == PROCESSES)
        exit(99);
    processes[count] = (struct process){.pid = pid};
    return &processes[count++];
}

static const char *name_of(long nr) {
    static const struct {
        long nr;
        const char *name;
    } calls[] = {{SYS_setuid, "setuid"},     {SYS_setgid, "setgid"},       {SYS_setreuid, "setreuid"},
                 {SYS_setregid, "setregid"}, {SYS_setresuid, "setresuid"}, {SYS_setresgid, "setresgid"},
                 {SYS_setfsuid, "setfsuid"}, {SYS_setfsgid, "setfsgid"},   {SYS_setgroups, "setgroups"},
                 {SYS_capset, "capset"}};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (calls[i].nr == nr)
            return calls[i].name;
    }
    return NULL;
}

static void at_call(struct process *p) {
    struct user_regs_struct r;
    if (ptrace(PTRACE_GETREGS, p->pid, NULL, &r) != 0)
        return;
    p->inside = !p->inside;
    const char *name = p->inside ? name_of((long)r.orig_rax) : NULL;
    if (p->failing) { /* on the way out of what was not made */
        p->failing = false;
        r.rax = (unsigned long long)-want_errno;
    } else if (name != NULL && ++p->calls == want_call && p - processes == want_process) {
        (void)dprintf(3, "%d %s\n", want_process, name);
        p->failing = true;
        r.orig_rax = SYS_getpid; /* not -1, which is on the list of no filter */
    } else {
        return;
    }
    (void)ptrace(PTRACE_SETREGS, p->pid, NULL, &r);
}

static int trace(pid_t first) {
    int status, result = 99;
    pid_t pid;
    while ((pid = waitpid(-1, &status, __WALL)) > 0) {
        if (!WIFSTOPPED(status)) {
            if (pid == first)
                result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            continue;
        }
        struct process *p = find(pid);
        int event = status >> 16, sig = WSTOPSIG(status);
        unsigned long child = 0;
        p->execs += event == PTRACE_EVENT_EXEC;
        if ((event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK) &&
            ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child) == 0)
            (void)find((pid_t)child); /* numbered in the order of the clones, not in that of first stops */
        if (sig == (SIGTRAP | 0x80))
            at_call(p);
        bool ours = event != 0 || sig == (SIGTRAP | 0x80) || sig == SIGTRAP || sig == SIGSTOP;
        (void)ptrace(p->execs > (pid == first) ? PTRACE_DETACH : PTRACE_SYSCALL, pid, NULL,
                     ours ? 0L : (long)sig);
    }
    return result;
}

int main(int argc, char **argv) {
    if (argc < 7)
        return 99;
    uid_t uid = (uid_t)atoi(argv[1]);
    gid_t gid = (gid_t)atoi(argv[2]);
    want_process = atoi(argv[3]);
    want_call = atoi(argv[4]);
    want_errno = atoi(argv[5]);
    (void)fcntl(3, F_SETFD, FD_CLOEXEC);
    pid_t first = fork();
    int status;
    if (first == 0) {
        if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
            _exit(99);
        (void)raise(SIGSTOP);
        (void)execv(argv[6], argv + 6);
        _exit(99);
    }
    if (waitpid(first, &status, WUNTRACED) != first || ptrace(PTRACE_SEIZE, first, NULL, OPTIONS) != 0)
        return 99;
    (void)find(first);
    (void)kill(first, SIGCONT);
    return trace(first);
}
