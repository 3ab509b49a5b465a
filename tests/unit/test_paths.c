/* links: core/engine/init/paths.c */
/* paths: look-ups and creation inside a root that is not trusted. `outside` stands for the host: nothing may
 * appear there. */
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/engine/init/paths.h"

struct tree {
    char top[64];
    int top_fd, root;
};

static int set_up(void **state) {
    struct tree *t = calloc(1, sizeof *t);
    assert_non_null(t);
    (void)umask(0);
    (void)snprintf(t->top, sizeof t->top, "/tmp/test-paths-XXXXXX");
    assert_non_null(mkdtemp(t->top));
    t->top_fd = open(t->top, O_PATH | O_DIRECTORY);
    assert_true(t->top_fd >= 0);
    assert_int_equal(mkdirat(t->top_fd, "outside", 0755), 0);
    assert_int_equal(mkdirat(t->top_fd, "root", 0755), 0);
    t->root = openat(t->top_fd, "root", O_PATH | O_DIRECTORY);
    assert_true(t->root >= 0);
    *state = t;
    return 0;
}

static int tear_down(void **state) {
    struct tree *t = *state;
    char command[128];
    (void)close(t->root);
    (void)close(t->top_fd);
    (void)snprintf(command, sizeof command, "rm -rf %s", t->top);
    int rc = system(command); /* NOLINT(cert-env33-c): our own temporary directory */
    free(t);
    return rc;
}

static bool exists(int dir, const char *path) {
    struct stat st;
    return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The mode (with its kind) of what stands at path, below the root by our own look-up. */
static mode_t mode_of(int dir, const char *path) {
    struct stat st;
    assert_int_equal(fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW), 0);
    return st.st_mode;
}

static void assert_outside_empty(const struct tree *t) {
    assert_int_equal(unlinkat(t->top_fd, "outside", AT_REMOVEDIR), 0);
    assert_int_equal(mkdirat(t->top_fd, "outside", 0755), 0);
}

