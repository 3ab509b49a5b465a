#include "core/engine/init/kernel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/engine/init/procfs.h"

int apply_hostname(struct init *in, const struct step *s, struct error *e) {
    (void)in;
    const char *name = s->as.hostname.name;
    if (sethostname(name, strlen(name)) != 0)
        return error_set(e, E_HOSTNAME, errno, s->origin, "setting the host name %s", name);
    return 0;
}

int apply_domainname(struct init *in, const struct step *s, struct error *e) {
    (void)in;
    const char *name = s->as.domainname.name;
    if (setdomainname(name, strlen(name)) != 0)
        return error_set(e, E_HOSTNAME, errno, s->origin, "setting the domain name %s", name);
    return 0;
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

int kernel_restore_limits(struct init *in, struct error *e) {
    if (in->limits_restored)
        return 0;
    for (int i = 0; i < (int)RLIM_NLIMITS; i++) {
        struct rlimit now;
        const struct rlimit *old = &in->saved[i];
        if (getrlimit((__rlimit_resource_t)i, &now) == 0 && now.rlim_cur == old->rlim_cur &&
            now.rlim_max == old->rlim_max)
            continue;
        if (setrlimit((__rlimit_resource_t)i, old) != 0)
            return error_set(e, E_RLIMIT, errno, "process.rlimits", "giving back the caller's limit %d", i);
    }
    in->limits_restored = true;
    return 0;
}

int apply_rlimit(struct init *in, const struct step *s, struct error *e) {
    const struct op_rlimit *o = &s->as.rlimit;
    if (kernel_restore_limits(in, e) != 0)
        return -1;
    const struct rlimit limit = {.rlim_cur = (rlim_t)o->soft, .rlim_max = (rlim_t)o->hard};
    if (setrlimit((__rlimit_resource_t)o->resource, &limit) == 0)
        return 0;
    int sys = errno;
    (void)error_set(e, E_RLIMIT, sys, s->origin, "setting the limit %u to soft %llu, hard %llu", o->resource,
                    (unsigned long long)o->soft, (unsigned long long)o->hard);
    if (sys == EPERM && o->resource < RLIM_NLIMITS)
        return error_hint(
            e, "the caller's own hard limit is %llu; only root with CAP_SYS_RESOURCE may raise it%s",
            (unsigned long long)in->saved[o->resource].rlim_max,
            o->resource == RLIMIT_NOFILE ? ", up to fs.nr_open" : "");
    return -1;
}
