#include "core/engine/host/start.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/engine/priv.h"
#include "core/plan/plan.h"

#define LEAST_FILES 64
#define LEAST_STACK (1 << 20)

/* All that a bracket raises for a caller who is not root. */
#define FOR_CALLERS                                                                                          \
    (CAP(BPF) | CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(KILL) | CAP(NET_ADMIN) | CAP(NET_BIND_SERVICE) |        \
     CAP(SETFCAP) | CAP(SETGID) | CAP(SETUID) | CAP(SYS_ADMIN) | CAP(SYS_TIME))

static bool in_initial_userns(void) {
    struct stat st;
    return stat("/proc/self/ns/user", &st) == 0 && st.st_ino == INITIAL_USERNS_INODE;
}

/* From here on ids and capabilities are independent: seteuid no longer touches the capability sets, so that
 * what is effective is always what a bracket raised. Then both become the caller's, with 0 kept as the saved
 * uid. */
static int lower(struct error *e) {
    uid_t real = getuid();
    bool capable = geteuid() == 0;
    if (capable && prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) != 0)
        return error_set(e, E_INTERNAL, errno, "start", "setting SECBIT_NO_SETUID_FIXUP");
    gid_t group = getgid();
    if (setresgid(group, group, group) != 0 || setresuid((uid_t)-1, real, (uid_t)-1) != 0)
        return error_set(e, E_INTERNAL, errno, "start", "taking the caller's ids");
    if (geteuid() != real || getegid() != group)
        return error_set(e, E_INTERNAL, 0, "start", "the caller's ids were not taken");
    if (priv_keep_only(real == 0 ? UINT64_MAX : FOR_CALLERS) != 0)
        return error_set(e, E_INTERNAL, errno, "start", "lowering the capabilities");
    return 0;
}

static void reset_signals(void) {
    const struct itimerval none = {0};
    for (int timer = ITIMER_REAL; timer <= ITIMER_PROF; timer++)
        (void)setitimer((__itimer_which_t)timer, &none, NULL);

    for (int sig = 1; sig < SIGRTMAX + 1; sig++)
        (void)signal(sig, SIG_DFL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a write over the caller's RLIMIT_FSIZE then fails with EFBIG */
    (void)signal(SIGTTOU, SIG_IGN); /* restoring the terminal works from the background too */

    /* Everything waits for the monitor's signalfd but what can't wait and what stops a job. */
    sigset_t all;
    (void)sigfillset(&all);
    for (const int *s =
             (const int[]){SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP, SIGTSTP, SIGTTIN, 0};
         *s != 0; s++)
        (void)sigdelset(&all, *s);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
}

/* Soft limits only: the payload gets the caller's own back. */
static int reset_limits(struct start *start, struct error *e) {
    bool ok = true;
    for (int i = 0; ok && i < (int)RLIM_NLIMITS; i++)
        ok = getrlimit((__rlimit_resource_t)i, &start->saved[i]) == 0;
    const struct rlimit core = {.rlim_cur = 0, .rlim_max = start->saved[RLIMIT_CORE].rlim_max};
    ok = ok && setrlimit(RLIMIT_CORE, &core) == 0;
    for (const int *r = (const int[]){RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_STACK, -1}; ok && *r >= 0; r++) {
        struct rlimit most = start->saved[*r];
        most.rlim_cur = most.rlim_max;
        ok = setrlimit((__rlimit_resource_t)*r, &most) == 0;
    }
    if (!ok)
        return error_set(e, E_INTERNAL, errno, "start", "reading the caller's limits and setting our own");
    /* what ending a run takes must be there before anything is begun */
    if (start->saved[RLIMIT_NOFILE].rlim_max < LEAST_FILES ||
        start->saved[RLIMIT_STACK].rlim_max < LEAST_STACK)
        return error_set(e, E_USAGE, 0, "start",
                         "the caller's hard limits are below %d open files or %d bytes of stack", LEAST_FILES,
                         LEAST_STACK);
    return 0;
}

/* A descriptor that the caller left closed would be given to the next file that we open. */
static int fill_stdio(struct error *e) {
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        int null = open("/dev/null", O_RDWR | O_NOCTTY);
        if (null != fd)
            return error_set(e, E_INTERNAL, errno, "start", "opening /dev/null in place of descriptor %d",
                             fd);
    }
    return 0;
}

int start_process(struct start *start, struct error *e) {
    bool setuid_root = geteuid() == 0;
    /* the name: before Linux 6.14, who is executed by descriptor has its number for one */
    if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_NAME, "locald-shim") != 0)
        return error_set(e, E_INTERNAL, errno, "start", "making the process undumpable");
    if (lower(e) != 0)
        return -1;
    /* again: a change of ids sets fs.suid_dumpable's value */
    if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_GET_DUMPABLE) != 0)
        return error_set(e, E_INTERNAL, errno, "start", "making the process undumpable");
    reset_signals();
    (void)umask(077);
    if (reset_limits(start, e) != 0)
        return -1;
    (void)clearenv();
    (void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    if (fill_stdio(e) != 0)
        return -1;
    /* Inside somebody's user namespace the setuid bit proves nothing about the host. */
    start->privileged = setuid_root && (getuid() == 0 || in_initial_userns());
    return 0;
}

int start_give_up(struct error *e) {
    uid_t real = getuid(), effective = 0, saved = 0;
    if (setresuid(real, real, real) != 0 || priv_keep_only(0) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
        return error_set(e, E_INTERNAL, errno, "start", "giving up all privilege");
    if (getresuid(&real, &effective, &saved) != 0 || effective != real || saved != real ||
        priv_permitted() != 0)
        return error_set(e, E_INTERNAL, 0, "start", "privilege is left");
    return 0;
}
