#include "core/locald/talk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/locald/command.h"
#include "core/locald/protocol.h"

#define ANSWER_MAX ((size_t)1 << 20)

struct talk {
    int fd;
    size_t len;
    char in[1 << 20];
};

/* What we ask, environments too, is for our own daemon; root may ask everyone's. */
static bool peer_is_ours(int fd) {
    struct ucred peer;
    socklen_t len = sizeof peer;
    return getuid() == 0 || (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
                             (peer.uid == getuid() || peer.uid == 0));
}

static int connect_below(const char *dir, bool named, struct locald_error *e) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/.locald", dir);
    int at = n >= (int)sizeof path ? -1 : open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int why = errno;
    (void)snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/locald.sock", at);
    if (at >= 0 && fd >= 0 && connect(fd, (const struct sockaddr *)&a, sizeof a) == 0) {
        (void)close(at);
        if (peer_is_ours(fd))
            return fd;
        (void)close(fd);
        return fail(e, LOCALD_E_ARGUMENT, 0, path, "another user's daemon serves there",
                    "locald serve --dir DIRECTORY");
    }
    why = at >= 0 && fd >= 0 ? errno : why;
    if (at >= 0)
        (void)close(at);
    if (fd >= 0)
        (void)close(fd);
    char hint[512];
    (void)snprintf(hint, sizeof hint, "run: locald serve%s%s", named ? " --dir " : "", named ? dir : "");
    return fail(e, LOCALD_E_SYSTEM, why, path, "no daemon answers there", hint);
}

int talk_open(int *argc, char ***argv, struct talk **talk, struct locald_error *e) {
    const char *dir = getenv("HOME"), *home = dir;
    if (*argc > 2 && strcmp((*argv)[1], "--dir") == 0) {
        dir = (*argv)[2];
        (*argv)[2] = (*argv)[0];
        *argc -= 2;
        *argv += 2;
    }
    *talk = NULL;
    if (dir == NULL)
        return fail(e, LOCALD_E_ARGUMENT, 0, "HOME", "is not set", "use --dir DIRECTORY");
    struct talk *t = calloc(1, sizeof *t);
    if (t == NULL)
        return fail(e, LOCALD_E_SYSTEM, ENOMEM, "", "connecting", NULL);
    t->fd = connect_below(dir, dir != home, e);
    if (t->fd < 0) {
        free(t);
        return -1;
    }
    *talk = t;
    return 0;
}

int talk_send(struct talk *talk, json_t *request, struct locald_error *e) {
    char *text = request == NULL ? NULL : json_dumps(request, JSON_COMPACT);
    json_decref(request);
    if (text == NULL)
        return fail(e, LOCALD_E_ARGUMENT, 0, "", "an argument is no UTF-8", NULL);
    size_t len = strlen(text);
    text[len] = '\n'; /* in place of the NUL */
    int rc =
        len >= REQUEST_MAX ? fail(e, LOCALD_E_ARGUMENT, 0, "", "the request is longer than 64 KiB", NULL) : 0;
    for (size_t at = 0; rc == 0 && at <= len;) {
        ssize_t n = send(talk->fd, text + at, len + 1 - at, MSG_NOSIGNAL);
        if (n < 0 && errno == EPIPE)
            break; /* it may have said why */
        if (n < 0 && errno != EINTR)
            rc = fail(e, LOCALD_E_SYSTEM, errno, "", "sending to the daemon", NULL);
        at += n > 0 ? (size_t)n : 0;
    }
    free(text);
    return rc;
}

/* One line off the front; NULL: the answer is nonsense, or not ok. */
static json_t *take(struct talk *talk, size_t n, struct locald_error *e) {
    json_t *answer = json_loadb(talk->in, n, 0, NULL);
    const json_t *ok = json_object_get(answer, "ok");
    memmove(talk->in, talk->in + n + 1, talk->len - n - 1);
    talk->len -= n + 1;
    if (json_is_object(answer) && (ok == NULL || json_is_true(ok)))
        return answer;
    answer_read_error(answer, e);
    json_decref(answer);
    return NULL;
}

json_t *talk_next(struct talk *talk, struct locald_error *e) {
    for (;;) {
        const char *end = memchr(talk->in, '\n', talk->len);
        if (end != NULL)
            return take(talk, (size_t)(end - talk->in), e);
        ssize_t n =
            talk->len == ANSWER_MAX ? 0 : recv(talk->fd, talk->in + talk->len, ANSWER_MAX - talk->len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            (void)fail(e, LOCALD_E_SYSTEM, n < 0 ? errno : 0, "", "the daemon went away",
                       "run: locald serve");
            return NULL;
        }
        talk->len += (size_t)n;
    }
}

void talk_close(struct talk *talk) {
    if (talk == NULL)
        return;
    (void)close(talk->fd);
    free(talk);
}

json_t *talk_once(int *argc, char ***argv, json_t *request, struct locald_error *e) {
    struct talk *talk = NULL;
    if (talk_open(argc, argv, &talk, e) != 0) {
        json_decref(request);
        return NULL;
    }
    json_t *answer = talk_send(talk, request, e) == 0 ? talk_next(talk, e) : NULL;
    talk_close(talk);
    return answer;
}

int talk_seconds(const char *option, const char *text, double *seconds, struct locald_error *e) {
    char *end = NULL;
    *seconds = strtod(text, &end);
    return end != text && *end == '\0' && *seconds >= 0 && *seconds <= 86400
               ? 0
               : fail(e, LOCALD_E_ARGUMENT, 0, option, "expected seconds, at most a day", NULL);
}

void talk_text(const json_t *o, const char *key, char *text, size_t size) {
    const char *value = json_string_value(json_object_get(o, key));
    (void)snprintf(text, size, "%s", value == NULL ? "" : value);
    for (char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
}

json_t *talk_named(json_t *request, int rc, struct locald_error *e) {
    if (rc == 0 && json_object_get(request, "name") == NULL)
        rc = fail(e, LOCALD_E_ARGUMENT, 0, "", "a service's name is missing", "run: locald ps");
    if (rc == 0)
        return request;
    json_decref(request);
    return NULL;
}
