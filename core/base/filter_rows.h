/*
 * filter_rows: the rows that our own seccomp filters are written with, by hand, one beside the other, so that
 * each can be read in one glance: the interpreter's and the waiting monitor's. seccomp(2), linux/filter.h.
 */
#ifndef LOCALD_BASE_FILTER_ROWS_H
#define LOCALD_BASE_FILTER_ROWS_H

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define FILTER_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define FILTER_ARCH AUDIT_ARCH_AARCH64
#else
/* cppcheck-suppress preprocessorErrorDirective */
#error "filter_rows.h: this architecture's AUDIT_ARCH_* is missing"
#endif

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "filter_rows.h: the low word of an argument is taken to come first"
#endif

#define LOAD(offset)   BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define ARG_LOW(n)     (offsetof(struct seccomp_data, args) + sizeof(uint64_t) * (n))
#define ARG_HIGH(n)    (ARG_LOW(n) + 4)
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_##action)

/* First of all: calls of another architecture (i386) have other numbers. Then the number is loaded; x32
 * numbers carry bit 30 and are none of those below. */
#define BEGIN                                                                                                \
    LOAD(offsetof(struct seccomp_data, arch)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FILTER_ARCH, 1, 0),       \
        RETURN(KILL_PROCESS), LOAD(offsetof(struct seccomp_data, nr))

#define ALLOW(name)       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), RETURN(ALLOW)
#define KILL_UNLESS(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 1, 0), RETURN(KILL_PROCESS)
#define KILL_IF_SET(bits) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), 0, 1), RETURN(KILL_PROCESS)

#endif
