/* Who a container's process is: the words of --user, and the root file system's own passwd and group. */
#ifndef LOCALD_USER_H
#define LOCALD_USER_H

#include <stdint.h>

#include "core/client/locald_client.h"

struct user {
    uint32_t uid, gid;
    char home[1024]; /* of the passwd entry, else "/" */
};

/* text: "UID[:GID]", "NAME", "NAME:GROUP" and mixtures; NULL is 0:0. root: the root file system's directory.
 */
int user_find(int root, const char *text, struct user *user, struct locald_error *e);

#endif
