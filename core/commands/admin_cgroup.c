/*
 * admin cgroup setup. Containers of callers who are not root can be limited once the controllers are enabled
 * from the top of the cgroup2 tree to locald's root.
 *
 * On a host with systemd they have to stay enabled: it writes cgroup.subtree_control of the cgroups of its
 * own units, taking away what these do not ask for. The kernel refuses that (EBUSY) for a controller that a
 * cgroup below has enabled in turn. So each level is pinned by the one below it, and an empty cgroup, pin,
 * pins locald's root; it also keeps the end of a container from removing that.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/commands/commands.h"
#include "core/engine/host/caller.h"
#include "core/engine/host/cgroup.h"
#include "core/engine/host/identity.h"
#include "core/gate/gate.h"

static const char where[] = "admin cgroup setup";

/* Adds the names of what is enabled to `has`. */
static int setup(struct facts *facts, struct text *has, struct error *e) {
    char below[POLICY_ROOT_SIZE + 8]; /* of the cgroup that pins, with a slash at its end */
    CLEANUP_FD int mount = cgroup_open_mount(facts);
    (void)snprintf(below, sizeof below, "%s/pin/", facts->cgroup_root);
    (void)umask(022);
    if (mount < 0 || (mkdirat(mount, facts->cgroup_root + 1, 0755) != 0 && errno != EEXIST) ||
        (mkdirat(mount, below + 1, 0755) != 0 && errno != EEXIST))
        return error_set(e, E_CGROUP, errno, where, "making the cgroup %s", below);
    char path[POLICY_ROOT_SIZE + 16], pid[16];
    (void)snprintf(path, sizeof path, "%s/cgroup.procs", facts->cgroup_root + 1);
    CLEANUP_FD int processes = openat(mount, path, O_RDONLY | O_CLOEXEC);
    if (read_full(processes, pid, sizeof pid) > 0) /* the threaded controllers would make it a threaded one */
        return error_set(e, E_CGROUP, EBUSY, where, "processes stand in %s itself", facts->cgroup_root);
    char *rest = facts->cgroup_controllers;
    for (char *name = strsep(&rest, " \n"); name != NULL; name = strsep(&rest, " \n")) {
        if (name[0] != '\0' && cgroup_enable(facts, below, name) == 0) {
            text_add(has, " ");
            text_add(has, name);
        }
    }
    return 0;
}

int command_admin_cgroup_setup(const struct options *o, const struct start *start) {
    (void)o;
    struct error e = {0};
    struct facts facts;
    char names[128];
    struct text has = text_in(names, sizeof names);
    if (caller_facts(&facts, &e) == 0 &&
        (!facts.caller.is_root || !start->privileged || identity_root(CAP(DAC_OVERRIDE)) != 0))
        (void)error_set(&e, E_AUTHORITY, 0, where, "only root may do this");
    else if (e.code == E_NONE)
        (void)setup(&facts, &has, &e);
    identity_caller();
    if (e.code != E_NONE)
        return error_print(&e);
    if (strstr(names, " memory") == NULL || strstr(names, " pids") == NULL)
        warning_print(where, "limits that need other controllers will be refused: the kernel does not have "
                             "them, has them as cgroup v1, or processes stand in the cgroups on the way");
    return dprintf(STDOUT_FILENO, "locald-shim: cgroup %s has the controllers:%s\n", facts.cgroup_root,
                   names) > 0
               ? 0
               : 125;
}

int command_admin_cgroup_kill(const struct options *o, const struct start *start) {
    struct error e = {0};
    struct facts facts = {0};
    struct gate gate;
    struct host *h = caller_enter(start, &facts, &e);
    const struct step asked = {.op = PLAN_OP_cgroup, .origin = "--path", .as.cgroup.path = o->path};
    gate_begin(&gate, &facts.caller);
    bool done = h != NULL && gate_cgroup(&gate, &asked, &e) == 0 && cgroup_kill(h, o->path, &e) == 0;
    return done ? 0 : error_print(&e);
}
