#include "core/engine/host/footprint.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Segments that were never writable hold what is in the file: dropping them loses nothing. */
static int shrink_object(struct dl_phdr_info *object, size_t size, void *unused) {
    (void)size;
    (void)unused;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &object->dlpi_phdr[i];
        if (p->p_type != PT_LOAD || (p->p_flags & PF_W) != 0)
            continue;
        uintptr_t from = (object->dlpi_addr + p->p_vaddr) & ~(page - 1);
        uintptr_t to = object->dlpi_addr + p->p_vaddr + p->p_memsz;
        /* random: the kernel maps the one page that is needed, not the sixteen around it */
        (void)madvise((void *)from, to - from, MADV_RANDOM);
        (void)madvise((void *)from, to - from, MADV_DONTNEED);
    }
    return 1; /* the program itself comes first and is all that we want */
}

void footprint_shrink(void) {
    (void)dl_iterate_phdr(shrink_object, NULL);
}
