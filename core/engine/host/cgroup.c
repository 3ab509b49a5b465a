#include "core/engine/host/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/engine/host/cgroup_tree.h"
#include "core/engine/host/identity.h"

/* The real uid that a leaf was made for; on directories above a leaf: made by us, nobody's. */
#define MARK_OWNER "user.locald.uid"
#define MARK_AUTO  "user.locald.auto"

static int failed(struct error *e, int sys, const char *path, const char *what) {
    (void)error_set(e, E_CGROUP, sys, e->where, "%s", what);
    return error_subject(e, path);
}

static int open_mount(const struct host *h) {
    int fd = open(h->facts->cgroup_mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct statfs fs;
    if (fd >= 0 && (fstatfs(fd, &fs) != 0 || fs.f_type != CGROUP2_SUPER_MAGIC))
        fd_close(&fd);
    return fd;
}

static int open_dir(int parent, const char *name) {
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Opens the directory `name`, making and marking it when it is not there. It must be root's or the caller's,
 * and no container's leaf: nobody gets in below another container. `length`: of its whole path, noted until
 * it is marked. */
static int enter(int parent, const char *name, size_t length, struct host *h) {
    CLEANUP_FD int fd = open_dir(parent, name);
    if (fd < 0 && errno == ENOENT) {
        h->cgroup_making = length;
        if (mkdirat(parent, name, 0755) != 0 && errno != EEXIST)
            return -1;
        fd = open_dir(parent, name);
    }
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return -1;
    if (st.st_uid != 0 && st.st_uid != h->facts->caller.uid && !h->facts->caller.is_root) {
        errno = EACCES;
        return -1;
    }
    char mark[16];
    if (fgetxattr(fd, MARK_OWNER, mark, sizeof mark) >= 0) {
        errno = EBUSY;
        return -1;
    }
    if (h->cgroup_making == length) {
        (void)fsetxattr(fd, MARK_AUTO, "1", 1, 0);
        (void)fchmod(fd, 0755); /* our umask made it 0700; what a cgroup says of itself is no secret */
        h->cgroup_making = 0;
    }
    return fd_take(&fd);
}

/* A leaf that stands already is taken over only when it is the same caller's and empty: what a killed run
 * left. */
static int clear_old_leaf(int parent, const char *name, const struct host *h) {
    CLEANUP_FD int fd = open_dir(parent, name);
    char mark[16] = "";
    char own[16];
    (void)snprintf(own, sizeof own, "%u", h->facts->caller.uid);
    if (fd < 0)
        return -1;
    ssize_t n = fgetxattr(fd, MARK_OWNER, mark, sizeof mark - 1);
    bool unmarked = n < 0 && h->reclaiming; /* the monitor was killed between making and marking it */
    if (!unmarked && strcmp(mark, own) != 0) {
        errno = EEXIST;
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) { /* a run that lives holds it */
        errno = EBUSY;
        return -1;
    }
    cgroup_tree_remove_below(fd);
    return unlinkat(parent, name, AT_REMOVEDIR);
}

static int make_leaf(int parent, const char *name, struct host *h) {
    if (mkdirat(parent, name, 0755) != 0 &&
        (errno != EEXIST || clear_old_leaf(parent, name, h) != 0 || mkdirat(parent, name, 0755) != 0))
        return -1;
    char own[16];
    (void)snprintf(own, sizeof own, "%u", h->facts->caller.uid);
    CLEANUP_FD int fd = open_dir(parent, name);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && fsetxattr(fd, MARK_OWNER, own, strlen(own), 0) == 0)
        h->cgroup_kill_fd = fchmod(fd, 0755) != 0 ? -1 : openat(fd, "cgroup.kill", O_WRONLY | O_CLOEXEC);
    if (h->cgroup_kill_fd < 0) {
        int saved = errno;
        (void)unlinkat(parent, name, AT_REMOVEDIR);
        errno = saved;
        return -1;
    }
    h->cgroup_fd = fd_take(&fd);
    return 0;
}

/* Walks h->cgroup_path from the mount, making what is missing. 1: a directory vanished, walk again. */
static int make_path(struct host *h) {
    CLEANUP_FD int at = open_mount(h);
    if (at < 0)
        return -1;
    char path[HOST_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s", h->cgroup_path);
    char *rest = path;
    (void)strsep(&rest, "/"); /* the empty name before the first slash */
    char *name = NULL;
    for (name = strsep(&rest, "/"); rest != NULL; name = strsep(&rest, "/")) {
        int next = enter(at, name, (size_t)(name - path) + strlen(name), h);
        if (next < 0)
            return errno == ENOENT || errno == ENODEV ? 1 : -1;
        fd_close(&at);
        at = next;
    }
    if (make_leaf(at, name, h) == 0)
        return 0;
    return errno == ENOENT || errno == ENODEV ? 1 : -1;
}

/* Removes the marked directories above the leaf, deepest first, as long as they are empty. */
static void remove_above(const struct host *h) {
    char path[HOST_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s", h->cgroup_path + 1);
    CLEANUP_FD int mount = open_mount(h);
    for (char *slash = strrchr(path, '/'); mount >= 0 && slash != NULL; slash = strrchr(path, '/')) {
        *slash = '\0';
        CLEANUP_FD int dir = open_dir(mount, path);
        char mark[2];
        if (dir < 0 && errno == ENOENT)
            continue;
        if (dir < 0 || fgetxattr(dir, MARK_AUTO, mark, sizeof mark) < 0 ||
            unlinkat(mount, path, AT_REMOVEDIR) != 0)
            return;
    }
}

/* Without a path in the bundle: a leaf that no other run on this host has. */
static void choose_path(struct host *h, const char *asked) {
    if (asked[0] != '\0')
        (void)snprintf(h->cgroup_path, sizeof h->cgroup_path, "%s", asked);
    else
        (void)snprintf(h->cgroup_path, sizeof h->cgroup_path, "/locald.slice/%u-%s-%d.scope",
                       h->facts->caller.uid, h->id, getpid());
}

int apply_cgroup(struct host *h, const struct step *s, struct error *e) {
    (void)snprintf(e->where, sizeof e->where, "%s", s->origin);
    choose_path(h, s->as.cgroup.path);
    if (h->facts->cgroup_mount[0] == '\0') {
        (void)failed(e, 0, h->cgroup_path, "this host has no cgroup2 mount");
        return error_hint(e,
                          "mount cgroup2 on /sys/fs/cgroup, or leave linux.cgroupsPath and device rules out");
    }
    if (identity_root(CAP(DAC_OVERRIDE)) != 0)
        return failed(e, errno, h->cgroup_path, "becoming root for the cgroup");
    int rc = 1;
    for (int attempt = 0; rc == 1 && attempt < 10; attempt++)
        rc = make_path(h);
    int sys = errno;
    if (rc != 0)
        remove_above(h);
    identity_caller();
    if (rc == 0)
        return 0;
    h->cgroup_path[0] = '\0'; /* nothing of it is ours to remove */
    (void)failed(e, sys, s->as.cgroup.path, "creating the cgroup");
    if (sys == EEXIST || sys == EBUSY)
        return error_hint(
            e, "that cgroup is in use, or another user's: linux.cgroupsPath must be one container's own");
    return -1;
}

/* The monitor was killed while it made the cgroup: what it had made becomes ours, to be removed as usual. */
static void reclaim(struct host *h) {
    if (identity_root(CAP(DAC_OVERRIDE)) != 0)
        return;
    if (make_path(h) != 0)
        remove_above(h);
    identity_caller();
}

void cgroup_end(struct host *h) {
    if (h->reclaiming && h->cgroup_fd < 0 && h->cgroup_path[0] != '\0')
        reclaim(h);
    if (h->cgroup_fd < 0)
        return;
    if (h->cgroup_kill_fd >= 0)
        (void)write_full(h->cgroup_kill_fd, "1", 1);
    cgroup_tree_wait_empty(h->cgroup_fd, 2000);
    if (identity_root(CAP(DAC_OVERRIDE)) == 0) {
        cgroup_tree_remove_below(h->cgroup_fd);
        CLEANUP_FD int mount = open_mount(h);
        if (mount >= 0)
            (void)unlinkat(mount, h->cgroup_path + 1, AT_REMOVEDIR);
        remove_above(h);
        identity_caller();
    }
    h->cgroup_path[0] = '\0';
    fd_close(&h->cgroup_kill_fd);
    fd_close(&h->cgroup_fd);
}
