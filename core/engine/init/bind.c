/* A file or a tree of the host inside the root file system; and other flags for a mount that stands there. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "core/base/fd.h"
#include "core/engine/init/init.h"
#include "core/engine/init/paths.h"
#include "core/engine/init/trees.h"

#define PROC_ROOT_INODE 1 /* of every procfs instance, part of the kernel's ABI */

static int failed(const struct step *s, struct error *e, enum error_code code, const char *what) {
    return plan_fail(s, e, code, errno, s->as.bind.target, "%s %s", what, s->as.bind.source);
}

static int open_standing(const struct init *in, const struct step *s, struct error *e) {
    const char *target = s->as.bind.target;
    CLEANUP_FD int there = path_open(in->root_fd, target, 0, 0);
    struct statx x;
    if (there < 0 || statx(there, "", AT_EMPTY_PATH, 0, &x) != 0)
        return plan_fail(s, e, E_MOUNT_TARGET, errno, target, "opening the mount to change");
    if ((x.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0 || path_same(there, in->root_fd))
        return plan_fail(s, e, E_MOUNT_TARGET, 0, target, "is not where a mount stands");
    return fd_take(&there);
}

/* What step idmapped has made, what stands at the target, or a clone of the source, looked up as the caller.
 */
static int open_tree_of(struct init *in, const struct step *s, struct error *e) {
    const struct op_bind *o = &s->as.bind;
    if (o->tree == PLAN_TREE_IDMAPPED)
        return in->trees[--in->tree_count]; /* the gate has counted them */
    if (o->tree == PLAN_TREE_STANDING)
        return open_standing(in, s, e);
    CLEANUP_FD int source = path_on_host(o->source);
    int tree = source < 0 ? -1 : tree_clone(source, o->recursive != 0);
    return tree >= 0 ? tree : failed(s, e, E_MOUNT_SOURCE, "bind source");
}

/* What is asked of the tree first, then what is asked of its top alone, then propagation. */
static int dress(const struct step *s, int tree, struct error *e) {
    const struct op_bind *o = &s->as.bind;
    if (tree_attr(tree, true, o->rattr_set, o->rattr_clr) != 0 ||
        tree_attr(tree, false, o->attr_set, o->attr_clr) != 0 || tree_propagate(tree, &o->propagation) != 0)
        return failed(s, e, E_MOUNT, "changing the mount flags of");
    return 0;
}

static bool is_proc_root(int fd, const struct stat *st) {
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC && st->st_ino == PROC_ROOT_INODE;
}

int apply_bind(struct init *in, const struct step *s, struct error *e) {
    const struct op_bind *o = &s->as.bind;
    CLEANUP_FD int tree = open_tree_of(in, s, e);
    if (tree < 0 || dress(s, tree, e) != 0)
        return -1;
    if (o->tree == PLAN_TREE_STANDING)
        return 0;
    struct stat st;
    if (fstat(tree, &st) != 0)
        return failed(s, e, E_MOUNT_SOURCE, "bind source");
    const struct place place = {
        .path = o->target, .dir = S_ISDIR(st.st_mode), .procfs = is_proc_root(tree, &st)};
    CLEANUP_FD int there = place_open(in, s, &place, e);
    if (there < 0)
        return -1;
    return tree_attach(tree, there) == 0 ? 0 : failed(s, e, E_MOUNT, "bind");
}
