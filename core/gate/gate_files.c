/* The rules of what is made, hidden and sealed inside the root file system before it becomes /. */
#include <sched.h>
#include <stdbool.h>

#include "core/gate/rules.h"

/* A caller who is not root may bind any device, for binding opens none. Container init finds the host's node
 * with the caller's credentials, compares type and numbers on the descriptor, and binds what that descriptor
 * is: nothing but a device comes along. open(2) then judges as it does outside of the container: by the
 * node's own owner and mode (capabilities over the container's user namespace do not count where the owner is
 * not mapped into it, and only the caller's own and delegated ids are), by the nodev of the host's mount,
 * which a clone in a user namespace can't lose, and by the device programs of the cgroups above, to which the
 * bundle can only add. ioctl(2)s that want a capability want it over the initial user namespace, or over
 * namespaces that are the container's. A FIFO is made, with the caller's ids, and is a file like any other.
 */
int gate_device(struct gate *g, const struct step *s, struct error *e) {
    const struct op_device *o = &s->as.device;
    bool bind = (o->bind & PLAN_BIND) != 0, fifo = o->type == 'p';
    if (o->type != 'b' && o->type != 'c' && !fifo)
        return error_set(e, E_CONFIG_VALUE, 0, s->origin, "the type of a device is b, c or p");
    if (rule_absolute(s, o->path, e) != 0)
        return -1;
    if ((o->bind != 0 && !bind) || (bind && fifo))
        return error_set(e, E_PLAN_FORMAT, 0, s->origin, "the device is neither made nor bound");
    if (!bind && !fifo && ((g->namespaces & CLONE_NEWUSER) != 0 || !g->caller->is_root))
        return error_set(e, E_PLAN_FORMAT, 0, s->origin,
                         "mknod(2) fails in a user namespace: the node must be bound");
    if ((!bind || (o->bind & PLAN_BIND_UID) != 0) && !rule_mapped(g, GATE_UID, o->uid))
        return plan_fail(s, e, E_CONFIG_VALUE, 0, o->path, "uid %u is not mapped", o->uid);
    if ((!bind || (o->bind & PLAN_BIND_GID) != 0) && !rule_mapped(g, GATE_GID, o->gid))
        return plan_fail(s, e, E_CONFIG_VALUE, 0, o->path, "gid %u is not mapped", o->gid);
    return 0;
}

int gate_symlink(struct gate *g, const struct step *s, struct error *e) {
    (void)g;
    if (s->as.symlink.target[0] == '\0')
        return error_set(e, E_CONFIG_VALUE, 0, s->origin, "the link has no target");
    return rule_absolute(s, s->as.symlink.path, e);
}

/* Any size that the decoder let through fits a struct winsize; the pty is of the container's own devpts. */
RULE_NONE(terminal)

int gate_mask(struct gate *g, const struct step *s, struct error *e) {
    (void)g;
    return rule_absolute(s, s->as.mask.path, e);
}

int gate_readonly(struct gate *g, const struct step *s, struct error *e) {
    (void)g;
    return rule_absolute(s, s->as.readonly.path, e);
}

RULE_NONE(seal_root) /* takes away only */
