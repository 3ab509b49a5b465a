/* devices: the cgroup's device program (BPF_PROG_TYPE_CGROUP_DEVICE); core/plan/device_program.h writes it.
 */
#ifndef LOCALD_ENGINE_HOST_DEVICES_H
#define LOCALD_ENGINE_HOST_DEVICES_H

#include "core/engine/host/host.h"

/* Loads the program of h->rules and attaches it to h->cgroup_fd. Nothing to do without rules. The kernel
 * holds the program as long as the cgroup lives. -1 with E_CGROUP. */
int devices_attach(struct host *h, struct error *e);

#endif
