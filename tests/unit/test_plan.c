/* core/plan/decode.c and table.c: every operation round-trips, and nothing malformed gets through. */
#include "tests/unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/plan_builder.h"

static struct builder b;

/* Decodes all: 0, or -1 at the first refusal. `steps` is how many came before. The copy on the heap is exact,
 * so that ASan sees a read of one byte too far. */
static int decode(const uint8_t *bytes, size_t len, uint32_t *steps, struct error *e) {
    struct plan_cursor c;
    struct step s;
    uint8_t *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    int more = plan_begin(&c, copy, len, e);
    if (more == 0) {
        for (more = plan_next(&c, &s, e); more == 1; more = plan_next(&c, &s, e)) {
            /* Walk over what the step points to: it has to lie in the plan. */
            if (s.op == PLAN_OP_exec) {
                uint32_t at = 0;
                for (uint32_t i = 0; i < s.as.exec.args.count; i++)
                    assert_true(strlen(plan_strs_next(&s.as.exec.args, &at)) < len);
                assert_int_equal(at, s.as.exec.args.size);
            }
            if (s.op == PLAN_OP_user && s.as.user.groups.count > 0)
                (void)plan_u32s_get(&s.as.user.groups, s.as.user.groups.count - 1);
            assert_true(strlen(s.origin) <= PLAN_ORIGIN_MAX);
        }
        *steps = c.count;
    }
    free(copy);
    return more;
}

static enum error_code refused(void) {
    struct error e = {0};
    uint32_t steps = 0;
    assert_int_equal(decode(b.bytes, b.len, &steps, &e), -1);
    assert_string_equal(e.where, "plan");
    return (enum error_code)e.code;
}

/* The table promises what the other parts build on. */
static void table_is_whole(void **state) {
    (void)state;
    uint32_t last = 0;
    enum plan_stage stage = PLAN_STAGE_HOST;
    for (uint32_t i = 0; i < PLAN_OP_COUNT; i++) {
        const struct plan_op_info *info = plan_op_info((enum plan_op)i);
        assert_non_null(info->name);
        assert_true(info->least <= info->most);
        assert_true(info->phase >= last); /* in order, so that the table reads as a plan does */
        last = info->phase;
        assert_true(info->stage >= stage); /* host, child, init */
        stage = info->stage;
        for (uint32_t k = 0; k < info->field_count; k++) {
            assert_non_null(info->fields[k].name);
            assert_true(info->fields[k].bound > 0);
            assert_true(info->fields[k].type != PLAN_STR || info->fields[k].bound <= PLAN_STR_MAX);
        }
        assert_null(info->fields[info->field_count].name);
    }
    assert_int_equal(stage, PLAN_STAGE_INIT);
    assert_string_equal(plan_op_info(PLAN_OP_COUNT - 1)->name, "exec");
    assert_string_equal(plan_stage_name(plan_op_info(PLAN_OP_state)->stage), "host");
    assert_string_equal(plan_stage_name(plan_op_info(PLAN_OP_netdev)->stage), "child");
    assert_string_equal(plan_stage_name(plan_op_info(PLAN_OP_exec)->stage), "init");
}

/* Compares what was decoded with what b_sample wrote. */
static void check_field(const struct plan_field *f, const void *from, uint32_t i) {
    uint64_t number = f->bound == UINT64_MAX ? 3 + i : (3 + i) % (f->bound + 1);
    const char *text;
    struct plan_strs strs;
    struct plan_u32s u32s;
    uint32_t at = 0, narrow;
    uint64_t wide;
    switch (f->type) {
    case PLAN_U32:
        memcpy(&narrow, from, sizeof narrow);
        assert_int_equal(narrow, number);
        break;
    case PLAN_U64:
        memcpy(&wide, from, sizeof wide);
        assert_int_equal(wide, number);
        break;
    case PLAN_STR:
        memcpy(&text, from, sizeof text);
        assert_string_equal(text, f->name);
        break;
    case PLAN_STRS:
        memcpy(&strs, from, sizeof strs);
        assert_int_equal(strs.count, 3);
        assert_string_equal(plan_strs_next(&strs, &at), f->name);
        assert_string_equal(plan_strs_next(&strs, &at), "");
        assert_string_equal(plan_strs_next(&strs, &at), "two");
        assert_int_equal(at, strs.size);
        break;
    case PLAN_U32S:
        memcpy(&u32s, from, sizeof u32s);
        assert_int_equal(u32s.count, 2);
        assert_int_equal(plan_u32s_get(&u32s, 0), 3);
        assert_int_equal(plan_u32s_get(&u32s, 1), 3 + i);
        break;
    }
}

