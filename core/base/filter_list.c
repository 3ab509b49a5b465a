#include "core/base/filter_list.h"

#include <linux/audit.h>
#include <sys/prctl.h>

#if defined(__x86_64__)
#define FILTER_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define FILTER_ARCH AUDIT_ARCH_AARCH64
#else
/* cppcheck-suppress preprocessorErrorDirective */
#error "filter_list.c: this architecture's AUDIT_ARCH_* is missing"
#endif

struct tree {
    struct sock_filter *rows;
    size_t count, mmap_at, kill_at, allow_at;
};

static void put(struct tree *t, struct sock_filter row) {
    t->rows[t->count++] = row;
}

/* One number: what is left here may still be another one. */
static void put_leaf(struct tree *t, uint32_t number) {
    size_t yes = number == SYS_mmap ? t->mmap_at : t->allow_at, next = t->count + 1;
    put(t, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, (uint8_t)(yes - next),
                                        (uint8_t)(t->kill_at - next)));
}

/* Sorted numbers, one at least: the lower half, behind it the upper one. A tree of n has n leaves and n - 1
 * forks. */
static void put_tree(struct tree *t, const uint32_t *numbers, size_t n) {
    if (n == 1) {
        put_leaf(t, numbers[0]);
        return;
    }
    size_t half = n / 2;
    put(t,
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, numbers[half], (uint8_t)(2 * half - 1), 0));
    put_tree(t, numbers, half);
    put_tree(t, numbers + half, n - half);
}

/* Insertion: the lists are short. */
static size_t sorted(const struct filter_list *list, uint32_t to[FILTER_CALLS_MAX]) {
    size_t n = 1;
    to[0] = SYS_mmap;
    for (size_t i = 0; i < list->count && n < FILTER_CALLS_MAX; i++, n++) {
        size_t at = n;
        for (; at > 0 && to[at - 1] > list->calls[i]; at--)
            to[at] = to[at - 1];
        to[at] = list->calls[i];
    }
    return n;
}

size_t filter_list_program(const struct filter_list *list, struct sock_filter *program) {
    /* Calls of another architecture (i386) have other numbers. x32 numbers carry bit 30 and are none of ours.
     */
    const struct sock_filter head[] = {LOAD(offsetof(struct seccomp_data, arch)),
                                       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FILTER_ARCH, 1, 0),
                                       RETURN(KILL_PROCESS), LOAD(offsetof(struct seccomp_data, nr))};
    uint32_t numbers[FILTER_CALLS_MAX];
    size_t n = sorted(list, numbers), heads = sizeof head / sizeof head[0];
    const struct sock_filter kill = RETURN(KILL_PROCESS), allow = RETURN(ALLOW);
    struct tree t = {.rows = program, .kill_at = heads + 2 * n - 1};
    t.allow_at = t.kill_at + 1;
    t.mmap_at = t.allow_at + 1;
    for (size_t i = 0; i < heads; i++)
        put(&t, head[i]);
    put_tree(&t, numbers, n);
    put(&t, kill);
    put(&t, allow);
    for (size_t i = 0; i < list->mmap_count && i < FILTER_ROWS_MAX; i++)
        put(&t, list->mmap[i]);
    return t.count;
}

int filter_list_load(const struct filter_list *list) {
    struct sock_filter rows[FILTER_PROGRAM_MAX];
    const struct sock_fprog program = {.len = (unsigned short)filter_list_program(list, rows),
                                       .filter = rows};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}
