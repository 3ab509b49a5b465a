/* links: core/locald/launch.c core/locald/say.c core/client/error.c */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/locald/launch.h"

static struct launch launch;
static struct locald_error e;

#define COUNT(...) ((int)(sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)))
#define PARSE(...) launch_parse(COUNT("run", __VA_ARGS__), (char *[]){"run", __VA_ARGS__, NULL}, &launch, &e)
#define REFUSED(about, ...)                                                                                  \
    do {                                                                                                     \
        assert_int_equal(PARSE(__VA_ARGS__), -1);                                                            \
        assert_string_equal(e.where, about);                                                                 \
        assert_int_equal(e.code, LOCALD_E_ARGUMENT);                                                         \
        assert_null(launch.room);                                                                            \
    } while (0)

static void all_options(void **state) {
    (void)state;
    assert_int_equal(chdir("/tmp"), 0);
    assert_int_equal(PARSE("--rootfs", "r", "--bind", "a:/b", "--bind=/c:/d:ro", "--env", "K=V=W", "--env",
                           "L=", "--cwd", "/w", "--user", "1:2", "--tty", "--name", "n-1", "--", "sh", "-c",
                           "--tty"),
                     0);
    assert_string_equal(launch.rootfs, "/tmp/r");
    assert_int_equal(launch.bind_count, 2);
    assert_string_equal(launch.binds[0].source, "/tmp/a");
    assert_string_equal(launch.binds[0].destination, "/b");
    assert_false(launch.binds[0].read_only);
    assert_string_equal(launch.binds[1].source, "/c");
    assert_string_equal(launch.binds[1].destination, "/d");
    assert_true(launch.binds[1].read_only);
    assert_string_equal(launch.env[0], "K=V=W");
    assert_string_equal(launch.env[1], "L=");
    assert_null(launch.env[2]);
    assert_string_equal(launch.cwd, "/w");
    assert_string_equal(launch.user, "1:2");
    assert_string_equal(launch.name, "n-1");
    assert_true(launch.tty);
    assert_string_equal(launch.args[0], "sh");
    assert_string_equal(launch.args[2], "--tty");
    assert_null(launch.args[3]);
    launch_free(&launch);
}

static void nothing_but_a_command(void **state) {
    (void)state;
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(PARSE("--", "true"), 0);
    assert_string_equal(launch.rootfs, "/.locald/rootfs");
    assert_null(launch.name);
    assert_false(launch.tty);
    launch_free(&launch);
}

static void mistakes(void **state) {
    (void)state;
    REFUSED("command line", "true");
    REFUSED("command line", "--");
    REFUSED("command line", "--", "");
    REFUSED("--wrong", "--wrong", "--", "true");
    REFUSED("-x", "--tty", "-x", "--", "true");
    REFUSED("--tty=1", "--tty=1", "--", "true");
    REFUSED("--rootfs", "--rootfs");
    REFUSED("--rootfs", "--rootfs", "", "--", "true");
    REFUSED("--rootfs", "--rootfs", "/a", "--rootfs", "/a", "--", "true");
    REFUSED("--cwd", "--cwd", "a", "--", "true");
    REFUSED("--user", "--user", "", "--", "true");
    REFUSED("--env", "--env", "K", "--", "true");
    REFUSED("--env", "--env", "=V", "--", "true");
    REFUSED("--bind", "--bind", "/a", "--", "true");
    REFUSED("--bind", "--bind", ":/a", "--", "true");
    REFUSED("--bind", "--bind", "/a:", "--", "true");
    REFUSED("--bind", "--bind", "/a:b", "--", "true");
    REFUSED("--bind", "--bind", "/a:/b:rw", "--", "true");
    REFUSED("--bind", "--bind", "/a:/b:ro:x", "--", "true");
}

static void names(void **state) {
    (void)state;
    static const char *const good[] = {"a", "0", "A_b.c-d"}, *const bad[] = {"",    ".a",  "-a", "_a",
                                                                             "a/b", "a b", "ä"};
    char name[66] = "";
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(launch_name_is_good(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(launch_name_is_good(bad[i]));
    memset(name, 'a', 64);
    assert_true(launch_name_is_good(name));
    name[64] = 'a';
    assert_false(launch_name_is_good(name));
    REFUSED("--name", "--name", "../x", "--", "true");
}

static void too_many_and_too_long(void **state) {
    (void)state;
    static char *argv[2 * LAUNCH_ENV_MAX + 8];
    int n = 0;
    argv[n++] = "run";
    for (int i = 0; i < LAUNCH_ENV_MAX; i++)
        argv[n++] = "--env", argv[n++] = "K=V";
    argv[n++] = "--", argv[n++] = "true", argv[n] = NULL;
    assert_int_equal(launch_parse(n, argv, &launch, &e), 0);
    launch_free(&launch);
    n -= 2;
    argv[n++] = "--env", argv[n++] = "K=V", argv[n++] = "--", argv[n++] = "true", argv[n] = NULL;
    assert_int_equal(launch_parse(n, argv, &launch, &e), -1);
    assert_string_equal(e.where, "--env");
    static char path[4200];
    memset(path, 'x', sizeof path - 1);
    REFUSED("--rootfs", "--rootfs", path, "--", "true");
    path[0] = path[4150] = '/', path[4149] = ':';
    REFUSED("--bind", "--bind", path, "--", "true");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_options), cmocka_unit_test(nothing_but_a_command),
                                       cmocka_unit_test(mistakes), cmocka_unit_test(names),
                                       cmocka_unit_test(too_many_and_too_long)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
