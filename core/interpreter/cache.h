/*
 * cache: what was computed before from the very same bytes. One file of the caller's, ~/.locald-shim/cache,
 * with a fixed number of slots.
 *
 * Only what a shim stored is ever found. A slot is named and authenticated with a secret that root keeps (a
 * user's own, anew at each boot), over the running program, all facts, the whole input and the value; so
 * neither the caller's processes nor a container that has the caller's home can put anything there that a run
 * would take, and a torn write, two writers or an old file are just not found. It is encrypted: config.json
 * may hold passwords, and may have been deleted since. docs/architecture.md, "The cache".
 */
#ifndef LOCALD_INTERPRETER_CACHE_H
#define LOCALD_INTERPRETER_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/secret.h"
#include "core/plan/facts.h"

#define CACHE_SLOTS     64
#define CACHE_SLOT_SIZE ((size_t)1 << 19)
#define CACHE_FILE_MAX  (CACHE_SLOTS * CACHE_SLOT_SIZE) /* sparse: slots take what is in them */
#define CACHE_VALUE_MAX (CACHE_SLOT_SIZE - 64)

enum cache_kind { CACHE_PLAN = 1, CACHE_PROGRAM = 2 };

/* The running program: another build has another file, or another time. */
struct cache_identity {
    uint64_t device, inode, size;
    int64_t modified[2], changed[2];
};

struct cache {
    int fd; /* -1: nothing is ever found or stored */
    struct cache_identity program;
    const struct facts *facts;   /* borrowed */
    const struct secret *secret; /* borrowed */
    uint8_t *room;               /* CACHE_SLOT_SIZE bytes */
};

/* What was asked for. */
struct cache_key {
    enum cache_kind kind;
    const void *input; /* borrowed */
    size_t len;
};

/* Opens the caller's cache, with the ids and in the place that the process has; makes it when it is not
 * there. No cache at all is no error; without a secret there is none. Before the system call filter. */
void cache_open(struct cache *c, const struct facts *facts, const struct secret *secret);

/* The value stored for the key: points into c->room until the next call; NULL when there is none. */
uint8_t *cache_find(struct cache *c, const struct cache_key *key, size_t *len);

/* Stores it, in place of what the slot had. Best effort. */
void cache_store(struct cache *c, const struct cache_key *key, const uint8_t *value, size_t len);

/* cache_file.c: the file, opened for reading and writing, or -1: missing home, foreign or open to others. */
int cache_file_open(uint32_t uid);

#endif
