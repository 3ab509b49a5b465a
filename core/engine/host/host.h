/*
 * host: what the monitor knows of one run while it performs the steps of stage HOST and waits.
 * ruid is the caller's, euid too but for the brackets that say so; the effective capability set is empty between steps.
 */
#ifndef LOCALD_ENGINE_HOST_HOST_H
#define LOCALD_ENGINE_HOST_HOST_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/plan/facts.h"
#include "core/plan/plan.h"

#define HOST_ID_MAX   128
#define HOST_PATH_MAX 4096

struct host_state; /* state.h */

struct host {
    const struct facts *facts; /* borrowed */
    char id[HOST_ID_MAX + 1];
    char bundle[HOST_PATH_MAX]; /* absolute path of the bundle */
    int bundle_fd;              /* O_PATH directory, opened with the caller's credentials */

    /* what the steps asked for */
    uint32_t namespaces;
    bool setgroups;
    const char *oci_version; /* in the plan's bytes until the state is written */
    const char *annotations;

    /* what exists and has to end with the run */
    int state_dir_fd;   /* <bundle>/.locald-shim-state/<id>, locked; -1 */
    int cgroup_fd;      /* the leaf; -1 without a cgroup */
    int cgroup_kill_fd; /* its cgroup.kill, open for writing; -1 */
    int cgroup_parent_fd;
    char cgroup_path[HOST_PATH_MAX]; /* absolute, of the leaf; "" */
    pid_t pid;          /* container init in the host's pid namespace; 0 before the clone */
    int pidfd;          /* -1 before the clone */
    int sync_fd;
    int pty_fd;         /* the pseudoterminal's master when the monitor relays; -1 */
    int report_fd;      /* --report-fd; -1 */
    struct rlimit saved[RLIM_NLIMITS]; /* the caller's limits, given back to the payload */
};

/* One per operation of stage HOST. */
#define HOST_DECLARE_INIT(name)
#define HOST_DECLARE_HOST(name) int apply_##name(struct host *h, const struct step *s, struct error *e);
#define HOST_DECLARE(name, stage, phase, least, most, caps, summary) HOST_DECLARE_##stage(name)
PLAN_OPS(HOST_DECLARE)
#undef HOST_DECLARE
#undef HOST_DECLARE_HOST
#undef HOST_DECLARE_INIT

#endif
