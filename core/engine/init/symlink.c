/* A symbolic link inside the root file system, as /dev/fd -> /proc/self/fd. Its text is data: nobody follows
 * it here. */
#include <errno.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/engine/init/init.h"
#include "core/engine/init/paths.h"

int apply_symlink(struct init *in, const struct step *s, struct error *e) {
    const struct op_symlink *o = &s->as.symlink;
    char name[NAME_MAX + 1];
    CLEANUP_FD int parent = path_ensure_parent(in->root_fd, o->path, name);
    if (parent >= 0 && (symlinkat(o->target, parent, name) == 0 || errno == EEXIST))
        return 0;
    return plan_fail(s, e, E_DEVICE, errno, o->path, "making the link %s", o->path);
}
