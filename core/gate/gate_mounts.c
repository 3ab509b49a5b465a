/* The rules of the root file system, mounts and binds. Paths are judged by the kernel, with the caller's
 * credentials. */
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>

#include "core/gate/rules.h"

/* The types that are safe with any options and from any caller, and the namespace that has to be new so that
 * the mounter's user namespace owns the instance (else the kernel says EPERM, and no one knows why). */
static const struct {
    const char *fstype;
    uint32_t flag;
    const char *word;
} instances[] = {
    {"proc", CLONE_NEWPID, "pid"},
    {"sysfs", CLONE_NEWNET, "network"},
    {"mqueue", CLONE_NEWIPC, "ipc"},
    {"cgroup2", CLONE_NEWCGROUP, "cgroup"},
    {"tmpfs", 0, ""},
    {"devpts", 0, ""},
};
#define INSTANCES (sizeof instances / sizeof instances[0])

int gate_rootfs(struct gate *g, const struct step *s, struct error *e) {
    const struct op_rootfs *o = &s->as.rootfs;
    if (o->path[0] == '\0')
        return error_set(e, E_CONFIG_VALUE, 0, s->origin, "the path is empty");
    if (rule_attr(s, o->attr, e) != 0)
        return -1;
    if (!g->caller->is_root && (o->attr & MOUNT_ATTR_NODEV) == 0)
        return error_set(e, E_AUTHORITY, 0, s->origin, "the root of a caller who is not root is nodev");
    uint32_t type = o->propagation & ~(uint32_t)MS_REC;
    if (type != MS_SLAVE && type != MS_PRIVATE)
        return error_set(e, E_PLAN_FORMAT, 0, s->origin,
                         "the host's mounts become slave or private, nothing else");
    return 0;
}

/* Words like ext4, fuse.sshfs, cgroup2: what /proc/filesystems can hold. */
static bool is_fstype(const char *type) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    return type[0] != '\0' && type[strspn(type, letters)] == '\0';
}

/* In a user namespace the kernel wants more; a caller who is not root gets the list and nothing else. */
static int mount_type(const struct gate *g, const struct step *s, struct error *e) {
    const char *type = s->as.mount.fstype;
    if (!is_fstype(type))
        return plan_fail(s, e, E_CONFIG_VALUE, 0, type, "is no file system type");
    for (size_t i = 0; i < INSTANCES; i++) {
        if (strcmp(type, instances[i].fstype) != 0)
            continue;
        if ((g->namespaces & CLONE_NEWUSER) == 0 || (g->namespaces & instances[i].flag) == instances[i].flag)
            return 0;
        (void)error_set(
            e, E_CONFIG_VALUE, 0, s->origin,
            "mounting %s in a user namespace needs a new %s namespace: the kernel would say EPERM", type,
            instances[i].word);
        return error_hint(e, "add {\"type\": \"%s\"} to linux.namespaces, or bind the host's",
                          instances[i].word);
    }
    if (g->caller->is_root)
        return 0;
    return plan_fail(s, e, E_AUTHORITY, 0, NULL, "only root may mount a file system of type %s", type);
}

/* Absolute, and not the root itself as far as the text tells: a mount there would lie on top of what pivot
 * takes. */
static int mount_target(const struct step *s, const char *target, struct error *e) {
    if (rule_absolute(s, target, e) != 0)
        return -1;
    size_t depth = 0;
    for (const char *p = target; *p != '\0';) {
        size_t n = strcspn(p, "/");
        bool up = n == 2 && p[0] == '.' && p[1] == '.';
        bool stay = n == 0 || (n == 1 && p[0] == '.');
        if (up)
            depth -= depth > 0 ? 1 : 0;
        else if (!stay)
            depth++;
        p += n + (p[n] == '/' ? 1 : 0);
    }
    return depth > 0 ? 0
                     : plan_fail(s, e, E_CONFIG_VALUE, 0, target,
                                 "a mount can't cover the root file system itself");
}

int gate_mount(struct gate *g, const struct step *s, struct error *e) {
    const struct op_mount *o = &s->as.mount;
    if (mount_type(g, s, e) != 0 || mount_target(s, o->target, e) != 0)
        return -1;
    uint32_t at = 0;
    for (uint32_t i = 0; i < o->options.count; i++) {
        const char *option = plan_strs_next(&o->options, &at);
        if (option[0] == '\0' || option[0] == '=')
            return error_set(e, E_CONFIG_VALUE, 0, s->origin, "has a mount option without a name");
    }
    if (o->copy_up > 2 || (o->copy_up > 0 && strcmp(o->fstype, "tmpfs") != 0))
        return error_set(e, E_CONFIG_VALUE, 0, s->origin, "only a tmpfs is filled with what it covers");
    /* devpts holds nothing but the terminals of its own instance, and is of no use without devices */
    uint64_t attr = o->attr | (strcmp(o->fstype, "devpts") == 0 ? MOUNT_ATTR_NODEV : 0);
    if (rule_attr(s, o->attr, e) != 0 || rule_no_gain(g, s, attr, 0, e) != 0)
        return -1;
    return rule_propagation(s, &o->propagation, e);
}

/* Triples; what the ids may be is the kernel's business, since the caller is root. */
int gate_idmapped(struct gate *g, const struct step *s, struct error *e) {
    const struct op_idmapped *o = &s->as.idmapped;
    (void)g;
    if (o->uids.count == 0 || o->uids.count % 3 != 0 || o->gids.count == 0 || o->gids.count % 3 != 0)
        return error_set(e, E_PLAN_FORMAT, 0, s->origin, "has a map that is none");
    return 0;
}

int gate_bind(struct gate *g, const struct step *s, struct error *e) {
    const struct op_bind *o = &s->as.bind;
    bool standing = o->tree == PLAN_TREE_STANDING;
    if (o->source[0] == '\0' && !standing)
        return error_set(e, E_CONFIG_VALUE, 0, s->origin, "the source of a bind mount is empty");
    if (o->tree == PLAN_TREE_IDMAPPED && g->idmapped_bound++ == g->seen[PLAN_OP_idmapped])
        return error_set(e, E_PLAN_ORDER, 0, s->origin, "binds an idmapped tree that no step makes");
    if (mount_target(s, o->target, e) != 0 || rule_attr_pair(s, o->attr_set, o->attr_clr, e) != 0 ||
        rule_attr_pair(s, o->rattr_set, o->rattr_clr, e) != 0)
        return -1;
    /* The mounts below, too. One that stands has both from the step that made it, or by the kernel's lock. */
    uint64_t below = o->recursive == 0 ? UINT64_MAX : o->rattr_set;
    uint64_t everywhere = standing ? UINT64_MAX : o->attr_set & below;
    if (rule_no_gain(g, s, everywhere, o->attr_clr | o->rattr_clr, e) != 0)
        return -1;
    return rule_propagation(s, &o->propagation, e);
}

int gate_pivot(struct gate *g, const struct step *s, struct error *e) {
    (void)g;
    return rule_propagation(s, &s->as.pivot.propagation, e);
}
