#include "core/engine/host/spawn.h"

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/engine/host/devices.h"
#include "core/engine/host/identity.h"
#include "core/engine/host/idmap.h"
#include "core/engine/init/init.h"
#include "core/engine/priv.h"
#include "core/engine/sync.h"

#define OWNER_BASE UINT32_C(0x80000000)

/* What container init has to know; made before the clone, since the child begins with a copy of our memory.
 */
static struct init prepare(const struct host *h, int sync_fd) {
    struct init in = {.namespaces = h->namespaces | h->joined,
                      .userns = ((h->namespaces | h->joined) & CLONE_NEWUSER) != 0,
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
                      .exec_errno = h->exec_errno,
                      .remove = h->remove};
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
    return caller != 0 && caller < OWNER_BASE - 1 ? OWNER_BASE + caller : 0;
}

int spawn_as_owner(const struct host *h, uint64_t caps) {
    if (identity_root(caps | CAP(SETUID)) != 0)
        return -1;
    /* prctl: where fs.suid_dumpable is 1, a change of ids sets it */
    if (setresuid((uid_t)-1, owner_of(h->facts->caller.uid), (uid_t)-1) == 0 &&
        prctl(PR_SET_DUMPABLE, 0) == 0)
        return 0;
    identity_caller();
    return -1;
}

/* A time namespace takes its offsets as long as nobody is in it: so it is made here, empty, for our next
 * child. The initial user namespace owns it, so nothing inside has any power over it. */
int apply_unshare(struct host *h, const struct step *s, struct error *e) {
    h->namespaces = s->as.unshare.flags;
    if ((h->namespaces & CLONE_NEWPID) == 0 && h->cgroup_leaky)
        return error_set(e, E_CGROUP, 0, s->origin,
                         "a process could leave the cgroup, and no pid namespace holds it");
    if ((h->namespaces & CLONE_NEWTIME) == 0)
        return 0;
    int rc = spawn_as_owner(h, CAP(SYS_ADMIN)) == 0 ? unshare(CLONE_NEWTIME) : -1;
    identity_caller();
    return rc == 0 ? 0 : error_set(e, E_NAMESPACE, errno, s->origin, "creating the time namespace");
}

int apply_time_offset(struct host *h, const struct step *s, struct error *e) {
    const struct op_time_offset *o = &s->as.time_offset;
    char line[64];
    (void)snprintf(line, sizeof line, "%u %lld %u\n", o->clock, (long long)o->secs, o->nanosecs);
    bool root = identity_root(CAP(SYS_TIME)) == 0;
    int rc = root ? host_write_proc(h->pid, "timens_offsets", line, strlen(line)) : -1;
    identity_caller();
    return rc == 0 ? 0 : error_set(e, E_NAMESPACE, errno, s->origin, "setting the clock's offset");
}

static int clone_failed(struct host *h, int sys, struct error *e) {
    h->pidfd = -1;
    return error_set(e, E_CLONE, sys, "linux.namespaces", "creating the container's first process");
}

/* The user namespace is the last one. It may deny setgroups(2): so root's groups go before. 0, or -1 with
 * errno. */
static int enter(const struct host_join *j, const struct init *in) {
    if (j->flag != CLONE_NEWUSER)
        return setns(j->fd, (int)j->flag);
    if (priv_raise(CAP(SYS_ADMIN) | CAP(SETGID)) != 0 || setgroups(0, NULL) != 0 ||
        setns(j->fd, CLONE_NEWUSER) != 0)
        return -1;
    return init_guard(in);
}

/* The joiner: enters the namespaces of others and makes container init as its own brother, so that neither
 * the monitor nor the keeper is ever inside. Says the pid in the shared word, or -errno; its status is the
 * number of the join that failed, from 1. */
static _Noreturn void join_and_clone(const struct host_joins *joins, const struct clone_args *args,
                                     struct init *in, struct plan_cursor *steps) {
    int rc = init_guard(in), at = 0;
    for (; rc == 0 && at < (int)joins->count; at += rc == 0)
        rc = enter(&joins->list[at], in);
    pid_t pid = rc == 0 ? sys_clone3(args) : -1;
    if (pid == 0)
        init_main(in, steps);
    *in->exec_errno = pid > 0 ? pid : -errno;
    _exit(rc == 0 ? 0 : at + 1);
}

