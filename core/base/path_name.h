/* path_name: paths as text. Pure. Each: 0 or as said, or -1 with errno. */
#ifndef LOCALD_BASE_PATH_NAME_H
#define LOCALD_BASE_PATH_NAME_H

#include <limits.h>

/* Moves the first component of `rest` into name; 1, 0 when none is left, -1 ENAMETOOLONG. */
int path_name_next(char *rest, char name[NAME_MAX + 1]);

/* a + "/" + b into to (PATH_MAX bytes); ENAMETOOLONG. */
int path_name_join(char *to, const char *a, const char *b);

/* The last component, slashes behind it left out, and what stands before it ("." for nothing) into dir
 * (PATH_MAX bytes). ENAMETOOLONG; EINVAL for no component, "." and "..". */
int path_name_split(const char *path, char *dir, char name[NAME_MAX + 1]);

#endif
