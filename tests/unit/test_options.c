/* core/parse/options.c: what argv can say. */
#include "tests/unit/cmocka_all.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "core/parse/options.h"

#define ARGS_MAX 12

/* Splits "a b c" at blanks, as a shell would without quotes; "''" is the empty argument. */
static int parse(struct options *o, char *line, struct error *e) {
    char *argv[ARGS_MAX + 2], own[] = "locald-shim", *rest = line;
    int argc = 0;
    argv[argc++] = own;
    for (char *word = strsep(&rest, " "); word != NULL && argc <= ARGS_MAX; word = strsep(&rest, " ")) {
        if (strcmp(word, "''") == 0)
            word[0] = '\0';
        argv[argc++] = word;
    }
    argv[argc] = NULL;
    *e = (struct error){0};
    optind = 0; /* glibc: begin anew */
    return options_parse(o, argc, argv, e);
}

static void commands_and_their_arguments(void **state) {
    (void)state;
    static const struct {
        const char *line;
        enum command command;
    } rows[] = {
        {"--help", COMMAND_HELP},
        {"--version", COMMAND_VERSION},
        {"--shim-version", COMMAND_SHIM_VERSION},
        {"bundle run --bundle b --id i", COMMAND_BUNDLE_RUN},
        {"bundle run --id=i --bundle=b --report-fd 3 --pid-file p --console-socket c", COMMAND_BUNDLE_RUN},
        {"bundle plan --bundle b --format json", COMMAND_BUNDLE_PLAN},
        {"bind 80 /s", COMMAND_BIND},
        {"admin self-check", COMMAND_ADMIN_SELF_CHECK},
        {"admin sync-hosts", COMMAND_ADMIN_SYNC_HOSTS},
        {"admin sync-hosts a.localhost b.localhost", COMMAND_ADMIN_SYNC_HOSTS},
        {"admin self-check --format text", COMMAND_ADMIN_SELF_CHECK},
        {"admin cleanup a/.locald/b", COMMAND_ADMIN_CLEANUP},
        {"admin cgroup setup", COMMAND_ADMIN_CGROUP_SETUP},
        {"admin cgroup kill --path /locald/a", COMMAND_ADMIN_CGROUP_KILL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct options o;
        struct error e;
        char *line = strdup(rows[i].line);
        if (parse(&o, line, &e) != 0)
            fail_msg("%s: %s: %s", rows[i].line, e.where, e.what);
        assert_int_equal(o.command, rows[i].command);
        free(line);
    }
}

static void mistakes(void **state) {
    (void)state;
    static const char *const rows[] = {"",
                                       "--help more",
                                       "bundle",
                                       "bundle run",
                                       "bundle run --bundle b",
                                       "bundle run --id i",
                                       "bundle run --bundle b --id i --id j",
                                       "bundle run --bundle b --id ''",
                                       "bundle run --bundle b --id i --format json",
                                       "bundle plan --bundle b --id i",
                                       "bundle plan --bundle b --format yaml",
                                       "bundle run --bundle b --id i more",
                                       "bundle run --bundle b --id i --report-fd 2",
                                       "bundle run --bundle b --id i --pid-file /",
                                       "bundle run --bundle b --id i --pid-file a/..",
                                       "bind",
                                       "bind 80",
                                       "bind 080 /s",
                                       "bind 80 ''",
                                       "bind 80 /s more",
                                       "admin",
                                       "admin cgroup",
                                       "admin cgroup setup more",
                                       "admin cgroup kill",
                                       "admin cgroup kill --path ''",
                                       "admin cgroup kill /locald/a",
                                       "admin cleanup",
                                       "admin cleanup /a",
                                       "admin cleanup .locald/a more",
                                       "admin self-check more",
                                       "admin self-check --bundle b",
                                       "unknown",
                                       "--versio"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct options o;
        struct error e;
        char *line = strdup(rows[i]);
        if (parse(&o, line, &e) != -1 || e.code != E_USAGE)
            fail_msg("accepted: %s", rows[i]);
        free(line);
    }
}

static void the_pid_files_directory_and_name(void **state) {
    (void)state;
    static const struct {
        const char *line, *dir, *name;
    } rows[] = {{"bundle run --bundle b --id i --pid-file p", ".", "p"},
                {"bundle run --bundle b --id i --pid-file /p", "/", "p"},
                {"bundle run --bundle b --id i --pid-file a/b/p", "a/b", "p"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct options o;
        struct error e;
        char *line = strdup(rows[i].line);
        assert_int_equal(parse(&o, line, &e), 0);
        assert_string_equal(o.pid_dir, rows[i].dir);
        assert_string_equal(o.pid_file, rows[i].name);
        free(line);
    }
}

static void paths_to_clean_up(void **state) {
    (void)state;
    static const char *const good[] = {"/a/.locald/b", ".locald/b", "a/.locald/b/c", "/.locald/.locald"};
    static const char *const bad[] = {"",
                                      "/",
                                      ".locald",
                                      "/a/.locald",
                                      "/a/.locald/",
                                      "/a/.locald//b",
                                      "/a/.locald/.",
                                      "/a/.locald/..",
                                      "/a/../.locald/b",
                                      "./.locald/b",
                                      "/a/x.locald/b",
                                      "/a/.localdx/b",
                                      "//.locald/b",
                                      "b/.locald"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(options_cleanup_valid(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (options_cleanup_valid(bad[i]))
            fail_msg("accepted: %s", bad[i]);
    }
    char path[5000] = ".locald/";
    memset(path + 8, 'a', 256);
    assert_false(options_cleanup_valid(path)); /* a name of 256 bytes */
    for (size_t i = 8; i < sizeof path - 2; i += 2)
        memcpy(path + i, "a/", 2);
    path[sizeof path - 2] = 'a';
    path[sizeof path - 1] = '\0';
    assert_false(options_cleanup_valid(path));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_and_their_arguments),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(the_pid_files_directory_and_name),
        cmocka_unit_test(paths_to_clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
