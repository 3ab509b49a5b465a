/* caller: who executed the shim, what the host offers and what its administrator allows: fills the facts. */
#ifndef LOCALD_ENGINE_HOST_CALLER_H
#define LOCALD_ENGINE_HOST_CALLER_H

#include "core/base/error.h"
#include "core/base/secret.h"
#include "core/plan/facts.h"

/* Called before the interpreter is forked. Reads /etc/passwd, /etc/subuid and /etc/subgid (as the caller,
 * each at most 1 MiB: nothing is delegated by what lies behind that) and looks for cgroup2: what can't be
 * read gives nothing. 0; or -1 with E_POLICY where /etc/locald-shim.conf is there, and is not root's alone,
 * can't be read or not be understood. */
int caller_facts(struct facts *facts, struct error *e);

/* True when the policy lets this caller run containers: root, or a member of its group. */
bool caller_is_member(const struct caller *caller);

/* Lets the caller in, as the policy says: a member of its group, and one of at most max-containers runs of
 * this uid at a time: -1 with E_AUTHORITY or E_LIMIT otherwise. The run counts until the last process that
 * shares our descriptors has ended. Also gives what the real user's cache is sealed with; both are kept in
 * /run/locald-shim.UID.key, root's, made at the first run after a boot. */
int caller_admit(const struct caller *caller, struct secret *secret, struct error *e);

#endif
