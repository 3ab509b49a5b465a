/* The payload's five capability sets and no_new_privs. capabilities(7), capset(2). */
#include <errno.h>
#include <linux/securebits.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "core/base/text.h"
#include "core/engine/init/init.h"

#define SET_COUNT 64

/* The three sets of capset(2), a bit each. */
struct sets {
    uint64_t permitted, effective, inheritable;
};

static int read_sets(struct sets *to) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct half[2] = {0};
    if (capget(&header, half) != 0)
        return -1;
    to->permitted = half[0].permitted | (uint64_t)half[1].permitted << 32;
    to->effective = half[0].effective | (uint64_t)half[1].effective << 32;
    to->inheritable = half[0].inheritable | (uint64_t)half[1].inheritable << 32;
    return 0;
}

static int write_sets(const struct sets *from) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct half[2];
    for (unsigned i = 0; i < 2; i++) {
        half[i].permitted = (uint32_t)(from->permitted >> (32 * i));
        half[i].effective = (uint32_t)(from->effective >> (32 * i));
        half[i].inheritable = (uint32_t)(from->inheritable >> (32 * i));
    }
    return capset(&header, half);
}

/* The kernel's answer to a question about one capability (PR_CAPBSET_READ ...), gathered for all that it
 * knows. */
static uint64_t read_each(int option, unsigned long first) {
    uint64_t mask = 0;
    for (unsigned long c = 0; c < SET_COUNT; c++) {
        int on = first == 0 ? prctl(option, c, 0, 0, 0) : prctl(option, first, c, 0, 0);
        if (on == 1)
            mask |= UINT64_C(1) << c;
    }
    return mask;
}

static uint64_t read_bounding(void) {
    return read_each(PR_CAPBSET_READ, 0);
}

static uint64_t read_ambient(void) {
    return read_each(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET);
}

/* Names the set and the capabilities that can't be had. */
static int lacking(const struct step *s, struct error *e, const char *set, uint64_t missing) {
    char room[256];
    struct text t = text_in(room, sizeof room);
    for (cap_value_t c = 0; c < SET_COUNT; c++) {
        if ((missing >> c & 1) == 0)
            continue;
        text_add(&t, t.len == 0 ? "number " : ", ");
        text_u64(&t, (uint64_t)c);
    }
    (void)error_set(e, E_CAPS, EPERM, s->origin, "the %s set can't have capability %s", set, room);
    return error_hint(e,
                      "the numbers are those of capabilities(7); a capability has to be in permitted to be "
                      "effective, and in permitted and inheritable to be ambient");
}

static int check(const struct step *s, uint64_t bounding, const struct sets *have, struct error *e) {
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
            return lacking(s, e, rows[i].set, rows[i].missing);
    }
    return 0;
}

/* The order matters: securebits and the bounding set need CAP_SETPCAP, which the last capset may take away;
 * the inheritable set takes nothing new that the bounding set has lost. */
static int write_all(const struct step *s, uint64_t bounding, struct sets have, struct error *e) {
    const struct op_setcaps *o = &s->as.setcaps;
    if (prctl(PR_SET_KEEPCAPS, 0) != 0 || (prctl(PR_GET_SECUREBITS) != 0 && prctl(PR_SET_SECUREBITS, 0) != 0))
        return error_set(e, E_CAPS, errno, s->origin, "setting the securebits back");
    have.inheritable = o->inheritable;
    if (write_sets(&have) != 0)
        return error_set(e, E_CAPS, errno, s->origin, "setting the inheritable set");
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
        return error_set(e, E_CAPS, errno, s->origin, "clearing the ambient set");
    for (unsigned long c = 0; c < SET_COUNT; c++) {
        if (((bounding & ~o->bounding) >> c & 1) != 0 && prctl(PR_CAPBSET_DROP, c, 0, 0, 0) != 0)
            return error_set(e, E_CAPS, errno, s->origin, "dropping capability %lu from the bounding set", c);
    }
    const struct sets final = {o->permitted, o->effective, o->inheritable};
    if (write_sets(&final) != 0)
        return error_set(e, E_CAPS, errno, s->origin, "setting the permitted and effective sets");
    for (unsigned long c = 0; c < SET_COUNT; c++) {
        if ((o->ambient >> c & 1) != 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0) != 0)
            return error_set(e, E_CAPS, errno, s->origin, "raising capability %lu in the ambient set", c);
    }
    return 0;
}

int apply_setcaps(struct init *in, const struct step *s, struct error *e) {
    (void)in;
    const struct op_setcaps *o = &s->as.setcaps;
    struct sets have;
    uint64_t bounding = read_bounding();
    if (read_sets(&have) != 0)
        return error_set(e, E_CAPS, errno, s->origin, "reading the capabilities");
    if (check(s, bounding, &have, e) != 0 || write_all(s, bounding, have, e) != 0)
        return -1;
    if (read_sets(&have) != 0 || have.permitted != o->permitted || have.effective != o->effective ||
        have.inheritable != o->inheritable || read_bounding() != o->bounding || read_ambient() != o->ambient)
        return error_set(e, E_INTERNAL, 0, s->origin, "the capability sets are not what was set");
    return 0;
}

int apply_no_new_privs(struct init *in, const struct step *s, struct error *e) {
    (void)in;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set(e, E_CAPS, errno, s->origin, "setting no_new_privs");
    return 0;
}
