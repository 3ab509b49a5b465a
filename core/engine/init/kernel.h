/* kernel: names and limits that are the kernel's, not the file system's. */
#ifndef LOCALD_ENGINE_INIT_KERNEL_H
#define LOCALD_ENGINE_INIT_KERNEL_H

#include "core/engine/init/init.h"

/* Gives the payload its limits: those that the caller had before the monitor changed its own, or the
 * bundle's. Called by step user. -1 with E_RLIMIT. setrlimit(2). */
int kernel_set_limits(const struct init *in, struct error *e);

#endif
