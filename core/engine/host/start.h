/*
 * start: makes the process that the caller started into one that we know, before argv is read: descriptors 0
 * to 2 open, signals, timers, umask, limits and environment reset, nothing dumpable, and privilege lowered to
 * "permitted but not effective, euid the caller's".
 */
#ifndef LOCALD_ENGINE_HOST_START_H
#define LOCALD_ENGINE_HOST_START_H

#include <stdbool.h>
#include <sys/resource.h>

#include "core/base/error.h"

/* proc's inode of the initial user namespace: the kernel's PROC_USER_INIT_INO, part of its ABI. */
#define INITIAL_USERNS_INODE UINT64_C(0xEFFFFFFD)

struct start {
    bool privileged;                   /* root, by caller or by the setuid bit */
    struct rlimit saved[RLIM_NLIMITS]; /* as the caller set them */
};

/* Called first thing in main. -1 only where going on would keep privilege that we could not lower. */
int start_process(struct start *start, struct error *e);

/* For a command that needs no privilege: all ids become the caller's and every capability goes, for good. -1
 * with E_INTERNAL when something is left. */
int start_give_up(struct error *e);

#endif
