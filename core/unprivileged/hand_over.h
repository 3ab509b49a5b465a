/* hand_over: a listening socket goes to who listens on a UNIX socket. As the caller, without any privilege.
 */
#ifndef LOCALD_UNPRIVILEGED_HAND_OVER_H
#define LOCALD_UNPRIVILEGED_HAND_OVER_H

#include "core/base/error.h"

/* Connects to the stream socket at `path`, sends the two bytes "fd" with the descriptor (SCM_RIGHTS) and
 * waits until they are read. Each may take 5 seconds: -1 with E_FILE then, and the descriptor listens no
 * more, wherever a copy of it may still be. Borrows fd. */
int hand_over(int fd, const char *path, struct error *e);

#endif
