/* core/interpreter/cache.c, seal.c: what is found, and above all what is not. */
/* links: core/interpreter/cache.c core/interpreter/seal.c */
#include "tests/unit/cmocka_all.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/interpreter/cache.h"
#include "core/interpreter/seal.h"

static int file = -1;

int cache_file_open(uint32_t uid) {
    (void)uid;
    return dup(file);
}

static struct facts facts;
static struct secret secret;

static struct cache open_cache(void) {
    struct cache c;
    cache_open(&c, &facts, &secret);
    return c;
}

static void close_cache(struct cache *c) {
    (void)close(c->fd);
    (void)munmap(c->room, CACHE_SLOT_SIZE);
}

static struct cache_key key_of(const char *text) {
    return (struct cache_key){.kind = CACHE_PLAN, .input = text, .len = strlen(text)};
}

static bool finds(struct cache *c, const struct cache_key *key, const char *value) {
    size_t len = 0;
    const uint8_t *v = cache_find(c, key, &len);
    if (v == NULL)
        return false;
    assert_int_equal(len, strlen(value));
    assert_memory_equal(v, value, len);
    return true;
}

static const char INPUT[] = "an input", VALUE[] = "PASSWORD=a value that is longer than one word of anything";

static int fresh(void **state) {
    (void)state;
    if (file >= 0)
        (void)close(file);
    file = memfd_create("cache", MFD_CLOEXEC);
    memset(&facts, 0, sizeof facts);
    facts.caller.uid = 1000;
    secret.known = true;
    for (size_t i = 0; i < sizeof secret.bytes; i++)
        secret.bytes[i] = (uint8_t)(i * 7);
    return 0;
}

static void stored(void) {
    struct cache c = open_cache();
    struct cache_key key = key_of(INPUT);
    assert_false(finds(&c, &key, VALUE));
    cache_store(&c, &key, (const uint8_t *)VALUE, strlen(VALUE));
    assert_true(finds(&c, &key, VALUE));
    assert_true(finds(&c, &key, VALUE)); /* finding spoils nothing */
    close_cache(&c);
}

static void finds_what_was_stored(void **state) {
    (void)state;
    stored();
    struct cache again = open_cache();
    struct cache_key key = key_of(INPUT);
    assert_true(finds(&again, &key, VALUE));
    close_cache(&again);
}

static void finds_nothing_for_anything_else(void **state) {
    (void)state;
    stored();
    struct cache c = open_cache();
    struct cache_key key = key_of("an inpuu"), program = key_of(INPUT), longer = key_of("an input");
    program.kind = CACHE_PROGRAM;
    const char with_zero[] = "an input\0";
    longer.input = with_zero;
    longer.len++;
    assert_false(finds(&c, &key, VALUE));
    assert_false(finds(&c, &program, VALUE));
    assert_false(finds(&c, &longer, VALUE));
    key = key_of(INPUT);
    for (size_t i = 0; i < sizeof facts; i++) { /* each byte of the facts */
        ((uint8_t *)&facts)[i] ^= 1;
        assert_false(finds(&c, &key, VALUE));
        ((uint8_t *)&facts)[i] ^= 1;
    }
    uint8_t *program_bytes = (uint8_t *)&c.program;
    for (size_t i = 0; i < sizeof c.program; i++) {
        program_bytes[i] ^= 1;
        assert_false(finds(&c, &key, VALUE));
        program_bytes[i] ^= 1;
    }
    for (size_t i = 0; i < sizeof secret.bytes; i++) { /* another user's, another boot's; each part counts */
        secret.bytes[i] ^= 1;
        size_t len = 0;
        const uint8_t *v = cache_find(&c, &key, &len);
        assert_true(v == NULL || (i < 32 && memcmp(v, VALUE, len) != 0));
        secret.bytes[i] ^= 1;
    }
    assert_true(finds(&c, &key, VALUE));
    close_cache(&c);
}

static off_t slot_in_use(void) {
    return lseek(file, 0, SEEK_END) / (off_t)CACHE_SLOT_SIZE * (off_t)CACHE_SLOT_SIZE;
}

