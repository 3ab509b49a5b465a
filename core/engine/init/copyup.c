/*
 * Option tmpcopyup. Fills a tmpfs that nobody sees yet with what the directory holds that it is going to
 * cover: files, directories, links, FIFOs, sockets and device nodes, with owner, mode, times and, as far as
 * the kernel lets it, extended attributes. Holes stay holes; the names of a hard-linked file become files of
 * their own. No link is followed and no mount crossed; what stands at a mount point is an error, as is an
 * owner that is not mapped. Bounds: 64 directories deep, a million entries, a constant number of descriptors,
 * no allocation.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/base/text.h"
#include "core/engine/init/trees.h"

#define DEPTH_MAX   64
#define ENTRIES_MAX 1000000
#define ROOM        65536 /* XATTR_LIST_MAX, XATTR_SIZE_MAX */

/* A walk that is always in one directory, whose path both tops are asked for again after each turn: so it
 * takes the same few descriptors however deep it is, and a directory that somebody moves meanwhile leads
 * nowhere else. */
struct copy {
    int from, to; /* the tops */
    unsigned depth;
    uint32_t entries;
    off_t next[DEPTH_MAX];   /* where to read each directory of the path on */
    char path[PATH_MAX];     /* of the directory at hand; "." is the top */
    char name[NAME_MAX + 1]; /* of the entry at hand */
};

static int open_in(int dir, const char *path, uint64_t flags) {
    return sys_openat2(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags, 0,
                       RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
}

/* An attribute that can't be read or written here (of another namespace, or unknown to tmpfs) is left out. */
static void copy_xattrs(int from, int to) {
    char names[ROOM], value[ROOM];
    ssize_t len = flistxattr(from, names, sizeof names);
    for (ssize_t at = 0; at < len; at += (ssize_t)strlen(names + at) + 1) {
        ssize_t n = fgetxattr(from, names + at, value, sizeof value);
        if (n >= 0)
            (void)fsetxattr(to, names + at, value, (size_t)n, 0);
    }
}

/* Owner first: changing it takes set-user-ID bits away. */
static int set_attributes(int dir, const char *name, const struct stat *st) {
    if (fchownat(dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) != 0 ||
        (!S_ISLNK(st->st_mode) && fchmodat(dir, name, st->st_mode & 07777, 0) != 0))
        return -1;
    return utimensat(dir, name, (const struct timespec[]){st->st_atim, st->st_mtim}, AT_SYMLINK_NOFOLLOW);
}

static int copy_data(int from, int to, off_t size) {
    for (off_t at = 0; (at = lseek(from, at, SEEK_DATA)) >= 0;) {
        off_t hole = lseek(from, at, SEEK_HOLE);
        if (hole < 0 || lseek(to, at, SEEK_SET) < 0)
            return -1;
        while (at < hole) {
            errno = ESTALE; /* for nothing: the file shrinks while it is read */
            if (sendfile(to, from, &at, (size_t)(hole - at)) <= 0)
                return -1;
        }
    }
    return errno == ENXIO ? ftruncate(to, size) : -1;
}

static int copy_file(int from, int to, const char *name, const struct stat *st) {
    CLEANUP_FD int in = open_in(from, name, O_NONBLOCK | O_NOCTTY);
    CLEANUP_FD int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (in < 0 || out < 0 || copy_data(in, out, st->st_size) != 0 || set_attributes(to, name, st) != 0)
        return -1;
    copy_xattrs(in, out);
    return 0;
}

/* Makes the directory and goes down into it: 1, or -1. */
static int enter(struct copy *c, int to) {
    struct text path = {c->path, strlen(c->path), sizeof c->path, false};
    if (mkdirat(to, c->name, 0700) != 0)
        return -1;
    text_add(&path, "/");
    text_add(&path, c->name);
    c->name[0] = '\0';
    if (path.cut || ++c->depth == DEPTH_MAX)
        return sys_fail(E2BIG);
    c->next[c->depth] = 0;
    return 1;
}

/* 0, 1 in another directory, -1. */
static int copy_entry(struct copy *c, int from, int to) {
    struct stat st;
    if (++c->entries > ENTRIES_MAX)
        return sys_fail(E2BIG);
    if (fstatat(from, c->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    if (S_ISDIR(st.st_mode))
        return enter(c, to);
    if (S_ISREG(st.st_mode))
        return copy_file(from, to, c->name, &st);
    char link[PATH_MAX] = "";
    int rc = !S_ISLNK(st.st_mode) ? mknodat(to, c->name, st.st_mode, st.st_rdev)
             : readlinkat(from, c->name, link, sizeof link - 1) < 0 ? -1
                                                                    : symlinkat(link, to, c->name);
    return rc == 0 ? set_attributes(to, c->name, &st) : -1;
}

/* Goes on in the directory at hand until it is left for another one: 1, 0 when all is done, -1. */
static int turn(struct copy *c, bool dress_top) {
    CLEANUP_FD int from = open_in(c->from, c->path, O_DIRECTORY);
    CLEANUP_FD int to = open_in(c->to, c->path, O_DIRECTORY);
    off_t *next = &c->next[c->depth];
    if (from < 0 || to < 0 || lseek(from, *next, SEEK_SET) < 0)
        return -1;
    _Alignas(struct dirent64) char room[4096];
    ssize_t n = 0;
    while ((n = getdents64(from, room, sizeof room)) > 0) {
        for (const char *at = room; at < room + n;) {
            const struct dirent64 *d = (const void *)at;
            at += d->d_reclen;
            *next = d->d_off;
            if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
                continue;
            (void)snprintf(c->name, sizeof c->name, "%s", d->d_name);
            int rc = copy_entry(c, from, to);
            if (rc != 0)
                return rc;
        }
    }
    c->name[0] = '\0';
    struct stat st;
    if (n < 0 || fstat(from, &st) != 0)
        return -1;
    if (c->depth > 0 || dress_top) {
        if (set_attributes(to, ".", &st) != 0)
            return -1;
        copy_xattrs(from, to);
    }
    if (c->depth-- == 0)
        return 0;
    *strrchr(c->path, '/') = '\0';
    return 1;
}

int tree_copy_up(const struct step *s, int from, int to, struct error *e) {
    const struct op_mount *o = &s->as.mount;
    struct copy c = {.from = from, .to = to, .path = "."};
    int rc = 0;
    do
        rc = turn(&c, o->copy_up == 2);
    while (rc == 1);
    if (rc == 0)
        return 0;
    return plan_fail(s, e, E_MOUNT, errno, o->target, "copying %s%s/%s", o->target, c.path + 1, c.name);
}
