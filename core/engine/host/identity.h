/*
 * identity: the brackets of the monitor's own work. Between them euid is the caller's and nothing is
 * effective.
 */
#ifndef LOCALD_ENGINE_HOST_IDENTITY_H
#define LOCALD_ENGINE_HOST_IDENTITY_H

#include <stdint.h>

/* euid 0 with `caps` effective, for one privileged act on host objects. 0, or -1 with errno. */
int identity_root(uint64_t caps);

/* Back to the caller with nothing effective. Ends the process when that fails. Keeps errno. */
void identity_caller(void);

/* What the caller itself may do to files: nothing more for a caller who is not root; root's own power over
 * file permissions for a root caller. Ends with identity_caller. */
void identity_files(void);

#endif
