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

/* Down to a directory without subdirectories, and up again after each was removed: no more than twice through
 * the tree, so that a limit of CPU time ends nobody on the way. Cgroups do not move, so ".." is the way back.
 */
void cgroup_tree_remove_below(int dir_fd) {
    CLEANUP_FD int at = fcntl(dir_fd, F_DUPFD_CLOEXEC, 3);
    char name[256];
    bool up = false;
    for (unsigned depth = 0;;) {
        bool some = first_below(at, name);
        if (some && unlinkat(at, name, AT_REMOVEDIR) == 0)
            continue;
        if (some ? up : depth == 0) /* what is empty below and stays: processes are in it */
            return;
        int next = openat(at, some ? name : "..", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        fd_close(&at);
        at = next;
        depth += some ? 1U : ~0U;
        up = !some;
    }
}
