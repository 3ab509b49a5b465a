/* Which ids a container has: the caller's own as 0, then what /etc/subuid and /etc/subgid delegate. */
#ifndef LOCALD_IDS_H
#define LOCALD_IDS_H

#include <stdint.h>

#include "core/client/locald_client.h"

#define IDS_EXTENTS_MAX 65 /* the shim takes 64 ranges of a file */

struct ids_extent {
    uint32_t inside, outside, size;
};

struct ids_map {
    struct ids_extent extents[IDS_EXTENTS_MAX];
    size_t count;
};

struct ids {
    bool namespace; /* a user namespace: all but root without delegated ids */
    struct ids_map uids, gids;
};

/* etc is "/etc", or a test's directory. A file that is missing delegates nothing. */
int ids_read(const char *etc, uid_t uid, gid_t gid, struct ids *ids, struct locald_error *e);

bool ids_has(const struct ids_map *map, uint32_t inside);

#endif
