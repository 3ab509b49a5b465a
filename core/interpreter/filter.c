/*
 * The list is as short as the C library's allocator lets it be: bytes in and out over the open descriptors,
 * private memory that is never executable, the time, and an end. Written by hand and not by libseccomp: it
 * has to be read in one glance.
 */
#include "core/interpreter/filter.h"

#include <sys/mman.h>

#include "core/base/filter_list.h"

/* Bytes in and out; the cache and the compiler's scratch file have positions; close says that the answer is
 * complete. Memory: mremap is realloc of a large block and keeps the protection, madvise the free of one. An
 * end. The clock is no secret: table.sort's seed for an ill-ordered list, and lua_newstate's where the vDSO
 * has no time. */
static const uint16_t calls[] = {
#ifdef SYS_time
    SYS_time,
#endif
    SYS_clock_gettime, SYS_read,   SYS_write,  SYS_pread64, SYS_pwrite64,   SYS_lseek, SYS_close,
    SYS_brk,           SYS_munmap, SYS_mremap, SYS_madvise, SYS_exit_group, SYS_exit,  SYS_rt_sigreturn};

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
