/* core/parse/policy.c: the lines of /etc/locald-shim.conf and of /etc/group. */
#include "tests/unit/cmocka_all.h"

#include <string.h>

#include "core/parse/policy.h"

static const struct policy defaults = POLICY_DEFAULT;

static int parse(struct policy *p, char *group, const char *text, struct error *e) {
    *p = defaults;
    *e = (struct error){0};
    return policy_parse(p, group, text, strlen(text), e);
}

static void test_texts_that_change_nothing(void **state) {
    (void)state;
    static const char *const texts[] = {"",
                                        "\n",
                                        "\n\n# ports = 22\n   \t\n",
                                        "#",
                                        "   # group = x",
                                        "join-namespaces=yes",
                                        "ports = 80 443\nmax-containers = 1024\n",
                                        "cgroup-roots = /locald.slice /locald"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct policy p;
        struct error e;
        char group[POLICY_GROUP_MAX];
        assert_int_equal(parse(&p, group, texts[i], &e), 0);
        assert_memory_equal(&p, &defaults, sizeof p);
        assert_string_equal(group, "");
    }
}

static void test_every_key_is_understood(void **state) {
    (void)state;
    struct policy p;
    struct error e;
    char group[POLICY_GROUP_MAX];
    const char *text = "group = locald\n\tports=22\t 8080  443 \n cgroup-roots = /user.slice/a@b /x\n"
                       "max-containers = 7\njoin-namespaces = no";
    assert_int_equal(parse(&p, group, text, &e), 0);
    assert_string_equal(group, "locald");
    assert_int_equal(p.gid, POLICY_EVERYBODY); /* the name is the reader's to find */
    assert_int_equal(p.port_count, 3);
    assert_true(policy_allows_port(&p, 22) && policy_allows_port(&p, 8080) && policy_allows_port(&p, 443));
    assert_false(policy_allows_port(&p, 80));
    assert_int_equal(p.root_count, 2);
    assert_string_equal(p.roots[0], "/user.slice/a@b");
    assert_string_equal(p.roots[1], "/x");
    assert_int_equal(p.max_containers, 7);
    assert_int_equal(p.join, 0);
    assert_int_equal(p.suffix_count, 0);
    assert_int_equal(parse(&p, group, "host-suffixes = .test\t.dev.example", &e), 0);
    assert_int_equal(p.suffix_count, 2);
    assert_string_equal(p.suffixes[0], ".test");
    assert_string_equal(p.suffixes[1], ".dev.example");
    assert_int_equal(parse(&p, group, "ports =", &e), 0);
    assert_int_equal(p.port_count, 0);
    assert_int_equal(parse(&p, group, "max-containers = 0", &e), 0);
    assert_int_equal(p.max_containers, 0);
}

