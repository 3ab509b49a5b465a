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

/* Who executed the shim: real ids, never the effective ones. */
struct caller {
    uint32_t uid;
    uint32_t gid;
    bool is_root;             /* real uid 0 */
    uint32_t uid_range_count; /* delegated by /etc/subuid */
    uint32_t gid_range_count; /* delegated by /etc/subgid */
    struct id_range uid_ranges[FACTS_RANGES_MAX];
    struct id_range gid_ranges[FACTS_RANGES_MAX];
};

/* Values only, no pointers: the interpreter's cache compares the bytes of the whole struct. */
struct facts {
    struct caller caller;
    uint64_t capabilities;        /* what a payload without a user namespace can have, a bit each */
    uint64_t capabilities_known;  /* what this kernel knows, a bit each */
    char cgroup_mount[64];        /* where cgroup2 is mounted on the host, or "" */
    char cgroup_controllers[128]; /* the text of its cgroup.controllers */
    char cgroup_root[16]; /* below it, locald's own: "/locald.slice" where systemd runs, or "/locald" */
};

#endif
