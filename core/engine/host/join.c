/* The step join: namespaces that exist already. setns(2), ioctl_ns(2), user_namespaces(7). */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/engine/host/host.h"
#include "core/engine/host/identity.h"
#include "core/engine/host/start.h"
#include "core/engine/priv.h"

/* For root with the power that root has over files and over the processes of others; for everybody else with
 * the caller's credentials and nothing more. The path is looked up once. O_PATH opens no FIFO and no device;
 * what is a namespace then gets a descriptor that setns(2) takes. -1 with errno 0: it is none. */
static int open_as_caller(const struct host *h, const char *path) {
    uint64_t caps = h->facts->caller.is_root ? CAP(DAC_READ_SEARCH) | CAP(SYS_PTRACE) : 0;
    CLEANUP_FD int at = priv_raise(caps) == 0 ? open(path, O_PATH | O_CLOEXEC) : -1;
    int fd = -1;
    struct statfs fs;
    if (at >= 0 && fstatfs(at, &fs) == 0)
        fd = fs.f_type == NSFS_MAGIC ? fd_reopen(at, O_RDONLY) : sys_fail(0);
    identity_caller();
    return fd;
}

/* Whether its user namespace was made by this user right below the initial one, where the caller is: who owns
 * such a user namespace has every capability in it, says the kernel, and can enter all that belongs to it. */
static bool is_callers(int ns, uid_t caller) {
    CLEANUP_FD int user = ioctl(ns, NS_GET_USERNS);
    CLEANUP_FD int above = user < 0 ? -1 : ioctl(user, NS_GET_PARENT);
    struct stat st;
    uid_t owner = 0;
    return above >= 0 && fstat(above, &st) == 0 && st.st_ino == INITIAL_USERNS_INODE &&
           ioctl(user, NS_GET_OWNER_UID, &owner) == 0 && owner == caller;
}

int apply_join(struct host *h, const struct step *s, struct error *e) {
    const struct op_join *o = &s->as.join;
    CLEANUP_FD int fd = open_as_caller(h, o->path);
    if (fd < 0 && errno != 0)
        return plan_fail(s, e, E_NAMESPACE, errno, o->path, "opening the namespace");
    if (fd < 0 || ioctl(fd, NS_GET_NSTYPE) != (int)o->flag)
        return plan_fail(s, e, E_CONFIG_VALUE, 0, o->path, "is no namespace of that type");
    if (!h->facts->caller.is_root && !is_callers(fd, h->facts->caller.uid))
        return plan_fail(s, e, E_AUTHORITY, 0, o->path,
                         "belongs to a user namespace that is not the caller's");
    struct stat st, own; /* step hostname must know: the host's own is not the container's */
    if (o->flag != CLONE_NEWUTS ||
        (fstat(fd, &st) == 0 && stat("/proc/self/ns/uts", &own) == 0 && st.st_ino != own.st_ino))
        h->joined |= o->flag;
    if (o->flag == CLONE_NEWCGROUP)
        h->cgroupns_fd = fd_take(&fd);
    else
        h->joins.list[h->joins.count++] = (struct host_join){o->flag, fd_take(&fd), s->origin};
    return 0;
}
