#include "core/engine/init/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/path_name.h"
#include "core/base/sys.h"
#include "core/base/text.h"

#define LINKS_MAX 40 /* as in the kernel: MAXSYMLINKS */

int path_open(int root, const char *path, uint64_t flags, uint64_t resolve) {
    return sys_openat2(root, path, O_PATH | O_CLOEXEC | flags, 0,
                       RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve);
}

int path_on_host(const char *path) {
    return sys_openat2(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0, RESOLVE_NO_MAGICLINKS);
}

bool path_same(int a, int b) {
    struct statx x, y;
    unsigned mask = STATX_INO | STATX_MNT_ID;
    if (statx(a, "", AT_EMPTY_PATH, mask, &x) != 0 || statx(b, "", AT_EMPTY_PATH, mask, &y) != 0)
        return false;
    return x.stx_mnt_id == y.stx_mnt_id && x.stx_ino == y.stx_ino && x.stx_dev_major == y.stx_dev_major &&
           x.stx_dev_minor == y.stx_dev_minor;
}

/* A walk down a path, one component at a time. `done` is always looked up from the root again, so that a
 * component that somebody exchanges on the way leads elsewhere inside the root at worst. */
struct walk {
    int root;
    bool file;           /* the last component is to be a file */
    unsigned links;      /* dangling links followed so far */
    char done[PATH_MAX]; /* exists, relative to the root; "." at the root */
    char rest[PATH_MAX]; /* is still to be walked */
};

/* The link `name` in parent has no target yet: go on along its text. 0, or -1; EINVAL when it is no link. */
static int follow_dangling(struct walk *w, int parent, const char *name) {
    char link[PATH_MAX] = "", rest[PATH_MAX];
    if (readlinkat(parent, name, link, sizeof link - 1) < 0)
        return -1;
    if (++w->links > LINKS_MAX)
        return sys_fail(ELOOP);
    if (path_name_join(rest, link, w->rest) != 0)
        return -1;
    memcpy(w->rest, rest, sizeof rest);
    if (link[0] == '/')
        memcpy(w->done, ".", 2);
    return 0;
}

/* Makes `name` in parent. O_EXCL and mkdir(2) never follow a link, so nothing is made elsewhere. */
static int make(int parent, const char *name, bool file) {
    if (!file)
        return mkdirat(parent, name, 0755);
    CLEANUP_FD int fd =
        openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0644);
    return fd < 0 ? -1 : 0;
}

/* One component: opens it, or makes it and opens it. 0 also when the walk goes on along a link. */
static int step_into(struct walk *w, const char *name) {
    char next[PATH_MAX];
    if (path_name_join(next, w->done, name) != 0)
        return -1;
    bool file = w->file && w->rest[0] == '\0';
    for (unsigned attempt = 0; attempt < LINKS_MAX; attempt++) {
        CLEANUP_FD int there = path_open(w->root, next, file ? 0 : O_DIRECTORY, 0);
        if (there >= 0) {
            memcpy(w->done, next, sizeof next);
            return 0;
        }
        if (errno != ENOENT)
            return -1;
        CLEANUP_FD int parent = path_open(w->root, w->done, O_DIRECTORY, 0);
        if (parent < 0)
            return -1;
        if (make(parent, name, file) == 0)
            continue;
        if (errno != EEXIST)
            return -1;
        if (follow_dangling(w, parent, name) == 0)
            return 0;
        if (errno != EINVAL && errno != ENOENT) /* neither made nor removed in this moment */
            return -1;
    }
    return sys_fail(EAGAIN);
}

/* For the most part only the last component is missing. Where it is not so, or no longer, the walk decides.
 */
static int ensure_last(int root, const char *path, bool file) {
    char dir[PATH_MAX], name[NAME_MAX + 1];
    if (path_name_split(path, dir, name) != 0)
        return -1;
    CLEANUP_FD int parent = path_open(root, dir, O_DIRECTORY, 0);
    if (parent < 0 || make(parent, name, file) != 0)
        return -1;
    return path_open(root, path, file ? 0 : O_DIRECTORY, 0);
}

static int ensure(int root, const char *path, bool file) {
    int fd = ensure_last(root, path, file);
    if (fd >= 0)
        return fd;
    struct walk w = {.root = root, .file = file, .done = "."};
    struct text t = text_in(w.rest, sizeof w.rest);
    text_add(&t, path);
    if (t.cut)
        return sys_fail(ENAMETOOLONG);
    char name[NAME_MAX + 1];
    int more = 0;
    while ((more = path_name_next(w.rest, name)) == 1) {
        if (step_into(&w, name) != 0)
            return -1;
    }
    return more == 0 ? path_open(root, w.done, file ? 0 : O_DIRECTORY, 0) : -1;
}

int path_ensure_dir(int root, const char *path) {
    int fd = path_open(root, path, O_DIRECTORY, 0);
    return fd >= 0 || errno != ENOENT ? fd : ensure(root, path, false);
}

int path_ensure_file(int root, const char *path) {
    CLEANUP_FD int fd = path_open(root, path, 0, 0);
    if (fd < 0 && errno == ENOENT)
        fd = ensure(root, path, true);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return -1;
    if (S_ISDIR(st.st_mode))
        return sys_fail(EISDIR);
    return fd_take(&fd);
}

int path_ensure_parent(int root, const char *path, char name[NAME_MAX + 1]) {
    char dir[PATH_MAX];
    return path_name_split(path, dir, name) == 0 ? path_ensure_dir(root, dir) : -1;
}
