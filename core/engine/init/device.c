/* Device nodes: made where mknod(2) is allowed, else bound from the host. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/engine/init/init.h"
#include "core/engine/init/paths.h"
#include "core/engine/init/procfs.h"
#include "core/engine/init/trees.h"
#include "core/plan/device_node.h"

static int failed(const struct step *s, int sys, struct error *e, const char *what) {
    return plan_fail(s, e, E_DEVICE, sys, s->as.device.path, "%s %s", what, s->as.device.path);
}

/* What may be hidden: an empty file, as the mount point that an earlier run made, or the device itself. */
static bool may_cover(const struct op_device *o, int there) {
    struct stat st;
    return fstat(there, &st) == 0 && (device_node_is(o, &st) || (S_ISREG(st.st_mode) && st.st_size == 0));
}

static int bind_node(struct init *in, const struct step *s, struct error *e) {
    const struct op_device *o = &s->as.device;
    CLEANUP_FD int node = path_on_host(o->path);
    struct stat st;
    if (node < 0 || fstat(node, &st) != 0)
        return failed(s, errno, e, "opening the host's");
    if (!device_node_is(o, &st))
        return plan_fail(s, e, E_DEVICE, 0, o->path, "the host's %s is not device %c %u:%u", o->path,
                         (char)o->type, o->major, o->minor);
    if (device_node_kept(s, &st, e) != 0)
        return -1;
    const struct place place = {.path = o->path};
    CLEANUP_FD int there = place_open(in, s, &place, e);
    if (there < 0)
        return -1;
    if (!may_cover(o, there))
        return failed(s, EEXIST, e, "making");
    CLEANUP_FD int tree = tree_clone(node, false);
    if (tree < 0 || tree_attach(tree, there) != 0)
        return failed(s, errno, e, "binding the host's");
    return 0;
}

/* Through the descriptor's entry in a procfs of our own: fchmodat2(2) came with Linux 6.6. */
static int change_mode(struct init *in, const struct step *s, int node, struct error *e) {
    char entry[32];
    (void)snprintf(entry, sizeof entry, "self/fd/%d", node);
    if (procfs_ready(in, s, e) != 0)
        return -1;
    return fchmodat(in->proc_fd, entry, s->as.device.mode, 0) == 0
               ? 0
               : failed(s, errno, e, "changing the mode of");
}

/* Owner and mode of the node itself, by its descriptor: its name may be something else by now. */
static int set_owner_and_mode(struct init *in, const struct step *s, int node, const struct stat *st,
                              struct error *e) {
    const struct op_device *o = &s->as.device;
    if ((st->st_uid != o->uid || st->st_gid != o->gid) &&
        fchownat(node, "", o->uid, o->gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0)
        return failed(s, errno, e, "changing the owner of");
    return (st->st_mode & 07777) == o->mode ? 0 : change_mode(in, s, node, e);
}

int apply_device(struct init *in, const struct step *s, struct error *e) {
    const struct op_device *o = &s->as.device;
    if (o->bind != 0)
        return bind_node(in, s, e);
    char name[NAME_MAX + 1];
    CLEANUP_FD int parent = path_ensure_parent(in->root_fd, o->path, name);
    if (parent < 0)
        return failed(s, errno, e, "making the directory of");
    if (mknodat(parent, name, device_node_type(o) | o->mode, makedev(o->major, o->minor)) != 0 &&
        errno != EEXIST)
        return failed(s, errno, e, "making");
    CLEANUP_FD int node = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (node < 0 || fstat(node, &st) != 0)
        return failed(s, errno, e, "opening");
    if (!device_node_is(o, &st))
        return failed(s, EEXIST, e, "making");
    return set_owner_and_mode(in, s, node, &st, e);
}
