#include "core/plan/limit.h"

#include <errno.h>
#include <sys/resource.h>

int limit_refused(const struct step *s, uint64_t most, int sys, struct error *e) {
    const struct op_rlimit *o = &s->as.rlimit;
    (void)error_set(e, E_RLIMIT, sys, s->origin, "setting the limit %u to soft %llu, hard %llu", o->resource,
                    (unsigned long long)o->soft, (unsigned long long)o->hard);
    if (sys != EPERM)
        return -1;
    return error_hint(e,
                      "the caller's own hard limit is %llu; only root with CAP_SYS_RESOURCE may raise it%s",
                      (unsigned long long)most, o->resource == RLIMIT_NOFILE ? ", up to fs.nr_open" : "");
}
