/* links: core/locald/bundle.c core/locald/bundle_json.c core/locald/ids.c core/locald/user.c
 * core/locald/text_file.c core/locald/say.c core/client/error.c -ljansson */
#include "tests/unit/cmocka_all.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/locald/bundle.h"
#include "core/locald/ids.h"

static char top[64], rootfs[128], directory[128], config[160];
static struct locald_error e;

static void put(const char *path, const char *text) {
    char whole[256];
    (void)snprintf(whole, sizeof whole, "%s/%s", top, path);
    FILE *f = fopen(whole, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void make(const char *path) {
    char whole[256];
    (void)snprintf(whole, sizeof whole, "%s/%s", top, path);
    assert_int_equal(mkdir(whole, 0755), 0);
}

static int begin(void **state) {
    (void)state;
    strcpy(top, "/tmp/locald-bundle.XXXXXX");
    assert_non_null(mkdtemp(top));
    (void)snprintf(rootfs, sizeof rootfs, "%s/rootfs", top);
    (void)snprintf(directory, sizeof directory, "%s/.locald/run/web", top);
    (void)snprintf(config, sizeof config, "%s/config.json", directory);
    make("rootfs"), make("rootfs/etc"), make("etc");
    put("rootfs/etc/passwd",
        "root:x:0:0:root:/root:/bin/sh\nweb:x:0:0::/srv/web:/bin/sh\nfar:x:4294967290:7::/:\n");
    put("rootfs/etc/group", "root:x:0:\nwheel:x:0:\n");
    memset(&e, 0, sizeof e);
    return 0;
}

static int end(void **state) {
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", top);
    return system(command);
}

static const char *const args[] = {"sh", "-c", "exit 3", NULL};

static struct bundle plain(void) {
    return (struct bundle){.directory = directory, .name = "web", .rootfs = rootfs, .args = args};
}

static json_t *written(const struct bundle *b) {
    if (bundle_write(b, &e) != 0)
        fail_msg("%s: %s (%d)", e.where, e.message, e.errnum);
    json_t *doc = json_load_file(config, 0, NULL);
    assert_non_null(doc);
    return doc;
}

static void refused(const struct bundle *b, const char *where, const char *message) {
    assert_int_equal(bundle_write(b, &e), -1);
    assert_string_equal(e.where, where);
    assert_non_null(strstr(e.message, message));
    assert_int_equal(access(config, F_OK), -1);
}

static const char *env_of(json_t *doc, const char *name) {
    size_t i;
    json_t *line;
    json_array_foreach(json_object_get(json_object_get(doc, "process"), "env"), i, line) {
        size_t len = strlen(name);
        if (strncmp(json_string_value(line), name, len) == 0 && json_string_value(line)[len] == '=')
            return json_string_value(line) + len + 1;
    }
    return NULL;
}

static json_t *mount_of(json_t *doc, const char *destination) {
    size_t i;
    json_t *mount, *found = NULL;
    json_array_foreach(json_object_get(doc, "mounts"), i,
                       mount) if (strcmp(json_string_value(json_object_get(mount, "destination")),
                                         destination) == 0) found = mount;
    return found;
}

static void a_plain_bundle(void **state) {
    (void)state;
    struct bundle b = plain();
    json_t *doc = written(&b);
    const char *path, *word;
    int nnp, terminal, ro;
    assert_int_equal(json_unpack(doc, "{s:{s:b,s:b,s:[s,s,s!]},s:{s:s,s:b}}", "process", "noNewPrivileges",
                                 &nnp, "terminal", &terminal, "args", &word, &word, &word, "root", "path",
                                 &path, "readonly", &ro),
                     0);
    assert_true(nnp && !terminal && !ro);
    assert_string_equal(path, rootfs);
    assert_string_equal(word, "exit 3");
    assert_string_equal(env_of(doc, "HOME"), "/root");
    assert_null(env_of(doc, "TERM"));
    assert_null(json_object_get(json_object_get(doc, "linux"), "cgroupsPath"));
    json_t *map = json_object_get(json_object_get(doc, "linux"), "uidMappings");
    if (getuid() != 0)
        assert_int_equal(json_integer_value(json_object_get(json_array_get(map, 0), "hostID")), getuid());
    json_decref(doc);
}

static void files_are_the_callers_alone(void **state) {
    (void)state;
    struct stat st;
    struct bundle b = plain();
    mode_t before = umask(0);
    json_decref(written(&b));
    json_decref(written(&b)); /* replaces it */
    (void)umask(before);
    assert_int_equal(stat(config, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(directory, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

static void links_and_others_directories_are_refused(void **state) {
    (void)state;
    char path[160];
    struct bundle b = plain();
    make(".locald"), make(".locald/run"), make("elsewhere");
    (void)snprintf(path, sizeof path, "%s/elsewhere", top);
    assert_int_equal(symlink(path, directory), 0);
    assert_int_equal(bundle_write(&b, &e), -1);
    assert_int_equal(e.code, LOCALD_E_SYSTEM);
    assert_non_null(strstr(e.message, "a link or a file"));
    assert_int_equal(unlink(directory), 0);
    assert_int_equal(mkdir(directory, 0777), 0);
    assert_int_equal(chmod(directory, 0777), 0);
    refused(&b, directory, "others can write");
    assert_int_equal(rmdir(directory), 0);
    (void)snprintf(path, sizeof path, "%s/.locald/run", top);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(symlink("../elsewhere", path), 0); /* not the last part, but below .locald */
    assert_int_equal(bundle_write(&b, &e), -1);
    assert_non_null(strstr(e.message, "a link or a file"));
}

static void binds_terminal_and_cgroup(void **state) {
    (void)state;
    static const char *const env[] = {"A=b", "HOME=/mine", NULL};
    struct bundle b = plain();
    b.terminal = true;
    b.env = env;
    b.cgroup = "/locald/web";
    b.binds[0] = (struct bundle_bind){"/a", "/x", false};
    b.binds[1] = (struct bundle_bind){"/b", "/y", true};
    b.bind_count = 2;
    json_t *doc = written(&b);
    assert_string_equal(env_of(doc, "TERM"), "xterm");
    assert_string_equal(env_of(doc, "HOME"), "/mine");
    assert_string_equal(env_of(doc, "A"), "b");
    assert_non_null(env_of(doc, "PATH"));
    json_t *rw = json_object_get(mount_of(doc, "/x"), "options");
    json_t *ro = json_object_get(mount_of(doc, "/y"), "options");
    assert_int_equal(json_array_size(rw), 2);
    assert_string_equal(json_string_value(json_array_get(ro, 2)), "rro");
    assert_string_equal(json_string_value(json_object_get(json_object_get(doc, "linux"), "cgroupsPath")),
                        "/locald/web");
    json_decref(doc);
}

static void what_is_wrong_is_named(void **state) {
    (void)state;
    static const char *const none[] = {NULL}, *const binary[] = {"sh", "\xff", NULL};
    struct bundle b = plain();
    b.args = none, refused(&b, "args", "missing");
    b.args = binary, refused(&b, "args[1]", "UTF-8");
    b = plain(), b.env = binary, refused(&b, "env[1]", "UTF-8");
    b = plain(), b.cwd = "here", refused(&b, "cwd", "absolute");
    b = plain(), b.rootfs = "here", refused(&b, "rootfs", "absolute");
    b = plain(), b.rootfs = "/nowhere", refused(&b, "/nowhere", "root file system");
    assert_int_equal(e.errnum, 2);
    b = plain(), b.binds[0].source = "a", b.binds[0].destination = "/a", b.bind_count = 1;
    refused(&b, "binds", "absolute");
    char *big = calloc(1, 131074);
    const char *const large[] = {big, NULL};
    memset(big, 'x', 131072);
    b = plain(), b.args = large, refused(&b, "args", "longer");
    free(big);
}

static void users_are_looked_up_inside(void **state) {
    (void)state;
    struct bundle b = plain();
    b.user = "web:wheel";
    json_t *doc = written(&b);
    assert_string_equal(env_of(doc, "HOME"), "/srv/web");
    json_decref(doc);
    assert_int_equal(unlink(config), 0);
    b.user = "nobody", refused(&b, "nobody", "no user of this name");
    b.user = "0:nogroup", refused(&b, "nogroup", "no group of this name");
    b.user = "0:", refused(&b, "--user", "expected");
    b.user = "", refused(&b, "--user", "expected");
    if (getuid() != 0) {
        b.user = "4294967290", refused(&b, "--user", "not mapped");
        b.user = "far", refused(&b, "--user", "not mapped");
    }
    /* a link that leads out is followed inside */
    char path[160];
    (void)snprintf(path, sizeof path, "%s/etc/passwd", rootfs);
    assert_int_equal(unlink(path), 0);
    put("secret", "spy:x:0:0::/:\n");
    assert_int_equal(symlink("../../secret", path), 0);
    b.user = "spy", refused(&b, "spy", "can be looked up");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0); /* never blocks */
    refused(&b, "spy", "can be looked up");
    b.user = "0";
    json_decref(written(&b));
}

static void delegated_ids(void **state) {
    (void)state;
    struct ids ids;
    char etc[80];
    (void)snprintf(etc, sizeof etc, "%s/etc", top);
    assert_int_equal(ids_read(etc, 1000, 100, &ids, &e), 0); /* no files: the own ids alone */
    assert_true(ids.namespace);
    assert_int_equal(ids.uids.count, 1);
    assert_int_equal(ids.gids.extents[0].outside, 100);
    put("etc/passwd", "root:x:0:0::/:\nme:x:1000:100::/:/bin/sh\n");
    put("etc/subuid",
        "me:5000:10\nyou:9000:10\n1000:7000:5\nme:5005:10\nme:0:9\nme:4294967290:9\nme:x:1\nme:1:\n"
        "me:999:2\n01000:1:1\nme:8000:1");
    put("etc/subgid", "me:6000:3\n");
    assert_int_equal(ids_read(etc, 1000, 100, &ids, &e), 0);
    assert_int_equal(ids.uids.count, 4);
    assert_int_equal(ids.uids.extents[1].outside, 5000);
    assert_int_equal(ids.uids.extents[2].inside, 11);
    assert_int_equal(ids.uids.extents[2].outside, 7000);
    assert_int_equal(ids.uids.extents[3].outside, 8000);
    assert_true(ids_has(&ids.uids, 16));
    assert_false(ids_has(&ids.uids, 17));
    assert_true(ids_has(&ids.gids, 3));
    assert_int_equal(ids_read(etc, 0, 0, &ids, &e), 0);
    assert_false(ids.namespace);
    put("etc/subuid", "root:100000:65536\n");
    put("etc/subgid", "0:100000:65536\n");
    assert_int_equal(ids_read(etc, 0, 0, &ids, &e), 0);
    assert_true(ids.namespace);
    assert_true(ids_has(&ids.uids, 65536));
}

int main(void) {
#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {T(a_plain_bundle),
                                       T(files_are_the_callers_alone),
                                       T(links_and_others_directories_are_refused),
                                       T(binds_terminal_and_cgroup),
                                       T(what_is_wrong_is_named),
                                       T(users_are_looked_up_inside),
                                       T(delegated_ids)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
