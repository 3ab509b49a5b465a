/*
 * left: what a run may have left behind, looked at after each of thousands of runs: so it must be cheap.
 * Processes are the caller's children, since it is their subreaper; namespaces live by processes and mounts.
 */
#ifndef FAULTS_LEFT_H
#define FAULTS_LEFT_H

#include <stddef.h>

/* What has to be the same before and after. Paths that are NULL are not looked at. */
struct left_places {
    const char *bundle;               /* the names in it, and in its root file system but for bin */
    const char *cgroup;               /* must not be there */
    const char *pid_file;             /* likewise */
    unsigned long long mounts, files; /* how both were */
};

void left_look(struct left_places *p);

/* NULL, or what is left; waits for a moment, since a keeper may be about to remove it. */
const char *left_over(const struct left_places *p);

/* Kills our children, says how many, and the name of one. */
unsigned left_kill_children(char *name, size_t size);

/* FNV-1a, over a whole file. */
unsigned long long left_hash_file(const char *path);

#endif
