/*
 * locald admin setup: root installs or repairs the shim beside locald.
 *
 * What becomes setuid root must come from root: of the places where a shim is looked for, only files of
 * root's in directories of root's are taken. --from is root's own word, and is taken as it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/locald/command.h"
#include "core/locald/setup.h"

#define SHIM "locald-shim"
#define LOCK "/run/locald-setup.lock" /* root's alone; whoever can open a directory can lock that */

static const char from_hint[] = "run: sudo locald admin setup --from FILE, with a locald-shim that you trust";

struct setup {
    char directory[4096]; /* of locald */
    char parent[4096];
    int fd; /* the directory */
    struct locald_error first;
};

static int find_directory(struct setup *s, struct locald_error *e) {
    ssize_t n = readlink("/proc/self/exe", s->directory, sizeof s->directory - 1);
    char *slash = n > 0 ? strrchr(s->directory, '/') : NULL;
    if (slash == NULL)
        return fail(e, LOCALD_E_SYSTEM, errno, "/proc/self/exe", "looking for locald's own directory", NULL);
    slash[slash == s->directory] = '\0';
    (void)snprintf(s->parent, sizeof s->parent, "%s", s->directory);
    slash = strrchr(s->parent, '/');
    slash[slash == s->parent] = '\0';
    s->fd = setup_open_directory(s->directory, e);
    if (s->fd < 0)
        return -1;
    int lock = open(LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600); /* until the process ends */
    if (lock < 0 || TEMP_FAILURE_RETRY(flock(lock, LOCK_EX)) != 0)
        return fail(e, LOCALD_E_SYSTEM, errno, LOCK, "waiting for another setup", NULL);
    return 0;
}

static int check_regular(int fd, const char *path, bool trusted, struct locald_error *e) {
    struct stat st;
    if (fstat(fd, &st) != 0)
        return fail(e, LOCALD_E_SYSTEM, errno, path, "looking at it", NULL);
    if (!S_ISREG(st.st_mode))
        return fail(e, LOCALD_E_ARGUMENT, 0, path, "is no regular file", NULL);
    if (!trusted && (st.st_uid != 0 || (st.st_mode & 022) != 0))
        return fail(e, LOCALD_E_UNSAFE, 0, path,
                    "others than root can write this file: what they put there would become setuid root",
                    from_hint);
    return 0;
}

static int install_from(struct setup *s, int from, const char *path, bool trusted, struct locald_error *e) {
    char version[64] = "";
    if (check_regular(from, path, trusted, e) != 0 ||
        setup_install(s->fd, s->directory, from, path, version, e) != 0)
        return -1;
    char target[4200];
    (void)snprintf(target, sizeof target, "%s/" SHIM, strcmp(s->directory, "/") == 0 ? "" : s->directory);
    if (strcmp(target, path) == 0)
        (void)printf("repaired %s (%s): root's and setuid now\n", target, version);
    else
        (void)printf("installed %s (%s), from %s\n", target, version, path);
    return 0;
}

/* 1: it is installed; 0: none there, or none that is fit: s->first has the first reason. */
static int try_source(struct setup *s, const char *directory, struct locald_error *e) {
    char path[4200];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/" SHIM, strcmp(directory, "/") == 0 ? "" : directory);
    if (lstat(path, &st) != 0)
        return 0;
    int in = setup_open_directory(directory, e);
    int from = in < 0 ? -1 : openat(in, SHIM, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int rc = -1;
    if (from >= 0)
        rc = install_from(s, from, path, false, e);
    else if (in >= 0)
        (void)fail(e, LOCALD_E_UNSAFE, errno, path, "is not taken as a source", from_hint);
    if (from >= 0)
        (void)close(from);
    if (in >= 0)
        (void)close(in);
    if (rc != 0 && s->first.code == LOCALD_OK)
        s->first = *e;
    return rc == 0;
}

static int install_any(struct setup *s, struct locald_error *e) {
    struct locald_shim *shim = NULL;
    char other[4200];
    if (locald_shim_find_in(s->directory, &shim, e) == 0) {
        (void)printf("%s (%s) is installed already; nothing was changed\n", locald_shim_path(shim),
                     locald_shim_version(shim));
        locald_shim_close(shim);
        return 0;
    }
    if (try_source(s, s->directory, e) != 0)
        return 0;
    (void)snprintf(other, sizeof other, "%s/libexec/locald", strcmp(s->parent, "/") == 0 ? "" : s->parent);
    if (try_source(s, other, e) != 0)
        return 0;
    (void)snprintf(other, sizeof other, "%s/lib/locald", strcmp(s->parent, "/") == 0 ? "" : s->parent);
    if (try_source(s, other, e) != 0)
        return 0;
    if (s->first.code == LOCALD_OK)
        return fail(e, LOCALD_E_NO_SHIM, 0, s->directory,
                    "no locald-shim is here, nor in ../libexec/locald or ../lib/locald", from_hint);
    *e = s->first;
    return -1;
}

static int setup(const char *from, struct locald_error *e) {
    struct setup s = {.fd = -1};
    int rc = -1;
    if (geteuid() != 0)
        return fail(e, LOCALD_E_UNPRIVILEGED, 0, "admin setup", "only root can install a setuid program",
                    "run: sudo locald admin setup");
    if (find_directory(&s, e) == 0 && from == NULL) {
        rc = install_any(&s, e);
    } else if (s.fd >= 0 && from != NULL) {
        int fd = open(from, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        rc = fd < 0 ? fail(e, LOCALD_E_ARGUMENT, errno, from, "opening it", from_hint)
                    : install_from(&s, fd, from, true, e);
        if (fd >= 0)
            (void)close(fd);
    }
    if (s.fd >= 0)
        (void)close(s.fd);
    return rc;
}

int command_admin(int argc, char **argv) {
    struct locald_error e;
    bool known = argc >= 2 && strcmp(argv[1], "setup") == 0;
    bool from = known && argc == 4 && strcmp(argv[2], "--from") == 0;
    if (!known || (argc != 2 && !from)) {
        (void)fail(&e, LOCALD_E_ARGUMENT, 0, "admin", "expected setup, or setup --from FILE",
                   "run: sudo locald admin setup");
        return say_error(&e);
    }
    return setup(from ? argv[3] : NULL, &e) == 0 ? 0 : say_error(&e);
}
