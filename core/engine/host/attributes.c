/* Attributes that container init gets from the monitor: limits before the clone, the rest while it waits.
 * Init itself could not: what asks for more than an unprivileged process may takes capabilities over the
 * host's user namespace, and those only a root caller has. */
#include <errno.h>
#include <linux/ioprio.h>
#include <stdbool.h>
#include <sys/resource.h>

#include "core/base/sys.h"
#include "core/engine/host/host.h"
#include "core/engine/host/identity.h"
#include "core/engine/host/spawn.h"
#include "core/engine/priv.h"
#include "core/plan/denied.h"

/* Anybody else gets none: the kernel then judges as it does for the caller's own processes. */
static uint64_t of_root(const struct host *h, uint64_t caps) {
    return h->facts->caller.is_root ? caps : 0;
}

/* Container init's step user sets the limits, so that nothing of ours runs into them. Before the clone, so
 * that init inherits it, the monitor only raises its own hard limit where the caller's is too low; and of two
 * limits it takes the soft one as well, since they decide what step scheduler may. */
int apply_rlimit(struct host *h, const struct step *s, struct error *e) {
    const struct op_rlimit *o = &s->as.rlimit;
    struct rlimit *limit = &h->limits[o->resource], own;
    rlim_t most = limit->rlim_max;
    bool now = o->resource == RLIMIT_NICE || o->resource == RLIMIT_RTPRIO;
    *limit = (struct rlimit){.rlim_cur = (rlim_t)o->soft, .rlim_max = (rlim_t)o->hard};
    if (o->hard <= most && !now)
        return 0;
    int rc = getrlimit((__rlimit_resource_t)o->resource, &own);
    own.rlim_max = limit->rlim_max > most ? limit->rlim_max : most;
    own.rlim_cur = now ? limit->rlim_cur : own.rlim_cur;
    if (rc == 0 && (rc = priv_raise(of_root(h, CAP(SYS_RESOURCE)))) == 0)
        rc = setrlimit((__rlimit_resource_t)o->resource, &own);
    identity_caller();
    return rc == 0 ? 0 : denied_limit(s, most, errno, e);
}

/* As euid 0, since the file is root's; what it may be set to is judged by the capability. */
int apply_oom_score(struct host *h, const struct step *s, struct error *e) {
    char room[16];
    struct text t = text_in(room, sizeof room);
    text_i64(&t, (int32_t)s->as.oom_score.adj);
    int rc = identity_root(of_root(h, CAP(SYS_RESOURCE)));
    if (rc == 0)
        rc = host_write_proc(h->pid, "oom_score_adj", t.bytes, t.len);
    identity_caller();
    return rc == 0 ? 0 : error_set(e, E_PROCESS, errno, s->origin, "setting oom_score_adj to %s", room);
}

/* Scheduling and I/O priority: asked as the owner of init's user namespace, which is nobody for a caller who
 * is not root. The kernel wants a power over that namespace, as init's capabilities there are more than ours;
 * it is no power over the host, where the caller's own rights and limits decide. */
int apply_scheduler(struct host *h, const struct step *s, struct error *e) {
    const struct op_scheduler *o = &s->as.scheduler;
    const struct sys_sched_attr attr = {sizeof attr, o->policy,  o->flags,    (int32_t)o->nice,
                                        o->priority, o->runtime, o->deadline, o->period};
    int rc = spawn_as_owner(h, of_root(h, CAP(SYS_NICE)));
    if (rc == 0)
        rc = sys_sched_setattr(h->pid, &attr);
    identity_caller();
    return rc == 0 ? 0 : error_set(e, E_PROCESS, errno, s->origin, "setting scheduling policy %u", o->policy);
}

int apply_ioprio(struct host *h, const struct step *s, struct error *e) {
    const struct op_ioprio *o = &s->as.ioprio;
    int rc = spawn_as_owner(h, of_root(h, CAP(SYS_NICE)));
    if (rc == 0)
        rc = sys_ioprio_set(h->pid, (int)(o->class << IOPRIO_CLASS_SHIFT | o->level));
    identity_caller();
    return rc == 0 ? 0 : error_set(e, E_PROCESS, errno, s->origin, "setting the I/O priority");
}