/* Opens (dir) or makes, and tells whether the descriptor is what stands at `real` below the root. */
static void assert_ensures(const struct tree *t, bool dir, const char *path, const char *real) {
    CLEANUP_FD int fd = dir ? path_ensure_dir(t->root, path) : path_ensure_file(t->root, path);
    assert_true(fd >= 0);
    CLEANUP_FD int is = openat(t->root, real, O_PATH | O_NOFOLLOW);
    assert_true(is >= 0);
    assert_true(path_same(fd, is));
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

static void assert_fails(int fd, int expected) {
    int sys = errno;
    assert_int_equal(fd, -1);
    assert_int_equal(sys, expected);
}

static void link_in(const struct tree *t, const char *text, const char *at) {
    assert_int_equal(symlinkat(text, t->root, at), 0);
}

static void makes_missing_directories(void **state) {
    struct tree *t = *state;
    assert_ensures(t, true, "/a/b/c", "a/b/c");
    assert_int_equal(mode_of(t->root, "a/b/c"), S_IFDIR | 0755);
    assert_ensures(t, true, "a/b/c/", "a/b/c");
    assert_ensures(t, true, "//a//./d", "a/d");
    assert_ensures(t, true, "/", ".");
    assert_ensures(t, true, ".", ".");
}

static void makes_missing_files(void **state) {
    struct tree *t = *state;
    assert_ensures(t, false, "/etc/new/file", "etc/new/file");
    assert_int_equal(mode_of(t->root, "etc/new/file"), S_IFREG | 0644);
    assert_ensures(t, false, "/etc/new/file", "etc/new/file");
    assert_fails(path_ensure_file(t->root, "/etc/new"), EISDIR);
    assert_fails(path_ensure_dir(t->root, "/etc/new/file"), ENOTDIR);
    assert_fails(path_ensure_dir(t->root, "/etc/new/file/below"), ENOTDIR);
    assert_fails(path_ensure_file(t->root, "/etc/new/file/below"), ENOTDIR);
}

static void dots_stay_inside(void **state) {
    struct tree *t = *state;
    assert_ensures(t, true, "../../../outside/made", "outside/made");
    assert_ensures(t, true, "/a/../../../b", "b");
    assert_outside_empty(t);
}

static void links_stay_inside(void **state) {
    struct tree *t = *state;
    char absolute[128];
    (void)snprintf(absolute, sizeof absolute, "%s/outside", t->top);
    link_in(t, "../../../../../../../../tmp", "up");
    link_in(t, absolute, "absolute");
    link_in(t, "../outside", "beside");
    assert_ensures(t, true, "/up/made", "tmp/made");
    assert_ensures(t, false, "/beside/file", "outside/file");
    CLEANUP_FD int made = path_ensure_dir(t->root, "/absolute/made");
    assert_true(made >= 0);
    assert_true(exists(t->root, absolute + 1)); /* the same path, below the root */
    assert_outside_empty(t);
}

/* Images ship links whose target is made at boot only. */
static void dangling_links_are_followed(void **state) {
    struct tree *t = *state;
    assert_ensures(t, true, "/var", "var");
    link_in(t, "/run", "var/run");
    assert_ensures(t, true, "/var/run/lock", "run/lock");
    link_in(t, "../sys/resolved/stub", "var/resolv.conf");
    assert_ensures(t, false, "/var/resolv.conf", "sys/resolved/stub");
    assert_int_equal(mode_of(t->root, "var/resolv.conf") & S_IFMT, S_IFLNK);
    link_in(t, "two", "one");
    link_in(t, "three/x", "two");
    assert_ensures(t, true, "/one/y", "three/x/y");
    link_in(t, "/../../outside/made", "out");
    assert_ensures(t, false, "/out", "outside/made");
    assert_outside_empty(t);
}

static void circles_end(void **state) {
    struct tree *t = *state;
    link_in(t, "b", "a");
    link_in(t, "a", "b");
    link_in(t, "self/x", "self");
    assert_fails(path_ensure_dir(t->root, "/a/c"), ELOOP);
    assert_fails(path_ensure_file(t->root, "/self"), ELOOP);
    assert_fails(path_open(t->root, "/a", 0, 0), ELOOP);
}

static void magic_links_are_not_followed(void **state) {
    (void)state;
    CLEANUP_FD int slash = open("/", O_PATH | O_DIRECTORY);
    assert_fails(path_open(slash, "/proc/self/root", 0, 0), ELOOP);
    assert_fails(path_open(slash, "/proc/self/fd/0", 0, 0), ELOOP);
    assert_fails(path_ensure_dir(slash, "/proc/self/cwd/x"), ELOOP);
    assert_fails(path_on_host("/proc/self/root"), ELOOP);
}

static void no_symlinks_when_asked(void **state) {
    struct tree *t = *state;
    assert_ensures(t, true, "/real", "real");
    link_in(t, "real", "proc");
    assert_fails(path_open(t->root, "/proc", O_DIRECTORY, RESOLVE_NO_SYMLINKS), ELOOP);
    CLEANUP_FD int fd = path_open(t->root, "/proc", O_DIRECTORY, 0);
    assert_true(fd >= 0);
}

static void parents(void **state) {
    struct tree *t = *state;
    static const struct {
        const char *path, *dir, *name;
    } rows[] = {{"/dev/fd", "dev", "fd"}, {"top", ".", "top"}, {"/top", ".", "top"}, {"a//b//", "a", "b"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[NAME_MAX + 1];
        CLEANUP_FD int fd = path_ensure_parent(t->root, rows[i].path, name);
        CLEANUP_FD int is = openat(t->root, rows[i].dir, O_PATH);
        assert_true(path_same(fd, is));
        assert_string_equal(name, rows[i].name);
        assert_false(rows[i].dir[0] != '.' && exists(fd, name));
    }
    char name[NAME_MAX + 1];
    assert_fails(path_ensure_parent(t->root, "/", name), EINVAL);
    assert_fails(path_ensure_parent(t->root, "", name), EINVAL);
    assert_fails(path_ensure_parent(t->root, "a/..", name), EINVAL);
    assert_fails(path_ensure_parent(t->root, ".", name), EINVAL);
}

static void long_and_deep(void **state) {
    struct tree *t = *state;
    char path[2 * PATH_MAX];
    memset(path, 'a', sizeof path);
    path[NAME_MAX + 1] = '\0';
    assert_fails(path_ensure_dir(t->root, path), ENAMETOOLONG);
    memset(path, 'a', sizeof path);
    for (size_t i = 1; i < sizeof path; i += 2)
        path[i] = '/';
    path[sizeof path - 1] = '\0';
    assert_fails(path_ensure_dir(t->root, path), ENAMETOOLONG);
    path[2001] = '\0'; /* a thousand directories */
    CLEANUP_FD int fd = path_ensure_dir(t->root, path);
    assert_true(fd >= 0);
}

static void read_only_directory(void **state) {
    struct tree *t = *state;
    assert_fails(path_ensure_dir(-1, "a/b"), EBADF);
    if (geteuid() == 0) /* root may write everywhere; the rest is for everyone else */
        return;
    assert_int_equal(mkdirat(t->root, "closed", 0555), 0);
    assert_fails(path_ensure_dir(t->root, "/closed/a"), EACCES);
}

static void sameness(void **state) {
    struct tree *t = *state;
    CLEANUP_FD int a = path_ensure_dir(t->root, "/a");
    CLEANUP_FD int again = path_open(t->root, "/a/.", 0, 0);
    CLEANUP_FD int b = path_ensure_dir(t->root, "/b");
    assert_true(path_same(a, again));
    assert_false(path_same(a, b));
    assert_false(path_same(a, -1));
}

struct racer {
    int root;
    atomic_bool stop;
};

/* Exchanges the directory "spot" and a link to the outside, as fast as it can. */
static void *race(void *arg) {
    struct racer *r = arg;
    while (!atomic_load(&r->stop))
        (void)renameat2(r->root, "spot", r->root, "trap", RENAME_EXCHANGE);
    return NULL;
}

/* CVE-2024-45310: nothing is ever made outside while a component is exchanged on the way. */
static void races_stay_inside(void **state) {
    struct tree *t = *state;
    assert_int_equal(mkdirat(t->root, "spot", 0755), 0);
    char outside[128];
    (void)snprintf(outside, sizeof outside, "%s/outside", t->top);
    link_in(t, outside, "trap");
    struct racer r = {.root = t->root};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, race, &r), 0);
    unsigned made = 0;
    for (unsigned i = 0; i < 10000; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "/spot/d%u/e", i);
        CLEANUP_FD int fd = (i & 1) != 0 ? path_ensure_dir(t->root, path) : path_ensure_file(t->root, path);
        made += fd >= 0;
    }
    atomic_store(&r.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(made > 0);
    assert_outside_empty(t);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(makes_missing_directories),
        TEST(makes_missing_files),
        TEST(dots_stay_inside),
        TEST(links_stay_inside),
        TEST(dangling_links_are_followed),
        TEST(circles_end),
        TEST(magic_links_are_not_followed),
        TEST(no_symlinks_when_asked),
        TEST(parents),
        TEST(long_and_deep),
        TEST(read_only_directory),
        TEST(sameness),
        TEST(races_stay_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
