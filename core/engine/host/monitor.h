/*
 * monitor: what the shim is while the container lives: it lets container init go on, shows its error,
 * forwards signals, relays the terminal and waits. It holds no effective capability and, once the keeper is
 * forked, runs under a seccomp filter without execve.
 */
#ifndef LOCALD_ENGINE_HOST_MONITOR_H
#define LOCALD_ENGINE_HOST_MONITOR_H

#include "core/engine/host/host.h"

/* From the cloned container to its end. 0 with the exit status of `bundle run` in *status, or -1 with the
 * error that kept the payload from running. Everything of the run has ended by then. */
int monitor_run(struct host *h, int *status, struct error *e);

/* The signal that ends a run which has no container yet, if the caller sent one meanwhile; else 0. */
int monitor_pending_end(void);

#endif
