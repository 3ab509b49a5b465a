/*
 * What container init can send to the monitor: any bytes in messages of any length, with any number of
 * descriptors. Byte 0 says how many. A message that is taken has an error of ours and at most one descriptor;
 * no other descriptor stays open.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/engine/sync.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FDS_MAX 5

static void promise(bool kept) {
    if (!kept)
        abort();
}

static bool ends(const char *text, size_t size) {
    return memchr(text, 0, size) != NULL;
}

static bool send_all(int sock, const uint8_t *data, size_t size, size_t fds) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
    struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
    if (fds > 0) {
        msg.msg_control = control.bytes;
        msg.msg_controllen = CMSG_SPACE(fds * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(fds * sizeof(int));
        for (size_t i = 0; i < fds; i++)
            memcpy(CMSG_DATA(c) + i * sizeof(int), &sock, sizeof sock);
    }
    return sendmsg(sock, &msg, MSG_NOSIGNAL) == (ssize_t)size;
}

/* The number that the next descriptor gets: it tells whether one has stayed open. */
static int next_fd(void) {
    int fd = dup(0);
    (void)close(fd);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int pair[2];
    if (pair[1] == 0)
        promise(sync_pair(pair) == 0);
    if (size < 1)
        return 0;
    size_t fds = data[0] % (FDS_MAX + 1);
    const int before = next_fd();
    struct sync_message m;
    int fd = -1;
    if (!send_all(pair[0], data + 1, size - 1, fds))
        return 0;
    int rc = sync_receive(pair[1], &m, &fd);
    promise(rc == 1 || fd == -1);
    promise(rc == 1 || (rc == -1 && errno == EBADMSG) || (rc == 0 && size == 1));
    promise((rc == 1) == (size - 1 == sizeof m && fds <= 1));
    promise(rc != 1 || (fd >= 0) == (fds == 1));
    if (rc == 1) {
        promise(m.error.code > E_NONE && m.error.code < ERROR_CODE_COUNT);
        promise(ends(m.error.where, sizeof m.error.where) && ends(m.error.subject, sizeof m.error.subject));
        promise(ends(m.error.what, sizeof m.error.what) && ends(m.error.hint, sizeof m.error.hint));
        if (fd >= 0)
            (void)close(fd);
    }
    promise(next_fd() == before);
    return 0;
}
