#include "core/engine/host/cgroup_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fd.h"

bool cgroup_tree_says(int dir_fd, const char *event) {
    char events[256] = "";
    CLEANUP_FD int fd = openat(dir_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
    return fd >= 0 && read_full(fd, events, sizeof events - 1) > 0 && strstr(events, event) != NULL;
}

void cgroup_tree_wait_empty(int dir_fd, int milliseconds) {
    const struct timespec pause = {.tv_nsec = 1000000};
    for (int waited = 0; waited < milliseconds && cgroup_tree_says(dir_fd, "populated 1"); waited++)
        (void)nanosleep(&pause, NULL);
}

/* Copies the name of dir_fd's first subdirectory into name (256 bytes). */
static bool first_below(int dir_fd, char name[256]) {
    _Alignas(struct dirent64) char room[4096];
    if (lseek(dir_fd, 0, SEEK_SET) != 0)
        return false;
    for (;;) {
        ssize_t n = getdents64(dir_fd, room, sizeof room); /* readdir would allocate */
        if (n <= 0)
            return false;
        for (ssize_t at = 0; at < n;) {
            const struct dirent64 *r = (const void *)(room + at);
            if (r->d_type == DT_DIR && strcmp(r->d_name, ".") != 0 && strcmp(r->d_name, "..") != 0) {
                (void)strncpy(name, r->d_name, 255);
                name[255] = '\0';
                return true;
            }
            at += r->d_reclen;
        }
    }
}

/* Goes down to a directory without subdirectories, from `top`, and removes it. False when nothing was
 * removed. */
static bool remove_one(int top) {
    char name[256];
    if (!first_below(top, name))
        return false;
    CLEANUP_FD int parent = fcntl(top, F_DUPFD_CLOEXEC, 3);
    for (;;) {
        CLEANUP_FD int child = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        char below[256];
        if (child < 0 || !first_below(child, below))
            return unlinkat(parent, name, AT_REMOVEDIR) == 0;
        memcpy(name, below, sizeof name);
        int old = parent;
        parent = fd_take(&child);
        fd_close(&old);
    }
}

void cgroup_tree_remove_below(int dir_fd) {
    while (remove_one(dir_fd)) {
    }
}
