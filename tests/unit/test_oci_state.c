/* core/plan/oci_state.c */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "core/plan/oci_state.h"

static void the_object_stands_behind_what_is_there(void **state) {
    (void)state;
    const struct oci_state s = {.oci_version = "1.3.0",
                                .id = "a\"b",
                                .status = "created",
                                .bundle = "/x\n",
                                .annotations = "{\"k\":\"v\"}",
                                .pid = -1};
    char room[512];
    struct text t = text_in(room, sizeof room);
    text_add(&t, "[");
    oci_state_add(&t, &s);
    text_add(&t, "]");
    assert_string_equal(room,
                        "[{\"ociVersion\":\"1.3.0\",\"id\":\"a\\\"b\",\"status\":\"created\",\"pid\":-1,"
                        "\"bundle\":\"/x\\u000a\",\"annotations\":{\"k\":\"v\"}}]");
    assert_int_equal(t.len, strlen(room));
}

/* Every byte of a name can take six. */
static void the_size_is_enough_and_no_annotations_are_an_empty_object(void **state) {
    (void)state;
    char path[1000], room[8192];
    memset(path, 1, sizeof path - 1);
    path[sizeof path - 1] = '\0';
    const struct oci_state s = {
        .oci_version = "1", .id = "i", .status = "s", .bundle = path, .annotations = "", .pid = INT64_MIN};
    struct text t = text_in(room, sizeof room);
    oci_state_add(&t, &s);
    assert_false(t.cut);
    assert_true(t.len < oci_state_size(&s));
    assert_non_null(strstr(room, ",\"annotations\":{}}"));
    t = text_in(room, 20);
    oci_state_add(&t, &s);
    assert_true(t.cut);
}

static void the_process_state_has_the_object_in_it(void **state) {
    (void)state;
    const struct oci_state s = {
        .oci_version = "1.3.0", .id = "i", .status = "creating", .bundle = "/b", .annotations = "", .pid = 7};
    char room[512];
    struct text t = text_in(room, sizeof room);
    oci_state_add_process(&t, &s, "m\"");
    assert_string_equal(room,
                        "{\"ociVersion\":\"1.3.0\",\"pid\":7,\"fds\":[\"seccompFd\"],\"metadata\":\"m\\\"\","
                        "\"state\":{\"ociVersion\":\"1.3.0\",\"id\":\"i\",\"status\":\"creating\",\"pid\":7,"
                        "\"bundle\":\"/b\",\"annotations\":{}}}");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_object_stands_behind_what_is_there),
        cmocka_unit_test(the_process_state_has_the_object_in_it),
        cmocka_unit_test(the_size_is_enough_and_no_annotations_are_an_empty_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