static void every_operation_round_trips(void **state) {
    (void)state;
    struct plan_cursor c;
    struct step s;
    struct error e = {0};
    b_begin(&b);
    for (uint32_t op = 0; op < PLAN_OP_COUNT; op++)
        b_sample(&b, (enum plan_op)op, 3);
    b_done(&b);
    assert_int_equal(plan_begin(&c, b.bytes, b.len, &e), 0);
    for (uint32_t op = 0; op < PLAN_OP_COUNT; op++) {
        assert_int_equal(plan_next(&c, &s, &e), 1);
        assert_int_equal(s.op, op);
        const struct plan_op_info *info = plan_op_info(s.op);
        assert_string_equal(s.origin, info->name);
        for (uint32_t i = 0; i < info->field_count; i++)
            check_field(&info->fields[i], (const char *)&s.as + info->fields[i].offset, i);
    }
    assert_int_equal(plan_next(&c, &s, &e), 0);
    assert_int_equal(c.count, PLAN_OP_COUNT);
}

/* One short plan of all operations, for the sweeps. */
static void build_all(void) {
    b_begin(&b);
    for (uint32_t op = 0; op < PLAN_OP_COUNT; op++)
        b_sample(&b, (enum plan_op)op, 1);
    b_done(&b);
}

static void every_truncation_is_refused(void **state) {
    (void)state;
    struct error e;
    uint32_t steps;
    build_all();
    assert_int_equal(decode(b.bytes, b.len, &steps, &e), 0);
    for (size_t len = 0; len < b.len; len++)
        assert_int_equal(decode(b.bytes, len, &steps, &e), -1);
}

static void no_mutation_of_a_byte_crashes(void **state) {
    (void)state;
    static const uint8_t values[] = {0x00, 0x01, 0x02, 0x7f, 0x80, 0xff};
    struct error e;
    uint32_t steps;
    build_all();
    for (size_t at = 0; at < b.len; at++) {
        uint8_t saved = b.bytes[at];
        for (size_t i = 0; i < sizeof values; i++) {
            b.bytes[at] = values[i];
            (void)decode(b.bytes, b.len, &steps, &e);
        }
        b.bytes[at] = saved;
    }
    assert_int_equal(decode(b.bytes, b.len, &steps, &e), 0);
}

/* Two bytes at once and whole words, from a generator with a fixed seed: the same plans each time. */
static void no_random_mutation_crashes(void **state) {
    (void)state;
    struct error e;
    uint32_t steps, random = 12345;
    for (int round = 0; round < 20000; round++) {
        if (round % 50 == 0)
            build_all();
        random = random * 1664525 + 1013904223;
        size_t at = (random >> 8) % b.len;
        b.bytes[at] = (uint8_t)(random >> 24);
        if (round % 3 == 0 && at + 4 <= b.len)
            memset(b.bytes + at, round % 2 ? 0xff : 0, 4);
        (void)decode(b.bytes, b.len, &steps, &e);
    }
}

