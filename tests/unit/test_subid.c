/* core/parse/subid.c: the lines of /etc/subuid and /etc/passwd, also those of an attacker's dreams. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/parse/subid.h"

/* For name "bob", uid 1000. Expected as "first+count first+count". */
static const struct {
    const char *text, *expected;
} rows[] = {
    {"", ""},
    {"\n\n\n", ""},
    {"bob:100000:65536\n", "100000+65536"},
    {"bob:100000:65536", "100000+65536"}, /* no final newline */
    {"1000:100000:65536\n", "100000+65536"},
    {"bob:100000:65536\n1000:300000:10\nbob:400000:1\n", "100000+65536 300000+10 400000+1"},
    {"alice:1:1\nbob:100000:5\ncarol:7:7", "100000+5"},
    {"bobby:100000:65536\n", ""}, /* exact match */
    {"bo:100000:65536\n", ""},
    {"Bob:100000:65536\n", ""},
    {" bob:100000:65536\n", ""},
    {"bob :100000:65536\n", ""},
    {"10001:100000:65536\n", ""},
    {"100:100000:65536\n", ""},
    {"01000:100000:65536\n", ""},
    {"+1000:100000:65536\n", ""},
    {":100000:65536\n", ""},
    {"# bob:100000:65536\n", ""},
    {"bob\n", ""}, /* malformed */
    {"bob:\n", ""},
    {"bob:100000\n", ""},
    {"bob:100000:\n", ""},
    {"bob::65536\n", ""},
    {"bob:100000:65536:\n", ""},
    {"bob:100000:65536:x\n", ""},
    {"bob:100000:65536 \n", ""},
    {"bob:100000:65536\r\n", ""},
    {"bob: 100000:65536\n", ""},
    {"bob:-1:65536\n", ""},
    {"bob:+1:65536\n", ""},
    {"bob:0x10:65536\n", ""},
    {"bob:1e5:65536\n", ""},
    {"bob:0:65536\n", ""}, /* over root */
    {"bob:100000:0\n", ""},
    {"bob:4294967295:1\n", ""}, /* "no id" */
    {"bob:4294967294:1\n", "4294967294+1"},
    {"bob:4294967294:2\n", ""},
    {"bob:1:4294967294\n", "1+4294967294"},
    {"bob:1:4294967295\n", ""},
    {"bob:2:4294967295\n", ""}, /* wraps in 32 bits */
    {"bob:4294967296:1\n", ""}, /* over 32 bits */
    {"bob:1:4294967296\n", ""},
    {"bob:18446744073709551617:1\n", ""}, /* over 64 bits */
    {"bob:bad\nbob:5:5\n", "5+5"},
};

static void parse(const char *text, size_t len, const char *name, uint32_t uid, char *found) {
    struct id_range ranges[4];
    uint32_t count = subid_parse(text, len, name, uid, ranges, 4);
    found[0] = '\0';
    for (uint32_t i = 0; i < count; i++)
        (void)sprintf(found + strlen(found), "%s%u+%u", i == 0 ? "" : " ", ranges[i].first, ranges[i].count);
}

static void lines(void **state) {
    (void)state;
    char found[200];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        /* An exact copy on the heap, so that ASan sees one byte too far. */
        size_t len = strlen(rows[i].text);
        char *text = malloc(len > 0 ? len : 1);
        assert_non_null(text);
        memcpy(text, rows[i].text, len);
        parse(text, len, "bob", 1000, found);
        free(text);
        assert_string_equal(found, rows[i].expected);
    }
}

static void without_a_name_the_number_counts(void **state) {
    (void)state;
    char found[200];
    static const char text[] = ":5:5\nbob:6:6\n1000:7:7\n0:8:8\n";
    parse(text, sizeof text - 1, "", 1000, found);
    assert_string_equal(found, "7+7");
    parse(text, sizeof text - 1, "", 0, found);
    assert_string_equal(found, "8+8");
}

static void a_nul_matches_nothing(void **state) {
    (void)state;
    char found[200];
    static const char text[] = "bob\0:5:5\nb\0b:5:5\nbob:5\0:5\nbob:6:6\n";
    parse(text, sizeof text - 1, "bob", 1000, found);
    assert_string_equal(found, "6+6");
}

