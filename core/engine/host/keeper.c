#include "core/engine/host/keeper.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/engine/host/filter.h"
#include "core/engine/host/footprint.h"

static _Noreturn void keep(struct host *h, bool cgroup) {
    sigset_t all;
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    (void)setsid(); /* a signal to the monitor's process group is not for the keeper */
    host_drop(h, cgroup);
    if (filter_install() != 0)
        _exit(1);
    footprint_shrink();

    struct pollfd monitor = {.fd = h->monitor_pidfd, .events = POLLIN};
    while (poll(&monitor, 1, -1) < 0 && errno == EINTR) {
    }
    h->reclaiming = true;
    host_end(h);
    _exit(0);
}

int keeper_start(struct host *h, bool cgroup, struct error *e) {
    h->monitor_pidfd = pidfd_open(getpid(), 0);
    if (h->monitor_pidfd < 0)
        return error_set(e, E_KERNEL, errno, "keeper", "opening a pidfd of the shim");
    const struct clone_args args = {.flags = CLONE_PIDFD | CLONE_FILES,
                                    .pidfd = (uint64_t)(uintptr_t)&h->keeper_pidfd,
                                    .exit_signal = SIGCHLD};
    pid_t pid = sys_clone3(&args);
    if (pid == 0)
        keep(h, cgroup);
    if (pid > 0)
        return 0;
    h->keeper_pidfd = -1;
    return error_set(e, E_CLONE, errno, "keeper", "making the process that outlives a killed shim");
}

void keeper_stop(struct host *h) {
    if (h->keeper_pidfd < 0)
        return;
    siginfo_t info;
    (void)pidfd_send_signal(h->keeper_pidfd, SIGKILL, NULL, 0);
    while (waitid(P_PIDFD, (id_t)h->keeper_pidfd, &info, WEXITED) != 0 && errno == EINTR) {
    }
    fd_close(&h->keeper_pidfd);
    fd_close(&h->monitor_pidfd);
}
