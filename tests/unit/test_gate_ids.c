/* core/gate/gate_ids.c: namespaces, id maps, setgroups: CVE-2018-7169, CVE-2021-43784 and newuidmap's rules.
 */
#include "tests/unit/gate_rows.h"

#define NO_PID   (NS_ALL & ~(uint32_t)CLONE_NEWPID)
#define NO_MOUNT (NS_ALL & ~(uint32_t)CLONE_NEWNS)

static const struct row unshares[] = {
    {"least, root", &as_root, 0, STEP(unshare, .flags = NS_LEAST), E_NONE},
    {"all, root", &as_root, 0, STEP(unshare, .flags = NS_ALL), E_NONE},
    {"all, user", &as_user, 0, STEP(unshare, .flags = NS_ALL), E_NONE},
    {"least, user", &as_user, 0, STEP(unshare, .flags = NS_USER), E_NONE},
    {"no user namespace", &as_user, 0, STEP(unshare, .flags = NS_ALL_ROOT), E_AUTHORITY},
    {"no user namespace, with ranges", &as_ranged, 0, STEP(unshare, .flags = NS_LEAST), E_AUTHORITY},
    {"no pid namespace, no cgroup", &as_root, 0, STEP(unshare, .flags = NO_PID), E_CONFIG_VALUE},
    {"no pid namespace, no cgroup, user", &as_user, 0, STEP(unshare, .flags = NO_PID), E_CONFIG_VALUE},
    {"no mount namespace", &as_root, 0, STEP(unshare, .flags = NO_MOUNT), E_CONFIG_VALUE},
    {"nothing", &as_user, 0, STEP(unshare, .flags = 0), E_CONFIG_VALUE},
    {"time namespace", &as_root, 0, STEP(unshare, .flags = NS_ALL | CLONE_NEWTIME), E_NONE},
    {"time namespace, user", &as_user, 0, STEP(unshare, .flags = NS_ALL | CLONE_NEWTIME), E_NONE},
    {"CLONE_VM", &as_root, 0, STEP(unshare, .flags = NS_ALL | CLONE_VM), E_PLAN_FORMAT},
    {"CLONE_PARENT", &as_user, 0, STEP(unshare, .flags = NS_ALL | CLONE_PARENT), E_PLAN_FORMAT},
    {"all bits", &as_user, 0, STEP(unshare, .flags = UINT32_MAX), E_PLAN_FORMAT},
};

static void namespaces(void **state) {
    (void)state;
    RUN_ROWS(unshares);
}

#define JOIN(f, p)  STEP(join, .flag = (uint32_t)(f), .path = (p))
#define UNSHARE(f)  STEP(unshare, .flags = (uint32_t)(f))
#define HOSTNAME    STEP(hostname, .name = "web")
#define CGROUP_STEP STEP(cgroup, .path = "")

static const struct row joins[] = {
    {"network", &as_user, 0, JOIN(CLONE_NEWNET, "/proc/7/ns/net"), E_NONE},
    {"ipc", &as_user, 0, JOIN(CLONE_NEWIPC, "/a"), E_NONE},
    {"uts", &as_user, 0, JOIN(CLONE_NEWUTS, "/a"), E_NONE},
    {"pid", &as_user, 0, JOIN(CLONE_NEWPID, "/a"), E_NONE},
    {"time", &as_user, 0, JOIN(CLONE_NEWTIME, "/a"), E_NONE},
    {"user", &as_user, 0, JOIN(CLONE_NEWUSER, "/a"), E_AUTHORITY},
    {"user, with ranges", &as_ranged, 0, JOIN(CLONE_NEWUSER, "/a"), E_AUTHORITY},
    {"cgroup", &as_user, 0, JOIN(CLONE_NEWCGROUP, "/a"), E_AUTHORITY},
    {"mount", &as_user, 0, JOIN(CLONE_NEWNS, "/a"), E_AUTHORITY},
    {"user, root", &as_root, 0, JOIN(CLONE_NEWUSER, "/a"), E_NONE},
    {"policy: nobody joins", &as_bound, 0, JOIN(CLONE_NEWNET, "/a"), E_AUTHORITY},
    {"cgroup, root", &as_root, 0, JOIN(CLONE_NEWCGROUP, "/a"), E_NONE},
    {"time, root", &as_root, 0, JOIN(CLONE_NEWTIME, "/a"), E_NONE},
    {"mount, root", &as_root, 0, JOIN(CLONE_NEWNS, "/a"), E_AUTHORITY},
    {"two types at once", &as_root, 0, JOIN(CLONE_NEWNET | CLONE_NEWUTS, "/a"), E_AUTHORITY},
    {"two types at once, user", &as_user, 0, JOIN(CLONE_NEWNET | CLONE_NEWUSER, "/a"), E_AUTHORITY},
    {"no type", &as_root, 0, JOIN(0, "/a"), E_AUTHORITY},
    {"CLONE_VM", &as_root, 0, JOIN(CLONE_VM, "/a"), E_AUTHORITY},
    {"relative", &as_root, 0, JOIN(CLONE_NEWNET, "ns/net"), E_CONFIG_VALUE},
    {"empty", &as_user, 0, JOIN(CLONE_NEWNET, ""), E_CONFIG_VALUE},
};

