#include "core/engine/init/trees.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#include "core/base/fd.h"
#include "core/engine/init/paths.h"
#include "core/plan/procfs_files.h"

int tree_clone(int fd, bool recursive) {
    unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
    return open_tree(fd, "", flags | (recursive ? AT_RECURSIVE : 0));
}

static int change(int fd, bool recursive, struct mount_attr attr) {
    return mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr, sizeof attr);
}

int tree_attr(int fd, bool recursive, uint64_t set, uint64_t clear) {
    if ((set | clear) == 0)
        return 0;
    if (((set | clear) & MOUNT_ATTR__ATIME) != 0)
        clear |= MOUNT_ATTR__ATIME;
    return change(fd, recursive, (struct mount_attr){.attr_set = set, .attr_clr = clear});
}

int tree_propagate(int fd, const struct plan_u32s *list) {
    for (uint32_t i = 0; i < list->count; i++) {
        uint32_t v = plan_u32s_get(list, i);
        if (change(fd, (v & MS_REC) != 0, (struct mount_attr){.propagation = v & ~(uint32_t)MS_REC}) != 0)
            return -1;
    }
    return 0;
}

int tree_attach(int tree, int place) {
    return move_mount(tree, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static int refuse(const struct step *s, const struct place *p, struct error *e, const char *why) {
    return plan_fail(s, e, E_MOUNT_TARGET, 0, p->path, "%s", why);
}

/* /proc has to be the kernel's word, for us and for the payload: nothing but procfs comes over it, and
 * nothing over what is in it but a few harmless files (CVE-2019-16884). */
static int check_procfs(const struct init *in, const struct step *s, const struct place *p, int fd,
                        struct error *e) {
    CLEANUP_FD int proc = path_open(in->root_fd, "/proc", O_DIRECTORY, 0);
    if (proc >= 0 && path_same(proc, fd))
        return p->procfs ? 0 : refuse(s, p, e, "only a procfs may be mounted at /proc");
    struct statfs fs;
    if (fstatfs(fd, &fs) != 0)
        return error_set(e, E_MOUNT_TARGET, errno, s->origin, "asking for the file system of %s", p->path);
    if (fs.f_type != PROC_SUPER_MAGIC || procfs_replaceable(p->path))
        return 0;
    return refuse(s, p, e, "a mount may not cover a part of procfs");
}

/* For proc and sysfs: a link there is a trap (CVE-2019-19921, CVE-2023-27561). */
static int open_without_links(const struct init *in, const struct place *p) {
    int fd = path_open(in->root_fd, p->path, O_DIRECTORY, RESOLVE_NO_SYMLINKS);
    if (fd >= 0 || errno != ENOENT)
        return fd;
    CLEANUP_FD int made = path_ensure_dir(in->root_fd, p->path);
    return made < 0 ? -1 : path_open(in->root_fd, p->path, O_DIRECTORY, RESOLVE_NO_SYMLINKS);
}

static int open_or_make(const struct init *in, const struct step *s, const struct place *p, struct error *e) {
    int fd = p->no_links ? open_without_links(in, p)
             : p->dir    ? path_ensure_dir(in->root_fd, p->path)
                         : path_ensure_file(in->root_fd, p->path);

    if (fd >= 0)
        return fd;
    if (p->no_links && (errno == ELOOP || errno == ENOTDIR))
        return refuse(s, p, e, "proc and sysfs are mounted on a directory, not on a link or a file");
    return plan_fail(s, e, E_MOUNT_TARGET, errno, p->path,
                     "opening or making the %s %s in the root file system", p->dir ? "directory" : "file",
                     p->path);
}

int place_open(const struct init *in, const struct step *s, const struct place *p, struct error *e) {
    CLEANUP_FD int fd = open_or_make(in, s, p, e);
    if (fd < 0)
        return -1;
    if (path_same(fd, in->root_fd))
        return refuse(s, p, e, "a mount can't cover the root file system itself");
    if (check_procfs(in, s, p, fd, e) != 0)
        return -1;
    return fd_take(&fd);
}
