/*
 * callin: makes a process that waits in a system call make another one, by ptrace(2), and goes on with the
 * first after it.
 *
 *   callin PID NUMBER    all arguments are 0; prints the result, or "signal N" when that ended the process
 *
 * What its seccomp filter says to the call is what it would say to the process's own.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

static _Noreturn void die(const char *what) {
    perror(what);
    exit(99);
}

/* The next stop, or the process's end, which is said. A signal is let through: SIGSYS is seen first by who
 * traces. */
static void wait_stop(pid_t pid) {
    int status = 0;
    if (waitpid(pid, &status, __WALL) != pid)
        die("waitpid");
    if (WIFSTOPPED(status) && WSTOPSIG(status) == SIGSYS) {
        ptrace(PTRACE_CONT, pid, NULL, (void *)(intptr_t)SIGSYS);
        wait_stop(pid);
        return;
    }
    if (WIFSTOPPED(status))
        return;
    printf("signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    exit(0);
}

#if defined(__x86_64__)
int main(int argc, char **argv) {
    struct user_regs_struct before, r;
    if (argc != 3)
        return 99;
    pid_t pid = atoi(argv[1]);
    if (ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACESYSGOOD) != 0 ||
        ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0)
        die("ptrace");
    wait_stop(pid);
    if (ptrace(PTRACE_GETREGS, pid, NULL, &before) != 0)
        die("registers");
    r = before;
    r.rip -= 2; /* the instruction by which it waits */
    r.orig_rax = (unsigned long long)-1;
    r.rax = (unsigned long long)atoi(argv[2]);
    r.rdi = r.rsi = r.rdx = r.r10 = r.r8 = r.r9 = 0;
    if ((ptrace(PTRACE_PEEKTEXT, pid, (void *)(uintptr_t)r.rip, NULL) & 0xffff) != 0x050f)
        die("it is in no system call");
    if (ptrace(PTRACE_SETREGS, pid, NULL, &r) != 0)
        die("registers");
    for (int stop = 0; stop < 2; stop++) { /* entry and exit */
        ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
        wait_stop(pid);
    }
    const struct __ptrace_peeksiginfo_args pending = {.nr = 1};
    siginfo_t info;
    if (ptrace(PTRACE_PEEKSIGINFO, pid, &pending, &info) == 1) { /* the filter's */
        ptrace(PTRACE_CONT, pid, NULL, NULL);
        wait_stop(pid);
    }
    ptrace(PTRACE_GETREGS, pid, NULL, &r);
    printf("%lld\n", (long long)r.rax);
    if (ptrace(PTRACE_SETREGS, pid, NULL, &before) != 0 || ptrace(PTRACE_DETACH, pid, NULL, NULL) != 0)
        die("detach");
    return 0;
}
#else
int main(void) {
    wait_stop(-1);
    die("it writes registers of x86_64");
}
#endif
