/* core/gate/gate_process.c: names, limits, ids, capabilities, the command. */
#include "tests/unit/gate_rows.h"

#include <linux/seccomp.h>

#define NO_UTS (NS_ALL & ~(uint32_t)CLONE_NEWUTS)
#define NO_NET (NS_ALL & ~(uint32_t)CLONE_NEWNET)
#define NO_IPC (NS_ALL & ~(uint32_t)CLONE_NEWIPC)

static const struct row names[] = {
    {"loopback", &as_user, NS_ALL, STEP(loopback, .end_ = 0), E_NONE},
    {"the host's loopback", &as_user, NO_NET, STEP(loopback, .end_ = 0), E_CONFIG_VALUE},
    {"the host's loopback, root", &as_root, NS_LEAST, STEP(loopback, .end_ = 0), E_CONFIG_VALUE},
    {"hostname", &as_user, NS_ALL, STEP(hostname, .name = "web"), E_NONE},
    {"the host's hostname", &as_user, NO_UTS, STEP(hostname, .name = "web"), E_CONFIG_VALUE},
    {"the host's hostname, root", &as_root, NS_LEAST, STEP(hostname, .name = "web"), E_CONFIG_VALUE},
    {"empty hostname", &as_user, NS_ALL, STEP(hostname, .name = ""), E_CONFIG_VALUE},
    {"domainname", &as_user, NS_ALL, STEP(domainname, .name = ""), E_NONE},
    {"the host's domainname", &as_root, NO_UTS, STEP(domainname, .name = "x"), E_CONFIG_VALUE},
    {"no_new_privs", &as_user, NS_ALL, STEP(no_new_privs, .end_ = 0), E_NONE},
};

static void kernel_names(void **state) {
    (void)state;
    RUN_ROWS(names);
}

#define NETDEV(from, to) STEP(netdev, .name = (from), .new_name = (to))

static const struct row devices[] = {
    {"a device", &as_root, NS_ALL, NETDEV("eth1", "eth0"), E_NONE},
    {"without a user namespace", &as_root, NS_ALL_ROOT, NETDEV("eth1", "eth%d"), E_NONE},
    {"of a caller who is not root", &as_user, NS_ALL, NETDEV("eth1", "eth0"), E_AUTHORITY},
    {"with delegated ids", &as_ranged, NS_ALL, NETDEV("eth1", "eth0"), E_AUTHORITY},
    {"no namespace", &as_root, NO_NET, NETDEV("eth1", "eth0"), E_CONFIG_VALUE},
    {"15 bytes", &as_root, NS_ALL, NETDEV("123456789abcdef", "..."), E_NONE},
    {"16 bytes", &as_root, NS_ALL, NETDEV("eth1", "123456789abcdef0"), E_CONFIG_VALUE},
    {"no name", &as_root, NS_ALL, NETDEV("", "eth0"), E_CONFIG_VALUE},
    {"no new name", &as_root, NS_ALL, NETDEV("eth1", ""), E_CONFIG_VALUE},
    {".", &as_root, NS_ALL, NETDEV(".", "eth0"), E_CONFIG_VALUE},
    {"..", &as_root, NS_ALL, NETDEV("eth1", ".."), E_CONFIG_VALUE},
    {"a slash", &as_root, NS_ALL, NETDEV("eth1", "a/b"), E_CONFIG_VALUE},
    {"a colon", &as_root, NS_ALL, NETDEV("eth1:0", "eth0"), E_CONFIG_VALUE},
    {"a blank", &as_root, NS_ALL, NETDEV("eth1", "e 0"), E_CONFIG_VALUE},
};

static void network_devices(void **state) {
    (void)state;
    RUN_ROWS(devices);
    struct gate g;
    struct error e = {0};
    struct step join = STEP(join, .flag = CLONE_NEWNET, .path = "/x"),
                in = STEP(netdev, .name = "a", .new_name = "b");
    struct step unshare = STEP(unshare, .flags = NS_LEAST);
    gate_begin(&g, &as_root);
    must(&g, &join);
    must(&g, &unshare);
    check_verdict("into a joined namespace", gate_step(&g, &in, &e), &e, E_NONE);
}

