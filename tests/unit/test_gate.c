/* core/gate/gate.c: the grammar, and whole plans through gate_plan. */
#include "tests/unit/gate_rows.h"

#include "tests/unit/plan_builder.h"

static struct builder b;

/* The parts of a plan of an unprivileged caller, in order; each test leaves out, adds or swaps. */
static void put_state(void) {
    b_open(&b, PLAN_OP_state, "ociVersion");
    b_str(&b, "1.0.2");
    b_str(&b, "{}");
    b_close(&b);
}

static void put_unshare(uint32_t flags) {
    b_open(&b, PLAN_OP_unshare, "linux.namespaces");
    b_u32(&b, flags);
    b_close(&b);
}

static void put_idmap(uint32_t kind, uint32_t outside) {
    b_open(&b, PLAN_OP_idmap, kind == 0 ? "linux.uidMappings[0]" : "linux.gidMappings[0]");
    b_u32(&b, kind);
    b_u32(&b, 0);
    b_u32(&b, outside);
    b_u32(&b, 1);
    b_close(&b);
}

static void put_setgroups(uint32_t allow) {
    b_open(&b, PLAN_OP_setgroups, "linux.gidMappings");
    b_u32(&b, allow);
    b_close(&b);
}

static void put_rootfs(void) {
    b_open(&b, PLAN_OP_rootfs, "root.path");
    b_str(&b, "rootfs");
    b_u64(&b, MOUNT_ATTR_NODEV);
    b_u32(&b, MS_SLAVE | MS_REC);
    b_close(&b);
}

static void put_pivot(void) {
    b_open(&b, PLAN_OP_pivot, "root");
    b_u32s(&b, NULL, 0);
    b_close(&b);
}

static void put_mask(const char *path) {
    b_open(&b, PLAN_OP_mask, "linux.maskedPaths[0]");
    b_str(&b, path);
    b_close(&b);
}

static void put_user(void) {
    b_open(&b, PLAN_OP_user, "process.user");
    b_u32(&b, 0);
    b_u32(&b, 0);
    b_u32s(&b, NULL, 0);
    b_u32(&b, 022);
    b_close(&b);
}

static void put_setcaps(void) {
    b_open(&b, PLAN_OP_setcaps, "process.capabilities");
    for (int i = 0; i < 5; i++)
        b_u64(&b, 0);
    b_close(&b);
}

static void put_exec(void) {
    b_open(&b, PLAN_OP_exec, "process.args");
    b_strs(&b, "sh", (char *)NULL);
    b_strs(&b, "PATH=/bin", (char *)NULL);
    b_str(&b, "/");
    b_close(&b);
}

static void put_host(void) {
    put_state();
    put_unshare(NS_USER);
    put_idmap(0, 1000);
    put_idmap(1, 1001);
    put_setgroups(0);
}

static void put_init(void) {
    put_rootfs();
    put_pivot();
    put_user();
    put_setcaps();
    put_exec();
}

static enum error_code judge(const struct caller *c, struct error *e) {
    *e = (struct error){0};
    b_done(&b);
    return gate_plan(b.bytes, b.len, c, e) == 0 ? E_NONE : (enum error_code)e->code;
}

static void a_whole_plan_is_accepted(void **state) {
    (void)state;
    struct error e;
    b_begin(&b);
    put_host();
    put_init();
    assert_int_equal(judge(&as_user, &e), E_NONE);

    b_begin(&b); /* root, without a user namespace */
    put_state();
    put_unshare(NS_LEAST);
    put_init();
    assert_int_equal(judge(&as_root, &e), E_NONE);

    b_begin(&b); /* the same plan is not anyone else's */
    put_state();
    put_unshare(NS_LEAST);
    put_init();
    assert_int_equal(judge(&as_user, &e), E_AUTHORITY);
    assert_string_equal(e.where, "linux.namespaces");
}

static void malformed_plans_are_refused(void **state) {
    (void)state;
    struct error e;
    b_begin(&b);
    b.bytes[0] ^= 1;
    assert_int_equal(judge(&as_root, &e), E_PLAN_FORMAT);
    b_begin(&b);
    put_host();
    put_init();
    assert_int_equal(gate_plan(b.bytes, b.len, &as_user, &e), -1); /* no trailer */
    assert_int_equal(e.code, E_PLAN_FORMAT);

    struct gate g;
    struct step odd = {.origin = "x"};
    memset(&odd.op, 0xff, sizeof odd.op);
    gate_begin(&g, &as_root);
    assert_int_equal(gate_step(&g, &odd, &e), -1);
    assert_int_equal(e.code, E_PLAN_FORMAT);
}

/* Leaves each of the operations out that a plan needs. */
static void required_operations(void **state) {
    (void)state;
    static const enum plan_op required[] = {PLAN_OP_state, PLAN_OP_unshare, PLAN_OP_rootfs, PLAN_OP_pivot,
                                            PLAN_OP_user,  PLAN_OP_setcaps, PLAN_OP_exec};
    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++) {
        struct error e;
        char what[64];
        b_begin(&b);
        if (required[i] != PLAN_OP_state)
            put_state();
        if (required[i] != PLAN_OP_unshare)
            put_unshare(NS_LEAST);
        if (required[i] != PLAN_OP_rootfs)
            put_rootfs();
        if (required[i] != PLAN_OP_pivot)
            put_pivot();
        if (required[i] != PLAN_OP_user)
            put_user();
        if (required[i] != PLAN_OP_setcaps)
            put_setcaps();
        if (required[i] != PLAN_OP_exec)
            put_exec();
        assert_int_equal(judge(&as_root, &e), E_PLAN_ORDER);
        (void)snprintf(what, sizeof what, "has no step %s", plan_op_info(required[i])->name);
        assert_string_equal(e.what, what);
    }
}