static void headers(void **state) {
    (void)state;
    b_begin(&b);
    b_done(&b);
    struct error e;
    uint32_t steps;
    assert_int_equal(decode(b.bytes, b.len, &steps, &e), 0); /* empty: the gate refuses it, not the decoder */
    b.bytes[0] ^= 1;
    assert_int_equal(refused(), E_PLAN_FORMAT);
    b.bytes[0] ^= 1;
    b.bytes[4] = 2; /* the version */
    assert_int_equal(refused(), E_PLAN_FORMAT);

    struct plan_cursor c; /* nothing is read of what is too long */
    assert_int_equal(plan_begin(&c, b.bytes, (size_t)PLAN_BYTES_MAX + 1, &e), -1);
    assert_int_equal(e.code, E_PLAN_SIZE);
}

static void trailers(void **state) {
    (void)state;
    b_begin(&b);
    b_sample(&b, PLAN_OP_seal_root, 0);
    assert_int_equal(refused(), E_PLAN_FORMAT); /* no DONE */
    b_done(&b);
    b.bytes[b.len - 4] = 2; /* wrong count */
    assert_int_equal(refused(), E_PLAN_FORMAT);
    b.bytes[b.len - 4] = 1;
    b.bytes[b.len - 8] = 1; /* not zero */
    assert_int_equal(refused(), E_PLAN_FORMAT);
    b.bytes[b.len - 8] = 0;
    b.bytes[b.len++] = 0; /* something follows */
    assert_int_equal(refused(), E_PLAN_FORMAT);
    b.len--;
    b_sample(&b, PLAN_OP_seal_root, 0); /* a record after DONE */
    b_done(&b);
    assert_int_equal(refused(), E_PLAN_FORMAT);
}

static void operations_that_do_not_exist(void **state) {
    (void)state;
    static const uint32_t numbers[] = {PLAN_OP_COUNT, PLAN_OP_COUNT + 1, 0x7fffffff, 0x80000000, UINT32_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        b_begin(&b);
        b_open(&b, numbers[i], "x");
        b_close(&b);
        b_done(&b);
        assert_int_equal(refused(), E_PLAN_FORMAT);
    }
}

/* One record of hostname whose string has the given length word and bytes. */
static void hostname_record(uint32_t length, const char *bytes, size_t n) {
    b_begin(&b);
    b_open(&b, PLAN_OP_hostname, "hostname");
    b_u32(&b, length);
    memcpy(b.bytes + b.len, bytes, n);
    b.len += n;
    b_close(&b);
    b_done(&b);
}

static void strings(void **state) {
    (void)state;
    struct error e;
    uint32_t steps;
    char longest[66] = {0};
    memset(longest, 'h', 65);
    hostname_record(2, "ab", 3);
    assert_int_equal(decode(b.bytes, b.len, &steps, &e), 0);
    hostname_record(64, "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh", 65);
    assert_int_equal(decode(b.bytes, b.len, &steps, &e), 0);
    hostname_record(65, longest, 66); /* over the table's bound */
    assert_int_equal(refused(), E_PLAN_FORMAT);
    hostname_record(UINT32_MAX, "ab", 3);
    assert_int_equal(refused(), E_PLAN_FORMAT);
    hostname_record(2, "a\0", 3); /* NUL inside */
    assert_int_equal(refused(), E_PLAN_FORMAT);
    hostname_record(1, "ab", 2); /* no terminator */
    assert_int_equal(refused(), E_PLAN_FORMAT);
    hostname_record(3, "ab", 3); /* past its record, into the next */
    assert_int_equal(refused(), E_PLAN_FORMAT);
    hostname_record(1, "a\0b", 4); /* the record is longer than its fields */
    assert_int_equal(refused(), E_PLAN_FORMAT);

    char origin[PLAN_ORIGIN_MAX + 2];
    memset(origin, 'o', sizeof origin);
    origin[sizeof origin - 1] = '\0';
    b_begin(&b);
    b_open(&b, PLAN_OP_seal_root, origin);
    b_close(&b);
    b_done(&b);
    assert_int_equal(refused(), E_PLAN_FORMAT);
}

