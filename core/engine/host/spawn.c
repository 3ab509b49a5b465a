#include "core/engine/host/spawn.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/engine/host/devices.h"
#include "core/engine/host/identity.h"
#include "core/engine/host/idmap.h"
#include "core/engine/init/init.h"
#include "core/engine/sync.h"

#define OWNER_BASE UINT32_C(0x80000000)

int apply_unshare(struct host *h, const struct step *s, struct error *e) {
    (void)e;
    h->namespaces = s->as.unshare.flags;
    return 0;
}

/* What container init has to know; made before the clone, since the child begins with a copy of our memory.
 */
static struct init prepare(const struct host *h, int sync_fd) {
    struct init in = {.namespaces = h->namespaces,
                      .userns = (h->namespaces & CLONE_NEWUSER) != 0,
                      .setgroups = h->setgroups || (h->namespaces & CLONE_NEWUSER) == 0,
                      .setup_uid = idmap_setup_id(h, 0, h->facts->caller.uid),
                      .setup_gid = idmap_setup_id(h, 1, h->facts->caller.gid),
                      .sync_fd = sync_fd,
                      .root_fd = -1,
                      .null_fd = -1,
                      .blank_fd = -1,
                      .proc_fd = -1,
                      .oci_version = h->oci_version,
                      .annotations = h->annotations,
                      .exec_errno = h->exec_errno};
    memcpy(in.limits, h->limits, sizeof in.limits);
    (void)snprintf(in.id, sizeof in.id, "%s", h->id);
    (void)snprintf(in.bundle, sizeof in.bundle, "%s", h->bundle);
    struct winsize size;
    for (int fd = 0; fd <= 2; fd++) {
        if (ioctl(fd, TIOCGWINSZ, &size) == 0) {
            in.tty_width = size.ws_col;
            in.tty_height = size.ws_row;
            break;
        }
    }
    return in;
}

/* Who owns the user namespace of a caller who is not root: not the caller, so that none of its other
 * processes gets a capability in it; not root, since the kernel charges what runs inside to the owner's
 * quotas (RLIMIT_NPROC, user.max_*_namespaces ...) too. An id per caller that nobody has: the upper half of
 * the ids is nobody's to give out. */
static uid_t owner_of(uid_t caller) {
    return caller < OWNER_BASE - 1 ? OWNER_BASE + caller : 0;
}

int spawn_as_owner(const struct host *h, uint64_t caps) {
    if (identity_root(caps | CAP(SETUID)) != 0)
        return -1;
    if (h->facts->caller.is_root || setresuid((uid_t)-1, owner_of(h->facts->caller.uid), (uid_t)-1) == 0)
        return 0;
    identity_caller();
    return -1;
}

/* The cgroup namespace is made by container init, which only then is inside its cgroup. */
static pid_t clone_init(struct host *h) {
    struct clone_args args = {.flags = (h->namespaces & ~(uint32_t)CLONE_NEWCGROUP) | CLONE_PIDFD,
                              .pidfd = (uint64_t)(uintptr_t)&h->pidfd,
                              .exit_signal = SIGCHLD};
    if (h->cgroup_fd >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint32_t)h->cgroup_fd;
    }
    if (spawn_as_owner(h, CAP(SYS_ADMIN) | CAP(DAC_OVERRIDE)) != 0)
        return -1;
    pid_t pid = sys_clone3(&args);
    if (pid != 0)
        identity_caller();
    return pid;
}

static int clone_failed(struct host *h, int sys, struct error *e) {
    h->pidfd = -1;
    return error_set(e, E_CLONE, sys, "linux.namespaces", "creating the container's first process");
}

int spawn_container(struct host *h, const struct plan_cursor *init_steps, struct error *e) {
    if (devices_attach(h, e) != 0)
        return -1;
    int pair[2];
    if (sync_pair(pair) != 0)
        return error_set(e, E_CLONE, errno, "linux.namespaces", "making the socket to container init");
    CLEANUP_FD int theirs = pair[1];
    h->sync_fd = pair[0];

    h->exec_errno = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (h->exec_errno == MAP_FAILED)
        return error_set(e, E_CLONE, errno, "linux.namespaces", "sharing a word with container init");
    struct init in = prepare(h, theirs);
    struct plan_cursor steps = *init_steps;
    pid_t pid = clone_init(h);
    if (pid == 0)
        init_main(&in, &steps); /* has no h; closes all descriptors but its own */
    if (pid < 0)
        return clone_failed(h, errno, e);
    h->pid = pid;
    return idmap_write(h, e);
}

int spawn_go(struct host *h, struct error *e) {
    const struct sync_message go = {.kind = SYNC_GO};
    if (sync_send(h->sync_fd, &go, -1) != 0)
        return error_set(e, E_CLONE, errno, "linux.namespaces", "starting container init");
    return 0;
}
