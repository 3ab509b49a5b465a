/* core/base/text.c: bounded, cut, escaped. */
#include "tests/unit/cmocka_all.h"

#include <string.h>

#include "core/base/text.h"

static void adds_until_full(void **state) {
    (void)state;
    char room[8];
    struct text t = text_in(room, sizeof room);
    assert_string_equal(room, "");
    text_add(&t, "abc");
    text_add_n(&t, "defgh", 2);
    assert_string_equal(room, "abcde");
    assert_false(t.cut);
    text_add(&t, "fg");
    assert_false(t.cut);
    text_add(&t, "h");
    assert_true(t.cut);
    assert_string_equal(room, "abcdefg");
    assert_int_equal(t.len, 7);

    char one[1];
    t = text_in(one, sizeof one);
    text_add(&t, "a");
    assert_string_equal(one, "");
    assert_true(t.cut);
}

static void numbers(void **state) {
    (void)state;
    char room[200];
    struct text t = text_in(room, sizeof room);
    text_u64(&t, 0);
    text_add(&t, " ");
    text_u64(&t, UINT64_MAX);
    text_add(&t, " ");
    text_i64(&t, INT64_MIN);
    text_add(&t, " ");
    text_i64(&t, 42);
    text_add(&t, " ");
    text_octal(&t, 0755);
    text_add(&t, " ");
    text_hex(&t, UINT64_MAX);
    text_add(&t, " ");
    text_octal(&t, UINT32_MAX);
    assert_string_equal(
        room, "0 18446744073709551615 -9223372036854775808 42 0755 0xffffffffffffffff 037777777777");
}

static const struct {
    const char *in, *escaped, *json;
} rows[] = {
    {"", "", "\"\""},
    {"plain text", "plain text", "\"plain text\""},
    {"a\nb\tc", "a\\x0ab\\x09c", "\"a\\u000ab\\u0009c\""},
    {"\033[31m", "\\x1b[31m", "\"\\u001b[31m\""},
    {"\x7f", "\\x7f", "\"\\u007f\""},
    {"say \"x\\y\"", "say \"x\\y\"", "\"say \\\"x\\\\y\\\"\""},
    {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
    {"\xe2\x82\xac", "\xe2\x82\xac", "\"\xe2\x82\xac\""},
    {"\xf0\x9f\x90\x9a", "\xf0\x9f\x90\x9a", "\"\xf0\x9f\x90\x9a\""},
    {"\xc2\x9b"
     "31m",
     "\\xc2\\x9b31m", "\"\\u009b31m\""},                              /* C1: CSI */
    {"\xc2\xa0", "\xc2\xa0", "\"\xc2\xa0\""},                         /* the first behind C1 */
    {"\x80", "\\x80", "\"\\ufffd\""},                                 /* a continuation alone */
    {"\xc0\xaf", "\\xc0\\xaf", "\"\\ufffd\\ufffd\""},                 /* overlong slash */
    {"\xe0\x9f\xbf", "\\xe0\\x9f\\xbf", "\"\\ufffd\\ufffd\\ufffd\""}, /* overlong of three */
    {"\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80", "\"\\ufffd\\ufffd\\ufffd\""}, /* a surrogate */
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
    {"\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
    {"\xe2\x82", "\\xe2\\x82", "\"\\ufffd\\ufffd\""}, /* cut short by the end */
    {"\xf0\x9f", "\\xf0\\x9f", "\"\\ufffd\\ufffd\""},
    {"\xc3", "\\xc3", "\"\\ufffd\""},
    {"\xc2", "\\xc2", "\"\\ufffd\""},
};

static void escapes(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char room[200];
        struct text t = text_in(room, sizeof room);
        text_escaped(&t, rows[i].in);
        assert_string_equal(room, rows[i].escaped);
        t = text_in(room, sizeof room);
        text_json(&t, rows[i].in);
        assert_string_equal(room, rows[i].json);
    }
}

static void escapes_stay_in_bounds(void **state) {
    (void)state;
    char hostile[] = "\x01\xc2\x9b\"\\\xff\xf0\x9f\x90\x9a";
    for (size_t size = 1; size < 60; size++) {
        char room[64];
        memset(room, 'z', sizeof room);
        struct text t = text_in(room, size);
        text_json(&t, hostile);
        assert_int_equal(room[t.len], '\0');
        assert_int_equal(room[size], 'z');
        t = text_in(room, size);
        text_escaped(&t, hostile);
        assert_int_equal(room[t.len], '\0');
        assert_int_equal(room[size], 'z');
    }
}

static void members_make_one_object(void **state) {
    (void)state;
    char room[128];
    struct text t = text_in(room, sizeof room);
    text_member(&t, "a\"b", "c\n");
    text_member_i64(&t, "n", -7);
    text_key(&t, "raw");
    text_add(&t, "{}}");
    assert_string_equal(room, "{\"a\\\"b\":\"c\\u000a\",\"n\":-7,\"raw\":{}}");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_until_full),
        cmocka_unit_test(numbers),
        cmocka_unit_test(escapes),
        cmocka_unit_test(escapes_stay_in_bounds),
        cmocka_unit_test(members_make_one_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
