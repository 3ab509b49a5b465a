/* core/gate/gate_host.c: state, cgroup paths, device rules. */
#include "tests/unit/gate_rows.h"

#define STATE(v, a) STEP(state, .oci_version = (v), .annotations = (a))

static const struct row states[] = {
    {"no annotations", &as_user, 0, STATE("1.0.2", ""), E_NONE},
    {"an object", &as_user, 0, STATE("1.0.2-dev", "{\"a\":\"b\"}"), E_NONE},
    {"an empty object", &as_root, 0, STATE("1.0.2", "{}"), E_NONE},
    {"no version", &as_root, 0, STATE("", "{}"), E_CONFIG_VALUE},
    {"a newline in the version", &as_root, 0, STATE("1.0\n", "{}"), E_CONFIG_VALUE},
    {"half an object", &as_user, 0, STATE("1.0.2", "{"), E_PLAN_FORMAT},
    {"not begun", &as_user, 0, STATE("1.0.2", "\"a\":1}"), E_PLAN_FORMAT},
    {"not ended", &as_user, 0, STATE("1.0.2", "{\"a\":1"), E_PLAN_FORMAT},
    {"two lines", &as_user, 0, STATE("1.0.2", "{\n}"), E_PLAN_FORMAT},
    {"DEL", &as_user, 0, STATE("1.0.2", "{\"\x7f\"}"), E_PLAN_FORMAT},
    {"warning", &as_user, 0, STEP(warning, .text = "\033[31m"), E_NONE},
};

static void state_and_warning(void **state) {
    (void)state;
    RUN_ROWS(states);
}

#define CGROUP(p) STEP(cgroup, .path = (p))
#define C50       "cccccccccccccccccccccccccccccccccccccccccccccccccc"
#define C250      C50 C50 C50 C50 C50
#define C255      C250 "ccccc"

static const struct row cgroups[] = {
    {"chosen by the engine", &as_user, 0, CGROUP(""), E_NONE},
    {"a name of those that the engine chooses", &as_user, 0, CGROUP("/locald.slice/uid-1000-a.scope"),
     E_AUTHORITY},
    {"the same, for root", &as_root, 0, CGROUP("/locald.slice/uid-1000-a.scope"), E_NONE},
    {"the pin of locald's root", &as_user, 0, CGROUP("/locald/pin"), E_AUTHORITY},
    {"below the pin", &as_user, 0, CGROUP("/locald.slice/pin/a"), E_AUTHORITY},
    {"a name that begins alike", &as_user, 0, CGROUP("/locald/pinned"), E_NONE},
    {"such a name further down", &as_user, 0, CGROUP("/locald/a/uid-1"), E_NONE},
    {"513 bytes", &as_user, 0, CGROUP("/locald/" C250 "/" C250 "/ccc"), E_AUTHORITY},
    {"below the slice", &as_user, 0, CGROUP("/locald.slice/a.slice/b.scope"), E_NONE},
    {"below /locald", &as_user, 0, CGROUP("/locald/x"), E_NONE},
    {"the slice itself", &as_user, 0, CGROUP("/locald.slice"), E_AUTHORITY},
    {"/locald itself", &as_user, 0, CGROUP("/locald"), E_AUTHORITY},
    {"a name that begins so", &as_user, 0, CGROUP("/locald.slices/x"), E_AUTHORITY},
    {"a name that begins so, plain", &as_user, 0, CGROUP("/localdx/x"), E_AUTHORITY},
    {"deeper", &as_user, 0, CGROUP("/x/locald.slice/y"), E_AUTHORITY},
    {"elsewhere", &as_user, 0, CGROUP("/system.slice/x"), E_AUTHORITY},
    {"elsewhere, root", &as_root, 0, CGROUP("/system.slice/x"), E_NONE},
    {"policy's root", &as_bound, 0, CGROUP("/teams/a/b"), E_NONE},
    {"policy's root itself", &as_bound, 0, CGROUP("/teams/a"), E_AUTHORITY},
    {"beside policy's root", &as_bound, 0, CGROUP("/teams/ab/c"), E_AUTHORITY},
    {"not policy's root", &as_bound, 0, CGROUP("/locald/b"), E_AUTHORITY},
    {"policy's root, taken", &as_bound, 0, CGROUP("/teams/a/pin"), E_AUTHORITY},
    {"policy's root, a user's", &as_bound, 0, CGROUP("/teams/a/uid-1-x"), E_AUTHORITY},
    {"the root cgroup", &as_root, 0, CGROUP("/"), E_CONFIG_VALUE},
    {"slash at the end", &as_user, 0, CGROUP("/locald/"), E_CONFIG_VALUE},
    {"slash at the end, deeper", &as_user, 0, CGROUP("/locald/a/"), E_CONFIG_VALUE},
    {"relative", &as_root, 0, CGROUP("a/b"), E_CONFIG_VALUE},
    {"dots", &as_user, 0, CGROUP("/locald/../system.slice"), E_CONFIG_VALUE},
    {"dots at the end", &as_user, 0, CGROUP("/locald.slice/.."), E_CONFIG_VALUE},
    {"dots alone", &as_root, 0, CGROUP(".."), E_CONFIG_VALUE},
    {"a dot", &as_user, 0, CGROUP("/locald/./a"), E_CONFIG_VALUE},
    {"two slashes", &as_user, 0, CGROUP("/locald//b"), E_CONFIG_VALUE},
    {"names that begin with dots", &as_user, 0, CGROUP("/locald/.a/..b/.../.c"), E_NONE},
    {"two bytes", &as_user, 0, CGROUP("/locald/ab"), E_NONE},
    {"two bytes, one dot", &as_user, 0, CGROUP("/locald/.x"), E_NONE},
    {"a newline", &as_user, 0, CGROUP("/locald/a\n"), E_CONFIG_VALUE},
    {"DEL", &as_root, 0, CGROUP("/a\x7f"), E_CONFIG_VALUE},
    {"a kernel's file", &as_user, 0, CGROUP("/locald/cgroup.procs"), E_CONFIG_VALUE},
    {"a kernel's file, above", &as_root, 0, CGROUP("/cgroup.x/a"), E_CONFIG_VALUE},
    {"eight deep", &as_user, 0, CGROUP("/locald/2/3/4/5/6/7/8"), E_NONE},
    {"nine deep", &as_user, 0, CGROUP("/locald/2/3/4/5/6/7/8/9"), E_AUTHORITY},
    {"nine deep, root", &as_root, 0, CGROUP("/locald/2/3/4/5/6/7/8/9"), E_NONE},
    {"cgroup without a dot", &as_user, 0, CGROUP("/locald/cgroup"), E_NONE},
    {"255 bytes", &as_user, 0, CGROUP("/locald/" C255), E_NONE},
    {"256 bytes", &as_user, 0, CGROUP("/locald/c" C255), E_CONFIG_VALUE},
    {"systemd's form", &as_user, 0, CGROUP("locald.slice:a:b"), E_CONFIG_VALUE},
};

