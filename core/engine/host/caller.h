/* caller: who executed the shim, what the host offers and what its administrator allows: fills the facts. */
#ifndef LOCALD_ENGINE_HOST_CALLER_H
#define LOCALD_ENGINE_HOST_CALLER_H

#include "core/base/error.h"
#include "core/base/secret.h"
#include "core/engine/host/host.h"
#include "core/engine/host/start.h"
#include "core/plan/facts.h"

/* Called before the interpreter is forked. Reads /etc/passwd, /etc/subuid and /etc/subgid (as the caller,
 * each at most 1 MiB: nothing is delegated by what lies behind that) and looks for cgroup2: what can't be
 * read gives nothing. 0; or -1 with E_POLICY where /etc/locald-shim.conf is there, and is not root's alone,
 * can't be read or not be understood. */
int caller_facts(struct facts *facts, struct error *e);

/* Reads a file as the caller: the count, `size` at most, or -1 with errno; EPERM: it is no regular file that
 * only root can write. */
ssize_t caller_read_roots_file(const char *path, char *room, size_t size);

/* True when the policy lets this caller run containers: root, or a member of its group. */
bool caller_is_member(const struct caller *caller);

/* The beginning of each command that takes privilege: caller_facts, and a run with nothing in it yet, for a
 * caller whom the policy lets in. NULL with E_NOT_PRIVILEGED, E_POLICY, E_AUTHORITY or E_INTERNAL. */
struct host *caller_enter(const struct start *start, struct facts *facts, struct error *e);

/* Takes one of the runs that this uid may have at a time, of which the policy has max-containers: -1 with
 * E_LIMIT when there is none. The run counts until the last process that shares our descriptors has ended.
 * Also gives what the real user's cache is sealed with; both are kept in /run/locald-shim.UID.key, root's,
 * made at the first run after a boot. */
int caller_admit(const struct caller *caller, struct secret *secret, struct error *e);

#endif
