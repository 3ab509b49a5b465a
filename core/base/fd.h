/*
 * fd: ownership of descriptors made visible, and reads and writes that finish.
 *
 * `CLEANUP_FD int fd = -1;` closes at the end of its scope; `fd_take(&fd)` hands it over. close(2) is never
 * retried (Linux frees the descriptor even on EINTR).
 */
#ifndef LOCALD_BASE_FD_H
#define LOCALD_BASE_FD_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#define CLEANUP_FD __attribute__((cleanup(fd_cleanup)))

void fd_cleanup(int *fd);

/* Closes *fd if it is open and makes it -1. */
void fd_close(int *fd);

/* Closes every descriptor from 3 on but `kept` (-1: none). close_range(2). */
void fd_close_others(int kept);

/* 0 when `name` in `dir` is the file that *old tells of, unchanged since; -1 with errno, EBUSY when it is
 * another. */
int fd_name_is_still(int dir, const char *name, const struct stat *old);

/* Gives the descriptor and leaves -1 behind. */
int fd_take(int *fd);

/* Opens what an O_PATH descriptor is of, with the process's credentials (through /proc/self/fd),
 * close-on-exec. A descriptor, or -1 with errno. */
int fd_reopen(int path_fd, int flags);

/* Writes all of the bytes; 0, or -1 with errno. EINTR is retried. */
int write_full(int fd, const void *bytes, size_t len);

/* Reads up to `size` bytes until the end of the file; the count, or -1 with errno. EINTR is retried. */
ssize_t read_full(int fd, void *bytes, size_t size);

#endif