static void numbers_over_their_bound(void **state) {
    (void)state;
    b_begin(&b);
    b_open(&b, PLAN_OP_setgroups, "x");
    b_u32(&b, 2);
    b_close(&b);
    b_done(&b);
    assert_int_equal(refused(), E_PLAN_FORMAT);

    b_begin(&b);
    b_open(&b, PLAN_OP_user, "x");
    b_u32(&b, UINT32_MAX); /* uid -1 */
    b_u32(&b, 0);
    b_u32s(&b, NULL, 0);
    b_u32(&b, 022);
    b_close(&b);
    b_done(&b);
    assert_int_equal(refused(), E_PLAN_FORMAT);
}

static void lists(void **state) {
    (void)state;
    static const uint32_t counts[] = {3, 65537, 0x40000000, 0x80000000, UINT32_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        b_begin(&b);
        b_open(&b, PLAN_OP_user, "x");
        b_u32(&b, 0);
        b_u32(&b, 0);
        b_u32(&b, counts[i]); /* groups: says more than there are */
        b_u32(&b, 7);
        b_u32(&b, 022);
        b_close(&b);
        b_done(&b);
        assert_int_equal(refused(), E_PLAN_FORMAT);

        b_begin(&b);
        b_open(&b, PLAN_OP_exec, "x");
        b_u32(&b, counts[i]); /* args */
        b_str(&b, "sh");
        b_strs(&b, (char *)NULL);
        b_str(&b, "/");
        b_close(&b);
        b_done(&b);
        assert_int_equal(refused(), E_PLAN_FORMAT);
    }
}

static void lengths_of_records(void **state) {
    (void)state;
    static const uint32_t sizes[] = {0, 1, 5, 7, 1000, 0x7fffffff, 0xfffffffb, UINT32_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        b_begin(&b);
        b_open(&b, PLAN_OP_seal_root, "p"); /* 6 bytes */
        for (unsigned k = 0; k < 4; k++)
            b.bytes[b.body + k] = (uint8_t)(sizes[i] >> (8 * k));
        b_done(&b);
        assert_int_equal(refused(), E_PLAN_FORMAT);
    }
}

static void too_many_steps(void **state) {
    (void)state;
    size_t room = (size_t)(PLAN_STEPS_MAX + 1) * 13 + 20;
    struct wire_writer w = {.bytes = malloc(room), .size = room};
    struct error e;
    uint32_t steps = 0;
    assert_non_null(w.bytes);
    for (uint32_t extra = 0; extra < 2; extra++) {
        w.len = 0;
        wire_put_u32(&w, PLAN_MAGIC);
        wire_put_u32(&w, PLAN_VERSION);
        for (uint32_t i = 0; i < PLAN_STEPS_MAX + extra; i++) {
            wire_put_u32(&w, PLAN_OP_seal_root);
            wire_put_u32(&w, 5);
            wire_put_str(&w, "", 0);
        }
        wire_put_u32(&w, PLAN_DONE);
        wire_put_u32(&w, 0);
        wire_put_u32(&w, PLAN_STEPS_MAX + extra);
        assert_false(w.bad);
        assert_int_equal(decode(w.bytes, w.len, &steps, &e), extra == 0 ? 0 : -1);
        assert_int_equal(steps, PLAN_STEPS_MAX);
    }
    assert_int_equal(e.code, E_PLAN_SIZE);
    free(w.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_whole),
        cmocka_unit_test(every_operation_round_trips),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(no_mutation_of_a_byte_crashes),
        cmocka_unit_test(no_random_mutation_crashes),
        cmocka_unit_test(headers),
        cmocka_unit_test(trailers),
        cmocka_unit_test(operations_that_do_not_exist),
        cmocka_unit_test(strings),
        cmocka_unit_test(numbers_over_their_bound),
        cmocka_unit_test(lists),
        cmocka_unit_test(lengths_of_records),
        cmocka_unit_test(too_many_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
