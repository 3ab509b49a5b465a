/* core/client: errors, what the shim says on stderr, versions. */
/* links: core/client/error.c core/client/said.c core/client/version.c */
#include "tests/unit/cmocka_all.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/client/client.h"

static void is(const struct locald_error *e, enum locald_code code, const char *text, const char *hint) {
    char line[2048];
    size_t n = locald_error_text(e, line, sizeof line);
    assert_string_equal(line, text);
    assert_int_equal(n, strlen(line));
    assert_string_equal(e->hint, hint);
    assert_int_equal(e->code, code);
}

static struct locald_error parse(const char *said, int status) {
    struct locald_error e;
    memset(&e, 'x', sizeof e);
    char *exact = malloc(strlen(said)); /* without NUL: ASan sees one byte too many */
    memcpy(exact, said, strlen(said));
    assert_int_equal(client_stderr_parse(&e, exact, strlen(said), status), -1);
    free(exact);
    return e;
}

static void an_error_is_one_line(void **state) {
    (void)state;
    struct locald_error e = {0};
    assert_int_equal(client_fail(&e, LOCALD_E_SYSTEM, 2, "/a", "opening %s", "b"), -1);
    is(&e, LOCALD_E_SYSTEM, "/a: opening b: No such file or directory [LOCALD_E_SYSTEM]", "");
    assert_int_equal(client_hint(&e, "run: this"), -1);
    is(&e, LOCALD_E_SYSTEM, "/a: opening b: No such file or directory [LOCALD_E_SYSTEM]", "run: this");
    (void)client_fail(&e, LOCALD_E_TIMEOUT, 0, e.where, "x"); /* where may be its own */
    is(&e, LOCALD_E_TIMEOUT, "/a: x [LOCALD_E_TIMEOUT]", "");
    (void)client_fail(&e, LOCALD_E_TIMEOUT, 999999, "", "x");
    is(&e, LOCALD_E_TIMEOUT, "x [LOCALD_E_TIMEOUT]", "");
    assert_string_equal(locald_code_name((enum locald_code)99), "LOCALD_E_UNKNOWN");
    assert_string_equal(locald_code_name(LOCALD_E_SHIM), "LOCALD_E_SHIM");
    for (int i = 0; i <= LOCALD_E_SHIM; i++)
        assert_non_null(locald_code_name((enum locald_code)i));
}

static void an_error_is_cut_to_the_room(void **state) {
    (void)state;
    struct locald_error e = {0};
    char small[8];
    (void)client_fail(&e, LOCALD_E_SYSTEM, 0, "", "0123456789");
    assert_int_equal(locald_error_text(&e, small, sizeof small), 7);
    assert_string_equal(small, "0123456");
    assert_int_equal(locald_error_text(&e, small, 0), 0);
    char *longer = malloc(4001);
    memset(longer, 'a', 4000);
    longer[4000] = '\0';
    (void)client_fail(&e, LOCALD_E_SYSTEM, 0, longer, "%s", longer);
    (void)client_hint(&e, longer);
    assert_int_equal(strlen(e.where), sizeof e.where - 1);
    assert_int_equal(strlen(e.message), sizeof e.message - 1);
    assert_int_equal(strlen(e.hint), sizeof e.hint - 1);
    free(longer);
}

