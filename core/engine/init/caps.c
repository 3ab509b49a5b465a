/* The payload's five capability sets and no_new_privs. capabilities(7), capset(2). */
#include <errno.h>
#include <linux/securebits.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "core/engine/init/init.h"
#include "core/engine/priv.h"
#include "core/plan/denied.h"

#define SET_COUNT 64

/* The kernel's answer to a question about one capability (PR_CAPBSET_READ ...), gathered for all that it
 * knows. */
static uint64_t read_each(int option, unsigned long first) {
    uint64_t mask = 0;
    for (unsigned long c = 0; c < SET_COUNT; c++) {
        int is = first == 0 ? prctl(option, c, 0, 0, 0) : prctl(option, first, c, 0, 0);
        if (is < 0) /* EINVAL: the kernel knows no more of them */
            break;
        mask |= (uint64_t)is << c;
    }
    return mask;
}

static int check(const struct step *s, uint64_t bounding, const struct priv_sets *have, struct error *e) {
    const struct op_setcaps *o = &s->as.setcaps;
    const struct {
        const char *set;
        uint64_t missing;
    } rows[] = {
        {"bounding", o->bounding & ~bounding},
        {"permitted", o->permitted & ~have->permitted},
        {"effective", o->effective & ~o->permitted},
        {"inheritable", o->inheritable & ~(have->inheritable | bounding)},
        {"ambient", o->ambient & ~(o->permitted & o->inheritable)},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].missing != 0)
            return denied_caps(s, rows[i].set, rows[i].missing, e);
    }
    return 0;
}

/* The order matters: securebits and the bounding set need CAP_SETPCAP, which the last capset may take away;
 * the inheritable set takes nothing new that the bounding set has lost. */
static int write_all(const struct step *s, uint64_t bounding, struct priv_sets have, uint64_t kept,
                     struct error *e) {
    const struct op_setcaps *o = &s->as.setcaps;
    if (prctl(PR_SET_KEEPCAPS, 0) != 0 || (prctl(PR_GET_SECUREBITS) != 0 && prctl(PR_SET_SECUREBITS, 0) != 0))
        return error_set(e, E_CAPS, errno, s->origin, "setting the securebits back");
    have.inheritable = o->inheritable;
    if (priv_write(&have) != 0)
        return error_set(e, E_CAPS, errno, s->origin, "setting the inheritable set");
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
        return error_set(e, E_CAPS, errno, s->origin, "clearing the ambient set");
    for (unsigned long c = 0; c < SET_COUNT; c++) {
        if (((bounding & ~o->bounding) >> c & 1) != 0 && prctl(PR_CAPBSET_DROP, c, 0, 0, 0) != 0)
            return error_set(e, E_CAPS, errno, s->origin, "dropping capability %lu from the bounding set", c);
    }
    const struct priv_sets final = {o->effective, o->permitted | kept, o->inheritable};
    if (priv_write(&final) != 0)
        return error_set(e, E_CAPS, errno, s->origin, "setting the permitted and effective sets");
    for (unsigned long c = 0; c < SET_COUNT; c++) {
        if ((o->ambient >> c & 1) != 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0) != 0)
            return error_set(e, E_CAPS, errno, s->origin, "raising capability %lu in the ambient set", c);
    }
    return 0;
}

int apply_seccomp(struct init *in, const struct step *s, struct error *e) {
    (void)e;
    in->filter = s->as.seccomp.program;
    in->filter_flags = s->as.seccomp.flags;
    return 0;
}

int apply_setcaps(struct init *in, const struct step *s, struct error *e) {
    const struct op_setcaps *o = &s->as.setcaps;
    struct priv_sets have = priv_read();
    uint64_t bounding = read_each(PR_CAPBSET_READ, 0);
    /* loading a filter takes it, unless no_new_privs is set. execve(2) computes the payload's sets without
     * looking at it; not so under no_new_privs, where what is permitted bounds what the payload gets */
    uint64_t kept = in->filter.count > 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 ? CAP(SYS_ADMIN) : 0;
    kept &= have.permitted;
    if (check(s, bounding, &have, e) != 0 || write_all(s, bounding, have, kept, e) != 0)
        return -1;
    have = priv_read();
    if (have.permitted != (o->permitted | kept) || have.effective != o->effective ||
        have.inheritable != o->inheritable || read_each(PR_CAPBSET_READ, 0) != o->bounding ||
        read_each(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET) != o->ambient)
        return error_set(e, E_INTERNAL, 0, s->origin, "the capability sets are not what was set");
    return 0;
}

int apply_no_new_privs(struct init *in, const struct step *s, struct error *e) {
    (void)in;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set(e, E_CAPS, errno, s->origin, "setting no_new_privs");
    return 0;
}
