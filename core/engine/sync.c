#include "core/engine/sync.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"

int sync_pair(int fds[2]) {
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds);
}

/* Room for one descriptor, aligned as cmsg(3) wants it. */
union one_fd {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
};

int sync_send_bytes(int sock, const void *bytes, size_t len, int fd) {
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = len};
    union one_fd control = {0};
    struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        msg.msg_control = control.bytes;
        msg.msg_controllen = sizeof control.bytes;
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    ssize_t n = TEMP_FAILURE_RETRY(sendmsg(sock, &msg, MSG_NOSIGNAL));
    if (n >= 0 && (size_t)n < len)
        return sys_fail(EAGAIN); /* a stream that nobody reads */
    return n < 0 ? -1 : 0;
}

int sync_send(int sock, const struct sync_message *m, int fd) {
    return sync_send_bytes(sock, m, sizeof *m, fd);
}

static int take_fd(struct msghdr *msg) {
    int fd = -1;
    struct cmsghdr *c = CMSG_FIRSTHDR(msg);
    if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}

int sync_receive(int sock, struct sync_message *m, int *fd) {
    struct iovec part = {.iov_base = m, .iov_len = sizeof *m};
    union one_fd control = {0};
    struct msghdr msg = {.msg_iov = &part,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = CMSG_LEN(sizeof *fd)}; /* more would stay open, unseen */
    ssize_t n = TEMP_FAILURE_RETRY(recvmsg(sock, &msg, MSG_CMSG_CLOEXEC));
    if (n < 0 &&
        errno == ECONNRESET) /* said once of a peer that is dead and did not read all: it may have spoken */
        n = TEMP_FAILURE_RETRY(recvmsg(sock, &msg, MSG_CMSG_CLOEXEC));
    *fd = n >= 0 ? take_fd(&msg) : -1;
    if (n == (ssize_t)sizeof *m && (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0) {
        error_sanitise(&m->error);
        return 1;
    }
    fd_close(fd); /* also of a message without a byte, which looks like the end */
    return n <= 0 ? (int)n : sys_fail(EBADMSG);
}
