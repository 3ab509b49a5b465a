/* core/interpreter: what Lua can and can't do, and that its steps are what the decoder reads. */
/* links: core/interpreter/[a-z]*.c -llua5.4 -llua5.4-cjson -lseccomp -lm */
#include "tests/unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "core/interpreter/arena.h"
#include "core/interpreter/host.h"
#include "core/interpreter/lock.h"
#include "core/plan/plan.h"
#include "tests/unit/lua_modules_fake.h"

/* The host ends with its process and never closes the Lua state: cjson's buffer is no leak. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:strbuf_init";
}

static uint8_t room[PLAN_BYTES_MAX];
static struct wire_writer plan;
static struct error error;
static struct lock_files files = {.cache = {.fd = -1}, .scratch_fd = -1};

static const struct facts facts = {
    .caller = {.uid = 1000,
               .gid = 1001,
               .uid_range_count = 1,
               .gid_range_count = 2,
               .uid_ranges = {{100000, 65536}},
               .gid_ranges = {{1, 2}, {300000, 4294967295u}},
               .policy = {.root_count = 2, .roots = {"/locald", "/teams/a"}}},
    .capabilities = 5,
    .capabilities_known = UINT64_MAX,
    .cgroup_mount = "/sys/fs/cgroup",
    .cgroup_controllers = "cpu io",
    .cgroup_root = "/locald",
};

static int run_text(const char *body, const char *text, size_t len) {
    fake_run(body);
    plan = (struct wire_writer){.bytes = room, .size = sizeof room};
    memset(&error, 0, sizeof error);
    assert_int_equal(lua_host_arm(), 0);
    return lua_host_run(text, len, &facts, &files, &plan, &error);
}

static int run(const char *body) {
    return run_text(body, "{}", 2);
}

static void accepts(const char *body) {
    if (run(body) != 0)
        fail_msg("%s: %s [%s]", error.where, error.what, error_name(error.code));
}

static void refuses(const char *body, enum error_code code, const char *where, const char *what) {
    assert_int_equal(run(body), -1);
    assert_string_equal(error.what, what);
    assert_string_equal(error_name(error.code), error_name(code));
    assert_string_equal(error.where, where);
}

static void gives_text_and_facts(void **state) {
    (void)state;
    assert_int_equal(run_text("assert(text == 'a\\0b')", "a\0b", 3), 0);
    accepts(
        "local c = facts.caller; assert(c.uid == 1000 and c.gid == 1001 and c.is_root == false)\n"
        "assert(#c.uid_ranges == 1 and c.uid_ranges[1].first == 100000 and c.uid_ranges[1].count == 65536)\n"
        "assert(#c.gid_ranges == 2 and c.gid_ranges[2].count == 4294967295)\n"
        "assert(facts.capabilities == 5 and facts.capabilities_known == -1)\n"
        "assert(facts.cgroup_mount == '/sys/fs/cgroup' and facts.cgroup_controllers == 'cpu io' and"
        "  facts.cgroup_root == '/locald' and #facts.cgroup_roots == 2 and facts.cgroup_roots[2] == "
        "'/teams/a' and"
        "  math.type(c.uid) == 'integer')");
}

static void names_only_what_is_pure(void **state) {
    (void)state;
    accepts(
        "for _, n in ipairs({'load', 'loadfile', 'dofile', 'loadstring', 'io', 'os', 'package', 'debug',\n"
        "'coroutine', 'collectgarbage', 'print', 'warn', '_G', 'xpcall', 'cjson'}) do\n"
        "assert(_ENV[n] == nil, n) end\n"
        "assert(string.dump == nil and ('').dump == nil and math.random == nil and math.randomseed == nil)\n"
        "assert(string.format('%d', 3) == '3' and table.concat({'a', 'b'}) == 'ab' and utf8.char(65) == "
        "'A')\n"
        "assert(math.tointeger(3.0) == 3 and select('#', pcall(error, 'x')) == 2 and pcall(pcall, error))");
}

static void requires_only_what_is_embedded(void **state) {
    (void)state;
    fake_module(1, "local M = { n = 0 }; n = (n or 0) + 1; M.n = n; return M");
    accepts("assert(require('other').n == 1 and require('other').n == 1)\n"
            "assert(require('cjson').decode('[1]')[1] == 1)");
    refuses("require('os')", E_INTERPRETER, "interpreter",
            "internal fault: test.lua:1: module os is not in this binary");
    fake_module(1, "return require('other')");
    refuses("require('other')", E_INTERPRETER, "interpreter",
            "internal fault: test.lua:1: module other requires itself");
    fake_module(1, "return 1");
    refuses("require('other')", E_INTERPRETER, "interpreter",
            "internal fault: test.lua:1: module other returns a number, not a table or function");
    fake_module(0, "return {}");
    assert_int_equal(lua_host_run("", 0, &facts, &files, &plan, &error), -1);
    assert_int_equal(error.code, E_INTERPRETER);
}

static void gives_what_lua_refuses(void **state) {
    (void)state;
    refuses(
        "error({ code = 'E_CONFIG_TYPE', where = 'mounts[0]', subject = '/data', what = 'w', hint = 'h' })",
        E_CONFIG_TYPE, "mounts[0]", "w");
    assert_string_equal(error.subject, "/data");
    assert_string_equal(error.hint, "h");
    refuses("error({ code = 'E_CONFIG_TYPE', where = 'a\\0b', what = 'x' })", E_CONFIG_TYPE, "a\\x00b", "x");
    refuses("error({ code = 'E_NONE' })", E_INTERNAL, "", "");
    refuses("error({ code = 'E_NO_SUCH' })", E_INTERNAL, "", "");
    refuses("error({ what = 1 })", E_INTERNAL, "", "");
    refuses("error(nil)", E_INTERPRETER, "interpreter", "internal fault: nil");
    refuses("error('x')", E_INTERPRETER, "interpreter", "internal fault: test.lua:1: x");
    refuses("error({ code = 'E_CONFIG_TYPE', where = ('w'):rep(999), what = ('x'):rep(511) })", E_CONFIG_TYPE,
            error.where, error.what);
    assert_int_equal(strlen(error.where), ERROR_WHERE_MAX - 1);
}

static void can_not_swallow_a_bound(void **state) {
    (void)state;
    const char *bombs[] = {"local s = 'x' while true do s = s:rep(2) end", "local s = ('x'):rep(2e9)",
                           "local t = {} while true do t[#t + 1] = {} end",
                           "while true do pcall(string.rep, 'x', 2e8) end",
                           "pcall(pcall, function() local t = {} while true do t[#t + 1] = {} end end)"};
    for (size_t i = 0; i < sizeof bombs / sizeof bombs[0]; i++)
        refuses(bombs[i], E_INTERPRETER_MEMORY, "config.json", "can't be interpreted in 96 MiB of memory");
    const char *loops[] = {"while true do end", "while true do pcall(function() while true do end end) end",
                           "pcall(pcall, function() while true do end end)"};
    for (size_t i = 0; i < sizeof loops / sizeof loops[0]; i++)
        refuses(loops[i], E_INTERPRETER_STEPS, "config.json",
                "can't be interpreted in 100000000 Lua instructions");
    refuses("local function f(a, b, c, d) return 1 + f(a, b, c, d) end f(1, 2, 3, 4)", E_INTERPRETER,
            "interpreter", "internal fault: test.lua:1: stack overflow");
    accepts("for i = 1, 2000000 do local t = { i, { tostring(i) } } end"); /* garbage is not memory in use */
}

