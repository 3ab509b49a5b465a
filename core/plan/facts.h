/*
 * facts: what the interpretation may depend on besides config.json. Plain values, gathered by the monitor
 * before the interpreter is forked; Lua sees them as the table `facts` with the same names. The gate judges
 * by `caller`.
 */
#ifndef LOCALD_PLAN_FACTS_H
#define LOCALD_PLAN_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#define FACTS_RANGES_MAX 64

struct id_range {
    uint32_t first;
    uint32_t count;
};

/* One extent of an id map: user_namespaces(7). */
struct id_extent {
    uint32_t inside, outside, size;
};

#define POLICY_EVERYBODY    UINT32_MAX
#define POLICY_PORTS_MAX    32
#define POLICY_ROOTS_MAX    4
#define POLICY_ROOT_SIZE    64
#define POLICY_SUFFIXES_MAX 8
#define POLICY_SUFFIX_SIZE  64

/* What the administrator says of callers who are not root: /etc/locald-shim.conf. */
struct policy {
    uint32_t gid;            /* the group whose members may call, or POLICY_EVERYBODY */
    uint32_t max_containers; /* of one uid, alive at once */
    uint32_t join;           /* 1: namespaces of their own may be joined */
    uint32_t loopback;       /* 1: ports are bound to 127.0.0.1 only */
    uint32_t port_count;
    uint32_t ports[POLICY_PORTS_MAX]; /* that they may have */
    uint32_t root_count;
    char roots[POLICY_ROOTS_MAX][POLICY_ROOT_SIZE]; /* cgroups below which they may have theirs */
    uint32_t suffix_count;
    char suffixes[POLICY_SUFFIXES_MAX]
                 [POLICY_SUFFIX_SIZE]; /* of host names, beside .localhost; each begins with a dot */
};

/* Without the file. The first root is where systemd runs, which removes cgroups that are no units of its. */
#define POLICY_DEFAULT                                                                                       \
    {                                                                                                        \
        .gid = POLICY_EVERYBODY, .max_containers = 1024, .join = 1, .port_count = 2, .ports = {80, 443},     \
        .root_count = 2, .roots = {                                                                          \
            "/locald.slice",                                                                                 \
            "/locald"                                                                                        \
        }                                                                                                    \
    }

/* Who executed the shim: real ids, never the effective ones. */
struct caller {
    uint32_t uid;
    uint32_t gid;
    bool is_root;             /* real uid 0 */
    uint32_t uid_range_count; /* delegated by /etc/subuid */
    uint32_t gid_range_count; /* delegated by /etc/subgid */
    struct id_range uid_ranges[FACTS_RANGES_MAX];
    struct id_range gid_ranges[FACTS_RANGES_MAX];
    struct policy policy;
};

/* Values only, no pointers: the interpreter's cache compares the bytes of the whole struct. */
struct facts {
    struct caller caller;
    uint64_t capabilities;              /* what a payload without a user namespace can have, a bit each */
    uint64_t capabilities_known;        /* what this kernel knows, a bit each */
    char cgroup_mount[64];              /* where cgroup2 is mounted on the host, or "" */
    char cgroup_controllers[128];       /* the text of its cgroup.controllers */
    char cgroup_root[POLICY_ROOT_SIZE]; /* below it, locald's own: one of the policy's roots */
};

#endif
