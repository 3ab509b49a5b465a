#include "core/interpreter/cache.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC    UINT64_C(0x3143485353434c4c) /* the layout's version */
#define MULTIPLY UINT64_C(0x9e3779b97f4a7c15)

/* A slot: this, then the facts, the input and the value. Never leaves the host: it is in the host's own order
 * of bytes. */
struct header {
    uint64_t magic, kind, input_len, value_len;
    struct cache_identity program;
    uint64_t sum; /* of all that is above and behind */
};

/* Not against malice, which has better ways: against torn and mixed writes. Each step is a bijection of h and
 * of the word. */
static uint64_t mix(uint64_t h, const void *bytes, size_t len) {
    const uint8_t *p = bytes;
    for (; len > 0; len -= len < 8 ? len : 8, p += 8) {
        uint64_t word = 0;
        memcpy(&word, p, len < 8 ? len : 8);
        h = (h ^ word) * MULTIPLY;
        h ^= h >> 29;
    }
    return h;
}

static struct header header_of(const struct cache *c, const struct cache_key *key, size_t value_len) {
    return (struct header){.magic = MAGIC,
                           .kind = key->kind,
                           .input_len = key->len,
                           .value_len = value_len,
                           .program = c->program};
}

/* The key's own sum, which also says which slot is the key's. */
static uint64_t sum_key(const struct cache *c, const struct cache_key *key) {
    struct header h = header_of(c, key, 0);
    return mix(mix(mix(0, &h, sizeof h), c->facts, sizeof *c->facts), key->input, key->len);
}

static uint64_t sum_all(uint64_t key_sum, const uint8_t *value, size_t len) {
    return mix(mix(key_sum, &len, sizeof len), value, len);
}

static off_t slot_of(uint64_t key_sum) {
    return (off_t)((key_sum >> 32) % CACHE_SLOTS * CACHE_SLOT_SIZE);
}

void cache_open(struct cache *c, const struct facts *facts) {
    struct stat st;
    *c = (struct cache){.fd = -1, .facts = facts};
    if (stat("/proc/self/exe", &st) != 0)
        return;
    c->program = (struct cache_identity){
        .device = st.st_dev,
        .inode = st.st_ino,
        .size = (uint64_t)st.st_size,
        .modified = {st.st_mtim.tv_sec, st.st_mtim.tv_nsec},
        .changed = {st.st_ctim.tv_sec, st.st_ctim.tv_nsec},
    };
    void *room = mmap(NULL, CACHE_SLOT_SIZE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED)
        return;
    c->room = room;
    c->fd = cache_file_open(facts->caller.uid);
}

static bool fits(const struct cache *c, const struct cache_key *key, size_t value_len) {
    return c->fd >= 0 && key->len <= CACHE_INPUT_MAX && value_len <= CACHE_VALUE_MAX;
}

uint8_t *cache_find(struct cache *c, const struct cache_key *key, size_t *len) {
    struct header h;
    if (!fits(c, key, 0))
        return NULL;
    uint64_t key_sum = sum_key(c, key);
    off_t slot = slot_of(key_sum);
    if (pread(c->fd, &h, sizeof h, slot) != (ssize_t)sizeof h || h.value_len > CACHE_VALUE_MAX)
        return NULL;
    struct header wanted = header_of(c, key, (size_t)h.value_len);
    wanted.sum = h.sum;
    if (memcmp(&h, &wanted, sizeof h) != 0)
        return NULL;
    size_t facts_len = sizeof *c->facts;
    size_t rest = facts_len + key->len + (size_t)h.value_len;
    uint8_t *value = c->room + facts_len + key->len;
    if (pread(c->fd, c->room, rest, slot + (off_t)sizeof h) != (ssize_t)rest ||
        memcmp(c->room, c->facts, facts_len) != 0 || memcmp(c->room + facts_len, key->input, key->len) != 0 ||
        sum_all(key_sum, value, (size_t)h.value_len) != h.sum)
        return NULL;
    *len = (size_t)h.value_len;
    return value;
}

void cache_store(struct cache *c, const struct cache_key *key, const uint8_t *value, size_t len) {
    if (!fits(c, key, len))
        return;
    uint64_t key_sum = sum_key(c, key);
    struct header h = header_of(c, key, len);
    h.sum = sum_all(key_sum, value, len);
    uint8_t *at = c->room;
    memcpy(at, &h, sizeof h);
    memcpy(at += sizeof h, c->facts, sizeof *c->facts);
    memcpy(at += sizeof *c->facts, key->input, key->len);
    memcpy(at += key->len, value, len);
    (void)!pwrite(c->fd, c->room, (size_t)(at + len - c->room), slot_of(key_sum));
}
