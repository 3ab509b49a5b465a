/* core/base/wire.c: what is written is read, and nothing goes past an end. */
#include "tests/unit/cmocka_all.h"

#include <string.h>

#include "core/base/wire.h"

static void written_is_read(void **state) {
    (void)state;
    uint8_t bytes[64];
    struct wire_writer w = {.bytes = bytes, .size = sizeof bytes};
    wire_put_u32(&w, 0x01020304);
    wire_put_u64(&w, UINT64_C(0x1122334455667788));
    wire_put_str(&w, "abcdef", 3);
    wire_put_str(&w, "", 0);
    assert_false(w.bad);
    assert_int_equal(w.len, 4 + 8 + 8 + 5);
    assert_memory_equal(bytes, "\x04\x03\x02\x01\x88\x77\x66\x55\x44\x33\x22\x11\x03\0\0\0abc\0\0\0\0\0\0",
                        w.len);

    struct wire_reader r = {.bytes = bytes, .len = w.len};
    assert_int_equal(wire_get_u32(&r), 0x01020304);
    assert_true(wire_get_u64(&r) == UINT64_C(0x1122334455667788));
    assert_string_equal(wire_get_str(&r, 3), "abc");
    assert_string_equal(wire_get_str(&r, 0), "");
    assert_false(r.bad);
    assert_int_equal(r.at, r.len);
    assert_int_equal(wire_get_u32(&r), 0);
    assert_true(r.bad);
}

static void writer_stays_in_its_room_and_stays_bad(void **state) {
    (void)state;
    uint8_t bytes[16];
    memset(bytes, 0xee, sizeof bytes);
    struct wire_writer w = {.bytes = bytes, .size = 7};
    wire_put_u32(&w, 1);
    wire_put_u32(&w, 2);
    assert_true(w.bad);
    assert_int_equal(w.len, 4);
    wire_put_str(&w, "", 0); /* the length of 4 bytes does not fit either */
    assert_int_equal(w.len, 4);
    assert_int_equal(bytes[7], 0xee);
    wire_patch_u32(&w, 0, 9); /* a bad writer is not patched */
    assert_int_equal(bytes[0], 1);

    w = (struct wire_writer){.bytes = bytes, .size = sizeof bytes};
    wire_put_str(&w, "x", UINT32_MAX); /* no such length on the wire; nothing is read from "x" */
    assert_true(w.bad);
}

static void patching(void **state) {
    (void)state;
    uint8_t bytes[8];
    struct wire_writer w = {.bytes = bytes, .size = sizeof bytes};
    wire_put_u32(&w, 1);
    wire_patch_u32(&w, 0, 0xa1b2c3d4);
    assert_int_equal(wire_u32_at(bytes), 0xa1b2c3d4);
    wire_patch_u32(&w, 1, 0); /* not all of it was written before */
    assert_int_equal(wire_u32_at(bytes), 0xa1b2c3d4);
}

static void strings_that_are_none(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        size_t max;
    } rows[] = {
        {"\x03\0\0\0abc\0", 8, 2},  /* over max */
        {"\x03\0\0\0abcd", 8, 9},   /* not terminated */
        {"\x03\0\0\0a\0c\0", 8, 9}, /* NUL inside */
        {"\x03\0\0\0abc", 7, 9},    /* past the end by its terminator */
        {"\xff\xff\xff\xff"
         "abc\0",
         8, SIZE_MAX},      /* n + 1 of 32 bits would wrap */
        {"\x03\0\0", 3, 9}, /* no whole length */
        {"", 0, 9},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct wire_reader r = {.bytes = (const uint8_t *)rows[i].bytes, .len = rows[i].len};
        assert_string_equal(wire_get_str(&r, rows[i].max), "");
        assert_true(r.bad);
        assert_null(wire_get_bytes(&r, 0)); /* stays bad */
    }
}

static void bytes_by_count(void **state) {
    (void)state;
    struct wire_reader r = {.bytes = (const uint8_t *)"abc", .len = 3};
    assert_memory_equal(wire_get_bytes(&r, 2), "ab", 2);
    assert_non_null(wire_get_bytes(&r, 0));
    assert_null(wire_get_bytes(&r, SIZE_MAX));
    assert_true(r.bad);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_is_read), cmocka_unit_test(writer_stays_in_its_room_and_stays_bad),
        cmocka_unit_test(patching),        cmocka_unit_test(strings_that_are_none),
        cmocka_unit_test(bytes_by_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
