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

static int failed(const struct step *s, int sys, struct error *e, const char *what) {
    return plan_fail(s, e, E_DEVICE, sys, s->as.device.path, "%s %s", what, s->as.device.path);
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

/* A bound node stays the host's: its owner and mode can't be given, only compared. */
static int check_bound(const struct step *s, const struct stat *st, struct error *e) {
    const struct op_device *o = &s->as.device;
    const struct {
        uint32_t bit, want, have;
        const char *property;
    } rows[] = {
        {PLAN_BIND_MODE, o->mode, st->st_mode & 07777, "fileMode"},
        {PLAN_BIND_UID, o->uid, st->st_uid, "uid"},
        {PLAN_BIND_GID, o->gid, st->st_gid, "gid"},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if ((o->bind & rows[i].bit) == 0 || rows[i].want == rows[i].have)
            continue;
        (void)plan_fail(s, e, E_DEVICE, 0, o->path, "%s %u can't be given: the host's node is bound, with %u",
                        rows[i].property, rows[i].want, rows[i].have);
        return error_hint(e, "leave %s out: the node keeps what it has on the host", rows[i].property);
    }
    return 0;
}

/* What may be hidden: an empty file, as the mount point that an earlier run made, or the device itself. */
static bool may_cover(const struct op_device *o, int there) {
    struct stat st;
    return fstat(there, &st) == 0 && (is_node(o, &st) || (S_ISREG(st.st_mode) && st.st_size == 0));
}

static int bind_node(struct init *in, const struct step *s, struct error *e) {
    const struct op_device *o = &s->as.device;
    CLEANUP_FD int node = path_on_host(o->path);
    struct stat st;
    if (node < 0 || fstat(node, &st) != 0)
        return failed(s, errno, e, "opening the host's");
    if (!is_node(o, &st))
        return plan_fail(s, e, E_DEVICE, 0, o->path, "the host's %s is not device %c %u:%u", o->path,
                         (char)o->type, o->major, o->minor);
    if (check_bound(s, &st, e) != 0)
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
    if (mknodat(parent, name, kind(o) | o->mode, makedev(o->major, o->minor)) != 0 && errno != EEXIST)
        return failed(s, errno, e, "making");
    CLEANUP_FD int node = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (node < 0 || fstat(node, &st) != 0)
        return failed(s, errno, e, "opening");
    if (!is_node(o, &st))
        return failed(s, EEXIST, e, "making");
    return set_owner_and_mode(in, s, node, &st, e);
}