/* Up to three steps that are accepted, and the verdict of the last one. */
struct sequence {
    const char *name;
    const struct caller *caller;
    struct step before[3];
    uint32_t count;
    struct step step;
    enum error_code code;
};

static const struct sequence sequences[] = {
    {"one type twice", &as_root, {JOIN(CLONE_NEWNET, "/a")}, 1, JOIN(CLONE_NEWNET, "/b"), E_PLAN_ORDER},
    {"another type", &as_root, {JOIN(CLONE_NEWNET, "/a")}, 1, JOIN(CLONE_NEWUSER, "/b"), E_NONE},
    {"after the user namespace",
     &as_root,
     {JOIN(CLONE_NEWUSER, "/a")},
     1,
     JOIN(CLONE_NEWNET, "/b"),
     E_PLAN_ORDER},
    {"new and joined", &as_user, {JOIN(CLONE_NEWNET, "/a")}, 1, UNSHARE(NS_ALL), E_CONFIG_VALUE},
    {"new beside joined", &as_user, {JOIN(CLONE_NEWNET, "/a")}, 1, UNSHARE(NS_USER), E_NONE},
    {"a joined user namespace is none of its own",
     &as_user,
     {CGROUP_STEP},
     1,
     UNSHARE(NS_LEAST),
     E_AUTHORITY},
    {"no pid namespace, a cgroup", &as_user, {CGROUP_STEP}, 1, UNSHARE(NO_PID), E_NONE},
    {"joined pid namespace, no cgroup",
     &as_root,
     {JOIN(CLONE_NEWPID, "/a")},
     1,
     UNSHARE(NO_PID),
     E_CONFIG_VALUE},
    {"joined pid namespace, a cgroup",
     &as_user,
     {CGROUP_STEP, JOIN(CLONE_NEWPID, "/a")},
     2,
     UNSHARE(NO_PID),
     E_NONE},
    {"joined uts, root", &as_root, {JOIN(CLONE_NEWUTS, "/a"), UNSHARE(NS_LEAST)}, 2, HOSTNAME, E_NONE},
    {"joined uts and user",
     &as_root,
     {JOIN(CLONE_NEWUTS, "/a"), JOIN(CLONE_NEWUSER, "/b"), UNSHARE(NS_LEAST)},
     3,
     HOSTNAME,
     E_NONE},
    {"joined uts, new user",
     &as_root,
     {JOIN(CLONE_NEWUTS, "/a"), UNSHARE(NS_USER)},
     2,
     HOSTNAME,
     E_CONFIG_VALUE},
    {"joined uts, user", &as_user, {JOIN(CLONE_NEWUTS, "/a"), UNSHARE(NS_USER)}, 2, HOSTNAME, E_CONFIG_VALUE},
    {"joined network",
     &as_root,
     {JOIN(CLONE_NEWNET, "/a"), UNSHARE(NS_LEAST)},
     2,
     STEP(loopback, .end_ = 0),
     E_CONFIG_VALUE},
    {"joined time",
     &as_root,
     {JOIN(CLONE_NEWTIME, "/a"), UNSHARE(NS_LEAST)},
     2,
     STEP(time_offset, .clock = 1),
     E_CONFIG_VALUE},
    {"maps of a joined user namespace",
     &as_root,
     {JOIN(CLONE_NEWUSER, "/a"), UNSHARE(NS_LEAST)},
     2,
     STEP(idmap, .kind = 0, .outside = 0, .size = 1),
     E_CONFIG_VALUE},
};

static void joining(void **state) {
    (void)state;
    RUN_ROWS(joins);
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        const struct sequence *q = &sequences[i];
        struct gate g;
        struct error e = {0};
        gate_begin(&g, q->caller);
        for (uint32_t k = 0; k < q->count; k++)
            must(&g, &q->before[k]);
        check_verdict(q->name, gate_step(&g, &q->step, &e), &e, q->code);
    }
}

