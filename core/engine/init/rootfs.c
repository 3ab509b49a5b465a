/* The root file system: a clone of its mount tree, mounted onto itself in our own mount namespace. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "core/base/fd.h"
#include "core/engine/init/init.h"
#include "core/engine/init/paths.h"
#include "core/engine/init/trees.h"

/* First of all nothing that we mount reaches the host. It has to be the whole tree: one mount that stays
 * shared would be a way out. */
static int leave_host(const struct step *s, struct error *e) {
    struct mount_attr attr = {.propagation = s->as.rootfs.propagation & ~(uint32_t)MS_REC};
    if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof attr) != 0)
        return plan_fail(s, e, E_ROOTFS, errno, NULL,
                         "separating the mounts of the container from the host's");
    return 0;
}

static int open_root(const struct step *s, struct error *e) {
    const char *path = s->as.rootfs.path;
    CLEANUP_FD int fd = path_on_host(path);
    struct stat st = {0};
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        return fd_take(&fd);
    int sys = fd < 0 ? errno : ENOTDIR;
    return plan_fail(s, e, E_ROOTFS, sys, path, "opening the root file system %s", path);
}

int apply_rootfs(struct init *in, const struct step *s, struct error *e) {
    const struct op_rootfs *o = &s->as.rootfs;
    if (leave_host(s, e) != 0)
        return -1;
    CLEANUP_FD int place = open_root(s, e);
    if (place < 0)
        return -1;
    CLEANUP_FD int tree = tree_clone(place, true);
    /* The mounts that stand in it too: nodev is worth nothing on the top alone. */
    if (tree < 0 || tree_attr(tree, true, o->attr, 0) != 0 || tree_attach(tree, place) != 0)
        return plan_fail(s, e, E_ROOTFS, errno, o->path, "mounting the root file system %s", o->path);
    in->root_fd = fd_take(&tree);
    return 0;
}

int apply_seal_root(struct init *in, const struct step *s, struct error *e) {
    return tree_attr(in->root_fd, false, MOUNT_ATTR_RDONLY, 0) == 0
               ? 0
               : error_set(e, E_ROOTFS, errno, s->origin, "making the root file system read-only");
}
