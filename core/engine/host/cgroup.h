/*
 * cgroup: the container's leaf in the cgroup2 tree. Directories that we make are root's; those between the
 * mount and the leaf carry a mark, so that whoever ends last removes them. cgroups(7),
 * Documentation/admin-guide/cgroup-v2.rst.
 */
#ifndef LOCALD_ENGINE_HOST_CGROUP_H
#define LOCALD_ENGINE_HOST_CGROUP_H

#include "core/engine/host/host.h"

/* Kills what still is in the leaf, waits for its end (2 s at most) and removes the leaf and the marked, empty
 * directories above it. Nothing to do without a cgroup. Called by the monitor, or by the keeper in its place.
 */
void cgroup_end(struct host *h);

#endif