#define SYSCTL(p) STEP(sysctl, .path = p, .value = "1")
#define HOSTS(p)                                                                                             \
    { "the host's " p, &as_root, NS_ALL, SYSCTL(p), E_CONFIG_VALUE }
#define LABEL(number, name) STEP(label, .kind = (number), .text = name)

static const struct row parameters[] = {
    {"net", &as_user, NS_ALL, SYSCTL("net/ipv4/conf/eth0.100/forwarding"), E_NONE},
    {"net of the host", &as_root, NO_NET, SYSCTL("net/ipv4/ip_forward"), E_CONFIG_VALUE},
    {"user", &as_user, NS_USER, SYSCTL("user/max_user_namespaces"), E_NONE},
    {"user of the host", &as_root, NS_LEAST, SYSCTL("user/max_user_namespaces"), E_CONFIG_VALUE},
    {"ipc", &as_user, NS_ALL, SYSCTL("kernel/shm_rmid_forced"), E_NONE},
    {"ipc, a directory", &as_user, NS_ALL, SYSCTL("fs/mqueue/msg_max"), E_NONE},
    {"ipc of the host", &as_root, NO_IPC, SYSCTL("kernel/sem"), E_CONFIG_VALUE},
    {"queues of the host", &as_root, NO_IPC, SYSCTL("fs/mqueue/msg_max"), E_CONFIG_VALUE},
    HOSTS("kernel/core_pattern"),
    HOSTS("kernel/hostname"),
    HOSTS("kernel/domainname"),
    HOSTS("kernel/shmmax2"),
    HOSTS("kernel/shmma"),
    HOSTS("kernel/shm_next_id"),
    HOSTS("fs/mqueue"),
    HOSTS("net"),
    HOSTS("netx/a"),
    HOSTS("net.ipv4.ip_forward"),
    HOSTS("/net/ipv4/ip_forward"),
    HOSTS("net/../kernel/core_pattern"),
    HOSTS("net/ipv4/.."),
    HOSTS("../net/ipv4/ip_forward"),
    HOSTS(""),
    {"an empty value", &as_user, NS_ALL, STEP(sysctl, .path = "net/a", .value = ""), E_NONE},
    {"two lines", &as_user, NS_ALL, STEP(sysctl, .path = "net/a", .value = "1\n2"), E_CONFIG_VALUE},
};

static const struct row label_rows[] = {
    {"a profile", &as_user, NS_USER, LABEL(PLAN_LABEL_APPARMOR, "docker-default"), E_NONE},
    {"a context", &as_user, NS_USER, LABEL(PLAN_LABEL_SELINUX, "a:b:c:s0:c1,c2"), E_NONE},
    {"the mounts' context", &as_root, NS_LEAST, LABEL(PLAN_LABEL_MOUNT, "a:b:c"), E_NONE},
    {"nothing", &as_root, NS_LEAST, LABEL(PLAN_LABEL_SELINUX, ""), E_PLAN_FORMAT},
    {"no such kind", &as_root, NS_LEAST, LABEL(3, "a"), E_PLAN_FORMAT},
    {"a shift too far", &as_root, NS_LEAST, LABEL(UINT32_MAX, "a"), E_PLAN_FORMAT},
};

static void kernel_parameters(void **state) {
    (void)state;
    RUN_ROWS(parameters);
}

static void labels(void **state) {
    (void)state;
    RUN_ROWS(label_rows);
    struct gate g;
    struct error e = {0};
    struct step a = LABEL(PLAN_LABEL_APPARMOR, "a"), b = LABEL(PLAN_LABEL_SELINUX, "b");
    gate_begin(&g, &as_user);
    must(&g, &a);
    must(&g, &b);
    check_verdict("twice", gate_step(&g, &a, &e), &e, E_PLAN_FORMAT);
}

