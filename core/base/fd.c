#include "core/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void fd_cleanup(int *fd) {
    fd_close(fd);
}

void fd_close(int *fd) {
    if (*fd >= 0) {
        int saved = errno;
        (void)close(*fd);
        errno = saved;
        *fd = -1;
    }
}

int fd_name_is_still(int dir, const char *name, const struct stat *old) {
    struct stat now;
    if (fstatat(dir, name, &now, AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    if (now.st_dev == old->st_dev && now.st_ino == old->st_ino && now.st_size == old->st_size &&
        memcmp(&now.st_ctim, &old->st_ctim, sizeof now.st_ctim) == 0)
        return 0;
    errno = EBUSY;
    return -1;
}

void fd_close_others(int kept) {
    if (kept > 3)
        (void)close_range(3, (unsigned)kept - 1, 0);
    (void)close_range(kept < 3 ? 3 : (unsigned)kept + 1, ~0U, 0);
}

int fd_take(int *fd) {
    int given = *fd;
    *fd = -1;
    return given;
}

int fd_reopen(int path_fd, int flags) {
    char path[32];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", path_fd);
    return open(path, flags | O_CLOEXEC);
}

int write_full(int fd, const void *bytes, size_t len) {
    const char *p = bytes;
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

ssize_t read_full(int fd, void *bytes, size_t size) {
    size_t have = 0;
    while (have < size) {
        ssize_t n = read(fd, (char *)bytes + have, size - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}
