#include "core/plan/device_node.h"

#include <sys/sysmacros.h>

mode_t device_node_type(const struct op_device *o) {
    switch (o->type) {
    case 'b':
        return S_IFBLK;
    case 'p':
        return S_IFIFO;
    default:
        return S_IFCHR;
    }
}

bool device_node_is(const struct op_device *o, const struct stat *st) {
    if ((st->st_mode & S_IFMT) != device_node_type(o))
        return false;
    return o->type == 'p' || st->st_rdev == makedev(o->major, o->minor);
}

int device_node_kept(const struct step *s, const struct stat *st, struct error *e) {
    const struct op_device *o = &s->as.device;
    const struct {
        uint32_t bit, want, have;
        const char *property;
    } rows[] = {
        {PLAN_BIND_MODE, o->mode, st->st_mode & 07777, "fileMode"},
        {PLAN_BIND_UID, o->uid, st->st_uid, "uid"},
        {PLAN_BIND_GID, o->gid, st->st_gid, "gid"},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if ((o->bind & rows[i].bit) == 0 || rows[i].want == rows[i].have)
            continue;
        (void)plan_fail(s, e, E_DEVICE, 0, o->path, "%s %u can't be given: the host's node is bound, with %u",
                        rows[i].property, rows[i].want, rows[i].have);
        return error_hint(e, "leave %s out: the node keeps what it has on the host", rows[i].property);
    }
    return 0;
}
