#include "core/interpreter/arena.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#define SMALL_MAX     512u /* up to here classes are 16 bytes apart, above a quarter of a power of two */
#define SMALL_CLASSES (SMALL_MAX / 16)
#define SMALL_BITS    9 /* 1 << 9 is SMALL_MAX */
#define BLOCK_MAX     ((size_t)128 << 20)
#define FIRST         ((size_t)256 << 10) /* what every interpretation uses */

struct block {
    size_t size;
    unsigned list; /* which of the free lists */
};

/* n is 1..BLOCK_MAX. */
static struct block block_for(size_t n) {
    if (n <= SMALL_MAX) {
        unsigned list = (unsigned)((n - 1) / 16);
        return (struct block){.size = ((size_t)list + 1) * 16, .list = list};
    }
    unsigned bits = 63u - (unsigned)__builtin_clzll(n - 1); /* 1 << bits < n <= 2 << bits */
    size_t quarters = (n - 1) >> (bits - 2); /* 4..7: full quarters, the first four are 1 << bits */
    return (struct block){.size = (quarters + 1) << (bits - 2),
                          .list = SMALL_CLASSES + (bits - SMALL_BITS) * 4 + (unsigned)(quarters - 4)};
}

int arena_begin(struct arena *a, size_t size) {
    *a = (struct arena){.size = size};
    void *bytes =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED)
        return -1;
    /* at once: each page that is not there takes a fault */
    (void)madvise(bytes, size < FIRST ? size : FIRST, MADV_POPULATE_WRITE);
    a->bytes = bytes;
    return 0;
}

void arena_end(struct arena *a) {
    (void)munmap(a->bytes, a->size);
    *a = (struct arena){.size = 0};
}

static void *take(struct arena *a, struct block b) {
    uint8_t *p = a->free[b.list];
    if (p != NULL) {
        memcpy(&a->free[b.list], p, sizeof a->free[0]);
        return p;
    }
    if (b.size > a->size - a->used)
        return NULL;
    p = a->bytes + a->used;
    a->used += b.size;
    return p;
}

static void give_back(struct arena *a, void *p, struct block b) {
    memcpy(p, &a->free[b.list], sizeof a->free[0]);
    a->free[b.list] = p;
}

/* A growing string is most often the last block: then it grows where it stands. */
static bool grow_last(struct arena *a, const uint8_t *p, struct block old, struct block new) {
    if (p + old.size != a->bytes + a->used || new.size < old.size || new.size - old.size > a->size - a->used)
        return false;
    a->used += new.size - old.size;
    return true;
}

void *arena_alloc(void *arena, void *block, size_t old_size, size_t new_size) {
    struct arena *a = arena;
    if (block == NULL) /* then old_size is the kind of object */
        old_size = 0;
    struct block old = {.size = 0};
    if (old_size > 0)
        old = block_for(old_size);
    if (new_size == 0) {
        if (old_size > 0)
            give_back(a, block, old);
        return NULL;
    }
    if (new_size > BLOCK_MAX)
        return NULL;
    struct block new = block_for(new_size);
    if (old_size > 0 && (new.size == old.size || grow_last(a, block, old, new)))
        return block;
    void *p = take(a, new);
    if (p == NULL)
        return new_size <= old_size ? block : NULL; /* Lua counts on it that shrinking can't fail */
    if (old_size > 0) {
        memcpy(p, block, old_size < new_size ? old_size : new_size);
        give_back(a, block, old);
    }
    return p;
}
