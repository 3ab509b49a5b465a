#include "core/interpreter/cache.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/interpreter/seal.h"

#define MAGIC UINT64_C(0x3243485353434c4c) /* the layout's version */

/* A slot: this, then the encrypted value. Never leaves the host: it is in the host's own order of bytes. */
struct header {
    struct seal_tag name; /* of what was asked for */
    struct seal_tag tag;  /* of all else in the slot */
    uint64_t value_len;
};

static const uint8_t *cipher_key(const struct cache *c) {
    return c->secret->bytes;
}

/* What the value was computed from, and who computed it, in 128 bits that nobody can aim at. */
static struct seal_tag name_of(const struct cache *c, const struct cache_key *key) {
    struct seal_sum s;
    const uint64_t head[3] = {MAGIC, key->kind, key->len};
    seal_sum_begin(&s, c->secret->bytes + 32);
    seal_sum_add(&s, head, sizeof head);
    seal_sum_add(&s, &c->program, sizeof c->program);
    seal_sum_add(&s, c->facts, sizeof *c->facts);
    seal_sum_add(&s, key->input, key->len);
    return seal_sum_end(&s);
}

static struct seal_tag tag_of(const struct cache *c, const struct header *h, const uint8_t *sealed) {
    struct seal_sum s;
    seal_sum_begin(&s, c->secret->bytes + 48);
    seal_sum_add(&s, &h->name, sizeof h->name);
    seal_sum_add(&s, &h->value_len, sizeof h->value_len);
    seal_sum_add(&s, sealed, h->value_len);
    return seal_sum_end(&s);
}

static bool same(const struct seal_tag *a, const struct seal_tag *b) {
    return a->word[0] == b->word[0] && a->word[1] == b->word[1];
}

static off_t slot_of(const struct seal_tag *name) {
    return (off_t)(name->word[1] % CACHE_SLOTS * CACHE_SLOT_SIZE);
}

/* The name is the nonce: what has the same name has the same value, so no key stream serves two values. */
static void cipher(const struct cache *c, const struct seal_tag *name, uint8_t *bytes, size_t len) {
    uint8_t nonce[sizeof name->word];
    memcpy(nonce, name->word, sizeof nonce);
    seal_cipher(cipher_key(c), nonce, bytes, len);
}

void cache_open(struct cache *c, const struct facts *facts, const struct secret *secret) {
    struct stat st;
    *c = (struct cache){.fd = -1, .facts = facts, .secret = secret};
    if (!secret->known || stat("/proc/self/exe", &st) != 0)
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

uint8_t *cache_find(struct cache *c, const struct cache_key *key, size_t *len) {
    struct header h;
    if (c->fd < 0)
        return NULL;
    struct seal_tag name = name_of(c, key);
    off_t slot = slot_of(&name);
    if (pread(c->fd, &h, sizeof h, slot) != (ssize_t)sizeof h || !same(&h.name, &name) ||
        h.value_len > CACHE_VALUE_MAX ||
        pread(c->fd, c->room, h.value_len, slot + (off_t)sizeof h) != (ssize_t)h.value_len)
        return NULL;
    struct seal_tag tag = tag_of(c, &h, c->room);
    if (!same(&h.tag, &tag))
        return NULL;
    cipher(c, &name, c->room, h.value_len);
    *len = (size_t)h.value_len;
    return c->room;
}

void cache_store(struct cache *c, const struct cache_key *key, const uint8_t *value, size_t len) {
    if (c->fd < 0 || len > CACHE_VALUE_MAX)
        return;
    struct header h = {.name = name_of(c, key), .value_len = len};
    uint8_t *sealed = c->room + sizeof h;
    memmove(sealed, value, len);
    cipher(c, &h.name, sealed, len);
    h.tag = tag_of(c, &h, sealed);
    memcpy(c->room, &h, sizeof h);
    (void)!pwrite(c->fd, c->room, sizeof h + len, slot_of(&h.name));
}