static void maps_are_whole(void **state) {
    (void)state;
    struct error e;
    b_begin(&b);
    put_state();
    put_unshare(NS_USER);
    put_idmap(1, 1001);
    put_setgroups(0);
    put_rootfs();
    put_pivot();
    put_exec();
    assert_int_equal(judge(&as_user, &e), E_PLAN_ORDER); /* user, setcaps first */

    static const struct {
        bool uid, gid, groups;
        enum error_code code;
        const char *where;
    } rows[] = {
        {false, true, true, E_CONFIG_MISSING, "linux.uidMappings"},
        {true, false, true, E_CONFIG_MISSING, "linux.gidMappings"},
        {true, true, false, E_PLAN_ORDER, "plan"},
        {true, true, true, E_NONE, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct gate g = {.caller = &as_user, .namespaces = NS_USER};
        for (uint32_t op = 0; op < PLAN_OP_COUNT; op++)
            g.seen[op] = plan_op_info((enum plan_op)op)->least;
        g.extent_count[0] = rows[i].uid ? 1 : 0;
        g.extent_count[1] = rows[i].gid ? 1 : 0;
        g.seen[PLAN_OP_setgroups] = rows[i].groups ? 1 : 0;
        e = (struct error){0};
        assert_int_equal(gate_end(&g, &e), rows[i].code == E_NONE ? 0 : -1);
        assert_int_equal(e.code, rows[i].code);
        assert_string_equal(e.where, rows[i].where);
    }
}

static void order(void **state) {
    (void)state;
    struct error e;
    b_begin(&b); /* a mount-like step after pivot */
    put_host();
    put_rootfs();
    put_pivot();
    put_mask("/proc/kcore");
    assert_int_equal(judge(&as_user, &e), E_PLAN_ORDER);
    assert_string_equal(e.where, "linux.maskedPaths[0]");
    assert_string_equal(e.what, "step mask comes too late in the plan");

    b_begin(&b); /* HOST after INIT */
    put_state();
    put_unshare(NS_USER);
    put_rootfs();
    put_idmap(0, 1000);
    assert_int_equal(judge(&as_user, &e), E_PLAN_ORDER);
    assert_string_equal(e.where, "linux.uidMappings[0]");

    b_begin(&b); /* anything after exec */
    put_host();
    put_init();
    put_pivot();
    assert_int_equal(judge(&as_user, &e), E_PLAN_ORDER);
}

/* Every pair of operations of different phases, in the wrong order. */
static void no_step_goes_back(void **state) {
    (void)state;
    for (uint32_t first = 0; first < PLAN_OP_COUNT; first++) {
        for (uint32_t second = 0; second < PLAN_OP_COUNT; second++) {
            uint32_t before = plan_op_info((enum plan_op)first)->phase;
            if (plan_op_info((enum plan_op)second)->phase >= before)
                continue;
            struct gate g;
            struct error e = {0};
            struct step s = {.op = (enum plan_op)second, .origin = "here"};
            gate_begin(&g, &as_root);
            g.phase = before;
            check_verdict(plan_op_info(s.op)->name, gate_step(&g, &s, &e), &e, E_PLAN_ORDER);
        }
    }
}

static void no_step_comes_too_often(void **state) {
    (void)state;
    for (uint32_t op = 0; op < PLAN_OP_COUNT; op++) {
        const struct plan_op_info *info = plan_op_info((enum plan_op)op);
        struct gate g;
        struct error e = {0};
        struct step s = {.op = (enum plan_op)op, .origin = "here"};
        gate_begin(&g, &as_root);
        g.seen[op] = info->most;
        check_verdict(info->name, gate_step(&g, &s, &e), &e, info->most == 1 ? E_PLAN_ORDER : E_PLAN_SIZE);
    }
    struct error e;
    b_begin(&b); /* through the whole way: two execs */
    put_host();
    put_init();
    put_exec();
    assert_int_equal(judge(&as_user, &e), E_PLAN_ORDER);
    assert_string_equal(e.what, "more than 1 exec in one plan");
    b_begin(&b); /* two unshares */
    put_state();
    put_unshare(NS_USER);
    put_unshare(NS_USER);
    assert_int_equal(judge(&as_user, &e), E_PLAN_ORDER);
}

/* For `bundle plan`, which goes on after a refusal: what follows is judged as if the refused step had stood
 * there. */
static void verdicts_after_a_refusal(void **state) {
    (void)state;
    static const struct step unshare = STEP(unshare, .flags = NS_USER);
    static const struct step theirs = STEP(idmap, .kind = 0, .outside = 5, .size = 1);
    static const struct step user = STEP(user, .uid = 1);
    struct gate g;
    struct error e = {0};
    gate_begin(&g, &as_user);
    must(&g, &unshare);
    check_verdict("another's uid", gate_step(&g, &theirs, &e), &e, E_AUTHORITY);
    assert_int_equal(g.extent_count[0], 1);
    check_verdict("an unmapped user", gate_step(&g, &user, &e), &e, E_CONFIG_VALUE);
    assert_int_equal(g.seen[PLAN_OP_user], 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_plan_is_accepted),
        cmocka_unit_test(malformed_plans_are_refused),
        cmocka_unit_test(required_operations),
        cmocka_unit_test(maps_are_whole),
        cmocka_unit_test(order),
        cmocka_unit_test(no_step_goes_back),
        cmocka_unit_test(no_step_comes_too_often),
        cmocka_unit_test(verdicts_after_a_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
