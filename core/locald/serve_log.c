/* What services say: lines with time and stream in services/NAME/log, the older ones in log.1. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/locald/command.h"
#include "core/locald/serve.h"

#define CHUNK       (16 << 10)
#define DRAIN_MAX   256 /* chunks that a pipe which has no reader any more may hold */
#define TAIL_CHUNK  (64 << 10)
#define REPLACEMENT "\xef\xbf\xbd"

static int open_file(int dir, const char *name, int flags) {
    struct stat st;
    int fd = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
        return fd;
    (void)close(fd);
    errno = EINVAL;
    return -1;
}

int log_open(struct service *s, struct locald_error *e) {
    struct stat st;
    s->log = open_file(s->dir, "log", O_WRONLY | O_APPEND | O_CREAT);
    if (s->log < 0 || fstat(s->log, &st) != 0)
        return fail(e, LOCALD_E_SYSTEM, errno, s->name, "opening its log", NULL);
    s->log_size = st.st_size;
    return 0;
}

static void rotate(struct service *s) {
    struct locald_error e;
    if (renameat(s->dir, "log", s->dir, "log.1") != 0)
        return;
    (void)close(s->log);
    (void)log_open(s, &e);
}

/* Takes what is in s->line as one line. */
static void put_line(struct stream *o, size_t len) {
    char head[LOG_HEAD_MAX];
    struct service *s = o->service;
    char stamp[32];
    clock_stamp(stamp, sizeof stamp, clock_wall(), false);
    int n = snprintf(head, sizeof head, "%s %s ", stamp, o->name);
    const struct iovec v[] = {{.iov_base = head, .iov_len = (size_t)n},
                              {.iov_base = o->line, .iov_len = len},
                              {.iov_base = "\n", .iov_len = 1}};
    off_t size = (off_t)((size_t)n + len + 1);
    if (s->log_size + size > LOG_MAX)
        rotate(s);
    if (s->log >= 0 && writev(s->log, v, 3) > 0)
        s->log_size += size;
}

static void take(struct stream *o, const char *bytes, size_t len) {
    for (size_t at = 0; at < len;) {
        const char *end = memchr(bytes + at, '\n', len - at);
        size_t n = end == NULL ? len - at : (size_t)(end - bytes) - at;
        bool whole = end != NULL;
        if (n > sizeof o->line - o->len)
            n = sizeof o->line - o->len, whole = false;
        memcpy(o->line + o->len, bytes + at, n);
        o->len += n;
        at += n + whole;
        if (whole || o->len == sizeof o->line) {
            put_line(o, o->len);
            o->len = 0;
        }
    }
}

/* What is there now: 1 some, 0 the end, -1 nothing yet. */
static int read_once(struct stream *o) {
    static char chunk[CHUNK];
    ssize_t n = read(o->watch.fd, chunk, sizeof chunk);
    if (n > 0)
        take(o, chunk, (size_t)n);
    return n > 0 ? 1 : n == 0 ? 0 : errno == EAGAIN || errno == EINTR ? -1 : 0;
}

/* What has no newline yet becomes a line. */
static void flush(struct stream *o) {
    if (o->len > 0)
        put_line(o, o->len);
    o->len = 0;
}

void log_ready(void *stream, uint32_t events) {
    struct stream *o = stream;
    (void)events;
    int rc = read_once(o);
    if (rc == 0) {
        flush(o);
        serve_unwatch(&o->watch, true);
    }
    if (rc >= 0)
        client_log_grew(o->service);
}

void log_drain(struct stream *o) {
    for (int i = 0; i < DRAIN_MAX && read_once(o) == 1; i++)
        continue;
    flush(o);
}

/* Where the last *lines lines of the file begin; *lines becomes the number that is missing. */
static off_t tail_of(int fd, int64_t *lines) {
    static char chunk[TAIL_CHUNK];
    struct stat st;
    off_t end = fstat(fd, &st) == 0 ? st.st_size : 0;
    for (off_t at = end; at > 0;) {
        size_t n = at < TAIL_CHUNK ? (size_t)at : TAIL_CHUNK;
        at -= (off_t)n;
        if (pread(fd, chunk, n, at) != (ssize_t)n)
            return end;
        for (size_t i = n; i-- > 0;) {
            if (chunk[i] != '\n' || at + (off_t)i + 1 == end)
                continue;
            if (--*lines == 0)
                return at + (off_t)i + 1;
        }
    }
    if (end > 0)
        --*lines;
    return 0;
}

/* lines -1: the log from its beginning. */
int log_tail(int dir, int64_t lines, off_t *at) {
    int fd = open_file(dir, "log", O_RDONLY);
    *at = 0;
    if (fd < 0 || lines < 0)
        return fd;
    if (lines == 0) {
        *at = lseek(fd, 0, SEEK_END);
        return fd;
    }
    *at = tail_of(fd, &lines);
    int before = lines > 0 ? open_file(dir, "log.1", O_RDONLY) : -1;
    if (before < 0)
        return fd;
    (void)close(fd); /* who reads log.1 to its end goes on with log */
    *at = tail_of(before, &lines);
    return before;
}

/* The length of the UTF-8 character there, or 0. */
static size_t character(const char *text, size_t len) {
    unsigned char c = (unsigned char)text[0];
    size_t n = c < 0x80 ? 1 : (c & 0xe0) == 0xc0 ? 2 : (c & 0xf0) == 0xe0 ? 3 : (c & 0xf8) == 0xf0 ? 4 : 0;
    if (n == 0 || n > len || c == 0)
        return 0;
    json_t *whether = json_stringn(text, n); /* NULL where it is no UTF-8 */
    json_decref(whether);
    return whether == NULL ? 0 : n;
}

/* {"line": ...}; what is no UTF-8, or NUL, becomes U+FFFD. */
json_t *log_line_json(const char *line, size_t len) {
    static char room[3 * CHUNK];
    json_t *text = memchr(line, '\0', len) == NULL ? json_stringn(line, len) : NULL;
    if (text == NULL) {
        size_t n = 0;
        for (size_t at = 0; at < len && n + 4 <= sizeof room;) {
            size_t size = character(line + at, len - at);
            memcpy(room + n, size == 0 ? REPLACEMENT : line + at, size == 0 ? 3 : size);
            n += size == 0 ? 3 : size;
            at += size == 0 ? 1 : size;
        }
        text = json_stringn(room, n);
    }
    return json_pack("{s:o}", "line", text);
}
