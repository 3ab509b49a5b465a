/* files: state.json, --pid-file and --console-socket, with the caller's credentials. */
#ifndef LOCALD_ENGINE_HOST_FILES_H
#define LOCALD_ENGINE_HOST_FILES_H

#include <sys/stat.h>

#include "core/engine/host/host.h"
#include "core/parse/options.h"

#define FILES_NAME_MAX 256

/* Writes the file `name` of a directory anew, by rename from a name of its own; a descriptor for writing,
 * or -1 with errno and the old one. `old`, for who is root in effect: the new one is root's, and on the disk
 * before it has its name; and it takes the place of this file as it was, or of none: EBUSY when it was
 * changed meanwhile. Borrows dir. */
int files_replace(int dir, const char *name, const char *content, mode_t mode, const struct stat *old);

/* Removes that file, and what a killed run left of a new one. False when it may still be there. */
bool files_remove(int dir, const char *name);

/* Opens the directory of the pid file, before anything is made. -1 with E_FILE. */
int files_pid_file_open(struct host *h, const struct options *o, struct error *e);

/* Writes h->pid as a decimal and a newline, by rename. Nothing to do without --pid-file. host_end removes it.
 */
int files_pid_file_write(struct host *h, struct error *e);

/* Removes what files_pid_file_write made or began to make. */
void files_pid_file_remove(struct host *h);

/* Connects to a listening UNIX stream socket; gives *fd. -1 with E_FILE at `where`. unix(7). */
int files_connect(const char *where, const char *path, int *fd, struct error *e);

#endif
