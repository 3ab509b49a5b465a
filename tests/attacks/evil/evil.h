/*
 * evil: an interpreter that attacks. config.json begins with lines "!VERB WORDS", which are done in their
 * order; what follows is the bundle that the real interpretation makes a plan of, once, when the first line
 * needs one. At the end the plan is sent. tests/attacks/evil/verbs.c has the verbs.
 */
#ifndef TESTS_ATTACKS_EVIL_H
#define TESTS_ATTACKS_EVIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/interpreter/lock.h"
#include "core/plan/plan.h"

#define EVIL_ROOM ((size_t)8 << 20)

struct evil {
    const struct facts *facts;
    struct lock_files *files;
    int out_fd;
    long ppid;
    const char *text; /* what follows the lines */
    size_t text_len;
    bool made; /* the plan is there */
    uint8_t *plan;
    size_t len;
    /* how it is sent */
    bool slow;
    int status;
};

/* Ends the process: the monitor is told `what`, as the refusal that an honest interpreter sends. */
_Noreturn void evil_say(const struct evil *v, const char *what, long number);

/* Does one line; the plan is made by then if the verb works on one. */
void evil_line(struct evil *v, char *line);

/* Sends the first n bytes of the plan. */
void evil_send(const struct evil *v, size_t n);

/* edit.c: the plan as records. Offsets into v->plan. */
size_t evil_find(const struct evil *v, uint32_t op);  /* the operation's first record, or 0 */
size_t evil_after(const struct evil *v, size_t at);   /* behind the record there */
size_t evil_trailer(const struct evil *v);            /* where the trailer is */
size_t evil_place(const struct evil *v, uint32_t op); /* where a new record of it belongs */
void evil_insert(struct evil *v, size_t at, const uint8_t *bytes, size_t n);
void evil_remove(struct evil *v, size_t at, size_t n);
void evil_count(struct evil *v, int more); /* the trailer's count, when a record came or went */
uint32_t evil_op(const char *name);

/* A new record in `room`: fields is FIELD=VALUE, parted by tabs; what is not named is 0 or empty. Its size.
 */
size_t evil_record(const struct evil *v, uint32_t op, char *fields, uint8_t *room, size_t size);

/* The same record with one field's value exchanged. */
void evil_set(struct evil *v, size_t at, const char *field, const char *value);

/* calls.c: one system call, "ABI NUMBER ARGUMENT...": what it gave, or -errno. */
long evil_call(const struct evil *v, char *words);

/* mutate.c */
void evil_mutate(struct evil *v, uint64_t seed);

#endif
