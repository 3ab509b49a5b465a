/* The rules of namespaces, id maps and setgroups: user_namespaces(7), newuidmap(1), and what they do not say.
 */
#include <sched.h>
#include <stdbool.h>
#include <time.h>

#include "core/gate/rules.h"

#define NAMESPACES                                                                                           \
    ((uint32_t)(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |    \
                CLONE_NEWCGROUP | CLONE_NEWTIME))

/* What a caller who is not root may join, if it is the caller's, which the namespace itself has to say
 * (apply_join). Not a user namespace, and no cgroup namespace, which takes power over it inside. */
#define FOR_ALL ((uint32_t)(CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME))

static const char *const file_names[] = {"/etc/subuid", "/etc/subgid"};

int gate_join(struct gate *g, const struct step *s, struct error *e) {
    const struct op_join *o = &s->as.join;
    uint32_t possible = g->caller->is_root ? NAMESPACES & ~(uint32_t)CLONE_NEWNS : FOR_ALL;
    if (!g->caller->is_root && g->caller->policy.join == 0)
        return plan_fail(s, e, E_AUTHORITY, 0, NULL, "the host's policy lets nobody join namespaces");
    if ((o->flag & possible) == 0 || (o->flag & (o->flag - 1)) != 0)
        return plan_fail(s, e, E_AUTHORITY, 0, NULL, "is no namespace that this caller can join");
    if ((g->joined & (o->flag | CLONE_NEWUSER)) != 0)
        return plan_fail(s, e, E_PLAN_ORDER, 0, NULL, "is joined twice, or after the user namespace");
    g->joined |= o->flag;
    return rule_absolute(s, o->path, e);
}

int gate_unshare(struct gate *g, const struct step *s, struct error *e) {
    uint32_t flags = s->as.unshare.flags;
    if ((flags & ~NAMESPACES) != 0)
        return error_set(e, E_PLAN_FORMAT, 0, s->origin, "names namespaces that the shim does not make");
    if ((flags & g->joined) != 0)
        return plan_fail(s, e, E_CONFIG_VALUE, 0, NULL, "a namespace is to be new and to be joined");
    g->namespaces = flags;
    if (rule_namespace(g, s, CLONE_NEWNS, "mount", e) != 0)
        return -1;
    if ((flags & CLONE_NEWPID) == 0 && g->seen[PLAN_OP_cgroup] == 0)
        return plan_fail(s, e, E_CONFIG_VALUE, 0, NULL,
                         "without a new pid namespace it takes a cgroup to end it");
    if (!g->caller->is_root && (flags & CLONE_NEWUSER) == 0) {
        (void)error_set(e, E_AUTHORITY, 0, s->origin,
                        "only root may run a container without a user namespace");
        return error_hint(e,
                          "add {\"type\": \"user\"} to linux.namespaces, with uidMappings and gidMappings");
    }
    return 0;
}

/* Which values are possible is the kernel's to say: it knows what its clocks say now. */
int gate_time_offset(struct gate *g, const struct step *s, struct error *e) {
    const struct op_time_offset *o = &s->as.time_offset;
    if (rule_namespace(g, s, CLONE_NEWTIME, "time", e) != 0)
        return -1;
    bool clock = o->clock == CLOCK_MONOTONIC || o->clock == CLOCK_BOOTTIME;
    if (!clock || o->nanosecs > 999999999)
        return plan_fail(s, e, E_PLAN_FORMAT, 0, NULL, "is no clock that has an offset, or no time");
    return 0;
}

static bool overlaps(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size) {
    return a < (uint64_t)b + b_size && b < (uint64_t)a + a_size;
}

/* What an extent is by itself and beside the others, whoever asks. All sums are of 64 bits; 4294967295 is "no
 * id". */
