/* Small text files that others wrote: /etc/subuid, a root file system's passwd. Bounded, never a FIFO or
 * device. */
#ifndef LOCALD_TEXT_FILE_H
#define LOCALD_TEXT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define TEXT_FILE_MAX ((size_t)1 << 20)

/* Opens path inside the directory root as if that were "/": no link leads out of it. -1, errno. */
int text_open_inside(int root, const char *path);

/* Reads all of a regular file and ends it with a NUL byte. Takes the descriptor, also when that is -1. Gives
 * text (free(3)), or NULL and errno: EFBIG over TEXT_FILE_MAX bytes, EINVAL for what is no text file. */
char *text_read(int fd);

/* Writes all of the bytes: 0, or -1 and errno. EINTR is retried. */
int text_write_all(int fd, const void *bytes, size_t len);

/* Cuts the text up to the separator off *rest and gives it; NULL when nothing is left. */
char *text_cut(char **rest, char separator);

/* A decimal below 2^32 - 1, without sign, blank or leading zero. */
bool text_id(const char *text, id_t *id);

#endif