#define NS_TIME         (NS_USER | (uint32_t)CLONE_NEWTIME)
#define OFFSET(c, s, n) STEP(time_offset, .clock = (c), .secs = (uint64_t)(s), .nanosecs = (n))

static const struct row time_offsets[] = {
    {"monotonic", &as_user, NS_TIME, OFFSET(1, 5, 0), E_NONE},
    {"boottime", &as_user, NS_TIME, OFFSET(7, -5, 999999999), E_NONE},
    {"the kernel's to refuse", &as_root, NS_TIME, OFFSET(1, INT64_MIN, 0), E_NONE},
    {"realtime", &as_root, NS_TIME, OFFSET(0, 5, 0), E_PLAN_FORMAT},
    {"a clock between", &as_root, NS_TIME, OFFSET(4, 5, 0), E_PLAN_FORMAT},
    {"a whole second", &as_root, NS_TIME, OFFSET(1, 0, 1000000000), E_PLAN_FORMAT},
    {"no time namespace", &as_user, NS_USER, OFFSET(1, 5, 0), E_CONFIG_VALUE},
};

static void offsets_of_clocks(void **state) {
    (void)state;
    RUN_ROWS(time_offsets);
}

#define UID(i, o, n) STEP(idmap, .kind = 0, .inside = (i), .outside = (o), .size = (n))
#define GID(i, o, n) STEP(idmap, .kind = 1, .inside = (i), .outside = (o), .size = (n))

static const struct row extents[] = {
    /* who may map what */
    {"own uid", &as_user, NS_USER, UID(0, 1000, 1), E_NONE},
    {"own uid to another id", &as_user, NS_USER, UID(4294967294, 1000, 1), E_NONE},
    {"own gid", &as_user, NS_USER, GID(0, 1001, 1), E_NONE},
    {"own uid as gid", &as_user, NS_USER, GID(0, 1000, 1), E_AUTHORITY},
    {"own gid as uid", &as_user, NS_USER, UID(0, 1001, 1), E_AUTHORITY},
    {"own uid and the next", &as_user, NS_USER, UID(0, 1000, 2), E_AUTHORITY},
    {"own uid and the one before", &as_user, NS_USER, UID(0, 999, 2), E_AUTHORITY},
    {"host root", &as_user, NS_USER, UID(0, 0, 1), E_AUTHORITY},
    {"host root group", &as_user, NS_USER, GID(0, 0, 1), E_AUTHORITY},
    {"all ids", &as_user, NS_USER, UID(0, 0, 4294967295), E_AUTHORITY},
    {"a system user", &as_ranged, NS_USER, UID(0, 999, 1), E_AUTHORITY},
    {"another user", &as_ranged, NS_USER, UID(0, 1002, 1), E_AUTHORITY},
    {"another's range", &as_ranged, NS_USER, UID(0, 300000, 65536), E_AUTHORITY},
    {"a whole range", &as_ranged, NS_USER, UID(0, 100000, 65536), E_NONE},
    {"inside a range", &as_ranged, NS_USER, UID(0, 100001, 5), E_NONE},
    {"the last id of a range", &as_ranged, NS_USER, UID(0, 400009, 1), E_NONE},
    {"one past a range", &as_ranged, NS_USER, UID(0, 400009, 2), E_AUTHORITY},
    {"one before a range", &as_ranged, NS_USER, UID(0, 399999, 2), E_AUTHORITY},
    {"just behind a range", &as_ranged, NS_USER, UID(0, 400010, 1), E_AUTHORITY},
    {"two ranges that touch", &as_ranged, NS_USER, UID(0, 100000, 131072), E_NONE},
    {"across ranges that touch", &as_ranged, NS_USER, UID(0, 165535, 2), E_NONE},
    {"past ranges that touch", &as_ranged, NS_USER, UID(0, 100000, 131073), E_AUTHORITY},
    {"across ranges that do not touch", &as_ranged, NS_USER, UID(0, 100000, 300010), E_AUTHORITY},
    {"a uid range as gids", &as_ranged, NS_USER, GID(0, 100000, 65536), E_AUTHORITY},
    {"a gid range", &as_ranged, NS_USER, GID(0, 200000, 65536), E_NONE},
    {"past a gid range", &as_ranged, NS_USER, GID(0, 200000, 65537), E_AUTHORITY},
    {"root maps root", &as_root, NS_USER, UID(0, 0, 1), E_NONE},
    {"root maps all", &as_root, NS_USER, UID(0, 0, 4294967295), E_NONE},
    {"root maps anyone", &as_root, NS_USER, GID(0, 1000, 65536), E_NONE},
    /* what an extent is */
    {"size 0", &as_root, NS_USER, UID(0, 1000, 0), E_CONFIG_VALUE},
    {"inside 4294967295", &as_root, NS_USER, UID(4294967295, 1000, 1), E_CONFIG_VALUE},
    {"outside 4294967295", &as_root, NS_USER, UID(0, 4294967295, 1), E_CONFIG_VALUE},
    {"inside reaches 4294967295", &as_root, NS_USER, UID(4294967294, 1000, 2), E_CONFIG_VALUE},
    {"outside reaches 4294967295", &as_root, NS_USER, UID(0, 4294967294, 2), E_CONFIG_VALUE},
    {"the last id there is", &as_root, NS_USER, UID(4294967294, 4294967294, 1), E_NONE},
    {"inside wraps 32 bits", &as_root, NS_USER, UID(2, 0, 4294967295), E_CONFIG_VALUE},
    {"outside wraps 32 bits", &as_ranged, NS_USER, UID(0, 100000, 4294967295), E_CONFIG_VALUE},
    {"neither uid nor gid", &as_root, NS_USER, STEP(idmap, .kind = 2, .size = 1), E_PLAN_FORMAT},
    {"no user namespace", &as_root, NS_LEAST, UID(0, 0, 1), E_CONFIG_VALUE},
};