static const struct row limits[] = {
    {"equal", &as_user, NS_USER, STEP(rlimit, .resource = 7, .soft = 1024, .hard = 1024), E_NONE},
    {"unlimited", &as_user, NS_USER, STEP(rlimit, .resource = 15, .soft = 0, .hard = UINT64_MAX), E_NONE},
    {"soft over hard", &as_user, NS_USER, STEP(rlimit, .resource = 7, .soft = 2, .hard = 1), E_CONFIG_VALUE},
    {"no such resource", &as_root, NS_LEAST, STEP(rlimit, .resource = 16), E_PLAN_FORMAT},
    {"a shift too far", &as_root, NS_LEAST, STEP(rlimit, .resource = UINT32_MAX), E_PLAN_FORMAT},
};

static void resource_limits(void **state) {
    (void)state;
    RUN_ROWS(limits);
    struct gate g;
    struct error e = {0};
    struct step a = STEP(rlimit, .resource = 7), b = STEP(rlimit, .resource = 8);
    gate_begin(&g, &as_user);
    must(&g, &a);
    must(&g, &b);
    check_verdict("twice", gate_step(&g, &a, &e), &e, E_CONFIG_VALUE);
}

#define SCHEDULER(...) STEP(scheduler, __VA_ARGS__)

/* Who may have which is not the gate's to say. */
static const struct row process_attributes[] = {
    {"oom_score 0", &as_user, NS_USER, STEP(oom_score, .adj = 0), E_NONE},
    {"oom_score -1000", &as_user, NS_USER, STEP(oom_score, .adj = (uint32_t)-1000), E_NONE},
    {"oom_score -1001", &as_root, NS_LEAST, STEP(oom_score, .adj = (uint32_t)-1001), E_CONFIG_VALUE},
    {"oom_score 1000", &as_root, NS_LEAST, STEP(oom_score, .adj = 1000), E_NONE},
    {"oom_score 1001", &as_root, NS_LEAST, STEP(oom_score, .adj = 1001), E_CONFIG_VALUE},
    {"other", &as_user, NS_USER, SCHEDULER(.nice = 19), E_NONE},
    {"nice -20", &as_user, NS_USER, SCHEDULER(.policy = 3, .nice = (uint32_t)-20), E_NONE},
    {"nice -21", &as_root, NS_LEAST, SCHEDULER(.nice = (uint32_t)-21), E_CONFIG_VALUE},
    {"nice 20", &as_root, NS_LEAST, SCHEDULER(.nice = 20), E_CONFIG_VALUE},
    {"deadline", &as_root, NS_LEAST,
     SCHEDULER(.policy = 6, .flags = 31, .runtime = UINT64_MAX, .deadline = UINT64_MAX, .period = UINT64_MAX),
     E_NONE},
    {"policy 4", &as_root, NS_LEAST, SCHEDULER(.policy = 4), E_CONFIG_VALUE},
    {"policy 7", &as_root, NS_LEAST, SCHEDULER(.policy = 7), E_CONFIG_VALUE},
    {"a clamp", &as_root, NS_LEAST, SCHEDULER(.flags = 32), E_CONFIG_VALUE},
    {"priority 99", &as_root, NS_LEAST, SCHEDULER(.policy = 1, .priority = 99), E_NONE},
    {"priority 100", &as_root, NS_LEAST, SCHEDULER(.policy = 1, .priority = 100), E_CONFIG_VALUE},
    {"ioprio", &as_user, NS_USER, STEP(ioprio, .class = 1, .level = 7), E_NONE},
    {"class 0", &as_user, NS_USER, STEP(ioprio, .class = 0, .level = 0), E_CONFIG_VALUE},
    {"class 4", &as_root, NS_LEAST, STEP(ioprio, .class = 4, .level = 0), E_CONFIG_VALUE},
    {"level 8", &as_root, NS_LEAST, STEP(ioprio, .class = 3, .level = 8), E_CONFIG_VALUE},
    {"linux", &as_user, NS_USER, STEP(personality, .domain = 0), E_NONE},
    {"linux32", &as_user, NS_USER, STEP(personality, .domain = 8), E_NONE},
    {"ADDR_NO_RANDOMIZE", &as_user, NS_USER, STEP(personality, .domain = 0x40000), E_CONFIG_VALUE},
    {"mempolicy", &as_user, NS_USER, STEP(mempolicy, .mode = 6, .flags = 0xe000), E_NONE},
    {"mode 7", &as_root, NS_LEAST, STEP(mempolicy, .mode = 7), E_CONFIG_VALUE},
    {"flag 0x1000", &as_root, NS_LEAST, STEP(mempolicy, .mode = 2, .flags = 0x1000), E_CONFIG_VALUE},
};