static void writes_what_the_decoder_reads(void **state) {
    (void)state;
    accepts("core.state('ociVersion', { oci_version = '1.0.2', annotations = '{}' })\n"
            "core.bind('mounts[3]', { source = 'a b:c', recursive = 1, attr_set = -1, attr_clr = 0,\n"
            "  rattr_set = math.mininteger, rattr_clr = 2.0, propagation = { 262144, 4294967295 }, tree = 0, "
            "  target = '/d' })\n"
            "core.seal_root('root')  core.seal_root('root', {})\n"
            "core.exec('process', { args = { '', ('x'):rep(131071) }, env = {}, cwd = '/' })");
    struct plan_cursor c;
    struct step s;
    assert_int_equal(plan_begin(&c, room, plan.len, &error), 0);
    assert_int_equal(plan_next(&c, &s, &error), 1);
    assert_string_equal(s.as.state.oci_version, "1.0.2");
    assert_int_equal(plan_next(&c, &s, &error), 1);
    assert_int_equal(s.op, PLAN_OP_bind);
    assert_string_equal(s.origin, "mounts[3]");
    assert_string_equal(s.as.bind.source, "a b:c");
    assert_int_equal(s.as.bind.attr_set, UINT64_MAX);
    assert_int_equal(s.as.bind.rattr_set, UINT64_C(1) << 63);
    assert_int_equal(s.as.bind.rattr_clr, 2);
    assert_int_equal(s.as.bind.propagation.count, 2);
    assert_int_equal(plan_u32s_get(&s.as.bind.propagation, 1), UINT32_MAX);
    assert_string_equal(s.as.bind.target, "/d");
    assert_int_equal(plan_next(&c, &s, &error), 1);
    assert_int_equal(plan_next(&c, &s, &error), 1);
    assert_int_equal(s.op, PLAN_OP_seal_root);
    assert_int_equal(plan_next(&c, &s, &error), 1);
    assert_int_equal(s.as.exec.args.count, 2);
    uint32_t at = 0;
    assert_string_equal(plan_strs_next(&s.as.exec.args, &at), "");
    assert_int_equal(strlen(plan_strs_next(&s.as.exec.args, &at)), 131071);
    assert_int_equal(plan_next(&c, &s, &error), 0);
}

