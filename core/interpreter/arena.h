/*
 * arena: the Lua heap as one bounded mapping. A block that is freed goes on the list of its size class and is
 * used again; Lua tells the size of every block, so that none has a header.
 */
#ifndef LOCALD_INTERPRETER_ARENA_H
#define LOCALD_INTERPRETER_ARENA_H

#include <stddef.h>
#include <stdint.h>

#define ARENA_CLASSES 128

struct arena {
    uint8_t *bytes;
    size_t used;
    size_t size;
    void *free[ARENA_CLASSES]; /* a list each; the first word of a free block is the next one */
};

/* Reserves `size` bytes (at most 128 MiB); pages are taken when they are touched. 0, or -1 with errno. The
 * mapping ends with arena_end, or with the process. */
int arena_begin(struct arena *a, size_t size);
void arena_end(struct arena *a);

/* A lua_Alloc: `arena` is a struct arena. NULL when the bound is reached. Lua 5.4 manual, lua_Alloc. */
void *arena_alloc(void *arena, void *block, size_t old_size, size_t new_size);

#endif
