/*
 * cache: what was computed before from the very same bytes. One file of the caller's, ~/.locald-shim/cache,
 * with a fixed number of slots; what is stored in a slot says itself from what it was computed.
 *
 * A find is no guess: the program that is running, all facts and every byte of the input are compared, and a
 * checksum covers all that was read. So a torn write, two writers at once or a file of an older version are
 * just not found. What the caller's own processes write there on purpose is found, and judged by the gate as
 * any plan is: docs/architecture.md says why that is no power.
 */
#ifndef LOCALD_INTERPRETER_CACHE_H
#define LOCALD_INTERPRETER_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "core/plan/facts.h"

#define CACHE_SLOTS     64
#define CACHE_SLOT_SIZE ((size_t)1 << 20)
#define CACHE_FILE_MAX  (CACHE_SLOTS * CACHE_SLOT_SIZE) /* sparse: slots take what is in them */
#define CACHE_INPUT_MAX ((size_t)256 << 10)
#define CACHE_VALUE_MAX ((size_t)512 << 10)

enum cache_kind { CACHE_PLAN = 1, CACHE_PROGRAM = 2 };

/* The running program: another build has another file, or another time. */
struct cache_identity {
    uint64_t device, inode, size;
    int64_t modified[2], changed[2];
};

struct cache {
    int fd; /* -1: nothing is ever found or stored */
    struct cache_identity program;
    const struct facts *facts; /* borrowed */
    uint8_t *room;             /* CACHE_SLOT_SIZE bytes */
};

/* What was asked for. */
struct cache_key {
    enum cache_kind kind;
    const void *input; /* borrowed */
    size_t len;
};

/* Opens the caller's cache, with the ids and in the place that the process has; makes it when it is not
 * there. No cache at all is no error. Before the system call filter. */
void cache_open(struct cache *c, const struct facts *facts);

/* The value stored for the key: points into c->room until the next call; NULL when there is none. */
uint8_t *cache_find(struct cache *c, const struct cache_key *key, size_t *len);

/* Stores it, in place of what the slot had. Best effort. */
void cache_store(struct cache *c, const struct cache_key *key, const uint8_t *value, size_t len);

/* cache_file.c: the file, opened for reading and writing, or -1: missing home, foreign or open to others. */
int cache_file_open(uint32_t uid);

#endif
