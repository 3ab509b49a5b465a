/* core/base/error.c: filling, cutting, sanitising, printing on one escaped line. */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"

static void set_fills_all_and_returns_minus_one(void **state) {
    (void)state;
    struct error e;
    memset(&e, 'x', sizeof e);
    assert_int_equal(error_set(&e, E_MOUNT, ENOENT, "mounts[3]", "bind %s to %d", "/a", 7), -1);
    assert_int_equal(e.code, E_MOUNT);
    assert_int_equal(e.sys, ENOENT);
    assert_string_equal(e.where, "mounts[3]");
    assert_string_equal(e.what, "bind /a to 7");
    assert_string_equal(e.subject, "");
    assert_string_equal(e.hint, "");
    assert_int_equal(error_subject(&e, "/data"), -1);
    assert_int_equal(error_hint(&e, "try %s", "this"), -1);
    assert_string_equal(e.subject, "/data");
    assert_string_equal(e.hint, "try this");
}

/* core/base/hints.def: by code, errno and beginning; what the place says wins, and nothing is left of an old
 * one. */
static void hints_of_the_table(void **state) {
    (void)state;
    static const struct {
        enum error_code code;
        int sys;
        const char *what;
        const char *hint;
    } rows[] = {
        {E_STATE, EACCES, "writing state.json", "the caller must be able to write to the bundle directory"},
        {E_STATE, ENOSPC, "writing state.json", ""},
        {E_ROOTFS, EACCES, "opening the root file system /r", "the calling user may not reach it"},
        {E_ROOTFS, ENOENT, "opening the root file system /r",
         "root.path has to be a directory; a relative one is relative to the bundle"},
        {E_ROOTFS, EACCES, "mounting the root file system /r", ""},
        {E_PIVOT, EINVAL, "pivot_root",
         "the host's / can't be an initramfs: start the shim on a mounted root"},
        {E_MOUNT, EINVAL, "pivot_root", ""},
    };
    struct error e;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memset(&e, 'x', sizeof e);
        (void)error_set(&e, rows[i].code, rows[i].sys, "somewhere", "%s", rows[i].what);
        assert_string_equal(e.hint, rows[i].hint);
    }
    (void)error_set(&e, E_PIVOT, EINVAL, "somewhere", "pivot_root");
    (void)error_hint(&e, "another");
    assert_string_equal(e.hint, "another");
}

static void where_may_be_its_own(void **state) {
    (void)state;
    struct error e;
    (void)error_set(&e, E_MOUNT, 0, "process.cwd", "first");
    (void)error_set(&e, E_CWD, 0, e.where, "second");
    assert_string_equal(e.where, "process.cwd");
    assert_string_equal(e.what, "second");
}

