/* links: core/locald/build_output.c core/locald/checks.c -ljansson */
/* What `locald build` makes of the lifecycle's output, and what `locald doctor` makes of the shim's
 * self-check. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/locald/build_output.h"
#include "core/locald/checks.h"

static struct build_output output;
static char *text;
static size_t size;

static void begin(bool quiet) {
    memset(&output, 0, sizeof output);
    output.quiet = quiet;
    output.out = open_memstream(&text, &size);
    assert_non_null(output.out);
}

static void take(const char *bytes, int64_t now) {
    build_output_take(&output, bytes, strlen(bytes), now);
}

static void end(int64_t now, const char *expected) {
    build_output_end(&output, now);
    assert_int_equal(fclose(output.out), 0);
    assert_string_equal(text, expected);
    free(text);
}

static void phases_are_timed_however_the_bytes_come(void **state) {
    (void)state;
    begin(false);
    assert_string_equal(build_output_phase(&output), "");
    take("==", 0);
    take("=> DETEC", 1);
    take("TING\nx ===> NONE\n===> \n===> lower\n", 100);
    take("===> BUILDING: web", 350);
    end(1350, "===> DETECTING\nx ===> NONE\n===> \n===> lower\n===> BUILDING: web");
    assert_int_equal(output.phase_count, 2);
    assert_string_equal(output.phases[0].name, "DETECTING");
    assert_int_equal(output.phases[0].ended - output.phases[0].began, 1250);
    assert_string_equal(build_output_phase(&output), "BUILDING");
}

static void quiet_passes_phases_on_alone(void **state) {
    (void)state;
    begin(true);
    take("a\n===> X\nb\n", 0);
    end(0, "===> X\n");
}

static void more_phases_and_longer_lines_than_there_is_room_for(void **state) {
    (void)state;
    begin(true);
    for (int i = 0; i < 3 * OUTPUT_LINE; i++)
        take("y", 0);
    take("\n===> ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ\n", 0);
    assert_int_equal(output.phase_count, 0);
    assert_int_equal(strlen(output.last[0]), OUTPUT_LINE - 1);
    FILE *kept = output.out;
    output.out = fopen("/dev/null", "w");
    assert_non_null(output.out);
    for (int i = 0; i < 2 * OUTPUT_PHASES; i++)
        take("===> P\n", i);
    (void)fclose(output.out);
    output.out = kept;
    assert_int_equal(output.phase_count, OUTPUT_PHASES);
    end(9, "===> ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ\n");
}

static void the_last_lines_are_kept_in_order(void **state) {
    (void)state;
    char line[32], first[16];
    begin(true);
    for (int i = 0; i < OUTPUT_LINES + 7; i++) {
        (void)snprintf(line, sizeof line, "%d\n", i);
        take(line, 0);
    }
    build_output_last(&output, output.out);
    build_output_end(&output, 0);
    assert_int_equal(fclose(output.out), 0);
    (void)snprintf(first, sizeof first, "7\n8\n");
    assert_memory_equal(text, first, strlen(first));
    assert_string_equal(text + size - 8, "205\n206\n");
    free(text);
}

static void a_self_check_is_shown_as_it_is_without_control_characters(void **state) {
    (void)state;
    json_t *checks = json_array();
    assert_int_equal(checks_add_self_check(
                         checks, "{\"checks\":[{\"name\":\"a\",\"status\":\"note\",\"message\":\"x\\u001b[2J"
                                 "\\u009b\\u007f\\ny\\u00e4\",\"fix\":\"do\"}],\"usable\":true}"),
                     0);
    assert_false(checks_have_problem(checks));
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    checks_print(checks, out);
    (void)fclose(out);
    assert_string_equal(text, "warning  a: x?[2J???y\u00e4\n         fix: do\n");
    free(text);
    assert_int_equal(checks_add_self_check(checks,
                                           "{\"checks\":[{\"name\":\"b\",\"status\":\"new\",\"message\":"
                                           "\"\",\"fix\":\"\"}]}"),
                     0);
    assert_true(checks_have_problem(checks));
    json_decref(checks);
}

static void nonsense_is_no_self_check(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"checks\":1}",
        "{\"checks\":[1]}",
        "{\"checks\":[{\"name\":1,\"status\":\"ok\",\"message\":\"\",\"fix\":\"\"}]}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        json_t *checks = json_array();
        assert_int_equal(checks_add_self_check(checks, bad[i]), -1);
        json_decref(checks);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phases_are_timed_however_the_bytes_come),
        cmocka_unit_test(quiet_passes_phases_on_alone),
        cmocka_unit_test(more_phases_and_longer_lines_than_there_is_room_for),
        cmocka_unit_test(the_last_lines_are_kept_in_order),
        cmocka_unit_test(a_self_check_is_shown_as_it_is_without_control_characters),
        cmocka_unit_test(nonsense_is_no_self_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
