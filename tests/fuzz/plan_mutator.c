/*
 * How fuzz_plan's inputs change: byte 0 says who asks, the rest is a plan (plan.h). Most changes keep the
 * framing, so that they get past the decoder's first look: one field gets another value, a record is changed
 * in its bytes, doubled, dropped or taken over from another plan. Some are libFuzzer's own, on raw bytes.
 */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "core/plan/plan.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t max, unsigned seed);

#define HEADER      8u
#define RECORDS_MAX 256

struct plan_bytes {
    uint8_t *bytes;
    size_t size, max;
};

static const uint64_t numbers[] = {
    0,
    1,
    2,
    3,
    4,
    6,
    7,
    8,
    9,
    99,
    100,
    255,
    999,
    1000,
    1001,
    1002,
    4096,
    65535,
    65536,
    100000,
    165535,
    165536,
    131071,
    0x7fffffff,
    0x80000000u,
    0xfffffc18u,
    0xfffffffeu,
    0xffffffffu,
    UINT64_MAX,
    MS_SHARED,
    MS_PRIVATE,
    MS_SLAVE,
    CLONE_NEWNS,
    CLONE_NEWUSER,
    CLONE_NEWPID,
    CLONE_NEWNET,
    CLONE_NEWCGROUP,
    CLONE_NEWTIME,
    MOUNT_ATTR_IDMAP,
    'a',
    'b',
    'c',
    'p',
};

static const char *const words[] = {"",
                                    "/",
                                    "/..",
                                    "..",
                                    ".",
                                    "/a/b/c",
                                    "/a/b/pin",
                                    "/locald/x",
                                    "/locald/uid-1",
                                    "/locald/pin",
                                    "/locald/../x",
                                    "/locald.slice/a/b",
                                    "/a/b/cgroup.procs",
                                    "/proc",
                                    "/dev/null",
                                    "proc",
                                    "sysfs",
                                    "tmpfs",
                                    "devpts",
                                    "cgroup2",
                                    "mqueue",
                                    "overlay",
                                    "ext4",
                                    "net/ipv4/ip_forward",
                                    "net/../kernel/core_pattern",
                                    "user/max_user_namespaces",
                                    "kernel/core_pattern",
                                    "kernel/shmmax",
                                    "kernel/sem",
                                    "fs/mqueue/msg_max",
                                    "memory.max",
                                    "cgroup.procs",
                                    "cpuset.cpus.partition",
                                    "io.prio.class",
                                    "io.latency",
                                    "A=b",
                                    "=b",
                                    "a\nb",
                                    "{}",
                                    "eth0",
                                    "sh"};

