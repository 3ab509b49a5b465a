#include "core/engine/host/keeper.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/engine/host/cgroup.h"
#include "core/engine/host/filter.h"
#include "core/engine/host/footprint.h"
#include "core/engine/host/identity.h"
#include "core/engine/priv.h"

#define ROUNDS 100 /* of two seconds or more */

/* Not the caller's to signal: real and saved uid are 0. Effective is nothing; what it may raise is what
 * ending takes. */
static void drop(const struct host *h, bool cgroup) {
    if (setresuid(0, 0, 0) != 0 || priv_keep_only(host_ending_caps(h, cgroup) | CAP(SETUID)) != 0 ||
        prctl(PR_SET_DUMPABLE, 0) != 0)
        _exit(1);
}

/* For good: the files of the run are the caller's, and are removed with the caller's credentials. */
static void become_caller(const struct host *h) {
    uid_t uid = h->facts->caller.uid;
    if (priv_raise(CAP(SETUID)) != 0 || setresuid(uid, uid, uid) != 0)
        _exit(1);
    priv_lower();
}

static _Noreturn void keep(struct host *h, struct pollfd *monitor, bool cgroup) {
    sigset_t all;
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    drop(h, cgroup); /* first: until then the caller could stop it */
    (void)setsid();  /* a signal to the monitor's process group is not for the keeper */
    if (filter_install() != 0)
        _exit(1);
    h->keeper_ready = true;
    int patience = FOOTPRINT_MILLISECONDS;
    while (poll(monitor, 1, patience) != 1) { /* out of memory, say: the monitor still lives */
        if (patience > 0)
            footprint_shrink();
        patience = -1;
    }
    h->reclaiming = true;
    for (int round = 0; round < ROUNDS && (round == 0 || h->cgroup_fd >= 0); round++)
        host_end_container(h); /* nobody waits for it: what hangs in the kernel now may be dead later */
    become_caller(h);
    host_end_files(h);
    _exit(0);
}

int keeper_start(struct host *h, bool cgroup, struct error *e) {
    h->monitor_pidfd = pidfd_open(getpid(), 0);
    if (h->monitor_pidfd < 0 || madvise(h, sizeof *h, MADV_DOFORK) != 0)
        return error_set(e, E_KERNEL, errno, "keeper", "preparing the process that outlives a killed shim");
    CLEANUP_FD int top = cgroup_open_mount(h->facts);
    struct clone_args args = {.flags = CLONE_PIDFD | CLONE_FILES | CLONE_INTO_CGROUP,
                              .pidfd = (uint64_t)(uintptr_t)&h->keeper_pidfd,
                              .exit_signal = SIGCHLD,
                              .cgroup = (uint32_t)top};
    /* Not in a cgroup of the caller's, with a cgroup.kill that ends both; the topmost may take nobody. */
    struct pollfd monitor = {.fd = h->monitor_pidfd, .events = POLLIN}; /* h's is -1 after a fast run */
    (void)identity_root(0);
    pid_t pid = sys_clone3(&args);
    args.flags &= ~(uint64_t)CLONE_INTO_CGROUP;
    if (pid < 0)
        pid = sys_clone3(&args);
    if (pid == 0)
        keep(h, &monitor, cgroup);
    identity_caller();
    if (pid < 0)
        h->keeper_pidfd = -1;
    if (pid < 0 || madvise(h, sizeof *h, MADV_DONTFORK) != 0)
        return error_set(e, E_CLONE, errno, "keeper", "making the process that outlives a killed shim");
    return 0;
}

int keeper_wait(const struct host *h, struct error *e) {
    const struct timespec pause = {.tv_nsec = 100000};
    struct pollfd end = {.fd = h->keeper_pidfd, .events = POLLIN};
    while (h->keeper_pidfd >= 0 && !h->keeper_ready && ppoll(&end, 1, &pause, NULL) == 0) {
    }
    return h->keeper_pidfd < 0 || h->keeper_ready ? 0
                                                  : error_set(e, E_KERNEL, 0, "keeper", "it ended at once");
}

void keeper_stop(struct host *h) {
    if (h->keeper_pidfd < 0)
        return;
    siginfo_t info;
    if (host_signal(h->keeper_pidfd, SIGKILL) == 0)
        (void)TEMP_FAILURE_RETRY(waitid(P_PIDFD, (id_t)h->keeper_pidfd, &info, WEXITED));
    fd_close(&h->keeper_pidfd);
    fd_close(&h->monitor_pidfd);
}
