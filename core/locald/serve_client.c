/* The daemon's clients: what they say is bounded, and none is waited for. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/locald/command.h"
#include "core/locald/serve.h"

#define OUT_MAX    ((size_t)1 << 20)
#define OUT_ENOUGH ((size_t)64 << 10) /* a log is read on when less than this waits to be sent */
#define CHUNK      (16 << 10)
#define IDLE       10000 /* milliseconds without a whole request */

static void client_close(struct client *c) {
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        if (serve.clients[i] == c)
            serve.clients[i] = NULL;
    serve_unwatch(&c->watch, true);
    if (c->log >= 0)
        (void)close(c->log);
    if (c->log_dir >= 0)
        (void)close(c->log_dir);
    free(c->out);
    free(c);
}

void client_close_all(void) {
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        if (serve.clients[i] != NULL)
            client_close(serve.clients[i]);
}

/* False when there is no room: the client is closed at the next event. */
static bool put(struct client *c, const char *text, size_t len) {
    if (c->out_len + len > OUT_MAX)
        c->closing = true, c->out_len = 0;
    if (c->closing)
        return false;
    if (c->out_len + len > c->out_size) {
        size_t size = (c->out_len + len) * 2;
        char *more = realloc(c->out, size);
        if (more == NULL) {
            c->closing = true;
            return false;
        }
        c->out = more;
        c->out_size = size;
    }
    memcpy(c->out + c->out_len, text, len);
    c->out_len += len;
    return true;
}

static void put_json(struct client *c, json_t *answer) {
    char *text = answer == NULL ? NULL : json_dumps(answer, JSON_COMPACT);
    if (text == NULL || !put(c, text, strlen(text)) || !put(c, "\n", 1))
        c->closing = true;
    free(text);
    json_decref(answer);
}

/* Asks epoll for what matters now; the hang-up always comes. With EPOLLOUT the rest is done in its turn. */
static void rearm(struct client *c) {
    bool reading = c->pending == PENDING_NONE && !c->in_end && !c->closing;
    bool writing =
        c->out_len > 0 || c->closing || (c->in_end && c->pending == PENDING_NONE) ||
        (c->pending == PENDING_NONE && memchr(c->in, '\n', c->in_len) != NULL); /* a request waits */
    uint32_t events = (reading ? EPOLLIN : 0) | (writing ? EPOLLOUT : 0);
    struct epoll_event event = {.events = events, .data.ptr = &c->watch};
    if (events != c->events && epoll_ctl(serve.epoll, EPOLL_CTL_MOD, c->watch.fd, &event) == 0)
        c->events = events;
}

void client_answer(struct client *c, json_t *answer) {
    c->pending = PENDING_NONE;
    c->deadline = clock_now() + IDLE;
    if (c->log >= 0)
        (void)close(c->log);
    if (c->log_dir >= 0)
        (void)close(c->log_dir);
    c->log = c->log_dir = -1;
    put_json(c, answer);
    rearm(c);
}

void client_refuse(struct client *c, const struct locald_error *e) {
    client_answer(c, answer_error(e));
}

/* The whole lines of a chunk; gives how many bytes they are. */
static size_t put_lines(struct client *c, const char *chunk, size_t len) {
    size_t at = 0;
    while (at < len) {
        const char *end = memchr(chunk + at, '\n', len - at);
        if (end == NULL && (at > 0 || len < CHUNK))
            break;
        size_t n = end == NULL ? len : (size_t)(end - chunk) - at;
        put_json(c, log_line_json(chunk + at, n));
        at += n + (end != NULL);
    }
    return at;
}

/* True when the file's end was reached, and no newer one follows. */
static bool log_is_read(struct client *c) {
    static char chunk[CHUNK];
    struct stat mine, now;
    while (!c->closing && c->out_len < OUT_ENOUGH) {
        ssize_t n = pread(c->log, chunk, sizeof chunk, c->log_at);
        size_t used = n > 0 ? put_lines(c, chunk, (size_t)n) : 0;
        c->log_at += (off_t)used;
        if (used > 0)
            continue;
        off_t start = 0;
        int next = log_tail(c->log_dir, -1, &start);
        if (next < 0 || fstat(next, &now) != 0 || fstat(c->log, &mine) != 0 || now.st_ino == mine.st_ino) {
            if (next >= 0)
                (void)close(next);
            return true;
        }
        (void)close(c->log);
        c->log = next;
        c->log_at = 0;
    }
    return c->closing;
}

static void log_on(struct client *c) {
    const struct service *s = service_find(c->name);
    if (log_is_read(c) && (!c->follow || s == NULL || service_over(s)))
        client_answer(c, json_pack("{s:b}", "ok", 1));
    rearm(c);
}

