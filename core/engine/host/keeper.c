#include "core/engine/host/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/engine/host/filter.h"
#include "core/engine/host/footprint.h"

static _Noreturn void keep(struct host *h, const struct relay *r, int alive) {
    sigset_t all;
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    (void)setsid(); /* a signal to the monitor's process group is not for the keeper */
    fd_close(&h->sync_fd);
    fd_close(&h->console_fd);
    fd_close(&h->report_fd);
    if (filter_install() != 0)
        _exit(1);

    footprint_shrink();
    char byte;
    while (read(alive, &byte, 1) < 0 && errno == EINTR) {
    }
    struct relay terminal = {.master = -1, .raw = r->is_tty, .saved = r->saved};
    relay_restore(&terminal);
    host_end(h);
    _exit(0);
}

int keeper_start(struct keeper *k, struct host *h, const struct relay *r, struct error *e) {
    int alive[2];
    if (pipe2(alive, O_CLOEXEC) != 0)
        return error_set(e, E_CLONE, errno, "keeper", "making its pipe");
    CLEANUP_FD int theirs = alive[0];
    CLEANUP_FD int ours = alive[1];
    const struct clone_args args = {
        .flags = CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&k->pidfd, .exit_signal = SIGCHLD};
    pid_t pid = sys_clone3(&args);
    if (pid == 0) {
        fd_close(&ours);
        keep(h, r, theirs);
    }
    if (pid < 0) {
        k->pidfd = -1;
        return error_set(e, E_CLONE, errno, "keeper", "making the process that outlives a killed shim");
    }
    k->alive_fd = fd_take(&ours);
    return 0;
}

void keeper_stop(struct keeper *k) {
    if (k->pidfd < 0)
        return;
    siginfo_t info;
    (void)pidfd_send_signal(k->pidfd, SIGKILL, NULL, 0);
    while (waitid(P_PIDFD, (id_t)k->pidfd, &info, WEXITED) != 0 && errno == EINTR) {
    }
    fd_close(&k->pidfd);
    fd_close(&k->alive_fd);
}
