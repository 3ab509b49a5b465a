/* The options that `locald run` and `locald start` share. */
#ifndef LOCALD_LAUNCH_H
#define LOCALD_LAUNCH_H

#include "core/locald/bundle.h"

#define LAUNCH_ENV_MAX 256

struct launch {
    const char *name;  /* NULL: none was given */
    char rootfs[4096]; /* absolute; --rootfs, else .locald/rootfs below the current directory */
    const char *env[LAUNCH_ENV_MAX + 1];
    const char *cwd;
    const char *user;
    bool tty;
    struct bundle_bind binds[BUNDLE_BINDS_MAX]; /* sources made absolute; point into argv and room */
    size_t bind_count;
    const char *const *args; /* behind "--" */
    char *room;              /* owned: launch_free */
};

/* [--rootfs DIR] [--bind SRC:DST[:ro]] [--env K=V] [--cwd DIR] [--user U] [--tty] [--name N] -- CMD...
 * A name is 1 to 64 of a-z A-Z 0-9 _ . -, and begins with a letter or digit. */
int launch_parse(int argc, char **argv, struct launch *launch, struct locald_error *e);
/* That what --bind names is there: whatever else is wrong with it, the shim says. */
int launch_look(const struct launch *launch, struct locald_error *e);
void launch_free(struct launch *launch);
bool launch_name_is_good(const char *name);

#endif