static void attributes(void **state) {
    (void)state;
    RUN_ROWS(process_attributes);
}

#define USER(u, ...)             STEP(user, .umask = 022, .uid = (u), .gid = __VA_ARGS__)
#define GROUPS(entries, literal) .groups = NUMBERS(entries, literal)

/* prepare(): as_user has 0 only, as_ranged and as_root 0 to 65536. */
static const struct row users[] = {
    {"mapped", &as_user, NS_USER, USER(0, 0), E_NONE},
    {"uid not mapped", &as_user, NS_USER, USER(1, 0), E_CONFIG_VALUE},
    {"gid not mapped", &as_user, NS_USER, USER(0, 1), E_CONFIG_VALUE},
    {"a host id is no container id", &as_user, NS_USER, USER(1000, 0), E_CONFIG_VALUE},
    {"the last of a range", &as_ranged, NS_USER, USER(65536, 65536), E_NONE},
    {"behind a range", &as_ranged, NS_USER, USER(65537, 0), E_CONFIG_VALUE},
    {"groups", &as_ranged, NS_USER, USER(0, 0, GROUPS(2, "\x0a\0\0\0\0\0\1\0")), E_NONE},
    {"a group not mapped", &as_ranged, NS_USER, USER(0, 0, GROUPS(2, "\x0a\0\0\0\1\0\1\0")), E_CONFIG_VALUE},
    {"groups where setgroups is denied", &as_user, NS_USER, USER(0, 0, GROUPS(1, "\0\0\0\0")),
     E_CONFIG_VALUE},
    {"anyone, root", &as_root, NS_LEAST, USER(4294967294, 4294967294, GROUPS(1, "\1\0\0\0")), E_NONE},
    {"uid -1", &as_root, NS_LEAST, USER(UINT32_MAX, 0), E_CONFIG_VALUE},
    {"gid -1", &as_root, NS_LEAST, USER(0, UINT32_MAX), E_CONFIG_VALUE},
    {"group -1", &as_root, NS_LEAST, USER(0, 0, GROUPS(1, "\xff\xff\xff\xff")), E_CONFIG_VALUE},
    {"umask 0777", &as_user, NS_USER, STEP(user, .umask = 0777), E_NONE},
    {"umask 01000", &as_user, NS_USER, STEP(user, .umask = 01000), E_CONFIG_VALUE},
};

static void ids(void **state) {
    (void)state;
    RUN_ROWS(users);
    struct gate g;
    struct error e = {0};
    prepare(&g, &users[2]);
    assert_int_equal(gate_step(&g, &users[2].step, &e), -1);
    assert_string_equal(e.what, "gid 1 is in no extent of linux.gidMappings");
    assert_string_equal(e.hint, "map it in linux.gidMappings, or use an id that is mapped");

    gate_begin(&g, &as_root); /* an id before the first extent */
    g.namespaces = NS_USER;
    g.extent_count[0] = 1;
    g.extents[0][0] = (struct gate_extent){.inside = 10, .outside = 1000, .size = 10};
    check_verdict("uid 0 before 10", gate_step(&g, &users[0].step, &e), &e, E_CONFIG_VALUE);
}

#define CAPS(b, e, p, i, a)                                                                                  \
    STEP(setcaps, .bounding = (b), .effective = (e), .permitted = (p), .inheritable = (i), .ambient = (a))

