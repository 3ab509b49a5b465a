/* The pure half of exec_why: what the first bytes of a program say. */
#include <elf.h>
#include <string.h>

#include "core/payload/exec_why.h"

#define LINE_MAX_BYTES 256 /* the kernel's BINPRM_BUF_SIZE */

/* An unsigned number of `size` bytes at `at`; 0 when it is not there. */
static uint64_t number(const uint8_t *bytes, size_t len, bool big, size_t at, size_t size) {
    uint64_t v = 0;
    if (at > len || size > len - at)
        return 0;
    for (size_t i = 0; i < size; i++)
        v = v << 8 | bytes[at + (big ? i : size - 1 - i)];
    return v;
}

static void read_script(const uint8_t *bytes, size_t len, struct exec_head *h) {
    h->kind = EXEC_SCRIPT;
    size_t line = 2;
    while (line < len && line < LINE_MAX_BYTES && bytes[line] != '\n' && bytes[line] != '\0')
        line++;
    h->carriage_return = line > 2 && bytes[line - 1] == '\r';
    size_t from = 2;
    while (from < line && (bytes[from] == ' ' || bytes[from] == '\t'))
        from++;
    size_t end = from;
    while (end < line && bytes[end] != ' ' && bytes[end] != '\t')
        end++;
    if (end - from < sizeof h->interpreter) {
        memcpy(h->interpreter, bytes + from, end - from);
        h->interpreter[end - from] = '\0';
    }
}

static void read_elf(const uint8_t *bytes, size_t len, struct exec_head *h) {
    h->kind = EXEC_ELF;
    h->wide = bytes[EI_CLASS] == ELFCLASS64;
    h->big = bytes[EI_DATA] == ELFDATA2MSB;
    h->machine = (uint16_t)number(bytes, len, h->big, offsetof(Elf64_Ehdr, e_machine), 2);
    if (h->wide) {
        h->table = number(bytes, len, h->big, offsetof(Elf64_Ehdr, e_phoff), 8);
        h->entry_size = (uint32_t)number(bytes, len, h->big, offsetof(Elf64_Ehdr, e_phentsize), 2);
        h->entries = (uint32_t)number(bytes, len, h->big, offsetof(Elf64_Ehdr, e_phnum), 2);
        return;
    }
    h->table = number(bytes, len, h->big, offsetof(Elf32_Ehdr, e_phoff), 4);
    h->entry_size = (uint32_t)number(bytes, len, h->big, offsetof(Elf32_Ehdr, e_phentsize), 2);
    h->entries = (uint32_t)number(bytes, len, h->big, offsetof(Elf32_Ehdr, e_phnum), 2);
}

void exec_head_read(const uint8_t *bytes, size_t len, struct exec_head *h) {
    *h = (struct exec_head){.kind = len == 0 ? EXEC_EMPTY : EXEC_OTHER};
    if (len >= 2 && bytes[0] == '#' && bytes[1] == '!')
        read_script(bytes, len, h);
    else if (len >= EI_NIDENT && memcmp(bytes, ELFMAG, SELFMAG) == 0)
        read_elf(bytes, len, h);
}

bool exec_loader_find(const struct exec_head *h, const uint8_t *bytes, size_t len, uint64_t *at,
                      uint64_t *size) {
    size_t least = h->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    if (h->kind != EXEC_ELF || h->entry_size < least)
        return false;
    for (size_t i = 0; i < h->entries && len >= least && i * h->entry_size <= len - least; i++) {
        size_t entry = i * h->entry_size;
        if (number(bytes, len, h->big, entry, 4) != PT_INTERP)
            continue;
        *at = h->wide ? number(bytes, len, h->big, entry + offsetof(Elf64_Phdr, p_offset), 8)
                      : number(bytes, len, h->big, entry + offsetof(Elf32_Phdr, p_offset), 4);
        *size = h->wide ? number(bytes, len, h->big, entry + offsetof(Elf64_Phdr, p_filesz), 8)
                        : number(bytes, len, h->big, entry + offsetof(Elf32_Phdr, p_filesz), 4);
        return true;
    }
    return false;
}

const char *exec_machine_name(uint16_t machine) {
    static const struct {
        uint16_t machine;
        const char *name;
    } names[] = {
        {EM_386, "i386"},        {EM_X86_64, "x86_64"}, {EM_ARM, "arm"},
        {EM_AARCH64, "aarch64"}, {EM_RISCV, "riscv64"}, {EM_PPC64, "ppc64"},
        {EM_S390, "s390x"},      {EM_MIPS, "mips"},     {EM_LOONGARCH, "loongarch64"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].machine == machine)
            return names[i].name;
    }
    return NULL;
}