static void put(uint8_t *to, uint32_t v) {
    for (unsigned i = 0; i < 4; i++)
        to[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t next(uint32_t *random, size_t below) {
    *random = *random * 1664525u + 1013904223u;
    return (uint32_t)((*random >> 8) % below);
}

/* Where the records of a plan begin; the trailer counts as the last one. 0 when the framing is broken. */
static size_t records(const uint8_t *plan, size_t size, size_t *at) {
    size_t n = 0, from = HEADER;
    while (n < RECORDS_MAX && size >= 8 && from <= size - 8) {
        at[n++] = from;
        if (wire_u32_at(plan + from) == PLAN_DONE)
            return from + 12 == size ? n : 0;
        size_t body = wire_u32_at(plan + from + 4);
        if (body > size - from - 8)
            return 0;
        from += 8 + body;
    }
    return 0;
}

/* Puts `length` other bytes in the place of `old` ones. */
static bool exchange(struct plan_bytes *p, size_t at, size_t old, const uint8_t *with, size_t length) {
    if (p->size - old + length > p->max)
        return false;
    memmove(p->bytes + at + length, p->bytes + at + old, p->size - at - old);
    memcpy(p->bytes + at, with, length);
    p->size += length - old;
    return true;
}

static void count_more(struct plan_bytes *p, uint32_t more) {
    put(p->bytes + p->size - 4, wire_u32_at(p->bytes + p->size - 4) + more);
}

/* The bytes of a field of that type that stands at p; 0 when it goes beyond the end. */
static size_t field_length(enum plan_type type, const uint8_t *p, size_t left) {
    size_t at = 4;
    if (type == PLAN_U64)
        return left >= 8 ? 8 : 0;
    if (left < 4)
        return 0;
    size_t n = wire_u32_at(p);
    if (type == PLAN_STR)
        at += n + 1;
    else if (type == PLAN_U32S)
        at += 4 * n;
    for (size_t i = 0; type == PLAN_STRS && i < n; i++) {
        if (at + 4 > left)
            return 0;
        at += 4 + (size_t)wire_u32_at(p + at) + 1;
    }
    return at <= left ? at : 0;
}

/* One string of the words above as it stands in a plan. */
static size_t put_word(uint8_t *to, uint32_t *random) {
    const char *word = words[next(random, sizeof words / sizeof words[0])];
    put(to, (uint32_t)strlen(word));
    memcpy(to + 4, word, strlen(word) + 1);
    return 4 + strlen(word) + 1;
}

static size_t new_value(uint8_t *to, enum plan_type type, const uint8_t *old, uint32_t *random) {
    uint64_t number = numbers[next(random, sizeof numbers / sizeof numbers[0])];
    bool flip = next(random, 3) == 0;
    uint32_t n = next(random, 4);
    size_t at = 4;
    switch (type) {
    case PLAN_U32:
        put(to, flip ? wire_u32_at(old) ^ UINT32_C(1) << next(random, 32) : (uint32_t)number);
        return 4;
    case PLAN_U64:
        put(to, flip ? wire_u32_at(old) ^ UINT32_C(1) << next(random, 32) : (uint32_t)number);
        put(to + 4, flip ? wire_u32_at(old + 4) : (uint32_t)(number >> 32));
        return 8;
    case PLAN_STR:
        return put_word(to, random);
    case PLAN_STRS:
        put(to, n);
        for (uint32_t i = 0; i < n; i++)
            at += put_word(to + at, random);
        return at;
    case PLAN_U32S:
        put(to, n);
        for (uint32_t i = 0; i < n; i++, at += 4)
            put(to + at, (uint32_t)numbers[next(random, sizeof numbers / sizeof numbers[0])]);
        return at;
    }
    return 0;
}

/* Another value for one field of the record at `at`. */
static void change_field(struct plan_bytes *p, size_t at, uint32_t *random) {
    uint32_t op = wire_u32_at(p->bytes + at), size = wire_u32_at(p->bytes + at + 4);
    if (op >= PLAN_OP_COUNT)
        return;
    const struct plan_op_info *info = plan_op_info((enum plan_op)op);
    if (info->field_count == 0)
        return;
    uint32_t which = next(random, info->field_count);
    size_t end = at + 8 + size, from = at + 8;
    size_t length = field_length(PLAN_STR, p->bytes + from, end - from); /* the origin */
    for (uint32_t i = 0; i <= which && length > 0; i++) {
        from += length;
        length = field_length(info->fields[i].type, p->bytes + from, end - from);
    }
    if (length == 0)
        return;
    uint8_t value[256];
    size_t n = new_value(value, info->fields[which].type, p->bytes + from, random);
    if (exchange(p, from, length, value, n))
        put(p->bytes + at + 4, (uint32_t)(size + n - length));
}

/* The body of one record by libFuzzer's means; its length and what stands behind it follow. */
static void change_bytes(struct plan_bytes *p, size_t at) {
    size_t old = wire_u32_at(p->bytes + at + 4), room = old + 64;
    uint8_t *body = malloc(room);
    if (body == NULL)
        return;
    memcpy(body, p->bytes + at + 8, old);
    size_t n = LLVMFuzzerMutate(body, old, room);
    if (exchange(p, at + 8, old, body, n))
        put(p->bytes + at + 4, (uint32_t)n);
    free(body);
}

static void repeat(struct plan_bytes *p, size_t at) {
    size_t length = 8 + (size_t)wire_u32_at(p->bytes + at + 4);
    uint8_t *copy = malloc(length);
    if (copy == NULL)
        return;
    memcpy(copy, p->bytes + at, length);
    if (exchange(p, at, 0, copy, length))
        count_more(p, 1);
    free(copy);
}

/* Puts the record before another one. */
static void move(struct plan_bytes *p, size_t at, size_t to) {
    size_t length = 8 + (size_t)wire_u32_at(p->bytes + at + 4);
    uint8_t *copy = malloc(length);
    if (copy == NULL || to > at) {
        free(copy);
        return;
    }
    memcpy(copy, p->bytes + at, length);
    memmove(p->bytes + to + length, p->bytes + to, at - to);
    memcpy(p->bytes + to, copy, length);
    free(copy);
}

static void drop(struct plan_bytes *p, size_t at) {
    if (exchange(p, at, 8 + (size_t)wire_u32_at(p->bytes + at + 4), p->bytes, 0))
        count_more(p, UINT32_MAX);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed) {
    size_t at[RECORDS_MAX];
    uint32_t random = seed;
    size_t n = size > HEADER + 1 ? records(data + 1, size - 1, at) : 0;
    if (n < 2 || next(&random, 16) == 0)
        return LLVMFuzzerMutate(data, size, max);
    if (next(&random, 8) == 0)
        data[0] = (uint8_t)next(&random, 256);
    struct plan_bytes p = {.bytes = data + 1, .size = size - 1, .max = max - 1};
    size_t one = at[next(&random, n - 1)];
    uint32_t what = next(&random, 9);
    if (what == 8)
        move(&p, one, at[next(&random, n - 1)]);
    else if (what < 4)
        change_field(&p, one, &random);
    else if (what < 6)
        change_bytes(&p, one);
    else if (what == 6)
        repeat(&p, one);
    else
        drop(&p, one);
    return 1 + p.size;
}

/* The first plan with a record of the second, where its operation's phase belongs. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t max, unsigned seed) {
    size_t a_at[RECORDS_MAX], b_at[RECORDS_MAX];
    uint32_t random = seed;
    size_t n = a_size > 1 ? records(a + 1, a_size - 1, a_at) : 0;
    size_t m = b_size > 1 ? records(b + 1, b_size - 1, b_at) : 0;
    if (n == 0 || m < 2 || a_size > max)
        return 0;
    const uint8_t *from = b + 1 + b_at[next(&random, m - 1)];
    uint32_t op = wire_u32_at(from), other;
    size_t i = 0;
    while (op < PLAN_OP_COUNT && i + 1 < n && (other = wire_u32_at(a + 1 + a_at[i])) < PLAN_OP_COUNT &&
           plan_op_info((enum plan_op)other)->phase <= plan_op_info((enum plan_op)op)->phase)
        i++;
    memcpy(out, a, a_size);
    struct plan_bytes p = {.bytes = out + 1, .size = a_size - 1, .max = max - 1};
    if (exchange(&p, a_at[i], 0, from, 8 + (size_t)wire_u32_at(from + 4)))
        count_more(&p, 1);
    return 1 + p.size;
}
