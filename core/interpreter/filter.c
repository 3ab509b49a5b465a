/*
 * The list is as short as the C library's allocator lets it be: bytes in and out over the open descriptors,
 * private memory that is never executable, the time, and an end. Written by hand and not by libseccomp: it
 * has to be read in one glance.
 */
#include "core/interpreter/filter.h"

#include <sys/mman.h>
#include <sys/prctl.h>

#include "core/base/filter_rows.h"

int filter_load(void) {
    static struct sock_filter code[] = {
        /* the kernel only reads it; sock_fprog has no const */
        BEGIN,
        ALLOW(read),
        ALLOW(write),
        ALLOW(pread64), /* the cache and the compiler's scratch file */
        ALLOW(pwrite64),
        ALLOW(lseek),
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

        KILL_UNLESS(mmap),
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
