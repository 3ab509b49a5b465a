#include "core/engine/host/footprint.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* The linker's: the program's first byte, and the first one of what was writable before main. */
extern const char __executable_start[], __preinit_array_start[];

/* More than any call of ours takes; what is not mapped in there the kernel passes over. */
#define STACK_DEPTH ((uintptr_t)1 << 19)

void footprint_shrink(void) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    /* what calls that have returned left: below the page that is below ours */
    uintptr_t unused = ((uintptr_t)__builtin_frame_address(0) & ~(page - 1)) - page;
    (void)madvise((void *)(unused - STACK_DEPTH), STACK_DEPTH, MADV_DONTNEED);
    /* never writable, so it is what is in the file: dropping it loses nothing */
    uintptr_t from = (uintptr_t)__executable_start, to = (uintptr_t)__preinit_array_start & ~(page - 1);
    (void)madvise((void *)from, to - from, MADV_DONTNEED);
}