static void knows_every_operation(void **state) {
    (void)state;
    accepts("local n = 0 for name, info in pairs(core.ops) do n = n + 1\n"
            "assert(type(core[name]) == 'function' and math.type(info.phase) == 'integer') end\n"
            "assert(core.ops.exec.stage == 'init' and core.ops.cgroup.stage == 'host')\n"
            "for k in pairs(core) do n = n - 1 end  assert(n == -3, n)\n" /* core.ops and two functions */
            "assert(type(core.compile_seccomp) == 'function')\n"
            "assert(core.syscall_known('read') and not core.syscall_known('raed'))");
}

static void refuses_what_does_not_fit_the_table(void **state) {
    (void)state;
#define FAULT "internal fault: test.lua:1: core."
    refuses("core.hostname('hostname', {})", E_INTERPRETER, "interpreter",
            FAULT "hostname: name: is missing (for hostname)");
    refuses("core.hostname('hostname', { name = 5 })", E_INTERPRETER, "interpreter",
            FAULT "hostname: name: expected string, got number (for hostname)");
    refuses("core.hostname('hostname', { name = 'a', nam = 5 })", E_INTERPRETER, "interpreter",
            FAULT "hostname: has no field nam (for hostname)");
    refuses("core.seal_root('root', { 1 })", E_INTERPRETER, "interpreter",
            FAULT "seal_root: has a field whose name is a number (for root)");
    refuses("core.hostname({}, { name = 'a' })", E_INTERPRETER, "interpreter",
            FAULT "hostname: origin: expected string, got table (for an unknown origin)");
    refuses("core.setgroups('x', { allow = '1' })", E_INTERPRETER, "interpreter",
            FAULT "setgroups: allow: expected integer, got string (for x)");
    refuses("core.setgroups('x', { allow = 0.5 })", E_INTERPRETER, "interpreter",
            FAULT "setgroups: allow: expected integer, got number (for x)");
    refuses("core.exec('x', { args = { 1 }, env = {}, cwd = '' })", E_INTERPRETER, "interpreter",
            FAULT "exec: args: expected string, got number (for x)");
    refuses("core.exec('x', { args = 'a', env = {}, cwd = '' })", E_INTERPRETER, "interpreter",
            FAULT "exec: args: expected array, got string (for x)");
}

static void refuses_values_over_their_bound(void **state) {
    (void)state;
    refuses("core.setgroups('x', { allow = 2 })", E_CONFIG_VALUE, "x",
            "core.setgroups: allow: 2 is not between 0 and 1");
    refuses("core.setgroups('x', { allow = -1 })", E_CONFIG_VALUE, "x",
            "core.setgroups: allow: -1 is not between 0 and 1");
    refuses("core.hostname('h', { name = 'a\\0' })", E_CONFIG_VALUE, "h",
            "core.hostname: name: the string has a NUL byte inside");
    refuses("core.hostname('h', { name = ('a'):rep(65) })", E_CONFIG_VALUE, "h",
            "core.hostname: name: the string has 65 bytes, 64 are the most");
    refuses("core.exec('x', { args = { ('a'):rep(131072) }, env = {}, cwd = '' })", E_CONFIG_VALUE, "x",
            "core.exec: args: the string has 131072 bytes, 131071 are the most");
    refuses("local p = {} for i = 1, 9 do p[i] = 0 end\n"
            "core.mount('m', { fstype = '', source = '', options = {}, attr = 0, propagation = p, copy_up = "
            "0, target = '' })",
            E_CONFIG_VALUE, "m", "core.mount: propagation: the list has 9 entries, 8 are the most");
}

