#include "core/engine/host/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/engine/host/identity.h"

#define CONFIG_MAX ((off_t)4 << 20)

static int open_as_caller(int dir, const char *path, uint64_t flags) {
    identity_files();
    int fd = sys_openat2(dir, path, flags | O_CLOEXEC, 0, RESOLVE_NO_MAGICLINKS);
    identity_caller();
    return fd;
}

int bundle_open(const char *bundle, int *dir_fd, char *path, size_t size, struct error *e) {
    CLEANUP_FD int fd = open_as_caller(AT_FDCWD, bundle, O_PATH | O_DIRECTORY);
    if (fd < 0)
        return error_set(e, E_BUNDLE, errno, "--bundle", "opening the bundle directory %s", bundle);
    char link[64];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, size - 1);
    if (n <= 0 || path[0] != '/')
        return error_set(e, E_BUNDLE, n < 0 ? errno : 0, "--bundle", "finding the absolute path of %s",
                         bundle);
    path[n] = '\0';
    *dir_fd = fd_take(&fd);
    return 0;
}

int bundle_open_config(int dir_fd, int *fd, struct error *e) {
    struct stat st;
    CLEANUP_FD int path_fd = open_as_caller(dir_fd, "config.json", O_PATH);
    if (path_fd < 0 || fstat(path_fd, &st) != 0)
        return error_set(e, E_CONFIG_OPEN, errno, "config.json", "opening it in the bundle directory");
    if (!S_ISREG(st.st_mode))
        return error_set(e, E_CONFIG_OPEN, 0, "config.json", "is not a regular file");
    if (st.st_size > CONFIG_MAX)
        return error_set(e, E_CONFIG_SIZE, 0, "config.json", "has %lld bytes, %lld are the most",
                         (long long)st.st_size, (long long)CONFIG_MAX);
    identity_files();
    *fd = fd_reopen(path_fd, O_RDONLY);
    identity_caller();
    return *fd >= 0 ? 0 : error_set(e, E_CONFIG_OPEN, errno, "config.json", "opening it for reading");
}
