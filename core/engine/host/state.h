/*
 * state: <bundle>/.locald-shim-state/<id>/state.json, the OCI state object. Written as the caller, never
 * trusted. The directory is locked (flock) while the container lives: the lock, not the file, says that an id
 * is in use.
 */
#ifndef LOCALD_ENGINE_HOST_STATE_H
#define LOCALD_ENGINE_HOST_STATE_H

#include "core/engine/host/host.h"

/* Makes and locks the directory: E_ID_IN_USE when a live run holds it, E_STATE when it can't be made. What a
 * run that was killed left there is taken over. Sets h->state_dir_fd. */
int state_lock(struct host *h, struct error *e);

/* Writes state.json anew, by rename, with the status ("created", "running") and h->pid. -1 with E_STATE. */
int state_write(struct host *h, const char *status, struct error *e);

/* Sends the container process state with the descriptor that seccomp(2) gave (borrowed) to
 * linux.seccomp.listenerPath, and closes that connection. -1 with E_SECCOMP. */
int state_send_listener(struct host *h, int seccomp_fd, struct error *e);

/* Removes the directory and with it the lock. Nothing to do when there is none. */
void state_remove(struct host *h);

#endif
