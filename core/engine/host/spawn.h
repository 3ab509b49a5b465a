/* spawn: the one clone3 that makes container init and all its namespaces, and the id maps it waits for. */
#ifndef LOCALD_ENGINE_HOST_SPAWN_H
#define LOCALD_ENGINE_HOST_SPAWN_H

#include "core/engine/host/host.h"

/* Makes container init in the namespaces of h (in its cgroup, if any), with its id maps, to go on from
 * `init_steps`; waits: not before spawn_go. Sets h->pid, h->pidfd, h->sync_fd. Does not return in the child.
 * -1 with E_CLONE or E_IDMAP; what exists by then is ended by host_end. clone(2), user_namespaces(7). */
int spawn_container(struct host *h, const struct plan_cursor *init_steps, bool waits, struct error *e);

/* The bracket of what needs power over container init's user namespace: euid of who owns it, with `caps` and
 * CAP_SETUID effective. Ends with identity_caller. 0, or -1 with errno. */
int spawn_as_owner(const struct host *h, uint64_t caps);

/* Tells container init to set itself up. -1 with E_CLONE. */
int spawn_go(struct host *h, struct error *e);

/* Tells container init that the payload may run: the container is made known, and the keeper keeps it. 0 also
 * when container init is dead; -1 with E_CLONE. */
int spawn_start(const struct host *h, struct error *e);

#endif
