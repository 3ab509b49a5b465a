/* The directories of `locald build`. */
#ifndef LOCALD_BUILD_TREE_H
#define LOCALD_BUILD_TREE_H

#include "core/client/locald_client.h"

/* Opens the directory PARENT/name of this user, and makes it where it is missing. No link is followed. mode
 * is what it has then. Gives a descriptor, or -1. */
int build_directory(int parent, const char *name, mode_t mode, struct locald_error *e);

/* Copies what is in `from` into `to`: regular files and directories, which with `shared` everybody may write
 * then (what keeps others away is a directory above), and links as links. Nothing is followed; devices,
 * sockets and FIFOs, directories .locald, and `to` itself are left out. Both descriptors stay the caller's.
 */
int build_copy(int from, int to, bool shared, struct locald_error *e);

#endif