void client_log_grew(const struct service *s) {
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        struct client *c = serve.clients[i];
        if (c != NULL && c->pending == PENDING_LOGS && strcmp(c->name, s->name) == 0)
            log_on(c);
    }
}

void client_service_changed(const struct service *s) {
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        struct client *c = serve.clients[i];
        if (c == NULL || strcmp(c->name, s->name) != 0)
            continue;
        if (c->pending == PENDING_LOGS)
            log_on(c);
        else if (c->pending != PENDING_NONE)
            (void)serve_pending_done(c, s);
    }
}

static void send_out(struct client *c) {
    ssize_t n = c->out_len == 0 ? 0 : send(c->watch.fd, c->out, c->out_len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        c->closing = true, c->out_len = 0;
    if (n > 0) {
        memmove(c->out, c->out + n, c->out_len - (size_t)n);
        c->out_len -= (size_t)n;
    }
}

static void take_lines(struct client *c) {
    char *end = NULL;
    while (c->pending == PENDING_NONE && !c->closing && (end = memchr(c->in, '\n', c->in_len)) != NULL) {
        size_t n = (size_t)(end - c->in);
        c->deadline = clock_now() + IDLE;
        serve_do(c, c->in, n);
        memmove(c->in, c->in + n + 1, c->in_len - n - 1);
        c->in_len -= n + 1;
    }
    if (c->pending == PENDING_NONE && c->in_len == sizeof c->in) {
        struct locald_error e;
        (void)fail(&e, LOCALD_E_ARGUMENT, 0, "", "the request is longer than 64 KiB", NULL);
        client_refuse(c, &e);
        c->in_end = true;
        c->in_len = 0;
    }
}

static void client_ready(void *owner, uint32_t events) {
    struct client *c = owner;
    if ((events & EPOLLIN) != 0 && !c->in_end && c->in_len < sizeof c->in) {
        ssize_t n = recv(c->watch.fd, c->in + c->in_len, sizeof c->in - c->in_len, MSG_DONTWAIT);
        if (n > 0)
            c->in_len += (size_t)n;
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
            c->in_end = true;
    }
    take_lines(c);
    if ((events & EPOLLOUT) != 0)
        send_out(c);
    if (c->pending == PENDING_LOGS)
        log_on(c);
    bool over = c->out_len == 0 && c->pending == PENDING_NONE && (c->closing || c->in_end);
    if (over || (events & (EPOLLHUP | EPOLLERR)) != 0)
        client_close(c);
    else
        rearm(c);
}

/* Only this user, and root. */
static bool peer_is_ours(int fd) {
    struct ucred peer;
    socklen_t len = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           (peer.uid == getuid() || peer.uid == 0);
}

static void turn_away(int fd, const char *why) {
    struct locald_error e;
    (void)fail(&e, LOCALD_E_ARGUMENT, 0, "", why, NULL);
    json_t *answer = answer_error(&e);
    char *text = json_dumps(answer, JSON_COMPACT);
    if (text != NULL && send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
        (void)send(fd, "\n", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    free(text);
    json_decref(answer);
    (void)close(fd);
}

void client_accept(void *owner, uint32_t events) {
    (void)owner, (void)events;
    int fd = accept4(serve.listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    size_t slot = 0;
    if (fd < 0)
        return;
    while (slot < CLIENTS_MAX && serve.clients[slot] != NULL)
        slot++;
    struct client *c = slot < CLIENTS_MAX && peer_is_ours(fd) ? calloc(1, sizeof *c) : NULL;
    if (c == NULL) {
        turn_away(fd, slot == CLIENTS_MAX ? "too many clients" : "only the daemon's own user is answered");
        return;
    }
    c->log = c->log_dir = -1;
    c->deadline = clock_now() + IDLE;
    c->events = EPOLLIN;
    serve.clients[slot] = c;
    if (serve_watch(&c->watch, fd, EPOLLIN, client_ready, c) != 0) {
        (void)close(fd);
        c->watch.fd = -1;
        client_close(c);
    }
}

/* What waited its time: a wait gets its answer, a silent client is closed. */
static void out_of_time(struct client *c) {
    struct locald_error e;
    if (c->pending == PENDING_NONE) {
        client_close(c);
        return;
    }
    (void)fail(&e, LOCALD_E_TIMEOUT, 0, c->name, "not in that time", NULL);
    client_refuse(c, &e);
}

int64_t client_times(int64_t now) {
    int64_t next = -1;
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        if (serve.clients[i] != NULL && serve.clients[i]->deadline >= 0 && serve.clients[i]->deadline <= now)
            out_of_time(serve.clients[i]);
        const struct client *c = serve.clients[i];
        if (c != NULL && c->deadline >= 0 && (next < 0 || c->deadline < next))
            next = c->deadline;
    }
    return next;
}
