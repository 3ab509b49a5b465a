#include "core/gate/rules.h"

#include <sched.h>
#include <sys/mount.h>

#define ATTR_KNOWN                                                                                           \
    (UINT64_C(0) | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |            \
     MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW)
#define ATTR_NO_GAIN (UINT64_C(0) | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

int rule_absolute(const struct step *s, const char *path, struct error *e) {
    return path[0] == '/' ? 0 : plan_fail(s, e, E_CONFIG_VALUE, 0, path, "expected an absolute path");
}

int rule_attr(const struct step *s, uint64_t attr, struct error *e) {
    if ((attr & ~ATTR_KNOWN) != 0)
        return error_set(e, E_PLAN_FORMAT, 0, s->origin, "has mount attributes that the shim does not know");
    uint64_t atime = attr & MOUNT_ATTR__ATIME;
    if (atime != MOUNT_ATTR_RELATIME && atime != MOUNT_ATTR_NOATIME && atime != MOUNT_ATTR_STRICTATIME)
        return error_set(e, E_PLAN_FORMAT, 0, s->origin, "has an atime value that is none");
    return 0;
}

int rule_attr_pair(const struct step *s, uint64_t set, uint64_t clr, struct error *e) {
    const uint64_t atime = MOUNT_ATTR__ATIME;
    /* The whole field in clr is right, though it is no value: so it is judged without. */
    if (rule_attr(s, set, e) != 0 || rule_attr(s, clr & ~atime, e) != 0)
        return -1;
    if ((set & clr & ~atime) != 0)
        return error_set(e, E_PLAN_FORMAT, 0, s->origin, "sets and clears the same mount attribute");
    if (((set | clr) & atime) != 0 && (clr & atime) != atime)
        return error_set(e, E_PLAN_FORMAT, 0, s->origin, "changes the atime value without clearing it");
    return 0;
}

int rule_no_gain(const struct gate *g, const struct step *s, uint64_t set, uint64_t clr, struct error *e) {
    if (g->caller->is_root)
        return 0;
    if ((set & ATTR_NO_GAIN) != ATTR_NO_GAIN || (clr & ATTR_NO_GAIN) != 0)
        return plan_fail(s, e, E_AUTHORITY, 0, NULL,
                         "a mount of a caller who is not root is nosuid and nodev");
    return 0;
}

int rule_propagation(const struct step *s, const struct plan_u32s *list, struct error *e) {
    for (uint32_t i = 0; i < list->count; i++) {
        uint32_t type = plan_u32s_get(list, i) & ~(uint32_t)MS_REC;
        if (type != MS_SHARED && type != MS_PRIVATE && type != MS_SLAVE && type != MS_UNBINDABLE)
            return plan_fail(s, e, E_PLAN_FORMAT, 0, NULL, "has a mount propagation that is none");
    }
    return 0;
}

int rule_namespace(const struct gate *g, const struct step *s, uint32_t flag, const char *word,
                   struct error *e) {
    if ((g->namespaces & flag) != 0)
        return 0;
    (void)error_set(e, E_CONFIG_VALUE, 0, s->origin, "needs a new %s namespace", word);
    return error_hint(e, "add {\"type\": \"%s\"} to linux.namespaces", word);
}

bool rule_mapped(const struct gate *g, int kind, uint32_t id) {
    if ((g->namespaces & CLONE_NEWUSER) == 0)
        return id != UINT32_MAX;
    for (uint32_t i = 0; i < g->extent_count[kind]; i++) {
        const struct gate_extent *x = &g->extents[kind][i];
        if (id >= x->inside && id - x->inside < x->size)
            return true;
    }
    return false;
}

/* The first id at or behind `id` that no range holds, as far as one range tells: `id` itself when none holds
 * it. */
static uint64_t behind_range(const struct id_range *ranges, uint32_t count, uint64_t id) {
    for (uint32_t i = 0; i < count; i++) {
        uint64_t end = (uint64_t)ranges[i].first + ranges[i].count;
        if (id >= ranges[i].first && id < end)
            return end;
    }
    return id;
}

bool rule_delegated(const struct caller *c, int kind, uint32_t first, uint32_t size) {
    const struct id_range *ranges = kind == GATE_UID ? c->uid_ranges : c->gid_ranges;
    uint32_t count = kind == GATE_UID ? c->uid_range_count : c->gid_range_count;
    uint64_t end = (uint64_t)first + size;
    for (uint64_t at = first; at < end;) {
        uint64_t next = behind_range(ranges, count, at);
        if (next == at)
            return false;
        at = next; /* grows, and past a whole range: at most `count` rounds */
    }
    return true;
}
