/*
 * Looks for the shim. Nobody but root can have changed what is found between the look and the execution: all
 * directories above it are root's alone, and what is executed is the file that was looked at, by descriptor.
 * Neither PATH nor any other word of the environment says where.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/client/client.h"

#define NAME                   "locald-shim"
#define HANDSHAKE_MILLISECONDS 5000

static bool roots_alone(const struct stat *st) {
    return st->st_uid == 0 && (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Opens an absolute path without links, component by component. *safe turns false when others than root can
 * change what a component on the way names. -1 with errno. */
static int walk(const char *path, bool *safe) {
    char name[NAME_MAX + 1];
    struct stat st;
    int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (const char *p = path + strspn(path, "/"); at >= 0 && *p != '\0'; p += strspn(p, "/")) {
        size_t n = strcspn(p, "/");
        int next = -1;
        if (n > NAME_MAX)
            errno = ENAMETOOLONG;
        else if (fstat(at, &st) == 0) {
            *safe = *safe && roots_alone(&st);
            memcpy(name, p, n);
            name[n] = '\0';
            next = openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        }
        int why = errno;
        (void)close(at);
        errno = why;
        at = next;
        p += n;
    }
    return at;
}

static int unprivileged(struct locald_error *e, const char *path, int errnum, const char *why) {
    (void)client_fail(e, LOCALD_E_UNPRIVILEGED, errnum, path, "%s", why);
    return client_hint(e, CLIENT_SETUP);
}

static int judge_file(int fd, const char *path, const struct stat *st, struct locald_error *e) {
    if (!S_ISREG(st->st_mode))
        return unprivileged(e, path, 0, S_ISLNK(st->st_mode) ? "is a symbolic link" : "is no regular file");
    if (st->st_uid != 0)
        return unprivileged(e, path, 0, "does not belong to root");
    if ((st->st_mode & S_ISUID) == 0)
        return unprivileged(e, path, 0, "is not setuid");
    if (faccessat(fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS) != 0)
        return unprivileged(e, path, errno, "can't be executed by this user");
    return 0;
}

static int nosuid(struct locald_error *e, const char *path, const char *why, const char *hint) {
    (void)client_fail(e, LOCALD_E_NOSUID, 0, path, "%s", why);
    return client_hint(e, hint);
}

static int judge(int fd, const char *path, bool safe, struct locald_error *e) {
    struct stat st;
    struct statvfs fs;
    if (fstat(fd, &st) != 0 || fstatvfs(fd, &fs) != 0)
        return client_fail(e, LOCALD_E_SYSTEM, errno, path, "looking at it");
    if (judge_file(fd, path, &st, e) != 0)
        return -1;
    if (!safe || !roots_alone(&st)) {
        (void)client_fail(e, LOCALD_E_UNSAFE, 0, path, "%s can be %s by others than root",
                          safe ? "the file" : "a directory above it", safe ? "written" : "changed");
        return client_hint(e, CLIENT_SETUP);
    }
    if ((fs.f_flag & ST_NOSUID) != 0)
        return nosuid(e, path, "stands on a file system that is mounted nosuid",
                      "install locald and locald-shim on a file system without the option nosuid, or "
                      "run: sudo mount -o remount,suid MOUNTPOINT");
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        return nosuid(e, path, "this process has no_new_privs, with which no setuid program gets its rights",
                      "start it without no_new_privs: by systemd, NoNewPrivileges=no; in a container, "
                      "--security-opt no-new-privileges=false");
    return 0;
}

/* What the directory has, held open in *fd. Nothing else of it is asked. */
static int look_in(const char *directory, int *fd, char *path, size_t size, struct locald_error *e) {
    bool safe = true;
    int n = snprintf(path, size, "%s/" NAME, strcmp(directory, "/") == 0 ? "" : directory);
    *fd = -1;
    if (n >= (int)size)
        return client_fail(e, LOCALD_E_ARGUMENT, ENAMETOOLONG, directory, "looking for " NAME);
    *fd = walk(path, &safe);
    if (*fd >= 0 && judge(*fd, path, safe, e) == 0)
        return 0;
    if (*fd < 0) {
        (void)client_fail(e, LOCALD_E_NO_SHIM, errno == ENOENT ? 0 : errno, path, "there is no " NAME);
        (void)client_hint(e, CLIENT_SETUP);
    }
    client_close(fd);
    return -1;
}