static void a_line_of_64_kib(void **state) {
    (void)state;
    char found[200];
    size_t n = 65536;
    char *text = malloc(n + 20);
    assert_non_null(text);
    memset(text, 'b', n);
    memcpy(text + n, "\nbob:6:6", 8);
    parse(text, n + 8, "bob", 1000, found);
    assert_string_equal(found, "6+6");
    memcpy(text, "bob:", 4); /* digits without end are no number */
    memset(text + 4, '0', n - 4);
    memcpy(text + n - 4, "1:10", 4);
    parse(text, n + 8, "bob", 1000, found);
    assert_string_equal(found, "1+10 6+6");
    memset(text + 4, '9', n - 8);
    parse(text, n + 8, "bob", 1000, found);
    assert_string_equal(found, "6+6");
    free(text);
}

static void no_more_than_there_is_room_for(void **state) {
    (void)state;
    static const char text[] = "bob:1:1\nbob:2:1\nbob:3:1\n";
    struct id_range ranges[3] = {{9, 9}, {9, 9}, {9, 9}};
    assert_int_equal(subid_parse(text, sizeof text - 1, "bob", 1000, ranges, 2), 2);
    assert_int_equal(ranges[1].first, 2);
    assert_int_equal(ranges[2].first, 9);
    assert_int_equal(subid_parse(text, sizeof text - 1, "bob", 1000, ranges, 0), 0);
}

static const struct {
    const char *text;
    uint32_t uid;
    const char *name;
} logins[] = {
    {"root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1000::/home/bob:/bin/sh\n", 1000, "bob"},
    {"root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1000::/home/bob:/bin/sh\n", 0, "root"},
    {"bob:x:1000:1000::/:/bin/sh", 1000, "bob"},
    {"bob:x:1000:1000::/:/bin/sh\nrobert:x:1000:1000::/:/bin/sh\n", 1000, "bob"}, /* the first wins */
    {"bob:x:10000:1000::/:/bin/sh\n", 1000, ""},
    {"bob:x:01000:1000::/:/bin/sh\n", 1000, ""},
    {"bob:x:+1000:1000::/:/bin/sh\n", 1000, ""},
    {"bob:x::1000::/:/bin/sh\n", 0, ""},
    {"bob:1000:7:1000::/:/bin/sh\n", 1000, ""}, /* the third field, no other */
    {"bob\nx:1000\n", 1000, ""},
    {"bob:x:1000", 1000, ""}, /* cut by the most that is read: who knows what stood behind */
    {"", 1000, ""},
    {"averyveryverylongname:x:1000:1::/:\nbob:x:1000:1::/:\n", 1000, ""}, /* never cut */
};

static void login_names(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof logins / sizeof logins[0]; i++) {
        char name[16] = "before";
        passwd_name(logins[i].text, strlen(logins[i].text), logins[i].uid, name, sizeof name);
        assert_string_equal(name, logins[i].name);
    }
    char name[16] = "before";
    passwd_name("bo\0b:x:1000:1::/:\n", 18, 1000, name, sizeof name);
    assert_string_equal(name, "");
    passwd_name("fifteen_letters:x:1:1::/:\n", 26, 1, name, sizeof name);
    assert_string_equal(name, "fifteen_letters");
}

/* 0 is the own id; a range that overlaps it, or another, or would not fit is left out. */
static void the_map_of_all_that_is_a_users(void **state) {
    (void)state;
    static const struct id_range ranges[] = {
        {100000, 10}, {100005, 3}, {1000, 1}, {999, 2}, {200000, 5}, {1, 998}, {300000, UINT32_MAX - 300000},
        {400000, 1}};
    struct id_extent map[9];
    assert_int_equal(subid_map(1000, ranges, 0, map), 1);
    assert_int_equal(map[0].inside, 0);
    assert_int_equal(map[0].outside, 1000);
    assert_int_equal(map[0].size, 1);
    uint32_t n = subid_map(1000, ranges, sizeof ranges / sizeof ranges[0], map);
    static const struct id_extent expected[] = {
        {0, 1000, 1}, {1, 100000, 10}, {11, 200000, 5}, {16, 1, 998}, {1014, 300000, UINT32_MAX - 300000}};
    assert_int_equal(n, sizeof expected / sizeof expected[0]);
    assert_memory_equal(map, expected, sizeof expected);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_map_of_all_that_is_a_users),
        cmocka_unit_test(lines),
        cmocka_unit_test(without_a_name_the_number_counts),
        cmocka_unit_test(a_nul_matches_nothing),
        cmocka_unit_test(a_line_of_64_kib),
        cmocka_unit_test(no_more_than_there_is_room_for),
        cmocka_unit_test(login_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
