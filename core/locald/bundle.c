#include "core/locald/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/locald/bundle_json.h"
#include "core/locald/command.h"
#include "core/locald/text_file.h"

#define CONFIG_MAX       ((size_t)4 << 20) /* the shim's bounds */
#define TEXT_MAX         131071u
#define PATH_SIZE        4096
#define REMOVALS_ENDURED 32

static int bad(struct locald_error *e, const char *where, const char *message) {
    return fail(e, LOCALD_E_ARGUMENT, 0, where, message, NULL);
}

static int check_texts(const char *const *values, const char *what, struct locald_error *e) {
    size_t all = 0;
    for (size_t i = 0; values != NULL && values[i] != NULL; i++) {
        size_t len = strlen(values[i]);
        all += len + 1;
        if (len > TEXT_MAX || all > CONFIG_MAX)
            return bad(e, what, "is longer than a process may be given");
    }
    return 0;
}

static bool is_path(const char *path) {
    return path[0] == '/' && strlen(path) < PATH_SIZE;
}

static int check(const struct bundle *b, struct locald_error *e) {
    if (b->args[0] == NULL || b->args[0][0] == '\0')
        return bad(e, "args", "a command is missing");
    if (!is_path(b->rootfs))
        return bad(e, "rootfs", "expected an absolute path of at most 4095 bytes");
    if (b->cwd != NULL && !is_path(b->cwd))
        return bad(e, "cwd", "expected an absolute path of at most 4095 bytes");
    if (strlen(b->name) > 64)
        return bad(e, "name", "is longer than the 64 bytes of a host name");
    if (b->bind_count > BUNDLE_BINDS_MAX)
        return bad(e, "binds", "are more than 256");
    for (size_t i = 0; i < b->bind_count; i++)
        if (!is_path(b->binds[i].source) || !is_path(b->binds[i].destination))
            return bad(e, "binds", "expected absolute paths of at most 4095 bytes");
    return check_texts(b->args, "args", e) == 0 ? check_texts(b->env, "env", e) : -1;
}

static int check_mapped(const struct ids *ids, const struct user *user, struct locald_error *e) {
    bool uid = ids_has(&ids->uids, user->uid);
    if (!ids->namespace || (uid && ids_has(&ids->gids, user->gid)))
        return 0;
    char message[256];
    bool delegated = ids->uids.count > 1 && ids->gids.count > 1;
    (void)snprintf(message, sizeof message, "%s %u is not mapped in the container: %s", uid ? "gid" : "uid",
                   uid ? user->gid : user->uid,
                   delegated ? "/etc/subuid and /etc/subgid delegate fewer ids"
                             : "/etc/subuid and /etc/subgid delegate none to this user");
    return fail(e, LOCALD_E_ARGUMENT, 0, "--user", message, "run: locald doctor");
}

/* One step down: makes the directory where it is missing. From .locald on, and at the end, no link is
 * followed: these are ours, and who put a link there wants us to write elsewhere. Nor is another user's
 * taken, or one that others can write in: they could put a config.json of their own in the place of ours. */
static int step(int parent, const char *name, bool ours) {
    struct stat st;
    if (mkdirat(parent, name, 0700) != 0 && errno != EEXIST)
        return -1;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (ours ? O_NOFOLLOW : 0));
    if (fd < 0 || !ours || (fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 022) == 0))
        return fd;
    (void)close(fd);
    errno = EPERM;
    return -1;
}

static int walk(const char *directory) {
    char path[PATH_SIZE];
    bool ours = false;
    memcpy(path, directory, strlen(directory) + 1);
    int fd = open(path[0] == '/' ? "/" : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char *rest = NULL;
    for (char *name = strtok_r(path, "/", &rest); fd >= 0 && name != NULL;) {
        char *next = strtok_r(NULL, "/", &rest);
        ours = ours || strcmp(name, ".locald") == 0;
        int below = step(fd, name, ours || next == NULL);
        int saved = errno;
        (void)close(fd);
        errno = saved;
        fd = below;
        name = next;
    }
    return fd;
}

int bundle_make_directory(const char *directory, struct locald_error *e) {
    if (directory[0] == '\0' || strlen(directory) >= PATH_SIZE)
        return bad(e, "the bundle's directory", "is empty or longer than a path can be");
    int fd = -1;
    for (int attempt = 0; fd < 0 && attempt < REMOVALS_ENDURED; attempt++) {
        fd = walk(directory);
        if (fd < 0 && errno != ENOENT) /* another run that ends removes directories above that are empty */
            break;
    }
    if (fd < 0 && errno == EPERM)
        return fail(
            e, LOCALD_E_ARGUMENT, 0, directory,
            "the bundle's directory, or one above it from .locald on, is another user's, or others can "
            "write in it",
            "chmod go-w .locald, or use a directory of your own");
    if (fd < 0)
        return fail(e, LOCALD_E_SYSTEM, errno, directory,
                    errno == ELOOP || errno == ENOTDIR ? "the bundle's directory is a link or a file"
                                                       : "making the bundle's directory",
                    NULL);
    return fd;
}

/* Readers see the old file or the new one, never a part. */
static int replace(int directory, const char *text, struct locald_error *e) {
    char name[48];
    (void)snprintf(name, sizeof name, ".config.json.%ld", (long)getpid());
    (void)unlinkat(directory, name, 0); /* of a process that had our pid and was killed */
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int rc = fd < 0 ? -1 : text_write_all(fd, text, strlen(text));
    int saved = errno;
    if (fd >= 0 && close(fd) != 0 && rc == 0)
        rc = -1, saved = errno;
    if (rc == 0 && renameat(directory, name, directory, "config.json") != 0)
        rc = -1, saved = errno;
    if (rc == 0)
        return 0;
    if (fd >= 0)
        (void)unlinkat(directory, name, 0);
    return fail(e, LOCALD_E_SYSTEM, saved, "config.json", "writing it", NULL);
}

static char *compose(const struct bundle *b, struct locald_error *e) {
    struct ids ids;
    struct user user;
    int root = open(b->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        (void)fail(e, LOCALD_E_ARGUMENT, errno, b->rootfs, "opening the root file system",
                   "--rootfs names its directory; without it, .locald/rootfs is taken");
        return NULL;
    }
    int rc = user_find(root, b->user, &user, e);
    (void)close(root);
    if (rc != 0 || ids_read("/etc", getuid(), getgid(), &ids, e) != 0 || check_mapped(&ids, &user, e) != 0)
        return NULL;
    char *text = bundle_json(b, &ids, &user, e);
    if (text != NULL && strlen(text) > CONFIG_MAX) {
        (void)bad(e, "config.json", "would be larger than the shim takes");
        free(text);
        return NULL;
    }
    return text;
}

int bundle_write(const struct bundle *bundle, struct locald_error *e) {
    if (check(bundle, e) != 0)
        return -1;
    char *text = compose(bundle, e);
    int directory = text == NULL ? -1 : bundle_make_directory(bundle->directory, e);
    int rc = directory < 0 ? -1 : replace(directory, text, e);
    if (directory >= 0)
        (void)close(directory);
    free(text);
    return rc;
}
