#include "core/plan/denied.h"

#include <errno.h>
#include <sys/resource.h>

#include "core/base/text.h"

int denied_limit(const struct step *s, uint64_t most, int sys, struct error *e) {
    const struct op_rlimit *o = &s->as.rlimit;
    (void)error_set(e, E_RLIMIT, sys, s->origin, "setting the limit %u to soft %llu, hard %llu", o->resource,
                    (unsigned long long)o->soft, (unsigned long long)o->hard);
    if (sys != EPERM)
        return -1;
    return error_hint(e,
                      "the caller's own hard limit is %llu; only root with CAP_SYS_RESOURCE may raise it%s",
                      (unsigned long long)most, o->resource == RLIMIT_NOFILE ? ", up to fs.nr_open" : "");
}

int denied_caps(const struct step *s, const char *set, uint64_t missing, struct error *e) {
    char room[256];
    struct text t = text_in(room, sizeof room);
    for (unsigned c = 0; c < 64; c++) {
        if ((missing >> c & 1) == 0)
            continue;
        text_add(&t, t.len == 0 ? "number " : ", ");
        text_u64(&t, c);
    }
    return plan_fail(s, e, E_CAPS, EPERM, NULL, "the %s set can't have capability %s", set, room);
}
