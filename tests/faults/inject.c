/*
 * inject: runs a command and makes one system call of one of its processes fail, or kills the process there.
 *
 *   inject [-u UID] -p PROCESS -n CALL -e ERRNO|kill COMMAND...    exit status: the command's; 128+N by a
 * signal inject [-u UID] -c FILE COMMAND...                             counts: FILE gets "PROCESS CALL
 * NAME-NUMBER" lines
 *
 * PROCESS counts from 0 (the command) in the order in which processes are made; CALL from 1 in each of them.
 * What a process does after a successful execve that is not its first is the payload's and is left alone.
 * Says "injected" on descriptor 3 when the point was reached. Must be root, or a setuid command runs without
 * its privilege. ptrace(2)
 */
#include <elf.h>
#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES_MAX 64
#define OPTIONS                                                                                              \
    (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |                \
     PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

struct process {
    pid_t pid;
    unsigned calls;
    bool inside;  /* between a call's entry and its exit */
    bool failing; /* this call is the one */
    unsigned execs;
};

static struct process processes[PROCESSES_MAX];
static unsigned process_count;
static unsigned want_process, want_call;
static int want_errno; /* 0: kill */
static FILE *counts;

static _Noreturn void die(const char *what) {
    perror(what);
    exit(99);
}

static struct process *find(pid_t pid) {
    for (unsigned i = 0; i < process_count; i++) {
        if (processes[i].pid == pid)
            return &processes[i];
    }
    if (process_count == PROCESSES_MAX)
        die("too many processes");
    processes[process_count] = (struct process){.pid = pid};
    return &processes[process_count++];
}

static void say_injected(void) {
    ssize_t n = write(3, "injected\n", 9);
    (void)n;
}

/* The call is replaced by one that does not exist; its result is set when it returns. */
static void fail_call(struct process *p) {
    struct user_regs_struct r;
    if (ptrace(PTRACE_GETREGS, p->pid, NULL, &r) != 0)
        return;
    r.orig_rax = (unsigned long long)-1;
    if (ptrace(PTRACE_SETREGS, p->pid, NULL, &r) == 0)
        p->failing = true;
}

static void set_result(struct process *p) {
    struct user_regs_struct r;
    p->failing = false;
    if (ptrace(PTRACE_GETREGS, p->pid, NULL, &r) != 0)
        return;
    r.rax = (unsigned long long)-want_errno;
    (void)ptrace(PTRACE_SETREGS, p->pid, NULL, &r);
}

static void at_entry(struct process *p) {
    struct user_regs_struct r;
    unsigned index = (unsigned)(p - processes);
    p->calls++;
    if (counts != NULL && ptrace(PTRACE_GETREGS, p->pid, NULL, &r) == 0)
        (void)fprintf(counts, "%u %u %lld\n", index, p->calls, (long long)r.orig_rax);
    if (counts != NULL || index != want_process || p->calls != want_call)
        return;
    say_injected();
    if (want_errno == 0)
        (void)kill(p->pid, SIGKILL);
    else
        fail_call(p);
}

/* What to continue the stopped process with: a signal that is for it. */
static int on_stop(struct process *p, int status) {
    int sig = WSTOPSIG(status);
    if (status >> 16 == PTRACE_EVENT_EXEC) {
        p->execs++;
        return 0;
    }
    if (sig == (SIGTRAP | 0x80)) {
        p->inside = !p->inside;
        if (p->inside)
            at_entry(p);
        else if (p->failing)
            set_result(p);
        return 0;
    }
    if (status >> 16 != 0 || sig == SIGTRAP)
        return 0;
    return sig == SIGSTOP && p->calls == 0 ? 0 : sig; /* a new tracee's first stop is ptrace's own */
}

static bool is_payload(const struct process *p) {
    return p != processes && p->execs > 0;
}

static int trace(pid_t first) {
    int result = 99;
    for (;;) {
        int status = 0;
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0)
            return errno == ECHILD ? result : 99;
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (pid == first)
                result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            continue;
        }
        struct process *p = find(pid);
        int sig = on_stop(p, status);
        if (is_payload(p))
            (void)ptrace(PTRACE_DETACH, pid, NULL, sig);
        else
            (void)ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)sig);
    }
}

static void become(unsigned uid) {
    if (uid != 0 &&
        (setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0))
        die("setresuid");
}

int main(int argc, char **argv) {
    unsigned uid = 0;
    int o = 0;
    while ((o = getopt(argc, argv, "+u:p:n:e:c:")) != -1) {
        if (o == 'u')
            uid = (unsigned)strtoul(optarg, NULL, 10);
        else if (o == 'p')
            want_process = (unsigned)strtoul(optarg, NULL, 10);
        else if (o == 'n')
            want_call = (unsigned)strtoul(optarg, NULL, 10);
        else if (o == 'e')
            want_errno = strcmp(optarg, "kill") == 0 ? 0 : atoi(optarg);
        else if (o != 'c' || (counts = fopen(optarg, "we")) == NULL)
            die("usage");
    }
    if (optind >= argc)
        die("usage");
    pid_t first = fork();
    if (first == 0) {
        (void)close(3);
        become(uid);
        (void)raise(SIGSTOP);
        (void)execv(argv[optind], argv + optind);
        die(argv[optind]);
    }
    int status = 0;
    if (ptrace(PTRACE_SEIZE, first, NULL, OPTIONS) != 0 || waitpid(first, &status, WUNTRACED) != first)
        die("ptrace");
    (void)find(first);
    processes[0].calls = 0;
    (void)kill(first, SIGCONT);
    /* count from the command's exec on */
    (void)ptrace(PTRACE_CONT, first, NULL, NULL);
    while (waitpid(first, &status, __WALL) == first && WIFSTOPPED(status) &&
           status >> 16 != PTRACE_EVENT_EXEC)
        (void)ptrace(PTRACE_CONT, first, NULL, (void *)(intptr_t)(WSTOPSIG(status) == SIGCONT ? SIGCONT : 0));
    if (!WIFSTOPPED(status))
        die("the command was not executed");
    (void)ptrace(PTRACE_SYSCALL, first, NULL, NULL);
    int rc = trace(first);
    if (counts != NULL)
        (void)fclose(counts);
    return rc;
}
