/* core/interpreter/interpreter.c: what comes out of the whole interpreter, confined. */
/* links: core/interpreter/[a-z]*.c -llua5.4 -llua5.4-cjson -lseccomp -lm */
#include "tests/unit/cmocka_all.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "core/base/fd.h"
#include "core/interpreter/interpreter.h"
#include "core/plan/plan.h"
#include "core/plan/refusal.h"
#include "tests/unit/confined.h"
#include "tests/unit/lua_modules_fake.h"

static uint8_t got[PLAN_BYTES_MAX + 1];
static size_t got_len;

/* Runs interpreter_main over `text`, written `chunk` bytes at a time; gives its wait status. */
static int interpreted(const char *text, size_t len, size_t chunk, rlim_t cpu) {
    struct facts facts = facts_here();
    int in[2], out[2];
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    pid_t writer = fork();
    if (writer == 0) {
        (void)signal(SIGPIPE, SIG_IGN);
        (void)close(in[0]);
        for (size_t at = 0; at < len; at += chunk) {
            if (write_full(in[1], text + at, len - at < chunk ? len - at : chunk) != 0)
                break;
            if (chunk < 64)
                (void)usleep(1000);
        }
        _exit(0);
    }
    (void)close(in[1]);
    pid_t pid = fork();
    if (pid == 0) {
        const struct rlimit limit = {cpu, RLIM_INFINITY};
        if (cpu != RLIM_INFINITY)
            (void)setrlimit(RLIMIT_CPU, &limit);
        interpreter_main(in[0], out[1], &facts, &(struct secret){.known = false});
    }
    (void)close(in[0]);
    (void)close(out[1]);
    ssize_t n = read_full(out[0], got, sizeof got);
    assert_true(n >= 0);
    got_len = (size_t)n;
    (void)close(out[0]);
    (void)ended(writer);
    return ended(pid);
}

static void writes_a_plan(void **state) {
    (void)state;
    fake_run("core.hostname(text, { name = tostring(facts.caller.uid) }) "
             "core.seal_root(require('cjson').decode('\"r\"'))");
    assert_int_equal(interpreted("origin", 6, 1, RLIM_INFINITY), 0);
    struct plan_cursor c;
    struct step s;
    struct error e;
    assert_int_equal(plan_refusal(got, got_len, &e), 0);
    assert_int_equal(plan_begin(&c, got, got_len, &e), 0);
    assert_int_equal(plan_next(&c, &s, &e), 1);
    assert_string_equal(s.origin, "origin");
    assert_int_equal(plan_next(&c, &s, &e), 1);
    assert_int_equal(plan_next(&c, &s, &e), 0);
}

/* What Lua's libraries ask the kernel for while they work: table.sort, for one, asks for the time when a list
 * is ill-ordered. */
static void the_libraries_live_with_the_filter(void **state) {
    (void)state;
    struct error e;
    fake_run(
        "local t = {} for i = 1, 20000 do t[i] = i <= 10000 and i or 20000 - i end table.sort(t)\n"
        "for i = 2, #t do assert(t[i - 1] <= t[i]) end\n"
        "assert(string.format('%5.3f %q %a', 1 / 3, 'x', 1.5) and tostring(1e300) and tonumber('0x1p4'))\n"
        "assert(#('x'):rep(3000000):gsub('x', 'yy') == 6000000 and #utf8.char(8364) == 3)\n"
        "assert(#table.concat({ ('a'):rep(1000000), ('b'):rep(1000000) }, ',') == 2000001)\n"
        "local json = require('cjson') local big = {} for i = 1, 50000 do big[i] = i / 3 end\n"
        "assert(#json.decode(json.encode(big)) == 50000 and not pcall(json.decode, '{'))\n"
        "assert(math.floor(math.sqrt(17) + math.sin(1) + math.fmod(7, 3) + math.exp(1)) == 8)");
    assert_int_equal(interpreted("", 0, 1, RLIM_INFINITY), 0);
    if (plan_refusal(got, got_len, &e) != 0)
        fail_msg("%s", e.what);
}

static void writes_a_refusal(void **state) {
    (void)state;
    struct error e;
    fake_run("error({ code = 'E_CONFIG_VALUE', where = 'w', what = 'x', hint = 'h' })");
    assert_int_equal(interpreted("", 0, 1, RLIM_INFINITY), 0);
    assert_int_equal(plan_refusal(got, got_len, &e), 1);
    assert_int_equal(e.code, E_CONFIG_VALUE);
    assert_string_equal(e.hint, "h");
}

static void reads_no_more_than_the_bound(void **state) {
    (void)state;
    struct error e;
    char *text = calloc(1, INTERPRETER_CONFIG_MAX + 2);
    assert_non_null(text);
    fake_run("assert(#text == 4194304)");
    assert_int_equal(interpreted(text, INTERPRETER_CONFIG_MAX, 65536, RLIM_INFINITY), 0);
    assert_int_equal(plan_refusal(got, got_len, &e), 0);
    assert_int_equal(interpreted(text, INTERPRETER_CONFIG_MAX + 1, 65536, RLIM_INFINITY), 0);
    assert_int_equal(plan_refusal(got, got_len, &e), 1);
    assert_int_equal(e.code, E_CONFIG_SIZE);
    assert_string_equal(e.where, "config.json");
    free(text);
}

/* Time inside one C function of Lua's, where no instruction is counted. */
static void is_killed_when_its_time_is_over(void **state) {
    (void)state;
    fake_run("return ('a'):rep(100000):find(('.-'):rep(50) .. 'b')");
    int status = interpreted("", 0, 1, 1);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU);
    assert_int_equal(got_len, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_a_plan),
        cmocka_unit_test(the_libraries_live_with_the_filter),
        cmocka_unit_test(writes_a_refusal),
        cmocka_unit_test(reads_no_more_than_the_bound),
        cmocka_unit_test(is_killed_when_its_time_is_over),
    };
    (void)alarm(120);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