static void bounds_the_plan(void **state) {
    (void)state;
    refuses("for i = 1, 16385 do core.seal_root('root') end", E_PLAN_SIZE, "root",
            "core.seal_root: the plan has more than 16384 steps");
    refuses("local s = ('x'):rep(131071) for i = 1, 40 do core.exec('e', { args = { s }, env = {}, cwd = '' "
            "}) end",
            E_PLAN_SIZE, "e", "core.exec: the plan has more than 4194304 bytes");
    assert_int_equal(run("local s = ('x'):rep(131071)\n"
                         "for i = 1, 40 do pcall(core.exec, 'e', { args = { s }, env = {}, cwd = '' }) end"),
                     -1);
    assert_int_equal(error.code, E_PLAN_SIZE);
    /* A refused call leaves nothing behind, and an origin that is too long is cut. */
    accepts("pcall(core.exec, 'e', { args = {}, env = {}, cwd = 5 }) core.seal_root(('o'):rep(300))");
    struct plan_cursor c;
    struct step s;
    assert_int_equal(plan_begin(&c, room, plan.len, &error), 0);
    assert_int_equal(plan_next(&c, &s, &error), 1);
    assert_int_equal(s.op, PLAN_OP_seal_root);
    assert_int_equal(strlen(s.origin), PLAN_ORIGIN_MAX);
    assert_int_equal(plan_next(&c, &s, &error), 0);
}

/* Blocks never overlap, stay aligned, keep their bytes, and a bound is a bound. */
static void arena_gives_blocks_apart(void **state) {
    (void)state;
    enum { BLOCKS = 200, ROUNDS = 40000 };
    static struct {
        uint8_t *p;
        size_t n;
    } blocks[BLOCKS];
    struct arena a;
    uint32_t random = 1;
    assert_int_equal(arena_begin(&a, (size_t)8 << 20), 0);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        random = random * 1664525u + 1013904223u;
        size_t k = (random >> 8) % BLOCKS;
        size_t n = (random >> 16) % (i % 7 == 0 ? 20000 : 700);
        for (size_t b = 0; b < blocks[k].n; b++)
            assert_int_equal(blocks[k].p[b], (uint8_t)k);
        uint8_t *p = arena_alloc(&a, blocks[k].p, blocks[k].n, n);
        for (size_t b = 0; b < (n < blocks[k].n ? n : blocks[k].n); b++)
            assert_int_equal(p[b], (uint8_t)k);
        if (n > 0) {
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % 16, 0);
            assert_true(p >= a.bytes && p + n <= a.bytes + a.used && a.used <= a.size);
            memset(p, (int)(uint8_t)k, n);
        }
        blocks[k].p = p;
        blocks[k].n = n;
    }
    assert_null(arena_alloc(&a, NULL, 5, (size_t)9 << 20));
    assert_null(arena_alloc(&a, NULL, 5, SIZE_MAX));
    assert_null(arena_alloc(&a, NULL, 5, (size_t)1 << 27));
    arena_end(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_text_and_facts),
        cmocka_unit_test(names_only_what_is_pure),
        cmocka_unit_test(requires_only_what_is_embedded),
        cmocka_unit_test(gives_what_lua_refuses),
        cmocka_unit_test(can_not_swallow_a_bound),
        cmocka_unit_test(writes_what_the_decoder_reads),
        cmocka_unit_test(knows_every_operation),
        cmocka_unit_test(refuses_what_does_not_fit_the_table),
        cmocka_unit_test(refuses_values_over_their_bound),
        cmocka_unit_test(bounds_the_plan),
        cmocka_unit_test(arena_gives_blocks_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
