/* The beginning and the end of a run, and the steps of stage HOST that need no file of their own. */
#include "core/engine/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/engine/host/cgroup.h"
#include "core/engine/host/files.h"
#include "core/engine/host/state.h"
#include "core/engine/priv.h"

/* A process in uninterruptible sleep (a dead NFS server) must not hold the caller for ever. */
#define END_MILLISECONDS 10000

struct host *host_begin(const struct facts *facts) {
    struct host *h = mmap(NULL, sizeof *h, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    /* what a confined process could write, the monitor would believe: no child has it, but the keeper */
    if (h == MAP_FAILED || madvise(h, sizeof *h, MADV_DONTFORK) != 0)
        return NULL;
    h->facts = facts;
    phases_begin(&h->phases);
    for (int **fd = (int *[]){&h->bundle_fd, &h->state_dir_fd, &h->state_fd, &h->cgroup_fd,
                              &h->cgroup_kill_fd, &h->pidfd, &h->sync_fd, &h->console_fd, &h->monitor_pidfd,
                              &h->keeper_pidfd, &h->pid_dir_fd, &h->report_fd, &h->listener_fd,
                              &h->cgroupns_fd, &h->route[0], &h->route[1], NULL};
         *fd != NULL; fd++)
        **fd = -1;
    return h;
}

int apply_warning(struct host *h, const struct step *s, struct error *e) {
    (void)h;
    (void)e;
    warning_print(s->origin, s->as.warning.text);
    return 0;
}

int apply_state(struct host *h, const struct step *s, struct error *e) {
    h->oci_version = s->as.state.oci_version;
    h->annotations = s->as.state.annotations;
    return state_lock(h, e);
}

int host_signal(int pidfd, int sig) {
    if (pidfd < 0 || priv_raise(CAP(KILL)) != 0)
        return -1;
    int rc = pidfd_send_signal(pidfd, sig, NULL, 0);
    priv_lower();
    return rc;
}

int host_write_proc(pid_t pid, const char *name, const char *content, size_t len) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/%s", pid != 0 ? pid : getpid(), name);
    CLEANUP_FD int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    struct statfs fs;
    if (fd < 0 || fstatfs(fd, &fs) != 0)
        return -1;
    if (fs.f_type != PROC_SUPER_MAGIC)
        return sys_fail(ENOSYS);
    return write(fd, content, len) == (ssize_t)len ? 0 : -1;
}

/* Container init's death takes every process of its pid namespace with it. Only its parent can reap it: for
 * the keeper the pidfd says that it is dead. */
static void end_container(struct host *h) {
    if (h->pidfd < 0)
        return;
    cgroup_hurry(h);
    if (host_signal(h->pidfd, SIGKILL) != 0 &&
        h->cgroup_kill_fd >= 0) /* AppArmor and SELinux judge kill(2), root's too */
        (void)write_full(h->cgroup_kill_fd, "1", 1);
    struct pollfd dead = {.fd = h->pidfd, .events = POLLIN};
    (void)TEMP_FAILURE_RETRY(poll(&dead, 1, END_MILLISECONDS));
    siginfo_t info;
    (void)waitid(P_PIDFD, (id_t)h->pidfd, &info, WEXITED | WNOHANG);
    fd_close(&h->pidfd);
}

uint64_t host_ending_caps(const struct host *h, bool cgroup) {
    uint64_t caps = CAP(KILL);
    if (h->facts->caller.is_root)
        caps |= CAP(DAC_OVERRIDE) | CAP(DAC_READ_SEARCH) | CAP(FOWNER) | CAP(NET_ADMIN);
    if (cgroup) /* its directories are root's, the topmost one mode 0555: removing them takes euid 0 and this
                 */
        caps |= CAP(DAC_OVERRIDE);
    return caps;
}

void host_drop(const struct host *h, bool cgroup) {
    uid_t real = getuid();
    if (priv_keep_only(host_ending_caps(h, cgroup)) != 0 || (!cgroup && setresuid(real, real, real) != 0) ||
        prctl(PR_SET_DUMPABLE, 0) != 0)
        priv_fatal();
}

void host_end_container(struct host *h) {
    h->tty_saved = h->tty_saved && tcsetattr(STDIN_FILENO, TCSANOW, &h->tty) != 0;
    end_container(h);
    host_end_netdevs(h, true);
    cgroup_end(h);
}

void host_end_files(struct host *h) {
    files_pid_file_remove(h);
    state_remove(h);
}

void host_end(struct host *h) {
    host_end_container(h);
    host_end_files(h);
}
