/* bundle: the caller's directory and its config.json, opened with the caller's credentials. */
#ifndef LOCALD_ENGINE_HOST_BUNDLE_H
#define LOCALD_ENGINE_HOST_BUNDLE_H

#include <stddef.h>

#include "core/base/error.h"

/* Opens the bundle directory (gives *dir_fd, O_PATH) and writes its absolute path (size bytes). -1 with
 * E_BUNDLE. */
int bundle_open(const char *bundle, int *dir_fd, char *path, size_t size, struct error *e);

/* Opens config.json in it: a regular file of at most 4 MiB, checked before it is opened for reading, so that
 * no FIFO or device is ever opened. Gives *fd. -1 with E_CONFIG_OPEN or E_CONFIG_SIZE. */
int bundle_open_config(int dir_fd, int *fd, struct error *e);

#endif