static int bad_version(struct locald_error *e, const struct locald_shim *shim, const char *said) {
    (void)client_fail(e, LOCALD_E_VERSION, 0, shim->path, "is of version %s, and %s is needed", said,
                      locald_client_version());
    return client_hint(e, CLIENT_SETUP);
}

static int handshake(struct locald_shim *shim, struct locald_error *e) {
    static const char *const argv[] = {"--shim-version", NULL};
    unsigned version[3];
    struct client_call call = {.argv = argv,
                               .timeout = HANDSHAKE_MILLISECONDS,
                               .listener = -1,
                               .out = shim->version,
                               .out_size = sizeof shim->version};
    if (client_call(shim, &call, e) != 0)
        return e->hint[0] == '\0' ? client_hint(e, CLIENT_SETUP) : -1;
    bool line = !call.out_over && call.status == 0 && call.out_len > 0 &&
                call.out_len < sizeof shim->version && shim->version[call.out_len - 1] == '\n' &&
                memchr(shim->version, '\0', call.out_len) == NULL;
    shim->version[line ? call.out_len - 1 : 0] = '\0';
    if (!client_version_parse(shim->version, version))
        return bad_version(e, shim, "unknown");
    return client_version_fits(locald_client_version(), shim->version) ? 0
                                                                       : bad_version(e, shim, shim->version);
}

static int rank(enum locald_code code) {
    return code == LOCALD_E_UNSAFE         ? 4
           : code == LOCALD_E_NOSUID       ? 3
           : code == LOCALD_E_UNPRIVILEGED ? 2
           : code == LOCALD_E_NO_SHIM      ? 1
                                           : 0;
}

static int find(const char *const *directories, size_t count, struct locald_shim **shim,
                struct locald_error *e) {
    struct locald_shim *s = calloc(1, sizeof *s);
    *shim = NULL;
    *e = (struct locald_error){0};
    if (s == NULL)
        return client_fail(e, LOCALD_E_SYSTEM, ENOMEM, "", "looking for " NAME);
    int rc = -1;
    s->fd = -1;
    for (size_t i = 0; i < count && rc != 0; i++) {
        struct locald_error why;
        rc = look_in(directories[i], &s->fd, s->path, sizeof s->path, &why);
        if (rc != 0 && (i == 0 || rank(why.code) > rank(e->code)))
            *e = why;
    }
    if (rc == 0)
        rc = handshake(s, e);
    if (rc == 0) {
        *e = (struct locald_error){0};
        *shim = s;
        return 0;
    }
    locald_shim_close(s);
    return -1;
}

int locald_shim_find(struct locald_shim **shim, struct locald_error *e) {
    char beside[PATH_MAX], above[PATH_MAX];
    *shim = NULL;
    ssize_t n = readlink("/proc/self/exe", beside, sizeof beside - 1);
    if (n <= 0 || beside[0] != '/')
        return client_fail(e, LOCALD_E_SYSTEM, n < 0 ? errno : 0, "/proc/self/exe",
                           "reading where this program is");
    beside[n] = '\0';
    char *slash = strrchr(beside, '/');
    slash[slash == beside] = '\0'; /* "/locald" is in "/" */
    (void)snprintf(above, sizeof above, "%s", beside);
    slash = strrchr(above, '/');
    slash[slash == above] = '\0';
    return find((const char *const[]){beside, above}, strcmp(above, beside) == 0 ? 1 : 2, shim, e);
}

int locald_shim_find_in(const char *directory, struct locald_shim **shim, struct locald_error *e) {
    *shim = NULL;
    char *real = realpath(directory, NULL); /* its links are followed here, and never looked at again */
    if (real == NULL) {
        (void)client_fail(e, errno == ENOENT ? LOCALD_E_NO_SHIM : LOCALD_E_SYSTEM, errno, directory,
                          "looking for " NAME);
        return client_hint(e, CLIENT_SETUP);
    }
    int rc = find((const char *const[]){real}, 1, shim, e);
    free(real);
    return rc;
}

const char *locald_shim_path(const struct locald_shim *shim) {
    return shim->path;
}

const char *locald_shim_version(const struct locald_shim *shim) {
    return shim->version;
}

void locald_shim_close(struct locald_shim *shim) {
    if (shim == NULL)
        return;
    client_close(&shim->fd);
    free(shim);
}
