#include "core/engine/init/kernel.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

#include "core/base/sys.h"
#include "core/engine/init/procfs.h"

#define NODES_MAX 1024u /* of the kernel's largest configuration */

/* What is joined by path may prove to be the host's own. */
static int set_name(const struct init *in, const struct step *s, const char *name,
                    int (*set)(const char *, size_t), struct error *e) {
    if ((in->namespaces & CLONE_NEWUTS) == 0)
        return plan_fail(s, e, E_CONFIG_VALUE, 0, NULL, "the uts namespace that is joined is the host's own");
    if (set(name, strlen(name)) != 0)
        return error_set(e, E_HOSTNAME, errno, s->origin, "setting the name %s", name);
    return 0;
}

int apply_hostname(struct init *in, const struct step *s, struct error *e) {
    return set_name(in, s, s->as.hostname.name, sethostname, e);
}

int apply_domainname(struct init *in, const struct step *s, struct error *e) {
    return set_name(in, s, s->as.domainname.name, setdomainname, e);
}

/* Who may write it is asked of the kernel, with the caller's ids and capabilities over the container's user
 * namespace. A line of its own: a write of nothing would not empty a list. Before pivot: in a user namespace
 * a procfs can be mounted only where the host's is to be seen. After the mounts: user.max_mnt_namespaces
 * counts each detached mount. What the bundle mounts at /proc is none of our business here. sysctl(8) */
int apply_sysctl(struct init *in, const struct step *s, struct error *e) {
    const struct op_sysctl *o = &s->as.sysctl;
    char path[512], line[4096]; /* over the bounds in the table: 255, 4094 */
    (void)snprintf(path, sizeof path, "sys/%s", o->path);
    (void)snprintf(line, sizeof line, "%s\n", o->value);
    if (procfs_ready(in, s, e) != 0)
        return -1;
    if (procfs_write(in, path, line) != 0)
        return error_set(e, E_SYSCTL, errno, s->origin, "writing \"%s\" to /proc/%s", o->value, path);
    return 0;
}

int apply_personality(struct init *in, const struct step *s, struct error *e) {
    (void)in;
    if (personality(s->as.personality.domain) < 0)
        return error_set(e, E_PROCESS, errno, s->origin, "setting the personality");
    return 0;
}

int apply_mempolicy(struct init *in, const struct step *s, struct error *e) {
    const struct op_mempolicy *o = &s->as.mempolicy;
    uint64_t nodes[NODES_MAX / 64] = {0};
    (void)in;
    for (uint32_t i = 0; i < o->nodes.count && i < NODES_MAX / 32; i++)
        nodes[i / 2] |= (uint64_t)plan_u32s_get(&o->nodes, i) << (32 * (i % 2));
    if (sys_set_mempolicy((int)(o->mode | o->flags), nodes, NODES_MAX + 1) != 0)
        return error_set(e, E_PROCESS, errno, s->origin, "setting the memory policy");
    return 0;
}

int kernel_set_limits(const struct init *in, struct error *e) {
    for (int i = 0; i < (int)RLIM_NLIMITS; i++) {
        struct rlimit now;
        const struct rlimit *wanted = &in->limits[i];
        if (getrlimit((__rlimit_resource_t)i, &now) == 0 && now.rlim_cur == wanted->rlim_cur &&
            now.rlim_max == wanted->rlim_max)
            continue;
        if (setrlimit((__rlimit_resource_t)i, wanted) != 0)
            return error_set(e, E_RLIMIT, errno, "process.rlimits", "setting the limit %d", i);
    }
    return 0;
}
