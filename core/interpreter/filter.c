/*
 * The list is as short as the C library's allocator lets it be: bytes in and out over the open descriptors,
 * private memory that is never executable, the time, and an end. Written by hand and not by libseccomp: it
 * has to be read in one glance.
 */
#include "core/interpreter/filter.h"

#include <sys/mman.h>

#include "core/base/filter_list.h"

static const uint16_t calls[] = {
    SYS_read,          SYS_write,  SYS_pread64, /* the cache and the compiler's scratch file */
    SYS_pwrite64,      SYS_lseek,  SYS_brk,
    SYS_munmap,        SYS_mremap, /* realloc of a large block; keeps the protection */
    SYS_madvise,                   /* free of one */
    SYS_exit_group,    SYS_exit,   SYS_rt_sigreturn,
    SYS_clock_gettime, /* table.sort's seed for an ill-ordered list; the clock is no secret */
#ifdef SYS_time
    SYS_time, /* lua_newstate's seed, where the vDSO has no time */
#endif
};

/* Nothing but PROT_READ and PROT_WRITE, and no file. */
static const struct sock_filter mmap_rows[] = {
    LOAD(ARG_LOW(2)),     KILL_IF_SET(~(uint32_t)(PROT_READ | PROT_WRITE)),
    LOAD(ARG_HIGH(2)),    KILL_IF_SET(UINT32_MAX),
    LOAD(ARG_LOW(3)),     BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS, 1, 0),
    RETURN(KILL_PROCESS), RETURN(ALLOW),
};

int filter_load(void) {
    const struct filter_list list = {calls, sizeof calls / sizeof calls[0], mmap_rows,
                                     sizeof mmap_rows / sizeof mmap_rows[0]};
    return filter_list_load(&list);
}