static void text_is_shown_safely(void **state) {
    (void)state;
    static const struct {
        const char *from, *to;
    } rows[] = {
        {"plain", "plain"},
        {"a\nb\tc\x1b[31m\x7f", "a?b?c?[31m?"},
        {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
         "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\xc2\x9b"
         "31m",
         "??31m"}, /* CSI in one character */
        {"\xff\xfe\xc3", "???"},
        {"\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf", "?????????"},
        {"\xed\xa0\x80\xf4\x90\x80\x80\xf8", "????????"},
        {"\xe2\x82", "??"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char to[64];
        client_text(to, sizeof to, rows[i].from, strlen(rows[i].from));
        assert_string_equal(to, rows[i].to);
    }
    char tiny[4];
    client_text(tiny, sizeof tiny, "a\xe2\x82\xac", 4); /* no half character */
    assert_string_equal(tiny, "a");
    client_text(tiny, sizeof tiny, "\xe2\x82\xac", 3);
    assert_string_equal(tiny, "\xe2\x82\xac");
    client_text(tiny, 1, "abc", 3);
    assert_string_equal(tiny, "");
    client_text(tiny, sizeof tiny, "a\0b", 3);
    assert_string_equal(tiny, "a?b");
}

static void what_the_shim_says(void **state) {
    (void)state;
    struct locald_error e =
        parse("locald-shim: error: mounts[3] (/data): bind source /home/me/data: No such file or directory "
              "[E_MOUNT_SOURCE]\n  hint: make it\n",
              125);
    is(&e, LOCALD_E_SHIM,
       "mounts[3] (/data): bind source /home/me/data: No such file or directory [E_MOUNT_SOURCE]", "make it");
    assert_string_equal(e.where, "mounts[3] (/data)");
    assert_string_equal(e.message, "bind source /home/me/data");
    assert_string_equal(e.shim_code, "E_MOUNT_SOURCE");
    assert_int_equal(e.errnum, 2);
    e = parse("locald-shim: warning: x: y\nlocald-shim: error: PORT: no [1] [E_AUTHORITY]", 125);
    is(&e, LOCALD_E_SHIM, "PORT: no [1] [E_AUTHORITY]", "");
    e = parse("locald-shim: error: out of words [E_INTERNAL]\nlocald-shim: error: b: c [E_TWO]\n", 125);
    is(&e, LOCALD_E_SHIM, "out of words [E_INTERNAL]", "");
    e = parse("locald-shim: error: a: Success [E_X]\n  hint: \x1b]0;x\n", 125);
    is(&e, LOCALD_E_SHIM, "a: Success [E_X]", "?]0;x");
}

static void what_is_not_understood_is_said_with_the_status(void **state) {
    (void)state;
    static const struct {
        const char *said, *text;
    } rows[] = {
        {"", "and said nothing"},
        {"\n\n", "and said nothing"},
        {"Segmentation fault\nmore\n", "Segmentation fault"},
        {"locald-shim: error: a: b", "locald-shim: error: a: b"},
        {"locald-shim: error: [E_X]", "locald-shim: error: [E_X]"},
        {"locald-shim: error: a [e_x]", "locald-shim: error: a [e_x]"},
        {"locald-shim: error: a [E_]", "locald-shim: error: a [E_]"},
        {"locald-shim: error: a [E_X] ", "locald-shim: error: a [E_X] "},
        {"locald-shim: error: a [E_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA]", "[E_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA]"},
        {"locald-shim: error: ", "locald-shim: error: "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct locald_error e = parse(rows[i].said, 77);
        assert_int_equal(e.code, LOCALD_E_PROTOCOL);
        assert_non_null(strstr(e.message, "ended with status 77"));
        assert_non_null(strstr(e.message, rows[i].text));
    }
}

static void no_mutation_breaks_the_parser(void **state) {
    (void)state;
    static const char good[] =
        "locald-shim: warning: w: x\nlocald-shim: error: mounts[3] (/data): bind source "
        "\xc3\xbc: Permission denied [E_MOUNT_SOURCE]\n  hint: make it\n";
    char said[sizeof good * 2];
    unsigned seed = 5;
    for (int i = 0; i < 10000; i++) {
        size_t n = sizeof good - 1;
        memcpy(said, good, n);
        for (int changes = rand_r(&seed) % 8; changes > 0; changes--)
            said[(size_t)rand_r(&seed) % n] = (char)rand_r(&seed);
        n = rand_r(&seed) % 3 == 0 ? (size_t)rand_r(&seed) % n : n;
        char *exact = malloc(n + 1);
        memcpy(exact, said, n);
        exact[n] = '\n';
        struct locald_error e;
        memset(&e, 'x', sizeof e);
        assert_int_equal(client_stderr_parse(&e, exact, n, 125), -1);
        assert_true(e.code == LOCALD_E_SHIM || e.code == LOCALD_E_PROTOCOL);
        assert_true((e.code == LOCALD_E_SHIM) == (e.shim_code[0] != '\0'));
        for (const char *p = e.message; *p != '\0'; p++)
            assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
        free(exact);
    }
}

static void versions(void **state) {
    (void)state;
    static const char *const good[] = {"0.1.0",   "1.2.3",     "10.20.30",  "1.0.0-alpha.1",
                                       "1.0.0--", "1.0.0+b.1", "1.0.0-a+b", "999999999.0.0"};
    static const char *const bad[] = {
        "",       "1",        "1.2",     "1.2.3.4", "01.2.3",         "1.2.3-",
        "1.2.3+", "1.2.3-a.", "1.2.3 ",  " 1.2.3",  "1.2.3\n",        "v1.2.3",
        "-1.2.3", "1..3",     "1.2.3_a", "1.2.3-.", "1000000000.0.0", "1.2.3+a+b"};
    static const struct {
        const char *ours, *theirs;
        bool fits;
    } rows[] = {
        {"0.1.0", "0.1.0", true},  {"0.1.0", "0.1.9", true},  {"0.1.9", "0.1.0-rc.1", true},
        {"0.1.0", "0.2.0", false}, {"0.1.0", "1.1.0", false}, {"1.1.0", "0.1.0", false},
        {"1.1.0", "1.9.3", true},  {"1.9.0", "1.0.0", true},  {"1.1.0", "2.1.0", false},
        {"0.1.0", "", false},      {"", "", false},           {"0.1.0", "x", false},
    };
    unsigned v[3];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(client_version_parse(good[i], v));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(client_version_parse(bad[i], v));
    assert_true(client_version_parse("12.345.6789-x", v) && v[0] == 12 && v[1] == 345 && v[2] == 6789);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(client_version_fits(rows[i].ours, rows[i].theirs), rows[i].fits);
    char longest[65] = "1.0.0-";
    memset(longest + 6, 'a', 57);
    assert_true(client_version_parse(longest, v));
    longest[63] = 'a';
    assert_false(client_version_parse(longest, v));
    assert_true(client_version_parse(locald_client_version(), v));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_one_line),
        cmocka_unit_test(an_error_is_cut_to_the_room),
        cmocka_unit_test(text_is_shown_safely),
        cmocka_unit_test(what_the_shim_says),
        cmocka_unit_test(what_is_not_understood_is_said_with_the_status),
        cmocka_unit_test(no_mutation_breaks_the_parser),
        cmocka_unit_test(versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
