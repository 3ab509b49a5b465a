/*
 * lock: the interpreter gives up everything, before the first byte of config.json is read.
 */
#ifndef LOCALD_INTERPRETER_LOCK_H
#define LOCALD_INTERPRETER_LOCK_H

#include "core/base/error.h"
#include "core/interpreter/cache.h"
#include "core/plan/facts.h"

/* What is opened on the way, as the caller: it can't be later. */
struct lock_files {
    const struct secret *secret; /* given: of the cache */
    struct cache cache;          /* its fd is -1 when there is none */
    int scratch_fd;              /* an empty file without a name, or -1 */
};

/* In the interpreter only, once: closes all descriptors but the two; takes the caller's real ids for good;
 * empties all capability sets; not dumpable, no_new_privs, killed with its parent; opens *files as the
 * caller; limits; then the filter. Each is verified. After a failure (-1, E_INTERPRETER) the process may
 * still hold something: it must report and exit. Borrows all. credentials(7), capabilities(7), prctl(2),
 * setrlimit(2). */
int lock_confine(const struct facts *facts, int config_fd, int out_fd, struct lock_files *files,
                 struct error *e);

#endif
