#include "core/engine/host/idmap.h"

#include <errno.h>
#include <sched.h>

#include "core/base/sys.h"
#include "core/engine/host/identity.h"
#include "core/plan/id_map.h"

/* Three numbers, two blanks and a newline for each of 340 lines. */
#define MAP_TEXT_MAX (340 * 34)

/* The kernel takes less than a page of text: user_namespaces(7). */
#define MAP_TEXT_LESS 4096

int apply_idmap(struct host *h, const struct step *s, struct error *e) {
    const struct op_idmap *map = &s->as.idmap;
    uint32_t *count = &h->extent_count[map->kind & 1];
    if (*count == sizeof h->extents[0] / sizeof h->extents[0][0])
        return error_set(e, E_IDMAP, 0, s->origin, "there are more extents than the kernel takes");
    h->extents[map->kind & 1][(*count)++] =
        (struct id_extent){.inside = map->inside, .outside = map->outside, .size = map->size};
    return 0;
}

int apply_setgroups(struct host *h, const struct step *s, struct error *e) {
    (void)e;
    h->setgroups = s->as.setgroups.allow != 0;
    return 0;
}

uint32_t idmap_setup_id(const struct host *h, int kind, uint32_t own) {
    const struct id_extent *x = h->extents[kind];
    uint32_t id = h->extent_count[kind] > 0 ? x[0].inside : 0;
    for (uint32_t i = 0; i < h->extent_count[kind]; i++) {
        if (own >= x[i].outside && own - x[i].outside < x[i].size)
            return x[i].inside + (own - x[i].outside);
        if (x[i].inside == 0)
            id = 0;
    }
    return id;
}

int idmap_write_map(pid_t pid, const char *name, const struct id_extent *x, uint32_t count) {
    char room[MAP_TEXT_MAX];
    struct text t = text_in(room, sizeof room);
    id_map_add(&t, x, count);
    return t.len < MAP_TEXT_LESS ? host_write_proc(pid, name, t.bytes, t.len) : sys_fail(E2BIG);
}

int idmap_write(struct host *h, struct error *e) {
    if ((h->namespaces & CLONE_NEWUSER) == 0)
        return 0;
    if (identity_root(CAP(SETUID) | CAP(SETGID) | CAP(SETFCAP) | CAP(SYS_ADMIN)) != 0)
        return error_set(e, E_IDMAP, errno, "linux.uidMappings", "becoming root for the id maps");
    const char *where = "linux.gidMappings";
    const char *what = NULL;
    if (!h->setgroups && host_write_proc(h->pid, "setgroups", "deny", 4) != 0)
        what = "denying setgroups";
    else if (idmap_write_map(h->pid, "gid_map", h->extents[1], h->extent_count[1]) != 0)
        what = "writing the gid map";
    else if (idmap_write_map(h->pid, "uid_map", h->extents[0], h->extent_count[0]) != 0) {
        where = "linux.uidMappings";
        what = "writing the uid map";
    }
    int sys = errno;
    identity_caller();
    return what == NULL ? 0 : error_set(e, E_IDMAP, sys, where, "%s", what);
}
