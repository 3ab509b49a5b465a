/*
 * The list is as short as the C library's allocator lets it be: bytes in and out over two open descriptors,
 * private memory that is never executable, the time, and an end. Written by hand and not by libseccomp: it
 * has to be read in one glance.
 */
#include "core/interpreter/filter.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define FILTER_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define FILTER_ARCH AUDIT_ARCH_AARCH64
#else
/* cppcheck-suppress preprocessorErrorDirective */
#error "filter.c: this architecture's AUDIT_ARCH_* is missing"
#endif

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "filter.c: the low word of an argument is taken to come first"
#endif

#define LOAD(offset)      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define ARG_LOW(n)        (offsetof(struct seccomp_data, args) + sizeof(uint64_t) * (n))
#define ARG_HIGH(n)       (ARG_LOW(n) + 4)
#define RETURN(action)    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_##action)
#define ALLOW(name)       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), RETURN(ALLOW)
#define KILL_IF_SET(bits) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), 0, 1), RETURN(KILL_PROCESS)

int filter_load(void) {
    static struct sock_filter code[] = {
        /* the kernel only reads it; sock_fprog has no const */
        LOAD(offsetof(struct seccomp_data, arch)), /* i386 calls have other numbers */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FILTER_ARCH, 1, 0),
        RETURN(KILL_PROCESS),

        LOAD(offsetof(struct seccomp_data, nr)), /* x32 numbers carry bit 30: they are none of these */
        ALLOW(read),
        ALLOW(write),
        ALLOW(brk),
        ALLOW(munmap),
        ALLOW(mremap),  /* realloc of a large block; keeps the protection */
        ALLOW(madvise), /* free of one */
        ALLOW(exit_group),
        ALLOW(exit),
        ALLOW(rt_sigreturn),
        ALLOW(clock_gettime), /* table.sort's seed for an ill-ordered list; the clock is no secret */
#ifdef SYS_time
        ALLOW(time), /* lua_newstate's seed, where the vDSO has no time */
#endif
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 1, 0),
        RETURN(KILL_PROCESS),

        LOAD(ARG_LOW(2)), /* mmap: nothing but PROT_READ and PROT_WRITE, and no file */
        KILL_IF_SET(~(uint32_t)(PROT_READ | PROT_WRITE)),
        LOAD(ARG_HIGH(2)),
        KILL_IF_SET(UINT32_MAX),
        LOAD(ARG_LOW(3)),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS, 1, 0),
        RETURN(KILL_PROCESS),
        RETURN(ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}
