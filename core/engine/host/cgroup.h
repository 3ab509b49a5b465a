/*
 * cgroup: the container's leaf in the cgroup2 tree. Directories that we make are root's; those between the
 * mount and the leaf carry a mark, so that whoever ends last removes them. cgroups(7),
 * Documentation/admin-guide/cgroup-v2.rst.
 */
#ifndef LOCALD_ENGINE_HOST_CGROUP_H
#define LOCALD_ENGINE_HOST_CGROUP_H

#include "core/engine/host/host.h"

/* Takes the limit of CPU time away, where the bundle gave one: before it is killed, since dying takes time,
 * too.
 */
void cgroup_hurry(const struct host *h);

/* Kills what still is in the leaf, waits for its end (2 s at most) and removes the leaf and the marked, empty
 * directories above it. Nothing to do without a cgroup. Called by the monitor, or by the keeper in its place.
 */
void cgroup_end(struct host *h);

/* The directory where cgroup2 is mounted, checked to be that; -1. Gives the descriptor. */
int cgroup_open_mount(const struct facts *facts);

/* Enables the controller, its name ended by a dot or the string's end, in the directories above the last
 * slash of the path `below`; in the mount's own too for a root caller. Called as root. 0, or -1 with errno:
 * ENOENT when a cgroup above does not have it, EBUSY when one has processes. */
int cgroup_enable(const struct facts *facts, const char *below, const char *controller);

/* Ends what is in the leaf at `path`, which the gate has judged, and removes it; that it is gone already is
 * well. -1 with E_AUTHORITY when it was not made for this caller (any container's leaf is root's), E_CGROUP.
 * Uses h up. */
int cgroup_kill(struct host *h, const char *path, struct error *e);

#endif
