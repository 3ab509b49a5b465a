/*
 * keeper: ends the container when the monitor is killed. PR_SET_PDEATHSIG is not enough: it is lost when the
 * payload changes its uid (gosu, su, every daemon that drops root). The keeper is a fork of the monitor that
 * waits for its death, kills the container, restores the terminal and removes cgroup and state. The monitor's
 * regular end ends the keeper.
 */
#ifndef LOCALD_ENGINE_HOST_KEEPER_H
#define LOCALD_ENGINE_HOST_KEEPER_H

#include "core/engine/host/host.h"
#include "core/engine/host/relay.h"

struct keeper {
    int pidfd;    /* -1: none */
    int alive_fd; /* only the monitor holds it: its end is the monitor's end */
};

/* Forks the keeper. Borrows h and r for copies of what they hold now. -1 with E_CLONE. */
int keeper_start(struct keeper *k, struct host *h, const struct relay *r, struct error *e);

/* Ends and reaps the keeper. */
void keeper_stop(struct keeper *k);

#endif
