/* core/plan/refusal.c: the interpreter's refusal, as the monitor reads it. */
#include "tests/unit/cmocka_all.h"

#include <signal.h>
#include <string.h>

#include "core/plan/plan.h"
#include "core/plan/refusal.h"

static uint8_t room[PLAN_REFUSAL_MAX];

static size_t put(const struct error *e) {
    struct wire_writer w = {.bytes = room, .size = sizeof room};
    plan_refusal_put(&w, e);
    assert_false(w.bad);
    return w.len;
}

static struct error some_error(void) {
    struct error e;
    error_set(&e, E_MOUNT, 13, "mounts[3]", "what");
    error_subject(&e, "/data");
    error_hint(&e, "hint");
    return e;
}

static void comes_back_as_it_was(void **state) {
    (void)state;
    struct error e = some_error(), back;
    size_t len = put(&e);
    assert_int_equal(plan_refusal(room, len, &back), 1);
    assert_int_equal(back.code, E_MOUNT);
    assert_int_equal(back.sys, 13);
    assert_string_equal(back.where, "mounts[3]");
    assert_string_equal(back.subject, "/data");
    assert_string_equal(back.what, "what");
    assert_string_equal(back.hint, "hint");
}

static void the_longest_fits(void **state) {
    (void)state;
    struct error e = {.code = E_CONFIG_VALUE}, back;
    memset(e.where, 'w', sizeof e.where - 1);
    memset(e.subject, 's', sizeof e.subject - 1);
    memset(e.what, 'x', sizeof e.what - 1);
    memset(e.hint, 'h', sizeof e.hint - 1);
    size_t len = put(&e);
    assert_int_equal(plan_refusal(room, len, &back), 1);
    assert_memory_equal(&back, &e, sizeof e);
}

static void a_plan_is_none(void **state) {
    (void)state;
    struct error e = {.code = E_USAGE};
    const uint8_t plan[] = {'S', 'L', 'P', '1', 1, 0, 0, 0};
    assert_int_equal(plan_refusal(plan, sizeof plan, &e), 0);
    assert_int_equal(plan_refusal(plan, 0, &e), 0);
    assert_int_equal(plan_refusal((const uint8_t *)"SLE", 3, &e), 0);
    assert_int_equal(e.code, E_USAGE);
}

static void malformed(size_t len) {
    struct error e;
    assert_int_equal(plan_refusal(room, len, &e), -1);
    assert_int_equal(e.code, E_PLAN_FORMAT);
}

static void every_malformed_one_is_refused(void **state) {
    (void)state;
    struct error e = some_error();
    size_t len = put(&e);
    for (size_t cut = 4; cut < len; cut++)
        malformed(cut);
    room[len] = 0;
    malformed(len + 1);

    room[4] = E_NONE;
    malformed(len);
    room[4] = ERROR_CODE_COUNT;
    malformed(len);
    put(&e);
    room[7] = 0x80;
    malformed(len);
    put(&e);
    room[12] = 0xff; /* where is longer than it can be */
    room[13] = 0xff;
    malformed(len);
    put(&e);
    room[17] = 0; /* NUL inside of it */
    malformed(len);
}

static void an_errno_that_is_none_is_dropped(void **state) {
    (void)state;
    struct error e = some_error(), back;
    e.sys = -5;
    size_t len = put(&e);
    assert_int_equal(plan_refusal(room, len, &back), 1);
    assert_int_equal(back.sys, 0);
}

static void the_end_of_the_interpreter_is_told(void **state) {
    (void)state;
    struct error e;
    assert_int_equal(plan_interpreter_end(true, 0, 5, &e), 0);
    assert_int_equal(plan_interpreter_end(true, 3, 5, &e), -1);
    assert_string_equal(e.what, "the interpreter ended with status 3");
    assert_int_equal(plan_interpreter_end(false, SIGXCPU, 5, &e), -1);
    assert_int_equal(e.code, E_INTERPRETER_TIME);
    assert_string_equal(e.what, "its interpretation took more than 5 s of CPU time");
    assert_int_equal(plan_interpreter_end(false, SIGSYS, 5, &e), -1);
    assert_string_equal(e.what,
                        "the interpreter was ended by signal 31 (a system call that its filter forbids)");
    assert_int_equal(plan_interpreter_end(false, SIGKILL, 5, &e), -1);
    assert_int_equal(e.code, E_INTERPRETER);
    assert_string_equal(e.what, "the interpreter was ended by signal 9");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_of_the_interpreter_is_told),
        cmocka_unit_test(comes_back_as_it_was),
        cmocka_unit_test(the_longest_fits),
        cmocka_unit_test(a_plan_is_none),
        cmocka_unit_test(every_malformed_one_is_refused),
        cmocka_unit_test(an_errno_that_is_none_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
