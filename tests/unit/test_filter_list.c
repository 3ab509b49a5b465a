/* core/base/filter_list.c: a list of system calls becomes the program that allows just them. */
#include "tests/unit/cmocka_all.h"

#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/filter_list.h"
#include "tests/unit/filters.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#else
#define ARCH AUDIT_ARCH_AARCH64
#endif

#define NUMBERS 1024

static const struct sock_filter no_exec[] = {LOAD(ARG_LOW(2)), KILL_IF_SET(PROT_EXEC), RETURN(ALLOW)};

static bool listed(const struct filter_list *list, uint32_t number) {
    for (size_t i = 0; i < list->count; i++) {
        if (list->calls[i] == number)
            return true;
    }
    return number == SYS_mmap;
}

static uint32_t says(const struct filter_list *list, uint32_t arch, uint32_t number, uint64_t protection) {
    struct sock_filter rows[FILTER_PROGRAM_MAX];
    size_t n = filter_list_program(list, rows);
    assert_true(n <= FILTER_PROGRAM_MAX);
    const struct seccomp_data data = {.arch = arch, .nr = (int)number, .args = {0, 0, protection}};
    return run_filter(rows, n, &data);
}

static void check(const struct filter_list *list) {
    for (uint32_t nr = 0; nr < NUMBERS; nr++) {
        uint32_t expected = listed(list, nr) ? SECCOMP_RET_ALLOW : SECCOMP_RET_KILL_PROCESS;
        assert_int_equal(says(list, ARCH, nr, PROT_READ | PROT_WRITE), expected);
        assert_int_equal(says(list, ARCH, nr | X32, 0), SECCOMP_RET_KILL_PROCESS);
        assert_int_equal(says(list, AUDIT_ARCH_I386, nr, 0), SECCOMP_RET_KILL_PROCESS);
        assert_int_equal(says(list, ARCH, nr, PROT_EXEC),
                         nr == SYS_mmap ? SECCOMP_RET_KILL_PROCESS : expected);
    }
    assert_int_equal(says(list, ARCH, UINT32_MAX, 0), SECCOMP_RET_KILL_PROCESS);
}

static void lists_of_each_length_in_any_order(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (size_t count = 0; count < FILTER_CALLS_MAX; count++) {
        uint16_t calls[FILTER_CALLS_MAX];
        struct filter_list list = {calls, 0, no_exec, sizeof no_exec / sizeof *no_exec};
        while (list.count < count) {
            uint16_t nr = (uint16_t)(next_random(&seed) % 512);
            if (!listed(&list, nr))
                calls[list.count++] = nr;
        }
        check(&list);
    }
}

static void the_kernel_takes_it(void **state) {
    (void)state;
    static const uint16_t calls[] = {SYS_exit_group, SYS_write, SYS_read};
    pid_t pid = fork();
    if (pid == 0) {
        const struct filter_list list = {calls, 3, no_exec, sizeof no_exec / sizeof *no_exec};
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || filter_list_load(&list) != 0)
            _exit(1);
        if (mmap(NULL, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
            _exit(2);
        (void)getppid();
        _exit(3);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_of_each_length_in_any_order),
        cmocka_unit_test(the_kernel_takes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