static void cgroup_paths(void **state) {
    (void)state;
    RUN_ROWS(cgroups);
}

/* Steps that need the step cgroup before them. */
struct after_cgroup {
    const char *name;
    struct step step;
    enum error_code code;
};

static void run_after_cgroup(const struct after_cgroup *rows, size_t count) {
    struct gate g;
    struct error e = {0};
    const struct step cgroup = CGROUP("");
    for (size_t i = 0; i < count; i++) {
        gate_begin(&g, &as_user);
        must(&g, &cgroup);
        check_verdict(rows[i].name, gate_step(&g, &rows[i].step, &e), &e, rows[i].code);
    }
    gate_begin(&g, &as_user);
    check_verdict("no cgroup", gate_step(&g, &rows[0].step, &e), &e, E_PLAN_ORDER);
}

static void cgroup_files(void **state) {
    (void)state;
#define FILE_IS(n, v) STEP(cgroup_file, .name = (n), .value = (v))
    static const struct after_cgroup rows[] = {
        {"a file", FILE_IS("memory.max", "4096"), E_NONE},
        {"more parts", FILE_IS("hugetlb.2MB.rsvd.max", "0"), E_NONE},
        {"an underscore and a dash", FILE_IS("some_new-one.x", "8:0 rbps=1"), E_NONE},
        {"no dot", FILE_IS("memory", "1"), E_CONFIG_VALUE},
        {"empty", FILE_IS("", "1"), E_CONFIG_VALUE},
        {"a dot first", FILE_IS(".max", "1"), E_CONFIG_VALUE},
        {"a dot last", FILE_IS("memory.", "1"), E_CONFIG_VALUE},
        {"two dots", FILE_IS("memory..max", "1"), E_CONFIG_VALUE},
        {"a slash", FILE_IS("a/memory.max", "1"), E_CONFIG_VALUE},
        {"a way up", FILE_IS("../cgroup.procs", "1"), E_CONFIG_VALUE},
        {"a way up behind", FILE_IS("memory.max/../cgroup.procs", "1"), E_CONFIG_VALUE},
        {"a blank", FILE_IS("memory.max ", "1"), E_CONFIG_VALUE},
        {"the processes", FILE_IS("cgroup.procs", "1"), E_CONFIG_VALUE},
        {"the controllers", FILE_IS("cgroup.subtree_control", "+cpu"), E_CONFIG_VALUE},
        {"the killer", FILE_IS("cgroup.kill", "1"), E_CONFIG_VALUE},
        {"a name that begins so", FILE_IS("cgroups.x", "1"), E_NONE},
        {"before the host's other processes", FILE_IS("io.prio.class", "promote-to-rt"), E_AUTHORITY},
        {"a host's CPUs", FILE_IS("cpuset.cpus.partition", "root"), E_AUTHORITY},
        {"the disk of those beside it", FILE_IS("io.latency", "8:0 target=1"), E_AUTHORITY},
        {"its own CPUs", FILE_IS("cpuset.cpus", "0"), E_NONE},
        {"no value", FILE_IS("memory.max", ""), E_CONFIG_VALUE},
        {"two lines", FILE_IS("memory.max", "1\n2"), E_CONFIG_VALUE},
        {"DEL", FILE_IS("memory.max", "1\x7f"), E_CONFIG_VALUE},
    };
    run_after_cgroup(rows, sizeof rows / sizeof rows[0]);
}