/* Waits for the joiner. Gives h->pidfd and the pid, or -1 with *e filled. Where the joiner was killed,
 * container init may be there and never gets its GO. */
static pid_t joined(struct host *h, pid_t joiner, struct error *e) {
    siginfo_t end;
    if (TEMP_FAILURE_RETRY(waitid(P_PID, (id_t)joiner, &end, WEXITED)) != 0)
        return clone_failed(h, errno, e);
    pid_t pid = *h->exec_errno;
    *h->exec_errno = 0;
    h->pidfd = pid > 0 ? pidfd_open(pid, 0) : sys_fail(-pid);
    if (h->pidfd >= 0)
        return pid;
    if (end.si_code != CLD_EXITED || end.si_status == 0 || end.si_status > (int)h->joins.count)
        return clone_failed(h, errno, e);
    return error_set(e, E_NAMESPACE, errno, h->joins.list[end.si_status - 1].origin, "joining the namespace");
}

/* The cgroup namespace is container init's to make, which only then is inside its cgroup; the time namespace
 * is there already. */
static pid_t clone_init(struct host *h, struct init *in, struct plan_cursor *steps, struct error *e) {
    const struct clone_args joiner = {.exit_signal = SIGCHLD};
    const struct host_joins joins = h->joins; /* h is in no child's memory */
    bool direct = joins.count == 0;
    struct clone_args args = {.flags = h->namespaces & ~(uint32_t)(CLONE_NEWCGROUP | CLONE_NEWTIME),
                              .pidfd = direct ? (uint64_t)(uintptr_t)&h->pidfd : 0,
                              .exit_signal = direct ? SIGCHLD : 0};
    args.flags |= direct ? CLONE_PIDFD : CLONE_PARENT; /* CLONE_PARENT: the joiner's exit signal, too */
    if (h->cgroup_fd >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint32_t)h->cgroup_fd;
    }
    pid_t pid = spawn_as_owner(h, CAP(SYS_ADMIN) | (h->cgroup_fd >= 0 ? CAP(DAC_OVERRIDE) : 0)) == 0
                    ? sys_clone3(direct ? &args : &joiner)
                    : -1;
    if (pid == 0 && !direct)
        join_and_clone(&joins, &args, in, steps);
    if (pid == 0)
        init_main(in, steps); /* closes all descriptors but its own */
    identity_caller();
    if (pid < 0)
        return clone_failed(h, errno, e);
    return direct ? pid : joined(h, pid, e);
}

int spawn_container(struct host *h, const struct plan_cursor *init_steps, bool waits, struct error *e) {
    if (devices_attach(h, e) != 0)
        return -1;
    int pair[2];
    if (sync_pair(pair) != 0)
        return error_set(e, E_CLONE, errno, "linux.namespaces", "making the socket to container init");
    CLEANUP_FD int theirs = pair[1];
    h->sync_fd = pair[0];
    if (!waits && spawn_go(h, e) != 0)
        return -1;
    h->exec_errno = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (h->exec_errno == MAP_FAILED)
        return error_set(e, E_CLONE, errno, "linux.namespaces", "sharing a word with container init");
    struct init in = prepare(h, theirs);
    struct plan_cursor steps = *init_steps;
    pid_t pid = clone_init(h, &in, &steps, e);
    h->pid = pid > 0 ? pid : 0;
    return pid > 0 ? idmap_write(h, e) : -1;
}

int spawn_go(struct host *h, struct error *e) {
    const struct sync_message tree = {.kind = SYNC_TREE}, go = {.kind = SYNC_GO};
    int rc = 0;
    for (; rc == 0 && h->tree_count > 0; fd_close(&h->trees[h->tree_count]))
        rc = sync_send(h->sync_fd, &tree, h->trees[--h->tree_count]);
    if (rc != 0 || sync_send(h->sync_fd, &go, h->cgroupns_fd) != 0)
        return error_set(e, E_CLONE, errno, "linux.namespaces", "starting container init");
    return 0;
}

int spawn_start(const struct host *h, struct error *e) {
    const struct sync_message start = {.kind = SYNC_START};
    if (sync_send(h->sync_fd, &start, -1) == 0 || errno == EPIPE ||
        errno == ECONNRESET) /* who is dead has said why, or is waited for */
        return 0;
    return error_set(e, E_CLONE, errno, "linux.namespaces", "letting container init execute the payload");
}
