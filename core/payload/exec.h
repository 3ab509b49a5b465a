/*
 * exec: the one file with an exec, after pivot_root, as the process's user, with its capabilities: step exec,
 * by container init itself, and the programs of step hook, each by a child of container init.
 */
#ifndef LOCALD_PAYLOAD_EXEC_H
#define LOCALD_PAYLOAD_EXEC_H

#include "core/engine/init/init.h"

/* The vectors for execve(2): args, its NULL, env, its NULL; so env begins at args->count + 1. The strings
 * stay in the plan. Gives one block, for free(3); NULL without memory. */
char **exec_vectors(const struct plan_strs *args, const struct plan_strs *env);

/* Called by a hook's child: executes `path` under the payload's filter, if there is one. Comes back only when
 * that failed, perhaps under the filter: the errno is in *in->exec_errno, negative when it is the filter's.
 * execve(2) */
void exec_hook(struct init *in, const char *path, char **args, char **env);

#endif
