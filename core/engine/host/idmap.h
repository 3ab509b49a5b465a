/* idmap: the user namespace's maps, written by the monitor from outside. user_namespaces(7). */
#ifndef LOCALD_ENGINE_HOST_IDMAP_H
#define LOCALD_ENGINE_HOST_IDMAP_H

#include "core/engine/host/host.h"

/* The id that container init takes for the set-up, as seen inside: the caller's own where it is mapped; else
 * 0; else the first that is mapped. kind: 0 uid, 1 gid. */
uint32_t idmap_setup_id(const struct host *h, int kind, uint32_t own);

/* Writes one map, uid_map or gid_map, of a process that the caller's bracket has power over. 0, or -1 with
 * errno. */
int idmap_write_map(pid_t pid, const char *name, const struct id_extent *x, uint32_t count);

/* Writes setgroups, gid_map and uid_map of h->pid, each in one write(2). Nothing to do without a user
 * namespace. -1 with E_IDMAP. */
int idmap_write(struct host *h, struct error *e);

#endif
