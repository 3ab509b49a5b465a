#include "core/locald/build_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/locald/command.h"
#include "core/locald/text_file.h"

#define DEPTH_MAX 256 /* each holds two descriptors and a frame */

struct copying {
    dev_t dev; /* where it goes to */
    ino_t ino;
    bool shared;
    struct locald_error *e;
};

int build_directory(int parent, const char *name, mode_t mode, struct locald_error *e) {
    struct stat st;
    if (mkdirat(parent, name, 0700) != 0 && errno != EEXIST)
        return fail(e, LOCALD_E_SYSTEM, errno, name, "making the directory", NULL);
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail(e, LOCALD_E_SYSTEM, errno, name, "is a link or a file, or can't be opened", NULL);
    if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && fchmod(fd, mode) == 0)
        return fd;
    (void)close(fd);
    return fail(e, LOCALD_E_ARGUMENT, 0, name, "the directory is another user's", NULL);
}

static int failed(struct copying *c, const char *name, const char *what) {
    return fail(c->e, LOCALD_E_SYSTEM, errno, name, what, NULL);
}

static int pump(struct copying *c, int in, int out, const char *name) {
    static char room[65536];
    for (;;) {
        ssize_t n = TEMP_FAILURE_RETRY(read(in, room, sizeof room));
        if (n <= 0)
            return n == 0 ? 0 : failed(c, name, "reading it");
        if (text_write_all(out, room, (size_t)n) != 0)
            return failed(c, name, "writing its copy");
    }
}

static int copy_file(struct copying *c, int in, const struct stat *st, int to, const char *name) {
    int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (out < 0)
        return failed(c, name, "making its copy");
    int rc = pump(c, in, out, name);
    if (rc == 0 && fchmod(out, ((st->st_mode & 0111) != 0 ? 0777 : 0666) & ~(c->shared ? 0U : 022U)) != 0)
        rc = failed(c, name, "changing its copy's mode");
    (void)close(out);
    return rc;
}

static int copy_link(struct copying *c, int from, int to, const char *name) {
    char target[4096];
    ssize_t n = readlinkat(from, name, target, sizeof target);
    if (n < 0 || n == (ssize_t)sizeof target)
        return failed(c, name, "reading the link");
    target[n] = '\0';
    return symlinkat(target, to, name) == 0 ? 0 : failed(c, name, "making the link");
}

static int copy_entries(struct copying *c, int from, int to, int depth);

static int copy_directory(struct copying *c, int in, const struct stat *st, int to, const char *name,
                          int depth) {
    if (st->st_dev == c->dev && st->st_ino == c->ino)
        return 0;
    int out = build_directory(to, name, c->shared ? 0777 : 0755, c->e);
    int rc = out < 0 ? -1 : copy_entries(c, in, out, depth + 1);
    if (out >= 0)
        (void)close(out);
    return rc;
}

static int copy_entry(struct copying *c, int from, int to, const char *name, int depth) {
    struct stat st;
    if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return failed(c, name, "looking at it");
    if (S_ISLNK(st.st_mode))
        return copy_link(c, from, to, name);
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return 0;
    int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (in < 0 || fstat(in, &st) != 0) {
        int rc = failed(c, name, "opening it");
        if (in >= 0)
            (void)close(in);
        return rc;
    }
    int rc = S_ISDIR(st.st_mode)   ? copy_directory(c, in, &st, to, name, depth)
             : S_ISREG(st.st_mode) ? copy_file(c, in, &st, to, name)
                                   : 0;
    (void)close(in);
    return rc;
}

static int copy_entries(struct copying *c, int from, int to, int depth) {
    if (depth > DEPTH_MAX)
        return fail(c->e, LOCALD_E_ARGUMENT, 0, "--app", "is deeper than 256 directories", NULL);
    int own = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = own < 0 ? NULL : fdopendir(own);
    if (dir == NULL) {
        if (own >= 0)
            (void)close(own);
        return failed(c, "--app", "reading a directory");
    }
    int rc = 0;
    const struct dirent *entry = NULL;
    while (rc == 0 && (entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            strcmp(entry->d_name, ".locald") != 0)
            rc = copy_entry(c, from, to, entry->d_name, depth);
    (void)closedir(dir);
    return rc;
}

int build_copy(int from, int to, bool shared, struct locald_error *e) {
    struct copying c = {.shared = shared, .e = e};
    struct stat st;
    if (fstat(to, &st) != 0)
        return fail(e, LOCALD_E_SYSTEM, errno, "", "looking at a directory", NULL);
    c.dev = st.st_dev;
    c.ino = st.st_ino;
    return copy_entries(&c, from, to, 0);
}
