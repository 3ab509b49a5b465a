/*
 * The cache as its owner, who is not trusted, can write it: byte 0 says how. Entries that the shim made are
 * changed, cut, or put into another's place; or the whole slot is any bytes. What is found then is what was
 * stored for that very input, or nothing. And /etc/passwd, where the cache's place comes from, is any text.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "core/interpreter/cache_file.c" /* home_in */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD 40 /* name, tag, length of the value */

static void promise(bool kept) {
    if (!kept)
        abort();
}

static const char value[] = "the value that was stored, of some length that is no multiple of anything";
static const struct secret secret = {.known = true, .bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9}};
static struct facts facts;
static struct cache cache;
static const struct cache_key key = {.kind = CACHE_PLAN, .input = "input", .len = 5};
static off_t slot; /* where the key's entry is */

static void begin(void) {
    static uint8_t room[CACHE_SLOT_SIZE];
    cache = (struct cache){.fd = memfd_create("cache", MFD_CLOEXEC), .facts = &facts, .secret = &secret};
    cache.room = room;
    promise(cache.fd >= 0);
    cache_store(&cache, &key, (const uint8_t *)value, sizeof value);
    slot = lseek(cache.fd, 0, SEEK_DATA);
    promise(slot >= 0);
    slot -= slot % (off_t)CACHE_SLOT_SIZE;
}

/* Found: the value as it was; and nothing that was never stored. */
static void look(bool changed) {
    size_t len = 0;
    const uint8_t *found = cache_find(&cache, &key, &len);
    promise(found == NULL || (len == sizeof value && memcmp(found, value, len) == 0));
    promise((found == NULL) == changed);
    static const struct cache_key others[] = {{.kind = CACHE_PROGRAM, .input = "input", .len = 5},
                                              {.kind = CACHE_PLAN, .input = "inpux", .len = 5},
                                              {.kind = CACHE_PLAN, .input = "input", .len = 4}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        promise(cache_find(&cache, &others[i], &len) == NULL);
}

/* The entry, exclusive-or the input from some place on. */
static void damage(const uint8_t *data, size_t size) {
    uint8_t entry[HEAD + sizeof value];
    bool changed = false;
    promise(pread(cache.fd, entry, sizeof entry, slot) == (ssize_t)sizeof entry);
    for (size_t i = 1, at = data[0]; i < size && at < sizeof entry; i++, at++) {
        entry[at] ^= data[i];
        changed |= data[i] != 0;
    }
    promise(pwrite(cache.fd, entry, sizeof entry, slot) == (ssize_t)sizeof entry);
    look(changed);
}

/* The same bytes at the beginning of all slots: the entry of one input where another's is looked for. */
static void everywhere(const uint8_t *data, size_t size) {
    uint8_t before[HEAD + sizeof value], after[HEAD + sizeof value];
    promise(pread(cache.fd, before, sizeof before, slot) == (ssize_t)sizeof before);
    for (off_t at = 0; at < (off_t)CACHE_FILE_MAX; at += (off_t)CACHE_SLOT_SIZE)
        promise(pwrite(cache.fd, data, size, at) == (ssize_t)size);
    promise(pread(cache.fd, after, sizeof after, slot) == (ssize_t)sizeof after);
    look(memcmp(before, after, sizeof before) != 0);
}

static void passwd(const uint8_t *data, size_t size) {
    static char home[PATH_MAX];
    char *text = malloc(size + 1);
    if (text == NULL)
        return;
    memcpy(text, data, size);
    text[size] = '\0';
    home_in(text, "1000", home);
    promise(memchr(home, 0, sizeof home) != NULL && (home[0] == '/' || home[0] == '\0'));
    promise(strpbrk(home, ":\n") == NULL);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (cache.room == NULL)
        begin();
    if (size < 2)
        return 0;
    if (data[0] % 4 == 3) {
        passwd(data + 1, size - 1);
        return 0;
    }
    promise(ftruncate(cache.fd, 0) == 0);
    cache_store(&cache, &key, (const uint8_t *)value, sizeof value);
    if (data[0] % 4 == 0) {
        damage(data + 1, size - 1);
    } else if (data[0] % 4 == 1) {
        everywhere(data + 1, size - 1 < 2 * sizeof value ? size - 1 : 2 * sizeof value);
    } else {
        off_t length = data[1] % (HEAD + sizeof value + 8);
        promise(ftruncate(cache.fd, slot + length) == 0);
        look(length < (off_t)(HEAD + sizeof value));
    }
    return 0;
}