static const struct row capabilities[] = {
    {"none", &as_user, NS_USER, CAPS(0, 0, 0, 0, 0), E_NONE},
    {"the same in all", &as_user, NS_USER, CAPS(5, 5, 5, 5, 5), E_NONE},
    {"effective over permitted", &as_user, NS_USER, CAPS(7, 7, 5, 5, 5), E_CONFIG_VALUE},
    {"ambient over permitted", &as_user, NS_USER, CAPS(7, 5, 5, 7, 7), E_CONFIG_VALUE},
    {"ambient over inheritable", &as_user, NS_USER, CAPS(7, 7, 7, 5, 7), E_CONFIG_VALUE},
    {"bit 63", &as_root, NS_LEAST, CAPS(0, 1ull << 63, 1ull << 62, 0, 0), E_CONFIG_VALUE},
};

static void capability_sets(void **state) {
    (void)state;
    RUN_ROWS(capabilities);
}

#define RETURN       "\6\0\0\0\0\0\xff\x7f" /* one instruction: two words */
#define FILTER(n, f) STEP(seccomp, .program = NUMBERS(n, RETURN RETURN), .flags = (f))

static const struct row filters[] = {
    {"a filter", &as_user, NS_USER, FILTER(2, 0), E_NONE},
    {"two instructions, flags", &as_user, NS_USER,
     FILTER(4, SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW), E_NONE},
    {"no instruction", &as_user, NS_USER, FILTER(0, 0), E_PLAN_FORMAT},
    {"one and a half", &as_root, NS_LEAST, FILTER(3, 0), E_PLAN_FORMAT},
    {"TSYNC", &as_root, NS_LEAST, FILTER(2, SECCOMP_FILTER_FLAG_TSYNC), E_PLAN_FORMAT},
    {"a flag of tomorrow", &as_user, NS_USER, FILTER(2, UINT32_C(1) << 31), E_PLAN_FORMAT},
    {"a listener that nobody asked for", &as_user, NS_USER, FILTER(2, SECCOMP_FILTER_FLAG_NEW_LISTENER),
     E_PLAN_FORMAT},
};

static void seccomp_filters(void **state) {
    (void)state;
    RUN_ROWS(filters);
    struct gate g;
    struct error e = {0};
    struct step at = STEP(seccomp_listener, .path = "/run/s"), silent = FILTER(2, 0);
    struct step notifies = FILTER(2, SECCOMP_FILTER_FLAG_NEW_LISTENER);
    gate_begin(&g, &as_user);
    must(&g, &at);
    must(&g, &notifies);
    gate_begin(&g, &as_user);
    must(&g, &at);
    check_verdict("a listener without its flag", gate_step(&g, &silent, &e), &e, E_PLAN_FORMAT);
}

#define HOOK(p, ...) STEP(hook, .path = (p), .args = LIST(1, "\1\0\0\0a"), __VA_ARGS__)

static const struct row hooks[] = {
    {"a hook", &as_user, NS_USER, HOOK("/bin/true", .timeout = 1), E_NONE},
    {"of root", &as_root, NS_LEAST, HOOK("/bin/true", .env = LIST(1, "\3\0\0\0A=1")), E_NONE},
    {"a relative path", &as_root, NS_LEAST, HOOK("bin/true", .timeout = 1), E_CONFIG_VALUE},
    {"no args", &as_root, NS_LEAST, STEP(hook, .path = "/bin/true"), E_CONFIG_VALUE},
    {"no variable", &as_user, NS_USER, HOOK("/bin/true", .env = LIST(1, "\1\0\0\0A")), E_CONFIG_VALUE},
};

