/* The rules of what is made, hidden and sealed inside the root file system before it becomes /. */
#include <sched.h>
#include <string.h>

#include "core/gate/rules.h"

/* What every container gets, and what a caller may open on the host anyway. */
static const struct {
    const char *path;
    uint32_t major, minor;
} plain_devices[] = {
    {"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
    {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
};
#define PLAIN_DEVICES (sizeof plain_devices / sizeof plain_devices[0])

static int plain_device(const struct step *s, struct error *e) {
    const struct op_device *o = &s->as.device;
    for (size_t i = 0; i < PLAIN_DEVICES; i++) {
        if (o->type == 'c' && o->major == plain_devices[i].major && o->minor == plain_devices[i].minor &&
            strcmp(o->path, plain_devices[i].path) == 0)
            return 0;
    }
    (void)error_set(e, E_AUTHORITY, 0, s->origin, "only root may ask for this device");
    (void)error_subject(e, o->path);
    return error_hint(e, "others get /dev/null, zero, full, random, urandom and tty");
}

int gate_device(struct gate *g, const struct step *s, struct error *e) {
    const struct op_device *o = &s->as.device;
    if (o->type != 'b' && o->type != 'c' && o->type != 'p')
        return error_set(e, E_CONFIG_VALUE, 0, s->origin, "the type of a device is b, c or p");
    if (rule_absolute(s, o->path, e) != 0)
        return -1;
    if (o->bind > 1)
        return error_set(e, E_PLAN_FORMAT, 0, s->origin, "the device is neither made nor bound");
    if (o->bind == 0 && (g->namespaces & CLONE_NEWUSER) != 0)
        return error_set(e, E_PLAN_FORMAT, 0, s->origin,
                         "mknod(2) fails in a user namespace: the node must be bound");
    return g->caller->is_root ? 0 : plain_device(s, e);
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
RULE_NONE(pivot)     /* exactly one, after all mounts: the grammar's business */
