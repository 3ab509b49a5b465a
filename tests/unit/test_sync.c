/* core/engine/sync.c: what a container init that is no more ours can send to the monitor. */
/* links: core/engine/sync.c */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/engine/sync.h"

static int pair[2];

static int setup(void **state) {
    (void)state;
    return sync_pair(pair);
}

static int teardown(void **state) {
    (void)state;
    return close(pair[0]) | close(pair[1]);
}

/* Sends the first `len` bytes of a message with `count` descriptors. */
static void send_with(const struct sync_message *m, size_t len, unsigned count) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(4 * sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)m, .iov_len = len};
    struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > 0) {
        msg.msg_control = control.bytes;
        msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(count * sizeof(int));
        for (unsigned i = 0; i < count; i++)
            memcpy(CMSG_DATA(c) + i * sizeof(int), &pair[0], sizeof(int));
    }
    assert_int_equal(sendmsg(pair[0], &msg, 0), (ssize_t)len);
}

/* What the next descriptor would be: it tells whether one has stayed open. */
static int next_fd(void) {
    int fd = dup(pair[0]);
    assert_int_equal(close(fd), 0);
    return fd;
}

static void one_descriptor_or_none(void **state) {
    (void)state;
    struct sync_message m = {.kind = SYNC_PTY}, got;
    int fd = -2, before = next_fd();
    send_with(&m, sizeof m, 0);
    assert_int_equal(sync_receive(pair[1], &got, &fd), 1);
    assert_int_equal(fd, -1);
    send_with(&m, sizeof m, 1);
    assert_int_equal(sync_receive(pair[1], &got, &fd), 1);
    assert_int_equal(fd, before);
    assert_int_equal(got.kind, SYNC_PTY);
    assert_int_equal(close(fd), 0);
}

static void more_are_refused_and_closed(void **state) {
    (void)state;
    struct sync_message m = {.kind = SYNC_PTY}, got;
    for (unsigned count = 2; count <= 4; count++) {
        int fd = -2, before = next_fd();
        send_with(&m, sizeof m, count);
        assert_int_equal(sync_receive(pair[1], &got, &fd), -1);
        assert_int_equal(errno, EBADMSG);
        assert_int_equal(fd, -1);
        assert_int_equal(next_fd(), before);
    }
}

static void other_lengths_are_refused(void **state) {
    (void)state;
    struct sync_message m[2] = {{.kind = SYNC_ERROR}}, got;
    static const size_t lengths[] = {1, sizeof m[0] - 1, sizeof m[0] + 1, sizeof m};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        int fd = -2, before = next_fd();
        send_with(m, lengths[i], 1);
        assert_int_equal(sync_receive(pair[1], &got, &fd), -1);
        assert_int_equal(errno, EBADMSG);
        assert_int_equal(fd, -1);
        assert_int_equal(next_fd(), before);
    }
}

static void an_error_is_made_safe(void **state) {
    (void)state;
    struct sync_message m, got;
    int fd = -2;
    memset(&m, 'x', sizeof m);
    send_with(&m, sizeof m, 0);
    assert_int_equal(sync_receive(pair[1], &got, &fd), 1);
    assert_int_equal(got.error.code, E_INTERNAL);
    assert_int_equal(strlen(got.error.where), sizeof got.error.where - 1);
    assert_int_equal(strlen(got.error.hint), sizeof got.error.hint - 1);
}

/* A message without a byte is all that is left to tell: it can't be told from the end. */
static void an_empty_one_leaves_no_descriptor(void **state) {
    (void)state;
    struct sync_message m = {.kind = SYNC_PTY}, got;
    int fd = -2, before = next_fd();
    send_with(&m, 0, 1);
    assert_int_equal(sync_receive(pair[1], &got, &fd), 0);
    assert_int_equal(fd, -1);
    assert_int_equal(next_fd(), before);
}

static void the_end(void **state) {
    (void)state;
    struct sync_message got;
    int fd = -2;
    assert_int_equal(shutdown(pair[0], SHUT_WR), 0);
    assert_int_equal(sync_receive(pair[1], &got, &fd), 0);
    assert_int_equal(fd, -1);
}

static void the_last_words_of_who_did_not_listen(void **state) {
    (void)state;
    struct sync_message start = {.kind = SYNC_START}, last = {.kind = SYNC_ERROR}, got;
    int fd = -2;
    assert_int_equal(sync_send(pair[1], &start, -1), 0);
    assert_int_equal(sync_send(pair[0], &last, -1), 0);
    assert_int_equal(close(pair[0]), 0); /* with a message unread: the kernel says ECONNRESET first */
    pair[0] = dup(0);
    assert_int_equal(sync_receive(pair[1], &got, &fd), 1);
    assert_int_equal(got.kind, SYNC_ERROR);
    assert_int_equal(sync_receive(pair[1], &got, &fd), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_descriptor_or_none, setup, teardown),
        cmocka_unit_test_setup_teardown(more_are_refused_and_closed, setup, teardown),
        cmocka_unit_test_setup_teardown(other_lengths_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(an_error_is_made_safe, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_one_leaves_no_descriptor, setup, teardown),
        cmocka_unit_test_setup_teardown(the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(the_last_words_of_who_did_not_listen, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
