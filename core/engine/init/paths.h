/*
 * paths: every look-up of container init. Inside the root file system, which nobody trusts, a path is
 * resolved by the kernel with the root as "/" (links and ".." stay inside) and without the magic links of
 * procfs; what comes of it is a descriptor, and work is done on that. On the host a path is looked up with
 * the caller's own credentials.
 *
 * All functions give an O_PATH, close-on-exec descriptor, or -1 with errno. openat2(2).
 */
#ifndef LOCALD_ENGINE_INIT_PATHS_H
#define LOCALD_ENGINE_INIT_PATHS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/* What stands at path inside root. flags: O_DIRECTORY, O_NOFOLLOW or 0; resolve: more RESOLVE_* or 0. */
int path_open(int root, const char *path, uint64_t flags, uint64_t resolve);

/* The directory at path inside root; what is missing of it is made, mode 0755. A link whose target is missing
 * is followed inside root and the target is made (images ship /etc/resolv.conf as such a link). */
int path_ensure_dir(int root, const char *path);

/* The same for what is no directory: an empty file, mode 0644, is made; EISDIR when a directory stands there.
 */
int path_ensure_file(int root, const char *path);

/* Makes the directory that path's last component belongs into, gives it, and copies the last component into
 * name. EINVAL when there is none ("/", "a/.."). */
int path_ensure_parent(int root, const char *path, char name[NAME_MAX + 1]);

/* What stands at path on the host, relative to the bundle; links are followed, magic links are not. */
int path_on_host(const char *path);

/* Whether two descriptors are the same inode of the same mount; false when that can't be found out. */
bool path_same(int a, int b);

#endif
