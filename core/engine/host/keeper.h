/*
 * keeper: ends the container when the monitor is killed. PR_SET_PDEATHSIG is not enough: it is lost when the
 * payload changes its uid (gosu, su, every daemon that drops root), and it removes nothing. The keeper is a
 * fork of the monitor, made before the first thing that has to end with the run. It shares the descriptor
 * table and struct host, waits for the monitor's death, kills the container, restores the terminal and
 * removes cgroup, state and pid file. The monitor's regular end ends the keeper.
 */
#ifndef LOCALD_ENGINE_HOST_KEEPER_H
#define LOCALD_ENGINE_HOST_KEEPER_H

#include "core/engine/host/host.h"

/* Forks the keeper; h->keeper_pidfd. `cgroup`: the run will have one. -1 with E_CLONE. */
int keeper_start(struct host *h, bool cgroup, struct error *e);

/* Waits until the keeper is root's and on guard. Until then it has the caller's real uid, who can stop it: so
 * nothing is started before (the other way, real uid 0 before the clone, the caller's SIGTERM to the monitor
 * failed at that moment). -1 with E_KERNEL when it ended. Nothing to do without one. */
int keeper_wait(const struct host *h, struct error *e);

/* Ends and reaps the keeper. Nothing to do without one. */
void keeper_stop(struct host *h);

#endif
