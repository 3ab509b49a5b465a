/* cgroup_tree: what lies below a leaf: the container may have made cgroups of its own there. */
#ifndef LOCALD_ENGINE_HOST_CGROUP_TREE_H
#define LOCALD_ENGINE_HOST_CGROUP_TREE_H

#include <stdbool.h>

/* Whether cgroup.events has the line `event`, such as "frozen 1". False without a cgroup. Borrows dir_fd. */
bool cgroup_tree_says(int dir_fd, const char *event);

/* Waits until cgroup.events says "populated 0", `milliseconds` at most. Borrows dir_fd. */
void cgroup_tree_wait_empty(int dir_fd, int milliseconds);

/* Removes the cgroups below dir_fd, deepest first, without recursion and with two descriptors at most. Called
 * as root. What can't be removed stays. Borrows dir_fd. */
void cgroup_tree_remove_below(int dir_fd);

#endif
