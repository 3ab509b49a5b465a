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
#include "core/base/sys.h"
#include "core/engine/host/cgroup_tree.h"
#include "core/engine/host/identity.h"
#include "core/parse/subid.h"

/* On a leaf's file cgroup.kill, which stays root's where the leaf is given to the container: the real uid
 * that it was made for. On directories above a leaf: made by us, nobody's. */
#define MARK_OWNER "user.locald.uid"
#define MARK_AUTO  "user.locald.auto"

/* What is made has one of these modes until it is marked, so that nobody takes it for anything else; then it
 * has MODE: what a cgroup says of itself is no secret. (No umask of a person gives these modes.) */
#define MODE_NEW_ABOVE 0300
#define MODE_NEW_LEAF  0500
#define MODE           0755

/* A container whose root may make cgroups can't fill the host's memory with them. */
#define OWNED_CGROUPS_MAX "1024"

int cgroup_open_mount(const struct facts *facts) {
    int fd = open(facts->cgroup_mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct statfs fs;
    if (fd >= 0 && (fstatfs(fd, &fs) != 0 || fs.f_type != CGROUP2_SUPER_MAGIC))
        fd_close(&fd);
    return fd;
}

static int write_value(int dir, const char *name, const char *value) {
    CLEANUP_FD int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);
    return fd < 0 ? -1 : write_full(fd, value, strlen(value));
}

static int open_dir(int parent, const char *name) {
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static mode_t mode_of(const struct stat *st) {
    return st->st_mode & 07777;
}

/* Gives a descriptor of the leaf's cgroup.kill, or -1; whom it was made for, or "". */
static int open_kill(int leaf, char mark[16]) {
    int fd = openat(leaf, "cgroup.kill", O_WRONLY | O_CLOEXEC);
    memset(mark, 0, 16);
    (void)fgetxattr(fd, MARK_OWNER, mark, 15);
    return fd;
}

/* Opens the directory `name`, making it when it is not there, and marking it when it is new (perhaps made by
 * a run that was killed there). It must be root's or the caller's, and no container's leaf: nobody gets in
 * below another container. */
static int enter(int parent, const char *name, struct host *h) {
    CLEANUP_FD int fd = open_dir(parent, name);
    if (fd < 0 && errno == ENOENT) {
        if (mkdirat(parent, name, MODE_NEW_ABOVE) != 0 && errno != EEXIST)
            return -1;
        fd = open_dir(parent, name);
    }
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return -1;
    if (st.st_uid != 0 && st.st_uid != h->facts->caller.uid && !h->facts->caller.is_root)
        return sys_fail(EACCES);
    h->cgroup_leaky |= st.st_uid != 0;
    char mark[16];
    CLEANUP_FD int kill_fd = open_kill(fd, mark);
    if (mode_of(&st) == MODE_NEW_LEAF || mark[0] != '\0')
        return sys_fail(EBUSY);
    if (mode_of(&st) == MODE_NEW_ABOVE && (fsetxattr(fd, MARK_AUTO, "1", 1, 0) != 0 || fchmod(fd, MODE) != 0))
        return -1;
    return fd_take(&fd);
}

/* A leaf that stands already is taken over only when it is the same caller's and empty: what a killed run
 * left. */
static int clear_old_leaf(int parent, const char *name, const char *own, bool reclaiming) {
    CLEANUP_FD int fd = open_dir(parent, name);
    char mark[16];
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return -1;
    CLEANUP_FD int kill_fd = open_kill(fd, mark);
    /* the monitor was killed between making and marking it */
    bool unmarked = reclaiming && mode_of(&st) == MODE_NEW_LEAF;
    if (!unmarked && strcmp(mark, own) != 0)
        return sys_fail(EEXIST);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) /* a run that lives holds it */
        return sys_fail(EBUSY);
    cgroup_tree_remove_below(fd);
    return unlinkat(parent, name, AT_REMOVEDIR);
}

