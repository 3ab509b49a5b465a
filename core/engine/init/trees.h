/*
 * trees: mounts as descriptors, for the steps that make mounts. A mount is made or cloned detached, gets its
 * attributes where nobody sees it, and only then is moved to its place. open_tree(2), mount_setattr(2),
 * move_mount(2).
 */
#ifndef LOCALD_ENGINE_INIT_TREES_H
#define LOCALD_ENGINE_INIT_TREES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/engine/init/init.h"

/* A detached clone of the mount tree at fd (with the mounts below it when recursive), or -1 with errno. */
int tree_clone(int fd, bool recursive);

/* Sets and clears MOUNT_ATTR_* on the mount at fd, or on all of its tree. The atime setting is one value
 * of several bits: naming one of them replaces all. 0, or -1 with errno. */
int tree_attr(int fd, bool recursive, uint64_t set, uint64_t clear);

/* Applies MS_SHARED, MS_PRIVATE ..., each perhaps with MS_REC, in order. 0, or -1 with errno. */
int tree_propagate(int fd, const struct plan_u32s *list);

/* Moves the detached tree to the place that the descriptor is. 0, or -1 with errno. */
int tree_attach(int tree, int place);

/* Copies for the step mount s what the directory `from` holds to the mount `to`, both borrowed. copyup.c. -1
 * with E_MOUNT. */
int tree_copy_up(const struct step *s, int from, int to, struct error *e);

/* The place of a mount inside the root file system. */
struct place {
    const char *path;
    bool dir;      /* a directory is wanted, else anything else */
    bool procfs;   /* what comes there is a procfs */
    bool no_links; /* no component may be a link */
};

/* Opens the place, made if it is missing. Refuses the root itself (the mount would never be seen) and what
 * would cover procfs. A descriptor, or -1 with E_MOUNT_TARGET and the step's origin. */
int place_open(const struct init *in, const struct step *s, const struct place *p, struct error *e);

#endif
