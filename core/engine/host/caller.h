/* caller: who executed the shim and what the host offers: fills the facts. */
#ifndef LOCALD_ENGINE_HOST_CALLER_H
#define LOCALD_ENGINE_HOST_CALLER_H

#include "core/plan/facts.h"

/* Called by the monitor before the interpreter is forked. Reads /etc/passwd, /etc/subuid and /etc/subgid (as
 * the caller, each at most 1 MiB: nothing is delegated by what lies behind that) and looks for cgroup2. Never
 * fails: what can't be read gives nothing. */
void caller_facts(struct facts *facts);

#endif
