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

/* Makes locald's root in the cgroup2 tree with all controllers that the host has. Root only; may be run
 * again at any time. 0 or 125. */
int command_admin_cgroup_setup(const struct start *start);

#endif
