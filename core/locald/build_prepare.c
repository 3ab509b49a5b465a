/*
 * The directories of a build. The lifecycle runs with an id that the user's own is not, so what it writes to
 * is writable by everybody; .locald/build/NAME, .locald/cache and .locald/layout have mode 0700, so that
 * nobody else on the host gets there, and the container has them as binds.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/locald/build.h"
#include "core/locald/build_tree.h"
#include "core/locald/bundle.h"
#include "core/locald/command.h"
#include "core/locald/ids.h"
#include "core/locald/text_file.h"

#define CNB_ID 1000 /* of the user in builder images, where nothing else is said */

static const char *const parts[] = {"workspace", "layers", "platform", "layout"};

/* Opens the directory PARENT/a/b. */
static int two_down(int parent, const char *a, const char *b, mode_t mode, struct locald_error *e) {
    int above = build_directory(parent, a, 0700, e);
    int fd = above < 0 ? -1 : build_directory(above, b, mode, e);
    if (above >= 0)
        (void)close(above);
    return fd;
}

static int make_top(struct build *b, struct locald_error *e) {
    char here[3072];
    if (getcwd(here, sizeof here) == NULL || here[0] != '/')
        return fail(e, LOCALD_E_SYSTEM, errno, ".", "asking for the current directory", NULL);
    (void)snprintf(b->directory, sizeof b->directory, "%s/.locald/build/%s", here, b->options.name);
    (void)snprintf(b->cache, sizeof b->cache, "%s/.locald/cache/%s", here, b->options.name);
    (void)snprintf(b->layout, sizeof b->layout, "%s/.locald/layout/%s", here, b->options.name);
    int top = build_directory(AT_FDCWD, ".locald", 0700, e);
    if (top < 0)
        return -1;
    int cache = two_down(top, "cache", b->options.name, 0777, e);
    if (cache >= 0) {
        (void)close(cache);
        b->layouts = build_directory(top, "layout", 0700, e);
        b->fd = b->layouts < 0 ? -1 : two_down(top, "build", b->options.name, 0700, e);
    }
    (void)close(top);
    if (b->fd >= 0 && flock(b->fd, LOCK_EX | LOCK_NB) != 0)
        return fail(e, LOCALD_E_ARGUMENT, errno == EWOULDBLOCK ? 0 : errno, "--name",
                    "a build of this name runs here", "give it another name");
    return b->fd < 0 ? -1 : 0;
}

int build_clear(struct build *b, struct locald_error *e) {
    char path[4200];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", b->directory, parts[i]);
        if (locald_cleanup(b->shim, path, e) != 0)
            return -1;
    }
    return 0;
}

static int copy_app(struct build *b, int workspace, struct locald_error *e) {
    int app = open(b->options.app, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (app < 0)
        return fail(e, LOCALD_E_ARGUMENT, errno, b->options.app, "opening the app's directory", NULL);
    int rc = build_copy(app, workspace, true, e);
    (void)close(app);
    return rc;
}

static int write_env(int env, const char *pair, struct locald_error *e) {
    char name[132];
    const char *value = strchr(pair, '=') + 1;
    (void)snprintf(name, sizeof name, "%.*s", (int)(value - pair - 1), pair);
    int fd = openat(env, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool good = fd >= 0 && text_write_all(fd, value, strlen(value)) == 0 && fchmod(fd, 0644) == 0;
    int saved = errno;
    if (fd >= 0)
        (void)close(fd);
    return good ? 0 : fail(e, LOCALD_E_SYSTEM, saved, name, "writing it to /platform/env", NULL);
}

static int make_parts(struct build *b, struct locald_error *e) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof parts / sizeof *parts; i++) {
        bool platform = strcmp(parts[i], "platform") == 0;
        int fd = build_directory(b->fd, parts[i], platform ? 0755 : 0777, e);
        rc = fd < 0 ? -1 : i == 0 ? copy_app(b, fd, e) : 0;
        int env = rc == 0 && platform ? build_directory(fd, "env", 0755, e) : -1;
        rc = platform && env < 0 ? -1 : rc;
        for (size_t n = 0; rc == 0 && platform && n < b->options.env_count; n++)
            rc = write_env(env, b->options.env[n], e);
        if (env >= 0)
            (void)close(env);
        if (fd >= 0)
            (void)close(fd);
    }
    return rc;
}