static int make_leaf(int parent, const char *name, struct host *h) {
    char own[16], mark[16];
    (void)snprintf(own, sizeof own, "%u", h->facts->caller.uid);
    if (mkdirat(parent, name, MODE_NEW_LEAF) != 0 &&
        (errno != EEXIST || clear_old_leaf(parent, name, own, h->reclaiming) != 0 ||
         mkdirat(parent, name, MODE_NEW_LEAF) != 0))
        return -1;
    /* noted before it is locked: the keeper has the same descriptors, and could not lock it again */
    h->cgroup_fd = open_dir(parent, name);
    if (h->cgroup_fd >= 0 && flock(h->cgroup_fd, LOCK_EX | LOCK_NB) == 0 &&
        (h->cgroup_kill_fd = open_kill(h->cgroup_fd, mark)) >= 0 &&
        fsetxattr(h->cgroup_kill_fd, MARK_OWNER, own, strlen(own), 0) == 0 && fchmod(h->cgroup_fd, MODE) == 0)
        return 0;
    int why = errno;
    fd_close(&h->cgroup_kill_fd);
    fd_close(&h->cgroup_fd);
    (void)unlinkat(parent, name, AT_REMOVEDIR);
    return sys_fail(why);
}

/* Walks h->cgroup_path from the mount, making what is missing. 1: a directory vanished, walk again. */
static int make_path(struct host *h) {
    CLEANUP_FD int at = cgroup_open_mount(h->facts);
    if (at < 0)
        return -1;
    char path[HOST_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s", h->cgroup_path);
    char *rest = path;
    (void)strsep(&rest, "/"); /* the empty name before the first slash */
    char *name = NULL;
    for (name = strsep(&rest, "/"); rest != NULL; name = strsep(&rest, "/")) {
        int next = enter(at, name, h);
        if (next < 0)
            return errno == ENOENT || errno == ENODEV ? 1 : -1;
        fd_close(&at);
        at = next;
    }
    if (make_leaf(at, name, h) == 0)
        return 0;
    return errno == ENOENT || errno == ENODEV ? 1 : -1;
}

/* Removes the directories above the leaf that we made, deepest first, as long as they are empty. False when
 * that failed otherwise. */
static bool remove_above(const struct host *h) {
    char path[HOST_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s", h->cgroup_path + 1);
    CLEANUP_FD int mount = cgroup_open_mount(h->facts);
    for (char *slash = strrchr(path, '/'); mount >= 0 && slash != NULL; slash = strrchr(path, '/')) {
        *slash = '\0';
        CLEANUP_FD int dir = open_dir(mount, path);
        char mark[2];
        struct stat st;
        if (dir < 0 && errno == ENOENT)
            continue;
        if (dir < 0 || fstat(dir, &st) != 0 ||
            (mode_of(&st) != MODE_NEW_ABOVE && fgetxattr(dir, MARK_AUTO, mark, sizeof mark) < 0) ||
            unlinkat(mount, path, AT_REMOVEDIR) != 0)
            return dir >= 0 && (errno == ENODATA || errno == EBUSY || errno == ENOTEMPTY);
    }
    return mount >= 0;
}

/* Without a path in the bundle: a leaf that no other run on this host has. */
static void choose_path(struct host *h, const char *asked) {
    if (asked[0] != '\0')
        (void)snprintf(h->cgroup_path, sizeof h->cgroup_path, "%s", asked);
    else
        (void)snprintf(h->cgroup_path, sizeof h->cgroup_path, "%s/uid-%u-%s-%d.scope", h->facts->cgroup_root,
                       h->facts->caller.uid, h->id, getpid());
}

/* 0, or -1 with errno and nothing made; also for what a monitor had begun that was killed: it becomes ours.
 */
static int make(struct host *h) {
    int rc = identity_root(CAP(DAC_OVERRIDE)) == 0 ? 1 : -1;
    for (int attempt = 0; rc == 1 && attempt < 10; attempt++)
        rc = make_path(h);
    int why = errno;
    if (rc != 0)
        (void)remove_above(h);
    identity_caller();
    return rc == 0 ? 0 : sys_fail(why);
}

int apply_cgroup(struct host *h, const struct step *s, struct error *e) {
    choose_path(h, s->as.cgroup.path);
    if (h->facts->cgroup_mount[0] == '\0')
        return plan_fail(s, e, E_CGROUP, 0, h->cgroup_path, "this host has no cgroup2 mount");
    if (make(h) == 0)
        return 0;
    h->cgroup_path[0] = '\0'; /* nothing of it is ours to remove */
    return plan_fail(s, e, E_CGROUP, errno, s->as.cgroup.path, "creating the cgroup");
}

int cgroup_enable(const struct facts *facts, const char *below, const char *controller) {
    char path[HOST_PATH_MAX];
    char value[256];
    (void)snprintf(path, sizeof path, "%s", below);
    (void)snprintf(value, sizeof value, "+%.*s", (int)strcspn(controller, "."), controller);
    CLEANUP_FD int mount = cgroup_open_mount(facts);
    int rc = facts->caller.is_root ? write_value(mount, "cgroup.subtree_control", value) : 0;
    for (char *slash = strchr(path + 1, '/'); rc == 0 && slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        CLEANUP_FD int dir = open_dir(mount, path + 1);
        rc = write_value(dir, "cgroup.subtree_control", value);
        *slash = '/';
    }
    return rc;
}

/* The kernel takes CPUs and nodes that the host, or a cgroup above, does not have, and gives what it has. */
static bool took_effect(int dir, const char *name) {
    char asked[4096] = "", given[4096] = "", effective[32];
    if (strcmp(name, "cpuset.cpus") != 0 && strcmp(name, "cpuset.mems") != 0)
        return true;
    (void)snprintf(effective, sizeof effective, "%s.effective", name);
    CLEANUP_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
    CLEANUP_FD int effective_fd = openat(dir, effective, O_RDONLY | O_CLOEXEC);
    return read_full(fd, asked, sizeof asked - 1) > 0 &&
           read_full(effective_fd, given, sizeof given - 1) > 0 && strcmp(asked, given) == 0;
}

int apply_cgroup_file(struct host *h, const struct step *s, struct error *e) {
    const struct op_cgroup_file *o = &s->as.cgroup_file;
    bool before = h->cgroup_file_written;
    bool enabled =
        identity_root(CAP(DAC_OVERRIDE)) == 0 && (faccessat(h->cgroup_fd, o->name, F_OK, 0) == 0 ||
                                                  cgroup_enable(h->facts, h->cgroup_path, o->name) == 0);
    h->cgroup_file_written = enabled && write_value(h->cgroup_fd, o->name, o->value) == 0;
    h->cgroup_throttled |= strcmp(o->name, "cpu.max") == 0;
    bool given = h->cgroup_file_written && took_effect(h->cgroup_fd, o->name);
    identity_caller();
    if (given)
        return 0;
    if (h->cgroup_file_written)
        return plan_fail(s, e, E_CGROUP, 0, o->name, "the host, or a cgroup above, does not have all of %s",
                         o->value);
    if (!enabled)
        return plan_fail(s, e, E_CGROUP, errno, o->name, "enabling the controller for %s", h->cgroup_path);
    /* EOPNOTSUPP: the file is there, but has no say for that disk */
    bool missing = errno == ENOENT || errno == EOPNOTSUPP;
    if (missing && (o->missing == 1 || (o->missing == 2 && before)))
        return 0;
    return plan_fail(s, e, E_CGROUP, errno, o->name, "writing \"%s\"", o->value);
}

/* The limits stay root's: only what the kernel says is for a cgroup's owner changes hands. */
int apply_cgroup_owner(struct host *h, const struct step *s, struct error *e) {
    char list[4096] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";
    char *rest = list;
    uid_t uid = subid_outside(h->extents[0], h->extent_count[0], s->as.cgroup_owner.uid);
    CLEANUP_FD int fd = open("/sys/kernel/cgroup/delegate", O_RDONLY | O_CLOEXEC);
    ssize_t n = read_full(fd, list, sizeof list - 1);
    if (n > 0)
        list[n] = '\0';
    bool ok = identity_root(CAP(DAC_OVERRIDE) | CAP(CHOWN)) == 0 &&
              (h->facts->caller.is_root ||
               write_value(h->cgroup_fd, "cgroup.max.descendants", OWNED_CGROUPS_MAX) == 0) &&
              fchown(h->cgroup_fd, uid, (gid_t)-1) == 0;
    for (char *name = strsep(&rest, "\n"); ok && name != NULL; name = strsep(&rest, "\n"))
        ok = name[0] == '\0' || fchownat(h->cgroup_fd, name, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) == 0 ||
             errno == ENOENT;
    identity_caller();
    return ok ? 0 : plan_fail(s, e, E_CGROUP, errno, NULL, "giving the cgroup to the container");
}

int cgroup_kill(struct host *h, const char *path, struct error *e) {
    char own[16], mark[16];
    (void)snprintf(own, sizeof own, "%u", h->facts->caller.uid);
    CLEANUP_FD int mount = cgroup_open_mount(h->facts);
    (void)identity_root(CAP(DAC_OVERRIDE)); /* without it cgroup.kill can't be opened */
    h->cgroup_fd = open_dir(mount, path + 1);
    int why = errno;
    h->cgroup_kill_fd = open_kill(h->cgroup_fd, mark);
    bool may = h->facts->caller.is_root ? mark[0] != '\0' : strcmp(mark, own) == 0;
    identity_caller();
    if (h->cgroup_fd < 0)
        return why == ENOENT || mount < 0
                   ? 0
                   : error_set(e, E_CGROUP, why, "--path", "opening the cgroup %s", path);
    h->cgroup_throttled = may;
    if (!may)
        return error_set(e, E_AUTHORITY, 0, "--path", "%s is no container's cgroup of this caller", path);
    (void)snprintf(h->cgroup_path, sizeof h->cgroup_path, "%s", path);
    cgroup_hurry(h);
    cgroup_end(h);
    return faccessat(mount, path + 1, F_OK, 0) != 0
               ? 0
               : error_set(e, E_CGROUP, EBUSY, "--path", "ending what is in the cgroup %s", path);
}

void cgroup_hurry(const struct host *h) {
    if (!h->cgroup_throttled || identity_root(CAP(DAC_OVERRIDE)) != 0)
        return;
    (void)write_value(h->cgroup_fd, "cpu.max", "max");
    identity_caller();
}

void cgroup_end(struct host *h) {
    if (h->reclaiming && h->cgroup_fd < 0 && h->cgroup_path[0] != '\0')
        (void)make(h);
    if (h->cgroup_fd < 0)
        return;
    if (h->cgroup_kill_fd >= 0)
        (void)write_full(h->cgroup_kill_fd, "1", 1);
    cgroup_tree_wait_empty(h->cgroup_fd, 2000);
    if (identity_root(CAP(DAC_OVERRIDE)) != 0)
        return;
    /* an owner who still makes cgroups in it makes none from here on */
    (void)write_value(h->cgroup_fd, "cgroup.max.descendants", "0");
    cgroup_tree_remove_below(h->cgroup_fd);
    CLEANUP_FD int mount = cgroup_open_mount(h->facts);
    bool gone =
        (unlinkat(mount, h->cgroup_path + 1, AT_REMOVEDIR) == 0 || errno == ENOENT) && remove_above(h);
    identity_caller();
    if (!gone)
        return;
    h->cgroup_path[0] = '\0';
    fd_close(&h->cgroup_kill_fd);
    fd_close(&h->cgroup_fd);
}