static void test_what_is_not_understood_is_refused_with_its_line(void **state) {
    (void)state;
    static const struct {
        const char *text, *where;
    } rows[] = {
        {"port = 80", ":1"},
        {"\n\nPorts = 80", ":3"},
        {"ports", ":1"},
        {"= 80", ":1"},
        {"ports: 80", ":1"},
        {"ports = 80\nports = 80", ":2"},
        {"ports = 0", ":1"},
        {"ports = 080", ":1"},
        {"ports = 65536", ":1"},
        {"ports = -1", ":1"},
        {"ports = 80,443", ":1"},
        {"ports = 0x50", ":1"},
        {"ports = 80\r", ":1"},
        {"ports = 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33",
         ":1"},
        {"group =", ":1"},
        {"group = a b", ":1"},
        {"group = 0123456789012345678901234567890123456789012345678901234567890123", ":1"},
        {"max-containers =", ":1"},
        {"max-containers = -1", ":1"},
        {"max-containers = 1 2", ":1"},
        {"max-containers = 1000001", ":1"},
        {"max-containers = 4294967296", ":1"},
        {"join-namespaces = Yes", ":1"},
        {"join-namespaces =", ":1"},
        {"join-namespaces = no no", ":1"},
        {"cgroup-roots =", ":1"},
        {"cgroup-roots = /", ":1"},
        {"cgroup-roots = locald", ":1"},
        {"cgroup-roots = /a/", ":1"},
        {"cgroup-roots = /a//b", ":1"},
        {"cgroup-roots = /a/../b", ":1"},
        {"cgroup-roots = /.", ":1"},
        {"cgroup-roots = /a/cgroup.procs", ":1"},
        {"cgroup-roots = /a /b /c /d /e", ":1"},
        {"cgroup-roots = /a /a/b", ":1"},
        {"cgroup-roots = /a/b /ab /a", ":1"},
        {"cgroup-roots = /a /a", ":1"},
        {"cgroup-roots = /0123456789012345678901234567890123456789012345678901234567890123", ":1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct policy p;
        struct error e;
        char group[POLICY_GROUP_MAX];
        if (parse(&p, group, rows[i].text, &e) != -1)
            fail_msg("accepted: %s", rows[i].text);
        assert_int_equal(e.code, E_POLICY);
        assert_memory_equal(e.where, POLICY_FILE, sizeof POLICY_FILE - 1);
        assert_string_equal(e.where + sizeof POLICY_FILE - 1, rows[i].where);
    }
}

static void test_a_nul_in_a_value_is_refused(void **state) {
    (void)state;
    static const char texts[][26] = {"group = lo\0cald", "cgroup-roots = /a\0b", "join-namespaces = yes\0no",
                                     "ports = 80\0", "po\0rts = 80"};
    static const size_t lengths[] = {15, 19, 24, 11, 11};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct policy p = defaults;
        struct error e;
        char group[POLICY_GROUP_MAX];
        assert_int_equal(policy_parse(&p, group, texts[i], lengths[i], &e), -1);
    }
}

static void test_groups_are_found_by_exact_name(void **state) {
    (void)state;
    static const char text[] =
        "root:x:0:\nlocaldx:x:7:\nx:locald:9:\nlocald:x:1234:me,you\nlocald:x:5:\nbad:x:1z:\n"
        "none:x:4294967295:\nshort:x\nlast:x:77:\ncut:x:77";
    static const struct {
        const char *name;
        bool found;
        uint32_t gid;
    } rows[] = {
        {"locald", true, 1234}, {"root", true, 0},    {"last", true, 77},       {"42", true, 42},
        {"local", false, 0},    {"LOCALD", false, 0}, {"bad", false, 0},        {"cut", false, 0},
        {"none", false, 0},     {"short", false, 0},  {"4294967295", false, 0}, {"absent", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t gid = 0;
        if (policy_group(text, sizeof text - 1, rows[i].name, &gid) != rows[i].found)
            fail_msg("%s: found or not", rows[i].name);
        if (rows[i].found)
            assert_int_equal(gid, rows[i].gid);
    }
}

static void test_ports(void **state) {
    (void)state;
    static const char *const none[] = {"",     "0",   "65536", "-1",   "+1",  "080",
                                       "0x50", " 80", "80 ",   "80\n", "1e2", "99999999999"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_int_equal(policy_port(none[i], strlen(none[i])), 0);
    assert_int_equal(policy_port("1", 1), 1);
    assert_int_equal(policy_port("65535", 5), 65535);
}

static void test_suffixes_are_lower_case_domains_behind_a_dot(void **state) {
    (void)state;
    static const char *const texts[] = {
        "host-suffixes = test",
        "host-suffixes = .",
        "host-suffixes = .Test",
        "host-suffixes = ..test",
        "host-suffixes = .te_st",
        "host-suffixes = .test.",
        "host-suffixes = .a .b .c .d .e .f .g .h .i",
        "host-suffixes = .aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaa",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct policy p;
        struct error e;
        char group[POLICY_GROUP_MAX];
        assert_int_equal(parse(&p, group, texts[i], &e), -1);
        assert_int_equal(e.code, E_POLICY);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_that_change_nothing),
        cmocka_unit_test(test_every_key_is_understood),
        cmocka_unit_test(test_what_is_not_understood_is_refused_with_its_line),
        cmocka_unit_test(test_a_nul_in_a_value_is_refused),
        cmocka_unit_test(test_groups_are_found_by_exact_name),
        cmocka_unit_test(test_suffixes_are_lower_case_domains_behind_a_dot),
        cmocka_unit_test(test_ports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
