/* links: core/payload/exec_head.c */
/* exec_head: what the first bytes of a program say, of any class and byte order, and of hostile ones. */
#include "cmocka_all.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "core/payload/exec_why.h"

static struct exec_head read_text(const char *text) {
    struct exec_head h;
    exec_head_read((const uint8_t *)text, strlen(text), &h);
    return h;
}

static void scripts(void **state) {
    (void)state;
    static const struct {
        const char *text, *interpreter;
        bool carriage_return;
    } rows[] = {
        {"#!/bin/sh\necho", "/bin/sh", false},
        {"#!/usr/bin/env python3 -x\n", "/usr/bin/env", false},
        {"#! \t /bin/sh\t-e\n", "/bin/sh", false},
        {"#!/bin/sh", "/bin/sh", false},
        {"#!/bin/sh\r\n", "/bin/sh\r", true},
        {"#!/bin/sh -e\r\n", "/bin/sh", true},
        {"#!\n/bin/sh\n", "", false},
        {"#!", "", false},
        {"#!   ", "", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct exec_head h = read_text(rows[i].text);
        assert_int_equal(h.kind, EXEC_SCRIPT);
        assert_string_equal(h.interpreter, rows[i].interpreter);
        assert_int_equal(h.carriage_return, rows[i].carriage_return);
    }
}

static void long_first_line(void **state) {
    (void)state;
    char text[4096];
    memset(text, 'a', sizeof text);
    memcpy(text, "#!/", 3);
    struct exec_head h;
    exec_head_read((const uint8_t *)text, sizeof text, &h);
    assert_int_equal(h.kind, EXEC_SCRIPT);
    assert_int_equal(strlen(h.interpreter), 254); /* what the kernel reads too: 256 bytes of the file */
}

static void other_files(void **state) {
    (void)state;
    assert_int_equal(read_text("").kind, EXEC_EMPTY);
    assert_int_equal(read_text("#").kind, EXEC_OTHER);
    assert_int_equal(read_text("echo hello\n").kind, EXEC_OTHER);
    assert_int_equal(read_text(" #!/bin/sh\n").kind, EXEC_OTHER);
    assert_int_equal(read_text("\177ELF").kind, EXEC_OTHER); /* shorter than an ELF's identification */
}

/* Writes v in `size` bytes, of the byte order asked for. */
static void put(uint8_t *at, uint64_t v, size_t size, bool big) {
    for (size_t i = 0; i < size; i++)
        at[big ? size - 1 - i : i] = (uint8_t)(v >> (8 * i));
}

#define TABLE_AT 100

/* An ELF file with `count` program headers, the last of which is PT_INTERP (offset 700, 28 bytes). */
static void make_elf(uint8_t bytes[1024], bool wide, bool big, unsigned count) {
    memset(bytes, 0, 1024);
    memcpy(bytes, ELFMAG, SELFMAG);
    bytes[EI_CLASS] = wide ? ELFCLASS64 : ELFCLASS32;
    bytes[EI_DATA] = big ? ELFDATA2MSB : ELFDATA2LSB;
    put(bytes + 18, EM_AARCH64, 2, big);
    size_t entry = wide ? 56 : 32;
    put(bytes + (wide ? 32 : 28), TABLE_AT, wide ? 8 : 4, big);
    put(bytes + (wide ? 54 : 42), entry, 2, big);
    put(bytes + (wide ? 56 : 44), count, 2, big);
    for (unsigned i = 0; i < count; i++) {
        uint8_t *header = bytes + TABLE_AT + i * entry;
        put(header, i + 1 == count ? PT_INTERP : PT_LOAD, 4, big);
        put(header + (wide ? 8 : 4), 700, wide ? 8 : 4, big);
        put(header + (wide ? 32 : 16), 28, wide ? 8 : 4, big);
    }
}

static void elf_of_every_class_and_order(void **state) {
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        bool wide = (kind & 1) != 0, big = (kind & 2) != 0;
        uint8_t bytes[1024];
        make_elf(bytes, wide, big, 3);
        struct exec_head h;
        exec_head_read(bytes, sizeof bytes, &h);
        assert_int_equal(h.kind, EXEC_ELF);
        assert_int_equal(h.wide, wide);
        assert_int_equal(h.big, big);
        assert_int_equal(h.machine, EM_AARCH64);
        assert_int_equal(h.table, TABLE_AT);
        assert_int_equal(h.entries, 3);
        uint64_t at = 0, size = 0;
        assert_true(exec_loader_find(&h, bytes + TABLE_AT, sizeof bytes - TABLE_AT, &at, &size));
        assert_int_equal(at, 700);
        assert_int_equal(size, 28);
    }
}

/* The table ends before its last header, or says it has headers that are not there. */
static void truncated_table(void **state) {
    (void)state;
    uint8_t bytes[1024];
    uint64_t at = 0, size = 0;
    struct exec_head h;
    make_elf(bytes, true, false, 3);
    exec_head_read(bytes, sizeof bytes, &h);
    for (size_t len = 0; len < 3 * (size_t)56; len++) {
        uint8_t *copy = malloc(len + 1); /* exactly as long, so that ASan sees a read past the end */
        assert_non_null(copy);
        uint8_t *tail = copy + 1;
        memcpy(tail, bytes + TABLE_AT, len);
        assert_false(exec_loader_find(&h, tail, len, &at, &size));
        free(copy);
    }
    h.entries = UINT32_MAX;
    h.entry_size = UINT16_MAX;
    assert_false(exec_loader_find(&h, bytes + TABLE_AT, 900, &at, &size));
    h.entry_size = 0; /* would never end */
    assert_false(exec_loader_find(&h, bytes + TABLE_AT, 900, &at, &size));
    h.entry_size = 55;
    assert_false(exec_loader_find(&h, bytes + TABLE_AT, 900, &at, &size));
}

static void truncated_file(void **state) {
    (void)state;
    uint8_t bytes[1024];
    make_elf(bytes, true, true, 3);
    for (size_t len = 0; len < 64; len++) {
        uint8_t *copy = malloc(len + 1);
        assert_non_null(copy);
        memcpy(copy + 1, bytes, len);
        struct exec_head h;
        exec_head_read(copy + 1, len, &h);
        assert_int_equal(h.kind, len == 0 ? EXEC_EMPTY : len < EI_NIDENT ? EXEC_OTHER : EXEC_ELF);
        if (len < 58)
            assert_int_equal(h.entries, 0);
        free(copy);
    }
}

static void static_program_has_no_loader(void **state) {
    (void)state;
    uint8_t bytes[1024];
    make_elf(bytes, true, false, 3);
    put(bytes + TABLE_AT + 2 * (size_t)56, PT_LOAD, 4, false);
    struct exec_head h;
    exec_head_read(bytes, sizeof bytes, &h);
    uint64_t at = 0, size = 0;
    assert_false(exec_loader_find(&h, bytes + TABLE_AT, sizeof bytes - TABLE_AT, &at, &size));
}

static void machine_names(void **state) {
    (void)state;
    assert_string_equal(exec_machine_name(EM_X86_64), "x86_64");
    assert_string_equal(exec_machine_name(EM_AARCH64), "aarch64");
    assert_null(exec_machine_name(0xfffe));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scripts),
        cmocka_unit_test(long_first_line),
        cmocka_unit_test(other_files),
        cmocka_unit_test(elf_of_every_class_and_order),
        cmocka_unit_test(truncated_table),
        cmocka_unit_test(truncated_file),
        cmocka_unit_test(static_program_has_no_loader),
        cmocka_unit_test(machine_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
