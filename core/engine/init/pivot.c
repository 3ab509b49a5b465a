/* The root file system becomes /, and the host's mounts are gone. pivot_root(2). */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/engine/init/init.h"
#include "core/engine/init/trees.h"

int apply_pivot(struct init *in, const struct step *s, struct error *e) {
    if (fchdir(in->root_fd) != 0)
        return error_set(e, E_PIVOT, errno, s->origin, "entering the root file system");
    /* The old root comes to lie on the new one, at the same place; "." below is the old one. */
    if (sys_pivot_root(".", ".") != 0)
        return plan_fail(s, e, E_PIVOT, errno, NULL, "pivot_root");
    if (umount2(".", MNT_DETACH) != 0)
        return error_set(e, E_PIVOT, errno, s->origin, "unmounting the host's file systems");
    if (tree_propagate(in->root_fd, &s->as.pivot.propagation) != 0)
        return error_set(e, E_PIVOT, errno, s->origin, "setting the propagation of the new root");
    char cwd[8];
    if (chdir("/") != 0 || getcwd(cwd, sizeof cwd) == NULL)
        return error_set(e, E_PIVOT, errno, s->origin, "entering the new root");
    if (strcmp(cwd, "/") != 0)
        return error_set(e, E_PIVOT, 0, s->origin, "the new root is not /");
    phases_end(&in->phases, PHASE_MOUNTS);
    fd_close(&in->root_fd);
    fd_close(&in->null_fd);
    fd_close(&in->blank_fd);
    return 0;
}