/* The user of builder images where it is mapped, else the one that always is. */
static int choose_user(struct build *b, struct locald_error *e) {
    struct ids ids;
    id_t uid = CNB_ID, gid = CNB_ID;
    if (b->options.user != NULL) {
        char room[32];
        (void)snprintf(room, sizeof room, "%s", b->options.user);
        char *colon = strchr(room, ':');
        if (colon != NULL)
            *colon++ = '\0';
        if (colon == NULL || strlen(b->options.user) >= sizeof room || !text_id(room, &uid) ||
            !text_id(colon, &gid))
            return fail(e, LOCALD_E_ARGUMENT, 0, "--user", "expected UID:GID", NULL);
    }
    if (b->options.user == NULL) {
        if (ids_read("/etc", getuid(), getgid(), &ids, e) != 0)
            return -1;
        if (ids.namespace && (!ids_has(&ids.uids, CNB_ID) || !ids_has(&ids.gids, CNB_ID)))
            uid = gid = 0;
    }
    (void)snprintf(b->user, sizeof b->user, "%u:%u", uid, gid);
    return 0;
}

/* The platform API 0.12 is the first with -layout, which is an experimental feature of the lifecycle. */
static int write_bundle(struct build *b, struct locald_error *e) {
    char image[65], uid[48], gid[48], directory[4200], source[5][4200];
    const char *colon = strchr(b->user, ':');
    for (size_t i = 0; i < sizeof image; i++) { /* names of images are in lower case */
        char c = b->options.name[i];
        image[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    (void)snprintf(uid, sizeof uid, "CNB_USER_ID=%.*s", (int)(colon - b->user), b->user);
    (void)snprintf(gid, sizeof gid, "CNB_GROUP_ID=%s", colon + 1);
    (void)snprintf(directory, sizeof directory, "%s/bundle", b->directory);
    for (size_t i = 0; i < 4; i++)
        (void)snprintf(source[i], sizeof source[i], "%s/%s", b->directory, parts[i]);
    const char *const args[] = {"/cnb/lifecycle/creator",
                                "-app=/workspace",
                                "-layers=/layers",
                                "-platform=/platform",
                                "-cache-dir=/cache",
                                "-layout",
                                "-layout-dir=/layout",
                                image,
                                NULL};
    const char *const env[] = {"CNB_PLATFORM_API=0.12",
                               "CNB_EXPERIMENTAL_MODE=warn",
                               "CNB_USE_LAYOUT=true",
                               "CNB_LAYOUT_DIR=/layout",
                               "CNB_NO_COLOR=true",
                               uid,
                               gid,
                               NULL};
    struct bundle bundle = {.directory = directory,
                            .name = b->options.name,
                            .rootfs = b->builder,
                            .args = args,
                            .env = env,
                            .cwd = "/workspace",
                            .user = b->user,
                            .binds = {{source[0], "/workspace", false},
                                      {source[1], "/layers", false},
                                      {source[2], "/platform", true},
                                      {source[3], "/layout", false},
                                      {b->cache, "/cache", false}},
                            .bind_count = 5};
    return bundle_write(&bundle, e);
}

int build_prepare(struct build *b, struct locald_error *e) {
    struct stat st;
    char *real = realpath(b->options.builder, NULL);
    bool fits = real != NULL && strlen(real) < sizeof b->builder;
    int saved = errno;
    if (fits)
        (void)snprintf(b->builder, sizeof b->builder, "%s", real);
    free(real);
    if (!fits)
        return fail(e, LOCALD_E_ARGUMENT, saved, b->options.builder, "opening the builder's root file system",
                    NULL);
    if (b->options.output != NULL && lstat(b->options.output, &st) == 0)
        return fail(e, LOCALD_E_ARGUMENT, 0, b->options.output, "is there already",
                    "--output names a directory that is made");
    if (make_top(b, e) != 0 || build_clear(b, e) != 0 || make_parts(b, e) != 0 || choose_user(b, e) != 0)
        return -1;
    return write_bundle(b, e);
}

static int copy_out(struct build *b, struct locald_error *e) {
    if (mkdir(b->options.output, 0755) != 0)
        return fail(e, LOCALD_E_SYSTEM, errno, b->options.output, "making the directory", NULL);
    int to = open(b->options.output, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int from = openat(b->layouts, b->options.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int rc = to < 0 || from < 0
                 ? fail(e, LOCALD_E_SYSTEM, errno, b->options.output, "copying the layout", NULL)
                 : build_copy(from, to, false, e);
    if (to >= 0)
        (void)close(to);
    if (from >= 0)
        (void)close(from);
    return rc;
}

int build_deliver(struct build *b, struct locald_error *e) {
    if (locald_cleanup(b->shim, b->layout, e) != 0)
        return -1;
    if (renameat(b->fd, "layout", b->layouts, b->options.name) != 0)
        return fail(e, LOCALD_E_SYSTEM, errno, b->layout, "putting the layout in its place", NULL);
    return b->options.output == NULL ? 0 : copy_out(b, e);
}
