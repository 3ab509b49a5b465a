/* Paths that are hidden or made read-only. A path that does not exist is left alone, as OCI says. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/engine/init/init.h"
#include "core/engine/init/paths.h"
#include "core/engine/init/trees.h"

static int failed(const struct step *s, const char *path, struct error *e, const char *what) {
    return plan_fail(s, e, E_MASK, errno, path, "%s %s", what, path);
}

/* 1 with *fd, 0 when nothing stands there, -1. */
static int find(const struct init *in, const struct step *s, const char *path, int *fd, struct error *e) {
    *fd = path_open(in->root_fd, path, 0, 0);
    if (*fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (*fd < 0)
        return failed(s, path, e, "opening");
    if (!path_same(*fd, in->root_fd))
        return 1;
    fd_close(fd);
    return plan_fail(s, e, E_MASK, 0, path, "the root file system itself can't be hidden or bound");
}

/* Only the host's null, known by its number: the image's may be anything (CVE-2025-31133). */
static int open_null(struct init *in) {
    if (in->null_fd >= 0)
        return 0;
    CLEANUP_FD int fd = open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return -1;
    if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
        return sys_fail(ENODEV);
    in->null_fd = fd_take(&fd);
    return 0;
}

static int mask_file(struct init *in, const struct step *s, int place, struct error *e) {
    const char *path = s->as.mask.path;
    if (open_null(in) != 0)
        return failed(s, path, e, "opening the host's /dev/null to hide");
    CLEANUP_FD int tree = tree_clone(in->null_fd, false);
    if (tree < 0 || tree_attach(tree, place) != 0)
        return failed(s, path, e, "hiding");
    return 0;
}

/* The empty directory as a detached mount. */
static int make_blank(const char *label) {
    CLEANUP_FD int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
    if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "nr_inodes", "2", 0) != 0 ||
        fsconfig(fs, FSCONFIG_SET_STRING, "size", "4096", 0) != 0 ||
        fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0755", 0) != 0 ||
        (label != NULL && fsconfig(fs, FSCONFIG_SET_STRING, "context", label, 0) != 0) ||
        fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0)
        return -1;
    return fsmount(fs, FSMOUNT_CLOEXEC,
                   MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

/* One tmpfs for all: the first place gets the mount, the others clones of it (a clone of what is still
 * detached would need Linux 6.15). */
static int mask_directory(struct init *in, const struct step *s, int place, struct error *e) {
    const char *path = s->as.mask.path;
    bool first = in->blank_fd < 0;
    CLEANUP_FD int tree = first ? make_blank(in->mount_label) : tree_clone(in->blank_fd, false);
    if (tree < 0 || tree_attach(tree, place) != 0)
        return failed(s, path, e, "hiding");
    if (first)
        in->blank_fd = fd_take(&tree);
    return 0;
}

int apply_mask(struct init *in, const struct step *s, struct error *e) {
    CLEANUP_FD int place = -1;
    int found = find(in, s, s->as.mask.path, &place, e);
    if (found <= 0)
        return found;
    struct stat st;
    if (fstat(place, &st) != 0)
        return failed(s, s->as.mask.path, e, "looking at");
    return S_ISDIR(st.st_mode) ? mask_directory(in, s, place, e) : mask_file(in, s, place, e);
}

int apply_readonly(struct init *in, const struct step *s, struct error *e) {
    const char *path = s->as.readonly.path;
    CLEANUP_FD int place = -1;
    int found = find(in, s, path, &place, e);
    if (found <= 0)
        return found;
    CLEANUP_FD int tree = tree_clone(place, true);
    if (tree < 0 || tree_attr(tree, true, MOUNT_ATTR_RDONLY, 0) != 0 || tree_attach(tree, place) != 0)
        return failed(s, path, e, "making read-only");
    return 0;
}
