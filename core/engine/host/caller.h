/* caller: who executed the shim and what the host offers: fills the facts. */
#ifndef LOCALD_ENGINE_HOST_CALLER_H
#define LOCALD_ENGINE_HOST_CALLER_H

#include "core/base/secret.h"
#include "core/plan/facts.h"

/* Called by the monitor before the interpreter is forked. Reads /etc/passwd, /etc/subuid and /etc/subgid (as
 * the caller, each at most 1 MiB: nothing is delegated by what lies behind that) and looks for cgroup2. Never
 * fails: what can't be read gives nothing. */
void caller_facts(struct facts *facts);

/* What the real user's cache is sealed with: /run/locald-shim.UID.key, root's, made at the first run after a
 * boot. Not known where root can't keep one. */
void caller_secret(struct secret *secret);

#endif