static void id_extents(void **state) {
    (void)state;
    RUN_ROWS(extents);
}

/* Ranges that came from a broken /etc/subuid reader still do not give root away. */
static void a_range_over_zero_gives_no_root(void **state) {
    (void)state;
    static const struct caller odd = {
        .uid = 1000, .gid = 0, .uid_range_count = 1, .uid_ranges = {{0, 4294967295}}};
    static const struct row rows[] = {
        {"host root", &odd, NS_USER, UID(0, 0, 1), E_AUTHORITY},
        {"from host root", &odd, NS_USER, UID(0, 0, 65536), E_AUTHORITY},
        {"the caller's own gid is 0", &odd, NS_USER, GID(0, 0, 1), E_AUTHORITY},
        {"behind root", &odd, NS_USER, UID(0, 1, 65536), E_NONE},
    };
    RUN_ROWS(rows);
}

/* Ranges that are empty or overlap do not make the walk over them endless. */
static void odd_ranges_end(void **state) {
    (void)state;
    static const struct caller odd = {.uid = 1000,
                                      .gid = 1001,
                                      .uid_range_count = 4,
                                      .uid_ranges = {{50, 0}, {60, 20}, {50, 20}, {4294967290, 100}}};
    static const struct row rows[] = {
        {"an empty range", &odd, NS_USER, UID(0, 49, 1), E_AUTHORITY},
        {"across an overlap", &odd, NS_USER, UID(0, 50, 30), E_NONE},
        {"past an overlap", &odd, NS_USER, UID(0, 50, 31), E_AUTHORITY},
        {"a range that wraps", &odd, NS_USER, UID(0, 4294967290, 5), E_NONE},
        {"a range does not wrap to small ids", &odd, NS_USER, UID(0, 1, 5), E_AUTHORITY},
    };
    RUN_ROWS(rows);
}

static void overlaps(void **state) {
    (void)state;
    static const struct {
        const char *name;
        struct step step;
        enum error_code code;
    } rows[] = {
        /* beside uids 10..19 -> 1010..1019 */
        {"the same", UID(10, 1010, 10), E_CONFIG_VALUE},
        {"inside, at the end", UID(19, 5000, 5), E_CONFIG_VALUE},
        {"inside, at the start", UID(6, 5000, 5), E_CONFIG_VALUE},
        {"inside, around", UID(0, 5000, 100), E_CONFIG_VALUE},
        {"inside, within", UID(12, 5000, 2), E_CONFIG_VALUE},
        {"outside, at the end", UID(100, 1019, 5), E_CONFIG_VALUE},
        {"outside, at the start", UID(100, 1006, 5), E_CONFIG_VALUE},
        {"outside, around", UID(100, 1000, 100), E_CONFIG_VALUE},
        {"behind both", UID(20, 1020, 5), E_NONE},
        {"before both", UID(5, 1005, 5), E_NONE},
        {"the other map", GID(10, 1010, 10), E_NONE},
        {"up to the last id", UID(20, 2000, 4294965295), E_NONE},
    };
    static const struct step first = UID(10, 1010, 10), unshare = STEP(unshare, .flags = NS_USER);
    struct gate g;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error e = {0};
        gate_begin(&g, &as_root);
        must(&g, &unshare);
        must(&g, &first);
        check_verdict(rows[i].name, gate_step(&g, &rows[i].step, &e), &e, rows[i].code);
    }
}

