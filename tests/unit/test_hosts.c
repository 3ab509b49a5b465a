/* core/parse/hosts.c: locald's block of /etc/hosts. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "core/parse/hosts.h"

static const struct policy defaults = POLICY_DEFAULT;
static char room[HOSTS_TEXT_MAX];

static int sync_as(uint32_t uid, const char *text, size_t len, const char *const *names, size_t count,
                   const struct policy *p, struct error *e) {
    const struct hosts_names wanted = {names, count, uid};
    struct text out = text_in(room, sizeof room);
    *e = (struct error){0};
    int rc = hosts_sync(text, len, &wanted, p, &out, e);
    if (rc == 0)
        assert_int_equal(strlen(room), out.len);
    return rc;
}

static void becomes(uint32_t uid, const char *text, const char *const *names, size_t count,
                    const char *expected) {
    struct error e;
    assert_int_equal(sync_as(uid, text, strlen(text), names, count, &defaults, &e), 0);
    assert_string_equal(room, expected);
}

#define WEB  "127.0.0.1 web.localhost # uid 1000\n::1 web.localhost # uid 1000\n"
#define DB   "127.0.0.1 db.localhost # uid 10001\n::1 db.localhost # uid 10001\n"
#define HEAD "127.0.0.1 localhost\n"

static void the_block_is_appended_changed_and_goes(void **state) {
    (void)state;
    static const char *const web[] = {"web.localhost"}, *const twice[] = {"WEB.Localhost", "web.localhost"};
    static const char *const db[] = {"db.localhost"};
    becomes(1000, HEAD, web, 1, HEAD "# BEGIN locald\n" WEB "# END locald\n");
    becomes(1000, "127.0.0.1 localhost", web, 1, HEAD "# BEGIN locald\n" WEB "# END locald\n");
    becomes(1000, "", twice, 2, "# BEGIN locald\n" WEB "# END locald\n");
    becomes(1000, HEAD "# BEGIN locald\n" WEB "# END locald\n", web, 1,
            HEAD "# BEGIN locald\n" WEB "# END locald\n");
    /* whose uid begins as another's keeps them */
    becomes(10001, HEAD "# BEGIN locald\n" WEB "# END locald\nx\n", db, 1,
            HEAD "# BEGIN locald\n" WEB DB "# END locald\nx\n");
    becomes(1000, HEAD "# BEGIN locald\n" WEB DB "# END locald\nx", NULL, 0,
            HEAD "# BEGIN locald\n" DB "# END locald\nx");
    becomes(10001, HEAD "# BEGIN locald\n" DB "# END locald\nx", NULL, 0, HEAD "x");
    becomes(1000, "127.0.0.1 localhost", NULL, 0, "127.0.0.1 localhost");
    /* what root wrote into the block stays */
    becomes(1000, "# BEGIN locald\n# mine\n" WEB "# END locald\n", NULL, 0,
            "# BEGIN locald\n# mine\n# END locald\n");
    becomes(1000, "# BEGIN locald\n# END locald\n", NULL, 0, "");
    /* the same words with more on their line are no block */
    becomes(1000, "# BEGIN locald \n", web, 1, "# BEGIN locald \n# BEGIN locald\n" WEB "# END locald\n");
}

static void a_block_that_is_not_whole_is_refused_with_its_line(void **state) {
    (void)state;
    static const struct {
        const char *text, *where;
    } rows[] = {
        {HEAD "# BEGIN locald\n", HOSTS_FILE ":2"},
        {"# END locald\n", HOSTS_FILE ":1"},
        {"# BEGIN locald\n# BEGIN locald\n# END locald\n", HOSTS_FILE ":2"},
        {"# BEGIN locald\n# END locald\n# END locald\n", HOSTS_FILE ":3"},
        {"# BEGIN locald\n# END locald\n\n# BEGIN locald\n# END locald\n", HOSTS_FILE ":4"},
        {"# END locald\n# BEGIN locald\n", HOSTS_FILE ":1"},
    };
    struct error e;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(sync_as(1, rows[i].text, strlen(rows[i].text), NULL, 0, &defaults, &e), -1);
        assert_int_equal(e.code, E_FILE);
        assert_string_equal(e.where, rows[i].where);
    }
    assert_int_equal(sync_as(1, "a\0b", 3, NULL, 0, &defaults, &e), -1);
    assert_int_equal(e.code, E_FILE);
}

static void names(void **state) {
    (void)state;
    char label[65], deep[300] = "";
    memset(label, 'a', 64);
    label[64] = '\0';
    char too_long_label[80], longest_label[80];
    (void)snprintf(too_long_label, sizeof too_long_label, "%s.localhost", label);
    (void)snprintf(longest_label, sizeof longest_label, "%s.localhost", label + 1);
    for (int i = 0; i < 122; i++)
        (void)strcat(deep, "a.");
    char longest[300], too_long[320];
    (void)snprintf(longest, sizeof longest, "%s", deep + 2);
    (void)strcat(longest, "localhost.localhost");
    memmove(longest, longest + strlen(longest) - 253, 254);
    (void)snprintf(too_long, sizeof too_long, "b%s", longest);
    const struct {
        const char *name;
        uint32_t code;
    } rows[] = {
        {"a.localhost", E_NONE},     {"a-b.c9.localhost", E_NONE},
        {longest_label, E_NONE},     {"x.test", E_NONE},
        {"9.localhost", E_NONE},     {too_long_label, E_USAGE},
        {too_long, E_USAGE},         {"", E_USAGE},
        {"a..localhost", E_USAGE},   {".localhost", E_USAGE},
        {"a.localhost.", E_USAGE},   {"-a.localhost", E_USAGE},
        {"a-.localhost", E_USAGE},   {"a_b.localhost", E_USAGE},
        {"a b.localhost", E_USAGE},  {"a#.localhost", E_USAGE},
        {"a\n.localhost", E_USAGE},  {"\xc3\xa4.localhost", E_USAGE},
        {"localhost", E_AUTHORITY},  {"evil.com", E_AUTHORITY},
        {"alocalhost", E_AUTHORITY}, {"test", E_AUTHORITY},
        {"xtest", E_AUTHORITY},      {"x.test.com", E_AUTHORITY},
    };
    struct policy p = defaults;
    p.suffix_count = 1;
    memcpy(p.suffixes[0], ".test", 6);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error e;
        int rc = sync_as(0, "", 0, &rows[i].name, 1, &p, &e);
        if (e.code != rows[i].code)
            print_error("%s: %s\n", rows[i].name, error_name(e.code));
        assert_int_equal(e.code, rows[i].code);
        assert_int_equal(rc, rows[i].code == E_NONE ? 0 : -1);
    }
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    static char text[HOSTS_TEXT_MAX - 40];
    static const char *const web[] = {"web.localhost"};
    struct error e;
    memset(text, '#', sizeof text);
    assert_int_equal(sync_as(1000, text, sizeof text, web, 1, &defaults, &e), -1);
    assert_int_equal(e.code, E_FILE);
    assert_int_equal(sync_as(1000, text, sizeof text, NULL, 0, &defaults, &e), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_block_is_appended_changed_and_goes),
        cmocka_unit_test(a_block_that_is_not_whole_is_refused_with_its_line),
        cmocka_unit_test(names),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
