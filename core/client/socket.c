/* Sockets that the shim connects to, to hand over a descriptor. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/client/client.h"

#define MANY 16 /* descriptors, of which all but one are closed */

/* Paths by descriptor: whatever the length of the directory's own, and wherever this process goes later. */
static int make_directory(struct client_socket *s, const char *parent, const char *prefix) {
    char path[96];
    s->parent = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d/%sXXXXXX", s->parent, prefix);
    if (s->parent < 0 || mkdtemp(path) == NULL)
        return -1;
    (void)snprintf(s->name, sizeof s->name, "%s", strrchr(path, '/') + 1);
    s->directory = openat(s->parent, s->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return s->directory < 0 ? -1 : 0;
}

static int listen_in(struct client_socket *s) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/s", s->directory);
    s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return s->listener >= 0 && bind(s->listener, (const struct sockaddr *)&address, sizeof address) == 0 &&
                   listen(s->listener, 1) == 0
               ? 0
               : -1;
}

int client_socket_open(struct client_socket *s, const char *parent, const char *prefix,
                       struct locald_error *e) {
    *s = CLIENT_NO_SOCKET;
    if (make_directory(s, parent, prefix) != 0 || listen_in(s) != 0) {
        int why = errno;
        client_socket_close(s);
        return client_fail(e, LOCALD_E_SYSTEM, why, parent, "making a socket");
    }
    int n = snprintf(s->path, sizeof s->path, "%s/%s/s", parent, s->name);
    if (n >= (int)sizeof s->path) /* the shim opens it with this user's rights, so it may look there */
        (void)snprintf(s->path, sizeof s->path, "/proc/%d/fd/%d/s", getpid(), s->directory);
    return 0;
}

void client_socket_close(struct client_socket *s) {
    client_close(&s->listener);
    if (s->directory >= 0)
        (void)unlinkat(s->directory, "s", 0);
    if (s->name[0] != '\0')
        (void)unlinkat(s->parent, s->name, AT_REMOVEDIR);
    client_close(&s->directory);
    client_close(&s->parent);
    *s = CLIENT_NO_SOCKET;
}

/* Exactly one descriptor of those that came; all others are closed. */
static int one_of(struct msghdr *msg) {
    int found = -1;
    size_t count = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
            int fd = -1;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (count++ == 0)
                found = fd;
            else
                client_close(&fd);
        }
    }
    if (count != 1 || (msg->msg_flags & MSG_CTRUNC) != 0)
        client_close(&found);
    return found;
}

static int take(int connection, const char *bytes, struct locald_error *e) {
    char data[64];
    union {
        char room[CMSG_SPACE(MANY * sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec part = {.iov_base = data, .iov_len = sizeof data};
    struct msghdr msg = {.msg_iov = &part,
                         .msg_iovlen = 1,
                         .msg_control = control.room,
                         .msg_controllen = sizeof control.room};
    ssize_t n = TEMP_FAILURE_RETRY(recvmsg(connection, &msg, MSG_CMSG_CLOEXEC));
    if (n < 0)
        return client_fail(e, LOCALD_E_SYSTEM, errno, "locald-shim", "receiving a descriptor");
    int fd = one_of(&msg);
    if (fd >= 0 &&
        (n == 0 || (bytes != NULL && ((size_t)n != strlen(bytes) || memcmp(data, bytes, (size_t)n) != 0))))
        client_close(&fd);
    return fd >= 0 ? fd : client_fail(e, LOCALD_E_PROTOCOL, 0, "locald-shim", "did not send one descriptor");
}

int client_socket_receive(int listener, const char *bytes, int64_t deadline, struct locald_error *e) {
    int connection = (int)TEMP_FAILURE_RETRY(accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection < 0)
        return client_fail(e, LOCALD_E_SYSTEM, errno, "locald-shim", "accepting its connection");
    struct pollfd ready = {.fd = connection, .events = POLLIN};
    int rc = (int)TEMP_FAILURE_RETRY(poll(&ready, 1, client_left(deadline)));
    int fd = rc == 1 ? take(connection, bytes, e)
                     : client_fail(e, rc == 0 ? LOCALD_E_TIMEOUT : LOCALD_E_SYSTEM, rc == 0 ? 0 : errno,
                                   "locald-shim", "sent no descriptor");
    client_close(&connection);
    return fd;
}
