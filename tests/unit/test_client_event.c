/* core/client/event.c: the lines of --report-fd. */
/* links: core/client/error.c core/client/event.c -ljansson */
#include "tests/unit/cmocka_all.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/client/client.h"

static struct locald_event event;
static struct locald_error error;

static int parse_bytes(const char *line, size_t n) {
    char *exact = malloc(n + 1); /* no NUL behind it */
    memcpy(exact, line, n);
    memset(&event, 'x', sizeof event);
    memset(&error, 'x', sizeof error);
    int rc = client_event_parse(exact, n, &event, &error);
    free(exact);
    return rc;
}

static int parse(const char *line) {
    return parse_bytes(line, strlen(line));
}

static void the_four_events(void **state) {
    (void)state;
    assert_int_equal(parse("{\"event\":\"created\",\"pid\":17}"), 1);
    assert_int_equal(event.kind, LOCALD_EVENT_CREATED);
    assert_int_equal(event.pid, 17);
    assert_int_equal(parse("{\"event\":\"started\",\"pid\":2147483647}"), 1);
    assert_int_equal(event.kind, LOCALD_EVENT_STARTED);
    assert_int_equal(event.pid, 2147483647);
    assert_int_equal(parse("{\"event\":\"exited\",\"status\":137,\"signal\":9}"), 1);
    assert_int_equal(event.kind, LOCALD_EVENT_EXITED);
    assert_int_equal(event.status, 137);
    assert_int_equal(event.signal, 9);
    assert_int_equal(parse("{\"event\":\"exited\",\"status\":0}"), 1);
    assert_int_equal(event.signal, 0);
    assert_int_equal(
        parse(
            "{\"event\":\"error\",\"code\":\"E_MOUNT_SOURCE\",\"origin\":\"mounts[3]\",\"subject\":\"/data\","
            "\"message\":\"bind source /x\",\"errno\":2,\"reason\":\"No such file\",\"hint\":\"make it\"}"),
        1);
    char text[1024];
    (void)locald_error_text(&event.error, text, sizeof text);
    assert_int_equal(event.kind, LOCALD_EVENT_ERROR);
    assert_int_equal(event.error.code, LOCALD_E_SHIM);
    assert_string_equal(text,
                        "mounts[3] (/data): bind source /x: No such file or directory [E_MOUNT_SOURCE]");
    assert_string_equal(event.error.hint, "make it");
}

static void what_a_newer_shim_may_say(void **state) {
    (void)state;
    assert_int_equal(parse("{\"event\":\"paused\",\"pid\":\"x\"}"), 0);
    assert_int_equal(parse("{\"event\":\"created\",\"pid\":17,\"more\":[1,{\"a\":null}]}"), 1);
    assert_int_equal(parse("{\"event\":\"error\",\"code\":\"E_X\",\"message\":\"m\"}"), 1);
    assert_string_equal(event.error.where, "");
}

