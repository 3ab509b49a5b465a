/*
 * exec_why: why execve(2) said no. The kernel's errno is the same for a missing file, a missing "#!"
 * interpreter and a missing ELF loader; the file itself tells them apart. Called by container init after the
 * one exec has failed.
 *
 * The readers are pure functions over bytes that a payload wrote: bounded, and right for both classes and
 * byte orders.
 */
#ifndef LOCALD_PAYLOAD_EXEC_WHY_H
#define LOCALD_PAYLOAD_EXEC_WHY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

enum exec_kind { EXEC_EMPTY, EXEC_SCRIPT, EXEC_ELF, EXEC_OTHER };

struct exec_head {
    enum exec_kind kind;
    char interpreter[256]; /* EXEC_SCRIPT: the path behind "#!", "" when there is none */
    bool carriage_return;  /* EXEC_SCRIPT: the first line ends in CR LF */
    bool wide, big;        /* EXEC_ELF: 64 bit; big-endian */
    uint16_t machine;      /* EXEC_ELF: EM_* */
    uint64_t table;        /* EXEC_ELF: where the program headers are */
    uint32_t entries, entry_size;
};

/* Reads the first bytes of a file. execve(2), elf(5). */
void exec_head_read(const uint8_t *bytes, size_t len, struct exec_head *h);

/* Finds PT_INTERP in the program headers (h->entries of h->entry_size bytes, len in all): true with the place
 * of its text. */
bool exec_loader_find(const struct exec_head *h, const uint8_t *bytes, size_t len, uint64_t *at,
                      uint64_t *size);

/* The name of an ELF machine ("aarch64"), as uname -m writes it, or NULL. */
const char *exec_machine_name(uint16_t machine);

/* 0, or -1 with e filled when the execution of `path`, an executable file, is bound to fail for want of its
 * interpreter or ELF loader. What binfmt_misc may know to execute is not judged. */
int exec_foresee(const char *path, struct error *e);

/* Fills e for the failed execution of `path` (as args[0] says it, found at that path) and returns -1. */
int exec_why(const char *path, int sys, struct error *e);

#endif
