/* An OCI bundle for a caller without privilege: config.json in a directory below .locald. */
#ifndef LOCALD_BUNDLE_H
#define LOCALD_BUNDLE_H

#include "core/client/locald_client.h"

#define BUNDLE_BINDS_MAX 256

struct bundle_bind {
    const char *source; /* absolute */
    const char *destination;
    bool read_only;
};

/* What a container is to be. All text is borrowed. */
struct bundle {
    const char *directory;   /* where config.json is written; is made, with its parents, mode 0700 */
    const char *name;        /* also the hostname */
    const char *rootfs;      /* absolute */
    const char *const *args; /* ended by NULL, at least one */
    const char *const *env;  /* "K=V", ended by NULL; beside PATH, HOME and, with a terminal, TERM, which they
                                may replace. NULL: none */
    const char *cwd;         /* NULL: "/" */
    const char *user;        /* "UID[:GID]" or a name in the rootfs's /etc/passwd. NULL: 0:0 */
    bool terminal;
    const char *cgroup; /* cgroupsPath, as "/locald/..."; NULL: the shim chooses */
    struct bundle_bind binds[BUNDLE_BINDS_MAX];
    size_t bind_count;
};

/* Writes config.json: user namespace with the caller's own id as 0 and all that /etc/subuid and /etc/subgid
 * delegate (none of them: the own id alone), mount, pid, ipc, uts and cgroup namespaces, the host's network,
 * proc, dev, sys, tmp as engines do, the usual default capabilities, masks and read-only paths, no_new_privs.
 * Replaces what was there atomically. */
int bundle_write(const struct bundle *bundle, struct locald_error *e);

/* Makes a bundle's directory, where it is missing, and gives a descriptor of it that can be locked. No link
 * in its place, nor below a .locald on the way, is followed; another user's directory is refused. */
int bundle_make_directory(const char *directory, struct locald_error *e);

#endif
