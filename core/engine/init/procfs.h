/*
 * procfs: the kernel's files in a procfs of our own, mounted by container init and attached nowhere: no mount
 * of the bundle, no payload and no image can put something else in its place (CVE-2019-16884,
 * CVE-2025-52881). in->proc_fd has it until the exec. fsopen(2), fsmount(2), proc(5).
 */
#ifndef LOCALD_ENGINE_INIT_PROCFS_H
#define LOCALD_ENGINE_INIT_PROCFS_H

#include "core/engine/init/init.h"

/* Mounts it, the first time. With CAP_SYS_ADMIN effective. 0, or -1 with E_MOUNT and the step's origin. */
int procfs_ready(struct init *in, const struct step *s, struct error *e);

/* Opens what path leads to below it: without a link, "..", or another mount. O_RDONLY or O_WRONLY. Gives the
 * descriptor, or -1 with errno. After procfs_ready. openat2(2). */
int procfs_open(const struct init *in, const char *path, uint64_t flags);

/* The one write that a file of the kernel takes. 0, or -1 with errno; EINVAL when it took less than all. */
int procfs_write(const struct init *in, const char *path, const char *text);

#endif
