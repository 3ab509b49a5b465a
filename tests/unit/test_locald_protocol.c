/* core/locald/protocol.c: requests, and what is none. */
/* links: core/locald/protocol.c core/locald/say.c core/locald/launch.c core/client/error.c -ljansson */
#include "tests/unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "core/locald/protocol.h"

static const char start[] =
    "{\"do\":\"start\",\"name\":\"web\",\"rootfs\":\"/r\",\"args\":[\"sh\",\"-c\",\"echo\"],"
    "\"env\":[\"A=b\"],\"cwd\":\"/\",\"user\":\"0:0\",\"binds\":[{\"source\":\"/a\","
    "\"destination\":\"/b\",\"read_only\":true}]}";

static void takes_a_start(void **state) {
    (void)state;
    static struct request r;
    struct locald_error e;
    assert_int_equal(request_parse(start, strlen(start), &r, &e), 0);
    assert_int_equal(r.what, REQUEST_START);
    assert_string_equal(r.name, "web");
    assert_string_equal(r.rootfs, "/r");
    assert_string_equal(r.args[2], "echo");
    assert_null(r.args[3]);
    assert_string_equal(r.env[0], "A=b");
    assert_int_equal(r.bind_count, 1);
    assert_string_equal(r.binds[0].destination, "/b");
    assert_true(r.binds[0].read_only);
    request_free(&r);
}

static void takes_the_others(void **state) {
    (void)state;
    static struct request r;
    struct locald_error e;
    static const char *const good[] = {"{\"do\":\"ps\"}", "{\"do\":\"stop\",\"name\":\"a\",\"grace\":0.5}",
                                       "{\"do\":\"logs\",\"name\":\"a\",\"lines\":0,\"follow\":true}",
                                       "{\"do\":\"wait\",\"name\":\"a\",\"for\":\"started\",\"timeout\":1}"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(request_parse(good[i], strlen(good[i]), &r, &e), 0);
        request_free(&r);
    }
}

static const struct {
    const char *line, *where;
} refused[] = {
    {"", ""},
    {"null", ""},
    {"[]", ""},
    {"{", ""},
    {"{}", "do"},
    {"{\"do\":1}", "do"},
    {"{\"do\":\"dance\"}", "do"},
    {"{\"do\":\"ps\",\"do\":\"ps\"}", ""},
    {"{\"do\":\"ps\",\"more\":1}", ""},
    {"{\"do\":\"stop\"}", "name"},
    {"{\"do\":\"stop\",\"name\":\"../x\"}", "name"},
    {"{\"do\":\"stop\",\"name\":\"a\",\"grace\":-1}", "grace"},
    {"{\"do\":\"stop\",\"name\":\"a\",\"grace\":1e300}", "grace"},
    {"{\"do\":\"logs\",\"name\":\"a\",\"lines\":10001}", "lines"},
    {"{\"do\":\"logs\",\"name\":\"a\",\"lines\":1.5}", "lines"},
    {"{\"do\":\"wait\",\"name\":\"a\",\"for\":\"ever\"}", "for"},
    {"{\"do\":\"start\",\"name\":\"a\",\"rootfs\":\"r\",\"args\":[\"x\"]}", "rootfs"},
    {"{\"do\":\"start\",\"name\":\"a\",\"args\":[\"x\"]}", "rootfs"},
    {"{\"do\":\"start\",\"name\":\"a\",\"rootfs\":\"/r\",\"args\":[]}", "args"},
    {"{\"do\":\"start\",\"name\":\"a\",\"rootfs\":\"/r\",\"args\":\"x\"}", "args"},
    {"{\"do\":\"start\",\"name\":\"a\",\"rootfs\":\"/r\",\"args\":[\"x\",1]}", "args"},
    {"{\"do\":\"start\",\"name\":\"a\",\"rootfs\":\"/r\",\"args\":[\"x\\u0000\"]}", ""},
    {"{\"do\":\"start\",\"name\":\"a\",\"rootfs\":\"/r\",\"args\":[\"x\"],\"binds\":[1]}", "binds"},
    {"{\"do\":\"start\",\"name\":\"a\",\"rootfs\":\"/r\",\"args\":[\"x\"],\"binds\":[{\"source\":\"/a\"}]}",
     "binds"},
};

static void refuses(void **state) {
    (void)state;
    static struct request r;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct locald_error e;
        assert_int_equal(request_parse(refused[i].line, strlen(refused[i].line), &r, &e), -1);
        assert_int_equal(e.code, LOCALD_E_ARGUMENT);
        assert_string_equal(e.where, refused[i].where);
        assert_null(r.root);
    }
}

static void bounds_arrays(void **state) {
    (void)state;
    static struct request r;
    struct locald_error e;
    static char line[REQUEST_MAX];
    strcpy(line, "{\"do\":\"start\",\"name\":\"a\",\"rootfs\":\"/r\",\"args\":[\"x\"");
    for (int i = 0; i < REQUEST_ARGS_MAX; i++)
        strcat(line, ",\"x\"");
    strcat(line, "]}");
    assert_int_equal(request_parse(line, strlen(line), &r, &e), -1);
    assert_string_equal(e.where, "args");
}

/* Whatever is changed, it is taken or refused, and nothing leaks: ASan looks on. */
static void survives_mutations(void **state) {
    (void)state;
    static struct request r;
    unsigned seed = 5;
    for (int round = 0; round < 50000; round++) {
        char line[sizeof start];
        struct locald_error e;
        memcpy(line, start, sizeof start);
        size_t len = sizeof start - 1;
        for (int n = 1 + rand_r(&seed) % 4; n > 0; n--)
            line[(size_t)rand_r(&seed) % len] =
                (char)(rand_r(&seed) % 3 == 0 ? "\"{}[],:\\/0"[rand_r(&seed) % 10] : rand_r(&seed) % 256);
        if (rand_r(&seed) % 4 == 0)
            len = (size_t)rand_r(&seed) % len;
        if (request_parse(line, len, &r, &e) == 0)
            request_free(&r);
    }
}

static void errors_come_back(void **state) {
    (void)state;
    struct locald_error e = {.code = LOCALD_E_SHIM,
                             .errnum = 2,
                             .shim_code = "E_ROOTFS",
                             .where = "root.path",
                             .message = "opening",
                             .hint = "make it"};
    struct locald_error back;
    json_t *answer = answer_error(&e);
    answer_read_error(answer, &back);
    json_decref(answer);
    assert_int_equal(back.code, e.code);
    assert_int_equal(back.errnum, e.errnum);
    assert_string_equal(back.shim_code, e.shim_code);
    assert_string_equal(back.where, e.where);
    assert_string_equal(back.message, e.message);
    assert_string_equal(back.hint, e.hint);
    answer_read_error(NULL, &back);
    assert_int_equal(back.code, LOCALD_E_PROTOCOL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_start),
        cmocka_unit_test(takes_the_others),
        cmocka_unit_test(refuses),
        cmocka_unit_test(bounds_arrays),
        cmocka_unit_test(survives_mutations),
        cmocka_unit_test(errors_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
