/* Device nodes: made where mknod(2) is allowed, else bound from the host. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/engine/init/init.h"
#include "core/engine/init/paths.h"
#include "core/engine/init/trees.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452 /* the same number on every architecture */
#endif

static int failed(const struct step *s, int sys, struct error *e, const char *what) {
    (void)error_set(e, E_DEVICE, sys, s->origin, "%s %s", what, s->as.device.path);
    return error_subject(e, s->as.device.path);
}

static mode_t kind(const struct op_device *o) {
    switch (o->type) {
    case 'b':
        return S_IFBLK;
    case 'p':
        return S_IFIFO;
    default:
        return S_IFCHR;
    }
}

/* Whether st is the node that is asked for; a FIFO has no number. */
static bool is_node(const struct op_device *o, const struct stat *st) {
    if ((st->st_mode & S_IFMT) != kind(o))
        return false;
    return o->type == 'p' || st->st_rdev == makedev(o->major, o->minor);
}

static int bind_node(struct init *in, const struct step *s, struct error *e) {
    const struct op_device *o = &s->as.device;
    CLEANUP_FD int node =
        sys_openat2(AT_FDCWD, o->path, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0, RESOLVE_NO_MAGICLINKS);
    struct stat st;
    if (node < 0 || fstat(node, &st) != 0) {
        (void)failed(s, errno, e, "opening the host's");
        return error_hint(e, "in a user namespace a device is bound from the host: it has to exist there, "
                             "under the same path");
    }
    if (o->type == 'p' || !is_node(o, &st)) {
        (void)error_set(e, E_DEVICE, 0, s->origin, "the host's %s is not device %c %u:%u", o->path,
                        (char)o->type, o->major, o->minor);
        return error_subject(e, o->path);
    }
    const struct place place = {.path = o->path};
    CLEANUP_FD int there = place_open(in, s, &place, e);
    if (there < 0)
        return -1;
    CLEANUP_FD int tree = tree_clone(node, false);
    if (tree < 0 || tree_attach(tree, there) != 0)
        return failed(s, errno, e, "binding the host's");
    return 0;
}

/* Owner and mode of the node itself, by its descriptor: its name may be something else by now. */
static int set_owner_and_mode(const struct step *s, int node, const struct stat *st, struct error *e) {
    const struct op_device *o = &s->as.device;
    if ((st->st_uid != o->uid || st->st_gid != o->gid) &&
        fchownat(node, "", o->uid, o->gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0)
        return failed(s, errno, e, "changing the owner of");
    if ((st->st_mode & 07777) == o->mode)
        return 0;
    if (syscall(SYS_fchmodat2, node, "", o->mode, AT_EMPTY_PATH) == 0)
        return 0;
    return failed(s, errno, e, "changing the mode of");
}

int apply_device(struct init *in, const struct step *s, struct error *e) {
    const struct op_device *o = &s->as.device;
    if (o->bind != 0)
        return bind_node(in, s, e);
    char name[NAME_MAX + 1];
    CLEANUP_FD int parent = path_ensure_parent(in->root_fd, o->path, name);
    if (parent < 0)
        return failed(s, errno, e, "making the directory of");
    if (mknodat(parent, name, kind(o) | o->mode, makedev(o->major, o->minor)) != 0 && errno != EEXIST)
        return failed(s, errno, e, "making");
    CLEANUP_FD int node = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (node < 0 || fstat(node, &st) != 0)
        return failed(s, errno, e, "opening");
    if (!is_node(o, &st))
        return failed(s, EEXIST, e, "making");
    return set_owner_and_mode(s, node, &st, e);
}