static void nonsense(void **state) {
    (void)state;
    static const char *const lines[] = {
        "",
        "x",
        "{}",
        "[]",
        "17",
        "\"created\"",
        "null",
        "{\"event\":1}",
        "{\"event\":\"created\"}",
        "{\"event\":\"created\",\"pid\":0}",
        "{\"event\":\"created\",\"pid\":-1}",
        "{\"event\":\"created\",\"pid\":2147483648}",
        "{\"event\":\"created\",\"pid\":99999999999999999999}",
        "{\"event\":\"created\",\"pid\":1.5}",
        "{\"event\":\"created\",\"pid\":\"17\"}",
        "{\"event\":\"created\",\"pid\":17,\"pid\":18}",
        "{\"event\":\"created\",\"pid\":17}}",
        "{\"event\":\"created\",\"pid\":17",
        "{\"event\":\"created\",\"pid\":17}\n{\"event\":\"created\",\"pid\":17}",
        "{\"event\":\"exited\"}",
        "{\"event\":\"exited\",\"status\":256}",
        "{\"event\":\"exited\",\"status\":-1}",
        "{\"event\":\"exited\",\"status\":1,\"signal\":0}",
        "{\"event\":\"exited\",\"status\":1,\"signal\":65}",
        "{\"event\":\"error\"}",
        "{\"event\":\"error\",\"code\":\"E_X\"}",
        "{\"event\":\"error\",\"message\":\"m\"}",
        "{\"event\":\"error\",\"code\":\"X\",\"message\":\"m\"}",
        "{\"event\":\"error\",\"code\":1,\"message\":\"m\"}",
        "{\"event\":\"error\",\"code\":\"E_X\",\"message\":[]}",
        "{\"event\":\"error\",\"code\":\"E_X\",\"message\":\"m\",\"errno\":-1}",
        "{\"event\":\"error\",\"code\":\"E_X\",\"message\":\"m\",\"hint\":7}",
        "{\"event\":\"error\",\"code\":\"E_X\",\"message\":\"a\\u0000b\"}",
        "{\"event\":\"error\",\"code\":\"E_X\",\"message\":\"\xff\"}",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (parse(lines[i]) != -1)
            fail_msg("taken: %s", lines[i]);
        assert_int_equal(error.code, LOCALD_E_PROTOCOL);
        assert_true(strlen(error.message) < sizeof error.message);
    }
    assert_int_equal(parse_bytes("{\"event\":\0\"created\"}", 20), -1);
}

static void depth_and_length_have_bounds(void **state) {
    (void)state;
    size_t n = 2 * CLIENT_LINE_MAX;
    char *line = malloc(n);
    memset(line, '[', n);
    assert_int_equal(parse_bytes(line, CLIENT_LINE_MAX), -1);
    memset(line, ' ', n);
    memcpy(line, "{\"event\":\"created\",\"pid\":17}", 28);
    assert_int_equal(parse_bytes(line, CLIENT_LINE_MAX), 1);
    assert_int_equal(parse_bytes(line, CLIENT_LINE_MAX + 1), -1);
    free(line);
}

static void long_and_wild_text_is_cut_and_cleaned(void **state) {
    (void)state;
    char line[8192] = "{\"event\":\"error\",\"code\":\"E_XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX\","
                      "\"message\":\"\\u001b[2J";
    for (int i = 0; i < 400; i++)
        strcat(line, "\xe2\x82\xac");
    strcat(line, "\",\"origin\":\"");
    for (int i = 0; i < 300; i++)
        strcat(line, "o");
    strcat(line, "\",\"subject\":\"s\"}");
    assert_int_equal(parse(line), 1);
    assert_int_equal(strlen(event.error.shim_code), sizeof event.error.shim_code - 1);
    assert_memory_equal(event.error.message, "?[2J\xe2\x82\xac", 7);
    assert_int_equal((strlen(event.error.message) - 4) % 3, 0);
    assert_int_equal(strlen(event.error.where), sizeof event.error.where - 1);
}

static void no_mutation_breaks_it(void **state) {
    (void)state;
    static const char good[] =
        "{\"event\":\"error\",\"code\":\"E_MOUNT\",\"origin\":\"a\",\"subject\":\"b\",\"message\":\"\\u00fc "
        "m\",\"errno\":2,\"hint\":\"h\"}";
    unsigned seed = 7, taken = 0;
    for (int i = 0; i < 10000; i++) {
        char line[sizeof good];
        memcpy(line, good, sizeof good);
        for (int changes = rand_r(&seed) % 4; changes > 0; changes--)
            line[(size_t)rand_r(&seed) % (sizeof good - 1)] = (char)rand_r(&seed);
        int rc =
            parse_bytes(line, rand_r(&seed) % 5 == 0 ? (size_t)rand_r(&seed) % sizeof good : sizeof good - 1);
        assert_in_range(rc + 1, 0, 2);
        taken += rc == 1;
    }
    assert_in_range(taken, 1000, 9000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_four_events),
        cmocka_unit_test(what_a_newer_shim_may_say),
        cmocka_unit_test(nonsense),
        cmocka_unit_test(depth_and_length_have_bounds),
        cmocka_unit_test(long_and_wild_text_is_cut_and_cleaned),
        cmocka_unit_test(no_mutation_breaks_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
