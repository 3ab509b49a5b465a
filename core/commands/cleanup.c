/* admin cleanup: removes a tree that containers have written, whose files may be owned by delegated ids. It
 * is done by a child in a user namespace of just the caller's ids: its power over files ends where the maps
 * end. */
#include <sched.h>

#include "core/commands/commands.h"
#include "core/engine/host/caller.h"
#include "core/engine/host/monitor.h"
#include "core/engine/host/spawn.h"
#include "core/parse/subid.h"

static int run(struct host *h, int *status, struct error *e) {
    const struct caller *c = &h->facts->caller;
    if (!c->is_root && c->gid == 0)
        return error_set(e, E_AUTHORITY, 0, "admin cleanup", "root's group is mapped for nobody");
    h->namespaces = c->is_root ? 0 : CLONE_NEWUSER;
    h->setgroups = c->gid_range_count > 0;
    h->extent_count[0] = subid_map(c->uid, c->uid_ranges, c->uid_range_count, h->extents[0]);
    h->extent_count[1] = subid_map(c->gid, c->gid_ranges, c->gid_range_count, h->extents[1]);
    return spawn_container(h, &(struct plan_cursor){0}, true, e) == 0 && spawn_go(h, e) == 0
               ? monitor_run(h, status, e)
               : -1;
}

int command_admin_cleanup(const struct options *o, const struct start *start) {
    struct error e = {0};
    struct facts facts = {0};
    struct host *h = caller_enter(start, &facts, &e);
    int status = 0, rc = -1;
    if (h != NULL) {
        h->remove = o->path;
        rc = run(h, &status, &e);
        host_end(h);
    }
    return rc == 0 ? status : error_print(&e);
}