/* Every byte that was written, changed: nothing is found. And cut at every length. */
static void finds_nothing_that_was_changed(void **state) {
    (void)state;
    stored();
    struct cache c = open_cache();
    struct cache_key key = key_of(INPUT);
    off_t end = lseek(file, 0, SEEK_END);
    for (off_t at = slot_in_use(); at < end; at++) {
        uint8_t byte = 0, other = 0;
        assert_int_equal(pread(file, &byte, 1, at), 1);
        other = (uint8_t)(byte ^ 0x10);
        assert_int_equal(pwrite(file, &other, 1, at), 1);
        assert_false(finds(&c, &key, VALUE));
        assert_int_equal(pwrite(file, &byte, 1, at), 1);
    }
    assert_true(finds(&c, &key, VALUE));
    uint8_t kept[512];
    off_t slot = slot_in_use();
    ssize_t n = pread(file, kept, sizeof kept, slot);
    for (ssize_t len = n - 1; len >= 0; len--) {
        assert_int_equal(ftruncate(file, slot + len), 0);
        assert_false(finds(&c, &key, VALUE));
    }
    for (ssize_t torn = 1; torn < n; torn++) { /* only a part reached the disk */
        const uint8_t zeros[512] = {0};
        assert_int_equal(pwrite(file, kept, (size_t)n, slot), n);
        assert_int_equal(pwrite(file, zeros, (size_t)(n - torn), slot + torn), n - torn);
        assert_false(finds(&c, &key, VALUE) && memcmp(kept + torn, zeros, (size_t)(n - torn)) != 0);
    }
    close_cache(&c);
}

/* One user's slot copied to another place, or under another name, is none there. */
static void a_slot_counts_only_for_what_it_is(void **state) {
    (void)state;
    stored();
    struct cache c = open_cache();
    static uint8_t slot[4096];
    ssize_t n = pread(file, slot, sizeof slot, slot_in_use());
    assert_true(n > 0);
    for (off_t i = 0; i < CACHE_SLOTS; i++)
        assert_int_equal(pwrite(file, slot, (size_t)n, i * (off_t)CACHE_SLOT_SIZE), n);
    for (unsigned i = 0; i < 1000; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "input %u", i);
        struct cache_key key = key_of(text);
        assert_false(finds(&c, &key, VALUE));
    }
    close_cache(&c);
}

static void the_file_says_nothing(void **state) {
    (void)state;
    stored();
    static uint8_t all[8192];
    ssize_t n = pread(file, all, sizeof all, slot_in_use());
    assert_true(n > 0);
    assert_null(memmem(all, (size_t)n, "PASSWORD", 8));
    assert_null(memmem(all, (size_t)n, "an input", 8));
    assert_null(memmem(all, (size_t)n, secret.bytes + 1, 8));
}

static void without_a_secret_there_is_none(void **state) {
    (void)state;
    secret.known = false;
    struct cache c;
    struct cache_key key = key_of(INPUT);
    cache_open(&c, &facts, &secret);
    assert_int_equal(c.fd, -1);
    cache_store(&c, &key, (const uint8_t *)VALUE, 3);
    assert_false(finds(&c, &key, VALUE));
    assert_int_equal(lseek(file, 0, SEEK_END), 0);
}

static void bounds(void **state) {
    (void)state;
    static uint8_t large[CACHE_SLOT_SIZE];
    struct cache c = open_cache();
    struct cache_key key = key_of(INPUT);
    size_t len = 0;
    cache_store(&c, &key, large, CACHE_VALUE_MAX + 1);
    assert_null(cache_find(&c, &key, &len));
    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (uint8_t)(i >> 3);
    cache_store(&c, &key, large, CACHE_VALUE_MAX);
    const uint8_t *v = cache_find(&c, &key, &len);
    assert_non_null(v);
    assert_int_equal(len, CACHE_VALUE_MAX);
    assert_memory_equal(v, large, len);
    assert_true(lseek(file, 0, SEEK_END) <= (off_t)CACHE_FILE_MAX);
    close_cache(&c);
}

/* Two processes write other values into the same slots, in turns; whoever reads finds the right value or
 * none. */
static void writers_do_not_mix(void **state) {
    (void)state;
    pid_t other = 0;
    size_t found = 0;
    char text[16], value[2000];
    other = fork();
    struct cache c = open_cache();
    for (unsigned i = 0; i < 3000; i++) {
        unsigned which = i * 31 % 100 + (other == 0 ? 50 : 0);
        (void)snprintf(text, sizeof text, "%u", which);
        memset(value, (int)('a' + which % 26), sizeof value - 1);
        value[sizeof value - 1] = '\0';
        struct cache_key key = key_of(text);
        found += finds(&c, &key, value);
        cache_store(&c, &key, (const uint8_t *)value, strlen(value));
    }
    close_cache(&c);
    if (other == 0)
        _exit(0);
    int status = -1;
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_int_equal(status, 0);
    assert_true(found > 100);
}

