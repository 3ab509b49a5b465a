/*
 * Trees of the host whose ids are mapped, made for a root caller by the monitor: the kernel asks for
 * CAP_SYS_ADMIN over the file system's own user namespace, which container init may not have any more.
 * mount_setattr(2), "ID-mapped mounts".
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/engine/host/host.h"
#include "core/engine/host/identity.h"
#include "core/engine/host/idmap.h"

static int write_map(pid_t pid, const char *name, const struct plan_u32s *list) {
    struct id_extent x[340];
    uint32_t n = 0;
    for (; 3 * n < list->count; n++)
        x[n] = (struct id_extent){plan_u32s_get(list, 3 * n), plan_u32s_get(list, 3 * n + 1),
                                  plan_u32s_get(list, 3 * n + 2)};
    return idmap_write_map(pid, name, x, n);
}

/* The user namespace is that of a child which ends at once: until it is waited for it is enough of a process
 * to write the maps of and to take the namespace from, and nothing ever runs in there. (CAP_SYS_PTRACE: newer
 * kernels ask for it to let us see a process that has ended.) */
static int make_userns(const struct op_idmapped *o) {
    int pidfd = -1;
    const struct clone_args args = {
        .flags = CLONE_NEWUSER | CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd, .exit_signal = SIGCHLD};
    pid_t pid = sys_clone3(&args);
    if (pid == 0)
        _exit(0);
    if (pid < 0)
        return -1;
    siginfo_t info;
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
    int fd = -1;
    if (TEMP_FAILURE_RETRY(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOWAIT)) == 0 &&
        write_map(pid, "uid_map", &o->uids) == 0 && write_map(pid, "gid_map", &o->gids) == 0)
        fd = open(path, O_RDONLY | O_CLOEXEC);
    int sys = errno;
    (void)TEMP_FAILURE_RETRY(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED));
    fd_close(&pidfd);
    errno = sys;
    return fd;
}

/* The clone is of the host's own mount, not of the container's copy: as a slave it sends the host nothing. */
static int map_tree(int tree, int userns, bool everywhere) {
    struct mount_attr slave = {.propagation = MS_SLAVE};
    if (mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &slave, sizeof slave) != 0)
        return -1;
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (unsigned)userns};
    return mount_setattr(tree, "", AT_EMPTY_PATH | (everywhere ? AT_RECURSIVE : 0), &attr, sizeof attr);
}

/* All with root's own power: the gate lets no other caller here. */
int apply_idmapped(struct host *h, const struct step *s, struct error *e) {
    const struct op_idmapped *o = &s->as.idmapped;
    unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
    if (identity_root(plan_op_info(s->op)->caps) != 0)
        return plan_fail(s, e, E_MOUNT, errno, o->target, "raising privilege to idmap %s", o->source);
    CLEANUP_FD int source =
        sys_openat2(h->bundle_fd, o->source, O_PATH | O_CLOEXEC, 0, RESOLVE_NO_MAGICLINKS);
    CLEANUP_FD int tree =
        source < 0 ? -1 : open_tree(source, "", flags | (o->recursive != 0 ? AT_RECURSIVE : 0));
    CLEANUP_FD int userns = tree < 0 ? -1 : make_userns(o);
    bool mapped = userns >= 0 && map_tree(tree, userns, o->everywhere != 0) == 0;
    identity_caller();
    if (!mapped)
        return plan_fail(s, e, tree < 0 ? E_MOUNT_SOURCE : E_MOUNT, errno, o->target, "%s %s",
                         tree < 0 ? "bind source" : "idmapping", o->source);
    h->trees[h->tree_count++] = fd_take(&tree);
    return 0;
}
