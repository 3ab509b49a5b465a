#include "core/locald/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/locald/command.h"
#include "core/locald/text_file.h"

#define SHIM      "locald-shim"
#define TRIAL     ".locald-setup"
#define SHIM_MAX  ((off_t)64 << 20)
#define PATH_SIZE 4096

static int check_directory(int fd, const char *path, struct locald_error *e) {
    struct stat st;
    if (fstat(fd, &st) != 0)
        return fail(e, LOCALD_E_SYSTEM, errno, path, "looking at the directory", NULL);
    if (st.st_uid == 0 && (st.st_mode & 022) == 0)
        return 0;
    return fail(e, LOCALD_E_UNSAFE, 0, path, "others than root can write in this directory",
                "install locald below /usr/local/bin, or where else only root can write, up to /");
}

int setup_open_directory(const char *path, struct locald_error *e) {
    char walked[PATH_SIZE] = "";
    size_t len = strlen(path);
    if (path[0] != '/' || len >= sizeof walked)
        return fail(e, LOCALD_E_ARGUMENT, 0, path, "is no absolute path", NULL);
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t at = 1; fd >= 0;) {
        if (check_directory(fd, walked[0] == '\0' ? "/" : walked, e) != 0) {
            (void)close(fd);
            return -1;
        }
        at += strspn(path + at, "/");
        if (at >= len)
            return fd;
        char name[256];
        size_t n = strcspn(path + at, "/");
        if (n >= sizeof name)
            n = sizeof name - 1; /* no file has such a name */
        memcpy(name, path + at, n);
        name[n] = '\0';
        at += strcspn(path + at, "/");
        memcpy(walked, path, at);
        walked[at] = '\0';
        int below = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int saved = errno;
        (void)close(fd);
        errno = saved;
        fd = below;
    }
    return fail(e, LOCALD_E_SYSTEM, errno, walked, "opening the directory", NULL);
}

/* What is not an ELF would be executed by nothing, or worse, by an interpreter. */
static int copy(int from, const char *from_name, int to, struct locald_error *e) {
    static char room[65536];
    off_t at = 0;
    for (;;) {
        ssize_t n = TEMP_FAILURE_RETRY(pread(from, room, sizeof room, at));
        if (n < 0)
            return fail(e, LOCALD_E_SYSTEM, errno, from_name, "reading it", NULL);
        if (at == 0 && (n < 64 || memcmp(room, "\177ELF", 4) != 0))
            return fail(e, LOCALD_E_ARGUMENT, 0, from_name, "is no ELF program", NULL);
        if (n == 0)
            return 0;
        at += n;
        if (at > SHIM_MAX)
            return fail(e, LOCALD_E_ARGUMENT, 0, from_name, "is larger than 64 MiB: no locald-shim", NULL);
        if (text_write_all(to, room, (size_t)n) != 0)
            return fail(e, LOCALD_E_SYSTEM, errno, SHIM, "writing it", NULL);
    }
}

/* The mode comes last: a write after it would take the setuid bit away. */
static int fill(int from, const char *from_name, int to, struct locald_error *e) {
    if (copy(from, from_name, to, e) != 0)
        return -1;
    if (fchown(to, 0, 0) != 0 || fchmod(to, 04755) != 0 || fsync(to) != 0)
        return fail(e, LOCALD_E_SYSTEM, errno, SHIM, "making it root's and setuid", NULL);
    return 0;
}

/* The first is what a setup that was killed left. */
static void remove_trial(int fd) {
    (void)unlinkat(fd, TRIAL "/" SHIM, 0);
    (void)unlinkat(fd, TRIAL, AT_REMOVEDIR);
}

static int try_out(const char *directory, char version[64], struct locald_error *e) {
    struct locald_shim *shim = NULL;
    char path[PATH_SIZE + 32];
    (void)snprintf(path, sizeof path, "%s/" TRIAL, strcmp(directory, "/") == 0 ? "" : directory);
    if (locald_shim_find_in(path, &shim, e) != 0)
        return -1;
    (void)snprintf(version, 64, "%s", locald_shim_version(shim));
    locald_shim_close(shim);
    return 0;
}

static int make_trial(int fd, int from, const char *from_name, struct locald_error *e) {
    remove_trial(fd);
    if (mkdirat(fd, TRIAL, 0700) != 0)
        return fail(e, LOCALD_E_SYSTEM, errno, TRIAL, "making a directory beside locald", NULL);
    int to = openat(fd, TRIAL "/" SHIM, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (to < 0)
        return fail(e, LOCALD_E_SYSTEM, errno, SHIM, "making the file", NULL);
    int rc = fill(from, from_name, to, e);
    (void)close(to); /* before it is executed: ETXTBSY */
    return rc;
}

int setup_install(int fd, const char *directory, int from, const char *from_name, char version[64],
                  struct locald_error *e) {
    struct statvfs fs;
    if (fstatvfs(fd, &fs) != 0)
        return fail(e, LOCALD_E_SYSTEM, errno, directory, "looking at its file system", NULL);
    if ((fs.f_flag & ST_NOSUID) != 0)
        return fail(e, LOCALD_E_NOSUID, 0, directory,
                    "its file system is mounted nosuid: no setuid program works there",
                    "install locald on a file system that is not, as /usr/local/bin");
    int rc = make_trial(fd, from, from_name, e);
    if (rc == 0)
        rc = try_out(directory, version, e);
    if (rc == 0 && (renameat(fd, TRIAL "/" SHIM, fd, SHIM) != 0 || fsync(fd) != 0))
        rc = fail(e, LOCALD_E_SYSTEM, errno, directory, "putting locald-shim in its place", NULL);
    remove_trial(fd);
    return rc;
}
