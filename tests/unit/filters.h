/* For tests of seccomp programs: requests (core/interpreter/compile.h), a random number, and a machine that
 * runs classic BPF as the kernel does. */
#ifndef LOCALD_TESTS_FILTERS_H
#define LOCALD_TESTS_FILTERS_H

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/wire.h"
#include "core/interpreter/compile.h"

#define X32             0x40000000u
#define ALLOWED         SECCOMP_RET_ALLOW
#define FILTERS_REQUEST ((size_t)1 << 18)

struct request {
    uint8_t bytes[FILTERS_REQUEST];
    struct wire_writer w;
};

static inline void put_name(struct wire_writer *w, const char *name) {
    wire_put_str(w, name, strlen(name));
}

static inline uint64_t next_random(uint64_t *state) {
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Whoever asks for what can't happen in a program that the kernel takes. */
static inline uint32_t odd_program(const char *what) {
    (void)fprintf(stderr, "odd program: %s\n", what);
    abort();
}

/* What the program returns for a call. */
static inline uint32_t run_filter(const struct sock_filter *code, size_t count,
                                  const struct seccomp_data *data) {
    uint32_t a = 0;
    for (size_t pc = 0; pc < count; pc++) {
        const struct sock_filter *i = &code[pc];
        bool yes = false;
        switch (i->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            if (i->k % 4 != 0 || i->k > sizeof *data - 4)
                return odd_program("load");
            memcpy(&a, (const uint8_t *)data + i->k, 4);
            continue;
        case BPF_ALU | BPF_AND | BPF_K:
            a &= i->k;
            continue;
        case BPF_RET | BPF_K:
            return i->k;
        case BPF_JMP | BPF_JA:
            pc += i->k;
            continue;
        case BPF_JMP | BPF_JEQ | BPF_K:
            yes = a == i->k;
            break;
        case BPF_JMP | BPF_JGT | BPF_K:
            yes = a > i->k;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
            yes = a >= i->k;
            break;
        case BPF_JMP | BPF_JSET | BPF_K:
            yes = (a & i->k) != 0;
            break;
        default:
            return odd_program("instruction");
        }
        pc += yes ? i->jt : i->jf;
    }
    return odd_program("end");
}

static inline int scratch_file(void) {
    return memfd_create("scratch", MFD_CLOEXEC);
}

/* The values around every constant of a program: where it may change its mind. */
static inline size_t constants_of(const struct sock_filter *code, size_t count, uint32_t *values,
                                  size_t most) {
    size_t n = 0;
    for (size_t i = 0; i < count && n + 3 <= most; i++) {
        if (BPF_CLASS(code[i].code) != BPF_JMP || BPF_OP(code[i].code) == BPF_JA)
            continue;
        values[n++] = code[i].k - 1;
        values[n++] = code[i].k;
        values[n++] = code[i].k + 1;
    }
    return n;
}

#endif