static void at_most_340_extents_of_a_map(void **state) {
    (void)state;
    struct gate g;
    struct error e = {0};
    struct step unshare = STEP(unshare, .flags = NS_USER);
    gate_begin(&g, &as_root);
    must(&g, &unshare);
    for (uint32_t i = 0; i < GATE_EXTENTS_MAX; i++) {
        struct step s = UID(i, i, 1);
        must(&g, &s);
    }
    struct step uid = UID(GATE_EXTENTS_MAX, GATE_EXTENTS_MAX, 1), gid = GID(0, 0, 1);
    check_verdict("341 uid extents", gate_step(&g, &uid, &e), &e, E_CONFIG_VALUE);
    must(&g, &gid);
}

/* setgroups after the given gid extents. */
static void check_groups(const char *name, const struct caller *c, uint32_t outside, uint32_t allow,
                         enum error_code code) {
    struct gate g;
    struct error e = {0};
    struct step unshare = STEP(unshare, .flags = NS_USER);
    struct step own = GID(0, c->gid, 1), more = GID(1, outside, 1), groups = STEP(setgroups, .allow = allow);
    gate_begin(&g, c);
    must(&g, &unshare);
    must(&g, &own);
    if (outside != 0)
        must(&g, &more);
    check_verdict(name, gate_step(&g, &groups, &e), &e, code);
    if (code == E_NONE)
        assert_int_equal(g.setgroups, allow);
}

static void setgroups_needs_a_delegated_gid(void **state) {
    (void)state;
    check_groups("deny, own gid", &as_user, 0, 0, E_NONE);
    check_groups("allow, own gid", &as_user, 0, 1, E_AUTHORITY);
    check_groups("allow, own gid, ranges not used", &as_ranged, 0, 1, E_AUTHORITY);
    check_groups("allow, delegated gid", &as_ranged, 200005, 1, E_NONE);
    check_groups("deny, delegated gid", &as_ranged, 200005, 0, E_NONE);
    check_groups("allow, root", &as_root, 0, 1, E_NONE);
    check_groups("deny, root", &as_root, 0, 0, E_NONE);
    check_groups("neither", &as_root, 0, 2, E_PLAN_FORMAT);

    static const struct row rows[] = {
        {"no user namespace", &as_root, NS_LEAST, STEP(setgroups, .allow = 1), E_CONFIG_VALUE},
        {"no gid at all", &as_ranged, NS_USER, STEP(setgroups, .allow = 1), E_AUTHORITY},
    };
    RUN_ROWS(rows);
}

static void hints_name_the_file_and_the_range(void **state) {
    (void)state;
    struct gate g;
    struct error e = {0};
    struct row user = {"", &as_user, NS_USER, UID(0, 5, 1), E_AUTHORITY};
    prepare(&g, &user);
    assert_int_equal(gate_step(&g, &user.step, &e), -1);
    assert_string_equal(e.what, "host uids 5 to 5 are not delegated to the caller");
    assert_string_equal(
        e.hint, "/etc/subuid has no range for the caller: only the own uid, with size 1, can be mapped");
    struct row ranged = {"", &as_ranged, NS_USER, GID(0, 4294967294, 1), E_AUTHORITY};
    prepare(&g, &ranged);
    assert_int_equal(gate_step(&g, &ranged.step, &e), -1);
    assert_string_equal(e.what, "host gids 4294967294 to 4294967294 are not delegated to the caller");
    assert_string_equal(
        e.hint, "/etc/subgid delegates from 200000 on 65536 ids; the own gid can be mapped with size 1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(namespaces),
        cmocka_unit_test(joining),
        cmocka_unit_test(offsets_of_clocks),
        cmocka_unit_test(id_extents),
        cmocka_unit_test(a_range_over_zero_gives_no_root),
        cmocka_unit_test(odd_ranges_end),
        cmocka_unit_test(overlaps),
        cmocka_unit_test(at_most_340_extents_of_a_map),
        cmocka_unit_test(setgroups_needs_a_delegated_gid),
        cmocka_unit_test(hints_name_the_file_and_the_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
