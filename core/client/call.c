/* One command of the shim from its start to its end, with what it says. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "core/client/client.h"

enum { OUT, ERR, LISTENER, CHILD, COUNT };

/* Reads what is there. Beyond size it is thrown away, and *over says so. Closes at the end of the file. */
static void drain(int *fd, char *to, size_t size, size_t *len, bool *over) {
    char waste[4096] = "";
    while (*fd >= 0) {
        bool full = *len == size;
        ssize_t n = read(*fd, full ? waste : to + *len, full ? sizeof waste : size - *len);
        if (n > 0) {
            *len += full ? 0 : (size_t)n;
            *over = *over || full;
            if (full)
                return; /* who says so much may go on for ever */
        } else if (n == 0 || errno != EINTR) {
            if (n == 0 || errno != EAGAIN)
                client_close(fd);
            return;
        }
    }
}

struct ends {
    int out[2], err[2];
};

static int open_ends(struct ends *p, bool out, struct locald_error *e) {
    *p = (struct ends){{-1, -1}, {-1, -1}};
    if ((out && pipe2(p->out, O_CLOEXEC) != 0) || pipe2(p->err, O_CLOEXEC) != 0 ||
        (out && fcntl(p->out[0], F_SETFL, O_NONBLOCK) != 0) || fcntl(p->err[0], F_SETFL, O_NONBLOCK) != 0)
        return client_fail(e, LOCALD_E_SYSTEM, errno, "", "making a pipe");
    return 0;
}

static void close_ends(struct ends *p) {
    client_close(&p->out[0]);
    client_close(&p->out[1]);
    client_close(&p->err[0]);
    client_close(&p->err[1]);
}

/* A connection without a descriptor is no end: the shim may go on to say why on stderr. */
static int take(struct client_call *call, int64_t deadline, struct locald_error *e) {
    call->received = client_socket_receive(call->listener, "fd", deadline, e);
    if (call->received >= 0)
        return 0;
    call->listener = -1;
    return e->code == LOCALD_E_PROTOCOL ? 0 : -1;
}

/* Until the child's end; 1: it is there. 0: not in time, or it said too much. */
static int follow(struct client_call *call, struct ends *p, struct client_child *child, int64_t deadline,
                  struct locald_error *e) {
    bool waste = false;
    for (;;) {
        struct pollfd fds[COUNT] = {
            [OUT] = {.fd = p->out[0], .events = POLLIN},
            [ERR] = {.fd = p->err[0], .events = POLLIN},
            [LISTENER] = {.fd = call->received < 0 ? call->listener : -1, .events = POLLIN},
            [CHILD] = {.fd = child->pidfd, .events = POLLIN},
        };
        int n = poll(fds, COUNT, client_left(deadline));
        if (n < 0 && errno != EINTR)
            return client_fail(e, LOCALD_E_SYSTEM, errno, "", "waiting for locald-shim");
        if (n == 0 || call->out_over)
            return 0;
        if (n < 0)
            continue;
        drain(&p->out[0], call->out, call->out_size, &call->out_len, &call->out_over);
        drain(&p->err[0], call->err, sizeof call->err, &call->err_len, &waste);
        if (fds[LISTENER].revents != 0 && take(call, deadline, e) != 0)
            return -1;
        if (fds[CHILD].revents != 0 && fds[LISTENER].revents == 0) /* what it sent before is taken first */
            return client_wait_child(child, true, &call->status) == 1
                       ? 1
                       : client_fail(e, LOCALD_E_SYSTEM, errno, "locald-shim", "waiting for its end");
    }
}

int client_call(const struct locald_shim *shim, struct client_call *call, struct locald_error *e) {
    struct ends p;
    struct client_child child = {.pid = -1, .pidfd = -1};
    int64_t deadline = client_deadline(call->timeout);
    call->received = -1;
    call->out_len = call->err_len = 0;
    call->out_over = false;
    int rc = open_ends(&p, call->out != NULL, e);
    if (rc == 0) {
        const struct client_start start = {
            .argv = call->argv, .stdio = {-1, p.out[1], p.err[1]}, .extra = -1};
        rc = client_start_child(shim, &start, &child, e);
        client_close(&p.out[1]);
        client_close(&p.err[1]);
    }
    if (rc == 0)
        rc = follow(call, &p, &child, deadline, e);
    client_end_child(&child);
    close_ends(&p);
    if (rc == 0 && !call->out_over)
        rc = client_fail(e, LOCALD_E_TIMEOUT, 0, shim->path, "did not end in time");
    if (rc < 0)
        client_close(&call->received);
    return rc < 0 ? -1 : 0;
}
