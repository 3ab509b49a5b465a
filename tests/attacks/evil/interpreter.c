/*
 * In the place of core/interpreter/interpreter.c, for tests/attacks alone: the confined side as somebody has
 * it who took it over with a hostile config.json. It confines itself as the real one does, and then does as
 * it is told.
 */
#include "core/interpreter/interpreter.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/interpreter/host.h"
#include "core/plan/refusal.h"
#include "tests/attacks/evil/evil.h"

/* tests/check/evil.sh looks for it in what users get. */
__attribute__((used, retain)) static const char marker[] = "the interpreter that attacks";

void evil_say(const struct evil *v, const char *what, long number) {
    struct error e;
    uint8_t refusal[PLAN_REFUSAL_MAX];
    struct wire_writer out = {.bytes = refusal, .size = sizeof refusal};
    (void)error_set(&e, E_INTERNAL, 0, "evil", "%s %ld", what, number);
    plan_refusal_put(&out, &e);
    _exit(write_full(v->out_fd, out.bytes, out.len) == 0 ? 0 : 1);
}

void evil_send(const struct evil *v, size_t n) {
    if (!v->slow) {
        (void)write_full(v->out_fd, v->plan, n);
        return;
    }
    for (size_t i = 0; i < n; i++) { /* the filter leaves no way to sleep: the clock is looked at */
        struct timespec now, begin;
        (void)clock_gettime(CLOCK_MONOTONIC, &begin);
        do {
            for (volatile int spare = 0; spare < 1000; spare++)
                ;
            (void)clock_gettime(CLOCK_MONOTONIC, &now);
        } while (now.tv_sec - begin.tv_sec < 1);
        (void)write_full(v->out_fd, v->plan + i, 1);
    }
}

/* What the real one does between the lock and the pipe. */
static void interpret(struct evil *v) {
    struct error e = {.code = E_NONE};
    struct wire_writer w = {.bytes = v->plan, .size = PLAN_BYTES_MAX};
    if (v->made)
        return;
    v->made = true;
    if (lua_host_run(v->text, v->text_len, v->facts, v->files, &w, &e) != 0)
        evil_say(v, e.what, (long)e.code);
    v->len = w.len;
}

static void run(struct evil *v, char *text, size_t len) {
    char *lines[64];
    size_t count = 0;
    while (len > 0 && text[0] == '!' && count < 64) {
        char *end = memchr(text, '\n', len);
        if (end == NULL)
            evil_say(v, "a line has no end", 0);
        *end = '\0';
        lines[count++] = text + 1;
        len -= (size_t)(end + 1 - text);
        text = end + 1;
    }
    v->text = text;
    v->text_len = len;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(lines[i], "raw", 3) != 0 && strncmp(lines[i], "call", 4) != 0)
            interpret(v);
        evil_line(v, lines[i]);
    }
    interpret(v);
    evil_send(v, v->len);
}

static void *room(size_t size) {
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

void interpreter_main(int config_fd, int out_fd, const struct facts *facts, const struct secret *secret) {
    struct error e;
    struct lock_files files = {.secret = secret};
    struct evil v = {.facts = facts, .files = &files, .out_fd = out_fd, .ppid = getppid()};
    if (lua_host_arm() != 0 || lock_confine(facts, config_fd, out_fd, &files, &e) != 0)
        _exit(99);
    char *text = room(INTERPRETER_CONFIG_MAX + 1);
    v.plan = room(EVIL_ROOM);
    if (text == MAP_FAILED || v.plan == MAP_FAILED)
        _exit(98);
    ssize_t n = read_full(config_fd, text, INTERPRETER_CONFIG_MAX);
    if (n <= 0)
        _exit(97);
    run(&v, text, (size_t)n);
    _exit(v.status);
}