static void long_text_is_cut(void **state) {
    (void)state;
    struct error e;
    char longer[2000];
    memset(longer, 'a', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    (void)error_set(&e, E_MOUNT, 0, longer, "%s", longer);
    (void)error_subject(&e, longer);
    (void)error_hint(&e, "%s", longer);
    assert_int_equal(strlen(e.where), ERROR_WHERE_MAX - 1);
    assert_int_equal(strlen(e.what), ERROR_WHAT_MAX - 1);
    assert_int_equal(strlen(e.subject), ERROR_SUBJECT_MAX - 1);
    assert_int_equal(strlen(e.hint), ERROR_HINT_MAX - 1);
}

static void names_and_statuses(void **state) {
    (void)state;
    for (uint32_t i = 0; i < ERROR_CODE_COUNT; i++) {
        assert_int_equal(error_code_of(error_name(i)), i);
        int status = error_exit_status(i);
        int expected = i == E_NONE ? 0 : i == E_EXEC_NOT_FOUND ? 127 : i == E_EXEC ? 126 : 125;
        assert_int_equal(status, expected);
    }
    assert_string_equal(error_name(E_MOUNT_SOURCE), "E_MOUNT_SOURCE");
    assert_string_equal(error_name(ERROR_CODE_COUNT), "E_INTERNAL");
    assert_string_equal(error_name(UINT32_MAX), "E_INTERNAL");
    assert_int_equal(error_exit_status(UINT32_MAX), 125);
    assert_int_equal(error_code_of("E_NO_SUCH"), E_INTERNAL);
}

static void sanitise_makes_hostile_bytes_safe(void **state) {
    (void)state;
    struct error e;
    memset(&e, 0xff, sizeof e);
    error_sanitise(&e);
    assert_int_equal(e.code, E_INTERNAL);
    assert_int_equal(strlen(e.where), ERROR_WHERE_MAX - 1);
    assert_int_equal(strlen(e.what), ERROR_WHAT_MAX - 1);
    assert_int_equal(strlen(e.subject), ERROR_SUBJECT_MAX - 1);
    assert_int_equal(strlen(e.hint), ERROR_HINT_MAX - 1);

    e.code = E_NONE; /* an error that is none would end in success */
    error_sanitise(&e);
    assert_int_equal(e.code, E_INTERNAL);
    e.code = E_EXEC;
    error_sanitise(&e);
    assert_int_equal(e.code, E_EXEC);
}

/* What `print` writes to descriptor 2. */
static void capture(const struct error *e, const char *warning, char *text, size_t size) {
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    int saved = dup(2);
    assert_int_equal(dup2(fds[1], 2), 2);
    if (e != NULL)
        (void)error_print(e);
    else
        warning_print("annotations", warning);
    assert_int_equal(dup2(saved, 2), 2);
    (void)close(saved);
    (void)close(fds[1]);
    ssize_t n = read(fds[0], text, size - 1);
    assert_true(n >= 0);
    text[n] = '\0';
    (void)close(fds[0]);
}

static void printed_lines(void **state) {
    (void)state;
    struct error e;
    char text[8192];
    (void)error_set(&e, E_MOUNT_SOURCE, ENOENT, "mounts[3]", "bind source /home/me/data");
    (void)error_subject(&e, "/data");
    (void)error_hint(&e, "make it");
    capture(&e, NULL, text, sizeof text);
    assert_string_equal(text, "locald-shim: error: mounts[3] (/data): bind source /home/me/data: "
                              "No such file or directory [E_MOUNT_SOURCE]\n  hint: make it\n");

    (void)error_set(&e, E_USAGE, 0, "", "no command");
    capture(&e, NULL, text, sizeof text);
    assert_string_equal(text, "locald-shim: error: no command [E_USAGE]\n");

    (void)error_set(&e, E_USAGE, 99999, "--id", "a\nb\033[31m%%s");
    capture(&e, NULL, text, sizeof text);
    assert_string_equal(text, "locald-shim: error: --id: a\\x0ab\\x1b[31m%s: unknown errno [E_USAGE]\n");

    capture(NULL, "x\ny", text, sizeof text);
    assert_string_equal(text, "locald-shim: warning: annotations: x\\x0ay\n");
}

static void the_longest_error_fits_its_line(void **state) {
    (void)state;
    struct error e;
    char text[16384];
    memset(&e, 0x01, sizeof e); /* each byte becomes four */
    e.code = E_MOUNT;
    e.sys = 0;
    error_sanitise(&e);
    capture(&e, NULL, text, sizeof text);
    assert_non_null(strstr(text, "[E_MOUNT]\n"));
    assert_int_equal(text[strlen(text) - 1], '\n');
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_fills_all_and_returns_minus_one),
        cmocka_unit_test(hints_of_the_table),
        cmocka_unit_test(where_may_be_its_own),
        cmocka_unit_test(long_text_is_cut),
        cmocka_unit_test(names_and_statuses),
        cmocka_unit_test(sanitise_makes_hostile_bytes_safe),
        cmocka_unit_test(printed_lines),
        cmocka_unit_test(the_longest_error_fits_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
