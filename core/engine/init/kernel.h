/* kernel: names and limits that are the kernel's, not the file system's. */
#ifndef LOCALD_ENGINE_INIT_KERNEL_H
#define LOCALD_ENGINE_INIT_KERNEL_H

#include "core/engine/init/init.h"

/* Gives the payload the limits that the caller had before the monitor changed its own; once, then does
 * nothing. Called before the first limit of the bundle, or by step user when it has none. -1 with E_RLIMIT.
 * setrlimit(2). */
int kernel_restore_limits(struct init *in, struct error *e);

#endif
