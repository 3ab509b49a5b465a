/*
 * sync: the only words between the monitor and container init, over one SOCK_SEQPACKET pair.
 *
 *   monitor -> init   TREE (with a descriptor: an idmapped mount, the last one first),
 *                     GO (the id maps are written; with a descriptor: the cgroup namespace to join)
 *                     START (what the bundle names may run: the container is known, and kept)
 *   init -> monitor   PTY (with a descriptor: the pseudoterminal's master), ERROR (a struct error),
 *                     EXEC (the next system call is execve, or seccomp and then execve),
 *                     LISTENER (with a descriptor: the notifications of the payload's filter)
 *   end of file       after EXEC: the payload runs (the descriptor is close-on-exec); else init is dead
 *
 * The monitor uses a message of init for nothing but showing it: init runs with the caller's credentials.
 */
#ifndef LOCALD_ENGINE_SYNC_H
#define LOCALD_ENGINE_SYNC_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

enum sync_kind {
    SYNC_GO = 1,
    SYNC_PTY = 2,
    SYNC_ERROR = 3,
    SYNC_EXEC = 4,
    SYNC_LISTENER = 5,
    SYNC_TREE = 6,
    SYNC_START = 7
};

struct sync_message {
    uint32_t kind;
    uint64_t mounts;    /* SYNC_EXEC: microseconds of PHASE_MOUNTS; else 0 */
    struct error error; /* SYNC_ERROR */
};

/* Makes the pair; 0, or -1 with errno. Both ends close-on-exec. */
int sync_pair(int fds[2]);

/* Sends one message, with descriptor fd unless it is -1; 0, or -1 with errno. Borrows fd. */
int sync_send(int sock, const struct sync_message *m, int fd);

/* Sends bytes that are no message of ours over any UNIX socket, likewise. */
int sync_send_bytes(int sock, const void *bytes, size_t len, int fd);

/* Receives one: 1, 0 at the end of file, -1 with errno (EBADMSG: not a message of ours). Gives *fd (or -1).
 */
int sync_receive(int sock, struct sync_message *m, int *fd);

#endif