static int extent_shape(const struct gate *g, const struct step *s, struct error *e) {
    const struct op_idmap *o = &s->as.idmap;
    if (o->size == 0)
        return error_set(e, E_CONFIG_VALUE, 0, s->origin, "the extent has size 0");
    if ((uint64_t)o->inside + o->size > UINT32_MAX || (uint64_t)o->outside + o->size > UINT32_MAX)
        return error_set(e, E_CONFIG_VALUE, 0, s->origin, "the extent goes beyond id 4294967294");
    if (g->extent_count[o->kind] == GATE_EXTENTS_MAX)
        return error_set(e, E_CONFIG_VALUE, 0, s->origin, "the kernel takes at most %d extents",
                         GATE_EXTENTS_MAX);
    for (uint32_t i = 0; i < g->extent_count[o->kind]; i++) {
        const struct gate_extent *x = &g->extents[o->kind][i];
        if (overlaps(o->inside, o->size, x->inside, x->size))
            return error_set(e, E_CONFIG_VALUE, 0, s->origin,
                             "overlaps another extent in the container's ids");
        if (overlaps(o->outside, o->size, x->outside, x->size))
            return error_set(e, E_CONFIG_VALUE, 0, s->origin, "overlaps another extent in the host's ids");
    }
    return 0;
}

static bool is_own_id(const struct caller *c, const struct op_idmap *o) {
    return o->size == 1 && o->outside == (o->kind == GATE_UID ? c->uid : c->gid);
}

/* Host id 0 is never given, not even as the caller's own gid or by a line of /etc/subuid. */
static int extent_authority(const struct gate *g, const struct step *s, struct error *e) {
    const struct op_idmap *o = &s->as.idmap;
    const struct caller *c = g->caller;
    if (c->is_root)
        return 0;
    if (o->outside != 0 && (is_own_id(c, o) || rule_delegated(c, (int)o->kind, o->outside, o->size)))
        return 0;

    uint64_t last = (uint64_t)o->outside + o->size - 1;
    const char *what = o->kind == GATE_UID ? "uid" : "gid";
    (void)error_set(e, E_AUTHORITY, 0, s->origin, "host %ss %u to %llu are not delegated to the caller", what,
                    o->outside, (unsigned long long)last);
    const struct id_range *r = o->kind == GATE_UID ? c->uid_ranges : c->gid_ranges;
    if ((o->kind == GATE_UID ? c->uid_range_count : c->gid_range_count) == 0)
        return error_hint(e, "%s has no range for the caller: only the own %s, with size 1, can be mapped",
                          file_names[o->kind], what);
    return error_hint(e, "%s delegates from %u on %u ids; the own %s can be mapped with size 1",
                      file_names[o->kind], r[0].first, r[0].count, what);
}

int gate_idmap(struct gate *g, const struct step *s, struct error *e) {
    const struct op_idmap *o = &s->as.idmap;
    if (o->kind != GATE_UID && o->kind != GATE_GID)
        return error_set(e, E_PLAN_FORMAT, 0, s->origin, "is a map neither of uids nor of gids");
    if (rule_namespace(g, s, CLONE_NEWUSER, "user", e) != 0 || extent_shape(g, s, e) != 0)
        return -1;
    g->extents[o->kind][g->extent_count[o->kind]++] =
        (struct gate_extent){.inside = o->inside, .outside = o->outside, .size = o->size};
    return extent_authority(g, s, e);
}

/* A group can take rights away (a file of mode 0604), so dropping groups is a power: the administrator gives
 * it by delegating gids, as newgidmap(1) has it. The caller's own gid alone gives none. */
int gate_setgroups(struct gate *g, const struct step *s, struct error *e) {
    if (rule_namespace(g, s, CLONE_NEWUSER, "user", e) != 0)
        return -1;
    if (s->as.setgroups.allow > 1)
        return error_set(e, E_PLAN_FORMAT, 0, s->origin, "setgroups is neither allowed nor denied");
    g->setgroups = s->as.setgroups.allow == 1;
    if (g->caller->is_root || !g->setgroups)
        return 0;
    for (uint32_t i = 0; i < g->extent_count[GATE_GID]; i++) {
        const struct gate_extent *x = &g->extents[GATE_GID][i];
        if (rule_delegated(g->caller, GATE_GID, x->outside, x->size))
            return 0;
    }
    return plan_fail(s, e, E_AUTHORITY, 0, NULL, "setgroups needs a gid that is delegated to the caller");
}
