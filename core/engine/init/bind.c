/* A file or a tree of the host inside the root file system. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "core/base/fd.h"
#include "core/engine/init/init.h"
#include "core/engine/init/paths.h"
#include "core/engine/init/trees.h"

#define PROC_ROOT_INODE 1 /* of every procfs instance, part of the kernel's ABI */

static int no_source(const struct step *s, struct error *e) {
    int sys = errno;
    const struct op_bind *o = &s->as.bind;
    (void)error_set(e, E_MOUNT_SOURCE, sys, s->origin, "bind source %s", o->source);
    (void)error_subject(e, o->target);
    if (sys == ENOENT)
        return error_hint(
            e, "the bundle's config.json asks for a bind mount of what does not exist on this host");
    if (sys == ENOTDIR)
        return error_hint(e, "a component of the path is no directory");
    if (sys == EACCES)
        return error_hint(e, "the calling user may not reach it");
    if (sys == ELOOP)
        return error_hint(e, "links there go in a circle, or it is a link of /proc that is not followed");
    return -1;
}

static int not_cloned(const struct step *s, struct error *e) {
    int sys = errno;
    const struct op_bind *o = &s->as.bind;
    (void)error_set(e, E_MOUNT_SOURCE, sys, s->origin, "bind source %s", o->source);
    (void)error_subject(e, o->target);
    if (sys == EINVAL && o->recursive == 0)
        return error_hint(
            e, "the host has mounts below it that a user namespace may not take away: use \"rbind\"");
    if (sys == EINVAL)
        return error_hint(
            e, "it is on a mount that can't be bound, as an unbindable one or a file of a namespace");
    return -1;
}

static int not_changed(const struct step *s, struct error *e) {
    int sys = errno;
    const struct op_bind *o = &s->as.bind;
    (void)error_set(e, E_MOUNT, sys, s->origin, "changing the mount flags of %s", o->source);
    (void)error_subject(e, o->target);
    if (sys == EPERM)
        return error_hint(
            e, "the host mounts it with a flag (as ro, nosuid, nodev, noexec or noatime) that a user "
               "namespace can't take off: leave out the option that takes it off");
    return -1;
}

/* What is asked of the tree first, then what is asked of its top alone. */
static int dress(const struct step *s, int tree, struct error *e) {
    const struct op_bind *o = &s->as.bind;
    if (tree_attr(tree, true, o->rattr_set, o->rattr_clr) != 0 ||
        tree_attr(tree, false, o->attr_set, o->attr_clr) != 0)
        return not_changed(s, e);
    if (tree_propagate(tree, &o->propagation) != 0) {
        (void)error_set(e, E_MOUNT, errno, s->origin, "setting the propagation of %s", o->source);
        return error_subject(e, o->target);
    }
    return 0;
}

static bool is_proc_root(int fd, const struct stat *st) {
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC && st->st_ino == PROC_ROOT_INODE;
}

int apply_bind(struct init *in, const struct step *s, struct error *e) {
    const struct op_bind *o = &s->as.bind;
    CLEANUP_FD int source = path_on_host(o->source);
    struct stat st;
    if (source < 0 || fstat(source, &st) != 0)
        return no_source(s, e);
    CLEANUP_FD int tree = tree_clone(source, o->recursive != 0);
    if (tree < 0)
        return not_cloned(s, e);
    if (dress(s, tree, e) != 0)
        return -1;
    const struct place place = {
        .path = o->target, .dir = S_ISDIR(st.st_mode), .procfs = is_proc_root(source, &st)};
    CLEANUP_FD int there = place_open(in, s, &place, e);
    if (there < 0)
        return -1;
    if (tree_attach(tree, there) != 0) {
        (void)error_set(e, E_MOUNT, errno, s->origin, "bind %s", o->source);
        return error_subject(e, o->target);
    }
    return 0;
}
