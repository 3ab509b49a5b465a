/* procfs_files: what may be covered in procfs. Pure. */
#ifndef LOCALD_PLAN_PROCFS_FILES_H
#define LOCALD_PLAN_PROCFS_FILES_H

#include <stdbool.h>

/* True for the files that tell about the machine, which lxcfs and others replace. */
bool procfs_replaceable(const char *path);

#endif
