/*
 * compile: a seccomp filter as libseccomp makes it. A pure function of the request's bytes and of the
 * library; it asks the kernel nothing but memory and the scratch file.
 *
 *   request  u32 default action
 *            u32 count of architectures, each a string ("x86"); the native one is always there
 *            u32 count of rules, each: u32 action
 *                u32 count of conditions, each: u32 argument, u32 enum scmp_compare, u64 value, u64 second
 *                u32 count of names, each a string ("openat"); names that libseccomp does not know are
 * skipped program  two u32 an instruction: code, jt and jf as struct sock_filter has them; k
 */
#ifndef LOCALD_INTERPRETER_COMPILE_H
#define LOCALD_INTERPRETER_COMPILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMPILE_INSTRUCTIONS_MAX 4096u /* the kernel's BPF_MAXINSNS */
#define COMPILE_PROGRAM_MAX      ((size_t)8 * COMPILE_INSTRUCTIONS_MAX)

/* Whether libseccomp knows a system call of that name, of any architecture. seccomp_syscall_resolve_name(3)
 */
bool compile_knows(const char *name);

/* What libseccomp choked on: "architecture" or "rule" with its index from 0 and the errno, "combination" with
 * the index of a rule that it combined wrongly with others (verify.h), "size" with the count of instructions,
 * "request" or "library" with the errno. */
struct compile_fault {
    const char *what;
    uint32_t index;
    uint32_t number;
};

/* Compiles into `program` (COMPILE_PROGRAM_MAX bytes); gives its bytes, or 0 and *fault. scratch_fd
 * (borrowed) is an empty file, or -1: libseccomp can write a program to a descriptor only.
 * seccomp_export_bpf(3) */
size_t compile_filter(const uint8_t *request, size_t len, int scratch_fd, uint8_t *program,
                      struct compile_fault *fault);

#endif