static void cgroup_files_of_root(void **state) {
    (void)state;
    struct gate g;
    struct error e = {0};
    const struct step cgroup = CGROUP(""), file = FILE_IS("io.prio.class", "idle");
    gate_begin(&g, &as_root);
    must(&g, &cgroup);
    check_verdict("a host's file, root", gate_step(&g, &file, &e), &e, E_NONE);
}

static void cgroup_owners(void **state) {
    (void)state;
    static const struct {
        const char *name;
        const struct caller *caller;
        uint32_t namespaces;
        uint32_t uid;
        enum error_code code;
    } rows[] = {
        {"its own root", &as_user, NS_ALL, 0, E_NONE},
        {"a delegated user", &as_ranged, NS_ALL, 5, E_NONE},
        {"an id that is not mapped", &as_user, NS_ALL, 5, E_CONFIG_VALUE},
        {"no cgroup namespace", &as_user, NS_USER, 0, E_CONFIG_VALUE},
        {"a host's user, for root", &as_root, NS_LEAST | (uint32_t)CLONE_NEWCGROUP, 1000, E_NONE},
        {"a mapped user, for root", &as_root, NS_ALL, 1, E_NONE},
    };
    const struct step cgroup = CGROUP("");
    struct gate g;
    struct error e = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct step unshare = STEP(unshare, .flags = rows[i].namespaces);
        const struct step owner = STEP(cgroup_owner, .uid = rows[i].uid);
        gate_begin(&g, rows[i].caller);
        must(&g, &cgroup);
        must(&g, &unshare);
        if ((rows[i].namespaces & (uint32_t)CLONE_NEWUSER) != 0)
            prepare_maps(&g, rows[i].caller);
        check_verdict(rows[i].name, gate_step(&g, &owner, &e), &e, rows[i].code);
    }
    const struct step owner = STEP(cgroup_owner, .uid = 0);
    gate_begin(&g, &as_root);
    check_verdict("no cgroup", gate_step(&g, &owner, &e), &e, E_PLAN_ORDER);
    /* another rule demands the user namespace already; should that one fall, this one stands */
    gate_begin(&g, &as_user);
    must(&g, &cgroup);
    g.namespaces = (uint32_t)CLONE_NEWCGROUP;
    check_verdict("no user namespace", gate_step(&g, &owner, &e), &e, E_CONFIG_VALUE);
}

static void device_rules(void **state) {
    (void)state;
    static const struct after_cgroup rows[] = {
#define RULE(t, ma, mi, acc) STEP(device_rule, .type = (t), .major = (ma), .minor = (mi), .access = (acc))
        {"all", RULE('a', PLAN_ANY, PLAN_ANY, 7), E_NONE},
        {"a character device", RULE('c', 1, 3, 6), E_NONE},
        {"block devices", RULE('b', 8, PLAN_ANY, 1), E_NONE},
        {"all of a major", RULE('a', 1, PLAN_ANY, 7), E_CONFIG_VALUE},
        {"all of a minor", RULE('a', PLAN_ANY, 1, 7), E_CONFIG_VALUE},
        {"no access", RULE('c', 1, 3, 0), E_CONFIG_VALUE},
        {"no such type", RULE('p', 1, 3, 7), E_CONFIG_VALUE},
    };
    run_after_cgroup(rows, sizeof rows / sizeof rows[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_and_warning), cmocka_unit_test(cgroup_paths),
        cmocka_unit_test(cgroup_files),      cmocka_unit_test(cgroup_files_of_root),
        cmocka_unit_test(cgroup_owners),     cmocka_unit_test(device_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
