/* What `locald admin setup` does: puts the shim beside locald, root's and setuid. */
#ifndef LOCALD_SETUP_H
#define LOCALD_SETUP_H

#include "core/client/locald_client.h"

/* Opens an absolute path without links, of which each directory is root's and writable by root only. Gives a
 * descriptor, or -1. */
int setup_open_directory(const char *path, struct locald_error *e);

/* Copies the regular file `from` (an ELF) to DIRECTORY/locald-shim, root:root 4755, and says its version.
 * It is tried out in a directory that only root can enter and comes to its place by rename(2): what fails
 * leaves what was there before. `directory` is the path of the descriptor `fd`. */
int setup_install(int fd, const char *directory, int from, const char *from_name, char version[64],
                  struct locald_error *e);

#endif
