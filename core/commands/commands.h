/* commands: one function per command of the command line, each the whole command, giving its exit status. */
#ifndef LOCALD_COMMANDS_COMMANDS_H
#define LOCALD_COMMANDS_COMMANDS_H

#include "core/engine/host/start.h"
#include "core/parse/options.h"

/* Runs a bundle: design section 6's exit status. Prints its own error. */
int command_bundle_run(const struct options *o, const struct start *start);

/* Prints a bundle's plan: 0, also when a step would be refused; 125 when there is no plan. Needs no
 * privilege. */
int command_bundle_plan(const struct options *o, const struct start *start);

/* Says what of this host and this caller lets containers run, with a fix for what does not: 0, or 1 when
 * there is a problem. Needs no privilege. */
int command_admin_self_check(const struct options *o, const struct start *start);

/* Binds a TCP port that the policy allows and hands it to who listens on a socket of the caller's: 0 or 125.
 */
int command_bind(const struct options *o, const struct start *start);

/* Removes a tree below a directory .locald with the caller's power over files of its own and its delegated
 * ids: 0, 125, 128+N when signal N ended it. */
int command_admin_cleanup(const struct options *o, const struct start *start);

/* Ends the processes of a container's cgroup of the caller's and removes it: 0, also when it is gone, or 125.
 */
int command_admin_cgroup_kill(const struct options *o, const struct start *start);

/* Makes the names of the command line the caller's in /etc/hosts: 0 or 125. */
int command_admin_sync_hosts(const struct options *o, const struct start *start);

/* Makes locald's root in the cgroup2 tree with all controllers that the host has. Root only; may be run
 * again at any time. 0 or 125. */
int command_admin_cgroup_setup(const struct options *o, const struct start *start);

#endif