/* Bytes 0, 1, 2 ... under the key 00..0f, as `openssl mac -macopt size:16 SIPHASH` has them. */
static void sums_are_siphash(void **state) {
    (void)state;
    uint8_t bytes[64];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    static const struct {
        size_t len;
        uint64_t word[2];
    } rows[] = {
        {0, {UINT64_C(0xe6a825ba047f81a3), UINT64_C(0x930255c71472f66d)}},
        {8, {UINT64_C(0x61f55862baa9623b), UINT64_C(0xb49714f364e2830f)}},
        {16, {UINT64_C(0xbb54b067caa4e26e), UINT64_C(0x77052385bf1533fd)}},
        {64, {UINT64_C(0x3fcdd4c07d07af1e), UINT64_C(0x4ba75836384dad8c)}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct seal_sum s;
        seal_sum_begin(&s, bytes);
        seal_sum_add(&s, bytes, rows[i].len);
        struct seal_tag tag = seal_sum_end(&s);
        assert_int_equal(tag.word[0], rows[i].word[0]);
        assert_int_equal(tag.word[1], rows[i].word[1]);
    }
}

/* RFC 8439, 2.4.2, from block 1: here the first block is stepped over. */
static void the_cipher_is_chacha20(void **state) {
    (void)state;
    static const char text[] =
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
        "future, sunscreen would be it.";
    static const uint8_t first[16] = {0x6e, 0x2e, 0x35, 0x9a, 0x25, 0x68, 0xf9, 0x80,
                                      0x41, 0xba, 0x07, 0x28, 0xdd, 0x0d, 0x69, 0x81};
    const uint8_t nonce[12] = {0, 0, 0, 0, 0, 0, 0, 0x4a};
    uint8_t key[32], bytes[64 + sizeof text - 1] = {0};
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)i;
    memcpy(bytes + 64, text, sizeof text - 1);
    seal_cipher(key, nonce, bytes, sizeof bytes);
    assert_memory_equal(bytes + 64, first, sizeof first);
    seal_cipher(key, nonce, bytes, sizeof bytes);
    assert_memory_equal(bytes + 64, text, sizeof text - 1);
}

/* The sixth block, behind those that are computed together, as OpenSSL's `enc -chacha20` has it; and no more
 * bytes than asked for are touched. */
static void the_cipher_counts_blocks(void **state) {
    (void)state;
    static const uint8_t sixth[16] = {0x5c, 0x54, 0xc1, 0x13, 0x5e, 0xac, 0xc7, 0x98,
                                      0x6d, 0x5c, 0x39, 0xbd, 0xd9, 0xd7, 0x59, 0x01};
    const uint8_t nonce[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x4a}, zeros[400] = {0};
    uint8_t key[32], whole[400] = {0};
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)i;
    seal_cipher(key, nonce, whole, sizeof whole);
    assert_memory_equal(whole + 320, sixth, sizeof sixth);
    for (size_t len = 0; len < sizeof whole; len++) {
        uint8_t part[400] = {0};
        seal_cipher(key, nonce, part, len);
        assert_memory_equal(part, whole, len);
        assert_memory_equal(part + len, zeros, sizeof part - len);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(finds_what_was_stored, fresh),
        cmocka_unit_test_setup(finds_nothing_for_anything_else, fresh),
        cmocka_unit_test_setup(finds_nothing_that_was_changed, fresh),
        cmocka_unit_test_setup(a_slot_counts_only_for_what_it_is, fresh),
        cmocka_unit_test_setup(the_file_says_nothing, fresh),
        cmocka_unit_test_setup(without_a_secret_there_is_none, fresh),
        cmocka_unit_test_setup(bounds, fresh),
        cmocka_unit_test_setup(writers_do_not_mix, fresh),
        cmocka_unit_test(sums_are_siphash),
        cmocka_unit_test(the_cipher_is_chacha20),
        cmocka_unit_test(the_cipher_counts_blocks),
    };
    (void)alarm(60);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
