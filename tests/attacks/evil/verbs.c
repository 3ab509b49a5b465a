/*
 *   raw                 the plan is what follows the lines, as it is
 *   add OP FIELDS       one more record, where its phase belongs; first, last, behind: at another place
 *   many N OP FIELDS    N of them
 *   set OP FIELD VALUE  in the operation's first record
 *   drop OP, twice OP   that record
 *   root N              the Nth operation that ops.def keeps for root; when there are no more, says so
 *   poke AT HEX         bytes over those of the plan; AT from the end when it is negative
 *   cut N, tail HEX     shorter (by N when it is negative), longer
 *   fill N              blanks to N bytes
 *   mutate N            at random, from the seed N
 *   slow                one byte a second
 *   half STATUS         half of the plan, then the end: a status, or -1: lives on; -2: a fault
 *   linger              the whole plan, and then no end
 *   status N            the whole plan, and this status
 *   call ABI NR ARGS    a system call
 *   memory              takes as much as it gets, touches all, says how many MiB
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/attacks/evil/evil.h"

static char none[1];

static char *word(char **rest) {
    char *w = strsep(rest, " ");
    return w != NULL ? w : none;
}

static _Noreturn void spin(void) {
    for (volatile int i = 0;; i++)
        ;
}

static size_t hex(const char *text, uint8_t *to, size_t size) {
    size_t n = 0;
    for (; text[0] != '\0' && text[1] != '\0' && n < size; text += 2) {
        const char pair[3] = {text[0], text[1], '\0'};
        to[n++] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return n;
}

static size_t place(const struct evil *v, const char *verb, uint32_t op) {
    if (strcmp(verb, "first") == 0)
        return 8;
    if (strcmp(verb, "last") == 0)
        return evil_trailer(v);
    return strcmp(verb, "behind") == 0 ? v->len : evil_place(v, op);
}

static void add(struct evil *v, const char *verb, uint32_t op, char *fields) {
    static uint8_t room[1 << 18];
    size_t at = place(v, verb, op);
    size_t n = evil_record(v, op, fields, room, sizeof room);
    if (strcmp(verb, "behind") != 0)
        evil_count(v, 1);
    evil_insert(v, at, room, n);
}

static void many(struct evil *v, char *rest) {
    static uint8_t one[1 << 16];
    size_t count = strtoul(word(&rest), NULL, 0);
    uint32_t op = evil_op(word(&rest));
    if (op == PLAN_OP_COUNT)
        evil_say(v, "no such operation", 0);
    size_t n = evil_record(v, op, rest != NULL ? rest : none, one, sizeof one), at = evil_place(v, op);
    uint8_t *all = malloc(n * count);
    for (size_t i = 0; all != NULL && i < count; i++)
        memcpy(all + i * n, one, n);
    evil_count(v, (int)count);
    if (all != NULL)
        evil_insert(v, at, all, n * count);
}

static void root_only(struct evil *v, long n) {
    for (uint32_t op = 0; op < PLAN_OP_COUNT; op++) {
        if (plan_op_info((enum plan_op)op)->who == PLAN_WHO_ROOT && n-- == 0) {
            add(v, "add", op, none);
            return;
        }
    }
    evil_say(v, "no more operations", n);
}

static void record(struct evil *v, const char *verb, char *rest) {
    uint32_t op = evil_op(word(&rest));
    if (op == PLAN_OP_COUNT)
        evil_say(v, "no such operation", 0);
    if (strcmp(verb, "drop") != 0 && strcmp(verb, "twice") != 0 && strcmp(verb, "set") != 0) {
        add(v, verb, op, rest != NULL ? rest : none);
        return;
    }
    size_t at = evil_find(v, op);
    if (at == 0)
        evil_say(v, "the plan has no such step", 0);
    size_t n = evil_after(v, at) - at;
    if (strcmp(verb, "set") == 0) {
        const char *field = word(&rest);
        evil_set(v, at, field, rest != NULL ? rest : "");
    } else if (strcmp(verb, "twice") == 0) {
        evil_count(v, 1);
        evil_insert(v, at, v->plan + at, n);
    } else {
        evil_count(v, -1);
        evil_remove(v, at, n);
    }
}

static void bytes(struct evil *v, const char *verb, char *rest) {
    uint8_t some[256];
    if (strcmp(verb, "tail") == 0) {
        evil_insert(v, v->len, some, hex(rest, some, sizeof some));
        return;
    }
    long number = strtol(word(&rest), NULL, 0);
    size_t at = number < 0 ? v->len - (size_t)-number : (size_t)number;
    if (at > EVIL_ROOM)
        evil_say(v, "out of the plan", number);
    if (strcmp(verb, "fill") == 0 && at > v->len)
        memset(v->plan + v->len, ' ', at - v->len);
    if (strcmp(verb, "poke") != 0)
        v->len = at;
    else if (at + sizeof some <= EVIL_ROOM)
        (void)hex(rest != NULL ? rest : "", v->plan + at, sizeof some);
}

static _Noreturn void half(const struct evil *v, long how) {
    evil_send(v, v->len / 2);
    if (how == -2)
        __builtin_trap();
    if (how < 0)
        spin();
    _exit((int)how);
}

static _Noreturn void memory(const struct evil *v) {
    const size_t step = 1 << 20;
    for (long n = 0;; n++) {
        char *p = mmap(NULL, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED)
            evil_say(v, "MiB of memory:", n);
        memset(p, 1, step);
    }
}

static void deliver(struct evil *v, const char *verb, char *rest) {
    long number = rest != NULL ? strtol(rest, NULL, 0) : 0;
    if (strcmp(verb, "half") == 0)
        half(v, number);
    if (strcmp(verb, "memory") == 0)
        memory(v);
    if (strcmp(verb, "linger") == 0) {
        evil_send(v, v->len);
        spin();
    }
    if (strcmp(verb, "call") == 0)
        evil_say(v, "the call gave", evil_call(v, rest));
    if (strcmp(verb, "slow") == 0)
        v->slow = true;
    else if (strcmp(verb, "status") == 0)
        v->status = (int)number;
    else if (strcmp(verb, "mutate") == 0)
        evil_mutate(v, (uint64_t)number);
    else if (strcmp(verb, "root") == 0)
        root_only(v, number);
    else if (strcmp(verb, "many") == 0)
        many(v, rest);
    else
        evil_say(v, "no such verb", 0);
}

static bool is_one_of(const char *verb, const char *const *list) {
    for (; *list != NULL; list++) {
        if (strcmp(verb, *list) == 0)
            return true;
    }
    return false;
}

void evil_line(struct evil *v, char *line) {
    static const char *const records[] = {"add", "first", "last", "behind", "set", "drop", "twice", NULL};
    static const char *const at_bytes[] = {"poke", "cut", "tail", "fill", NULL};
    char *rest = line;
    const char *verb = word(&rest);
    if (strcmp(verb, "raw") == 0) {
        v->made = true;
        v->len = v->text_len;
        memcpy(v->plan, v->text, v->len);
    } else if (is_one_of(verb, records)) {
        record(v, verb, rest);
    } else if (is_one_of(verb, at_bytes)) {
        bytes(v, verb, rest != NULL ? rest : none);
    } else {
        deliver(v, verb, rest);
    }
}