/* A hook after other steps: with the filter's listener, and under a filter with these capability sets. */
static int hook_after(uint32_t namespaces, bool listener, bool filter, uint64_t bounding, uint64_t permitted,
                      struct error *e) {
    struct gate g;
    struct step notified = STEP(seccomp_listener, .path = "/run/s");
    struct step load = STEP(seccomp, .program = NUMBERS(2, "\6\0\0\0\0\0\0\0"),
                            .flags = listener ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0);
    struct step caps = CAPS(bounding, 0, permitted, 0, 0);
    struct step hook = HOOK("/bin/true", .timeout = 0);
    gate_begin(&g, &as_root);
    if (listener)
        must(&g, &notified);
    g.namespaces = namespaces;
    if (filter)
        must(&g, &load);
    must(&g, &caps);
    return gate_step(&g, &hook, e);
}

static void container_hooks(void **state) {
    (void)state;
    RUN_ROWS(hooks);
    const uint64_t trace = CAP(SYS_PTRACE), admin = CAP(SYS_ADMIN);
    const struct {
        const char *name;
        uint32_t namespaces;
        bool listener, filter;
        uint64_t bounding, permitted;
        enum error_code code;
    } rows[] = {
        {"a filter", NS_LEAST, false, true, admin, 0, E_NONE},
        {"a listener", NS_USER, true, true, 0, 0, E_CONFIG_UNSUPPORTED},
        {"a tracer beside init, which has SYS_ADMIN", NS_LEAST, false, true, trace, 0, E_CONFIG_UNSUPPORTED},
        {"a tracer that has it itself", NS_LEAST, false, true, trace | admin, admin, E_NONE},
        {"a tracer without a filter", NS_LEAST, false, false, trace, 0, E_NONE},
        {"a tracer in a user namespace", NS_USER, false, true, trace, 0, E_NONE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error e = {0};
        int rc = hook_after(rows[i].namespaces, rows[i].listener, rows[i].filter, rows[i].bounding,
                            rows[i].permitted, &e);
        check_verdict(rows[i].name, rc, &e, rows[i].code);
    }
}

#define SH        LIST(1, "\2\0\0\0sh")
#define EXEC(...) STEP(exec, .cwd = "/", .args = SH, __VA_ARGS__)

static const struct row commands[] = {
    {"sh", &as_user, NS_USER, EXEC(.env = LIST(2, "\3\0\0\0A=b\0\2\0\0\0B=")), E_NONE},
    {"later arguments may be empty", &as_user, NS_USER,
     STEP(exec, .cwd = "/", .args = LIST(2, "\2\0\0\0sh\0\0\0\0\0")), E_NONE},
    {"no arguments", &as_user, NS_USER, STEP(exec, .cwd = "/", .args = LIST(0, "")), E_CONFIG_VALUE},
    {"empty command", &as_user, NS_USER, STEP(exec, .cwd = "/", .args = LIST(1, "\0\0\0\0")), E_CONFIG_VALUE},
    {"relative cwd", &as_user, NS_USER, STEP(exec, .cwd = "tmp", .args = SH), E_CONFIG_VALUE},
    {"empty cwd", &as_root, NS_LEAST, STEP(exec, .cwd = "", .args = SH), E_CONFIG_VALUE},
    {"env without =", &as_user, NS_USER, EXEC(.env = LIST(2, "\3\0\0\0A=b\0\1\0\0\0B")), E_CONFIG_VALUE},
    {"env without a name", &as_user, NS_USER, EXEC(.env = LIST(1, "\2\0\0\0=b")), E_CONFIG_VALUE},
    {"env empty", &as_user, NS_USER, EXEC(.env = LIST(1, "\0\0\0\0")), E_CONFIG_VALUE},
};

static void command(void **state) {
    (void)state;
    RUN_ROWS(commands);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernel_names),
        cmocka_unit_test(resource_limits),
        cmocka_unit_test(ids),
        cmocka_unit_test(kernel_parameters),
        cmocka_unit_test(labels),
        cmocka_unit_test(capability_sets),
        cmocka_unit_test(attributes),
        cmocka_unit_test(container_hooks),
        cmocka_unit_test(command),
        cmocka_unit_test(network_devices),
        cmocka_unit_test(seccomp_filters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
