/*
 * crash: runs a command as another user and makes one of its processes crash after its Nth system call, by a
 * jump to nowhere. Run by root.
 *
 *   crash UID ROLE N COMMAND...
 *
 * ROLE is 0 for the command, 1, 2 ... for the processes that are made, in their order. Says "crashed owner
 * UID", with the owner of the process's files in procfs, which is root for one that can't be dumped; or
 * "ended", when there was no Nth call before its end or its second program. Core files are to be looked for.
 */
#include <elf.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROLES 64

static pid_t pids[ROLES];
static unsigned known;

static unsigned role_of(pid_t pid) {
    unsigned at = 0;
    while (at < known && pids[at] != pid)
        at++;
    if (at == known && known < ROLES)
        pids[known++] = pid;
    return at;
}

static void crash(pid_t pid) {
    struct user_regs_struct regs;
    struct iovec io = {&regs, sizeof regs};
    struct stat st = {0};
    char file[64];
    snprintf(file, sizeof file, "/proc/%d/environ", (int)pid);
    stat(file, &st);
    if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io) != 0) {
        perror("registers");
        exit(99);
    }
#if defined __x86_64__
    regs.rip = 8;
    regs.orig_rax = (unsigned long long)-1;
#else
    regs.pc = 8;
#endif
    ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &io);
    ptrace(PTRACE_DETACH, pid, 0, 0);
    printf("crashed owner %u\n", st.st_uid);
}

static void start(uid_t uid, char **argv) {
    if (setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0)
        exit(99);
    raise(SIGSTOP); /* until the tracer is there: root's, or the set-user-ID bit would have no effect */
    execv(argv[0], argv);
    exit(99);
}

int main(int argc, char **argv) {
    if (argc < 5)
        return 99;
    unsigned role = (unsigned)atoi(argv[2]), programs = 0;
    long left = 2 * atol(argv[3]); /* each call stops twice */
    pid_t child = fork();
    if (child == 0)
        start((uid_t)atoi(argv[1]), argv + 4);
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                         PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    bool done = false;
    int status;
    pid_t pid;
    if (waitpid(child, &status, WUNTRACED) != child || ptrace(PTRACE_SEIZE, child, 0, options) != 0 ||
        kill(child, SIGCONT) != 0)
        return 99;
    while ((pid = waitpid(-1, &status, __WALL)) > 0) {
        if (!WIFSTOPPED(status))
            continue;
        unsigned is = role_of(pid);
        int sig = WSTOPSIG(status), event = status >> 16;
        unsigned long made = 0; /* known before its maker goes on, and so in the order of the makings */
        if (event >= PTRACE_EVENT_FORK && event <= PTRACE_EVENT_CLONE &&
            ptrace(PTRACE_GETEVENTMSG, pid, 0, &made) == 0)
            (void)role_of((pid_t)made);
        bool second = event == PTRACE_EVENT_EXEC && ++programs > 1;
        if (second || done) {
            ptrace(PTRACE_DETACH, pid, 0, event != 0 || sig >= SIGTRAP || sig == SIGSTOP ? 0 : sig);
            continue;
        }
        if (sig == (SIGTRAP | 0x80) && is == role && programs > 0 && --left <= 0 && left % 2 == 0) {
            done = true;
            crash(pid);
            continue;
        }
        bool ours = sig == (SIGTRAP | 0x80) || event != 0 || sig == SIGTRAP || sig == SIGSTOP;
        ptrace(PTRACE_SYSCALL, pid, 0, ours ? 0 : sig);
    }
    if (!done)
        puts("ended");
    return 0;
}
