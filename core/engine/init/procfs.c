#include "core/engine/init/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"

int procfs_ready(struct init *in, const struct step *s, struct error *e) {
    if (in->proc_fd >= 0)
        return 0;
    CLEANUP_FD int fs = fsopen("proc", FSOPEN_CLOEXEC);
    if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0 ||
        (in->proc_fd = fsmount(fs, FSMOUNT_CLOEXEC, 0)) < 0)
        return error_set(e, E_MOUNT, errno, s->origin, "mount proc, for the set-up");
    return 0;
}

int procfs_open(const struct init *in, const char *path, uint64_t flags) {
    const uint64_t resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
    CLEANUP_FD int fd = sys_openat2(in->proc_fd, path, flags | O_CLOEXEC, 0, resolve);
    struct statfs fs;
    if (fd < 0 || fstatfs(fd, &fs) != 0)
        return -1;
    return fs.f_type == PROC_SUPER_MAGIC ? fd_take(&fd) : sys_fail(EXDEV);
}

int procfs_write(const struct init *in, const char *path, const char *text) {
    const ssize_t len = (ssize_t)strlen(text);
    CLEANUP_FD int fd = procfs_open(in, path, O_WRONLY);
    ssize_t n = fd < 0 ? -1 : write(fd, text, (size_t)len);
    return n >= 0 && n != len ? sys_fail(EINVAL) : n < 0 ? -1 : 0;
}
