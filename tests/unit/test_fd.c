/* core/base/fd.c and sys.c: ownership, full reads and writes. */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"

static int is_open(int fd) {
    return fcntl(fd, F_GETFD) >= 0;
}

static void scope_closes_and_take_hands_over(void **state) {
    (void)state;
    int seen, taken;
    {
        CLEANUP_FD int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        seen = fd;
        assert_true(is_open(seen));
    }
    assert_false(is_open(seen));
    {
        CLEANUP_FD int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        taken = fd_take(&fd);
        assert_int_equal(fd, -1);
    }
    assert_true(is_open(taken));
    fd_close(&taken);
    assert_int_equal(taken, -1);
    fd_close(&taken);
}

static void close_keeps_errno(void **state) {
    (void)state;
    int fd = 9999; /* close(2) says EBADF */
    errno = ENOENT;
    fd_close(&fd);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(fd, -1);
}

enum { MANY = 300000 }; /* more than a pipe holds */
static char sent[MANY], got[MANY];

static void *writer(void *fd) {
    for (size_t i = 0; i < MANY; i++)
        sent[i] = (char)(i * 7);
    int to = *(int *)fd;
    ssize_t failed = write_full(to, sent, MANY);
    (void)close(to);
    return failed == 0 ? fd : NULL;
}

static void full_reads_and_writes(void **state) {
    (void)state;
    int fds[2];
    pthread_t thread;
    void *fine = NULL;
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(pthread_create(&thread, NULL, writer, &fds[1]), 0);
    assert_int_equal(read_full(fds[0], got, MANY - 1), MANY - 1);
    char last[10];
    assert_int_equal(read_full(fds[0], last, sizeof last), 1); /* up to the end of the file */
    assert_int_equal(pthread_join(thread, &fine), 0);
    assert_non_null(fine);
    assert_memory_equal(got, sent, MANY - 1);
    (void)close(fds[0]);
}

static void failures_say_why(void **state) {
    (void)state;
    char byte = 0;
    assert_int_equal(read_full(9999, &byte, 1), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(write_full(9999, &byte, 1), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(write_full(9999, &byte, 0), 0);
}

static void openat2_keeps_below(void **state) {
    (void)state;
    CLEANUP_FD int dir = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    CLEANUP_FD int below = sys_openat2(dir, "version", O_RDONLY | O_CLOEXEC, 0, RESOLVE_BENEATH);
    assert_true(below >= 0);
    assert_int_equal(sys_openat2(dir, "../etc", O_PATH | O_CLOEXEC, 0, RESOLVE_BENEATH), -1);
    assert_int_equal(errno, EXDEV);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scope_closes_and_take_hands_over),
        cmocka_unit_test(close_keeps_errno),
        cmocka_unit_test(full_reads_and_writes),
        cmocka_unit_test(failures_say_why),
        cmocka_unit_test(openat2_keeps_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
