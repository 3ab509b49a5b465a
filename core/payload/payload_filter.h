/*
 * payload_filter: the payload's seccomp filter, loaded by container init as the last system call before
 * execve(2).
 *
 * The descriptor of a filter that notifies must reach the monitor although no call of ours may follow the
 * load: a second thread, which is not under the filter, sends it. execve(2) ends that thread.
 */
#ifndef LOCALD_PAYLOAD_PAYLOAD_FILTER_H
#define LOCALD_PAYLOAD_PAYLOAD_FILTER_H

#include <linux/filter.h>
#include <stdatomic.h>

#include "core/engine/init/init.h"

struct payload_filter {
    struct sock_fprog program;
    uint32_t flags;
    int sync_fd;          /* borrowed */
    atomic_int listener;  /* the descriptor, when the filter is loaded */
    atomic_int delivered; /* 1: sent; -1: it could not be */
};

/* Makes all ready that takes system calls: the program as the kernel wants it, the capability, the thread.
 * *f must stay where it is until the exec. 0, or -1 with E_SECCOMP. */
int payload_filter_prepare(struct payload_filter *f, const struct init *in, struct error *e);

/* Loads it. 0, and from here on no system call is ours but execve(2); or -1 with E_SECCOMP, and nothing is
 * loaded. seccomp(2) */
int payload_filter_load(struct payload_filter *f, struct error *e);

#endif
