/* What the library's files share; nothing of it is for callers. */
#ifndef LOCALD_CLIENT_CLIENT_H
#define LOCALD_CLIENT_CLIENT_H

#include <stdint.h>
#include <sys/types.h>

#include "core/client/locald_client.h"

#define CLIENT_LINE_MAX   65536 /* of an event; the shim's are below 8 KiB */
#define CLIENT_STDERR_MAX 8192
#define CLIENT_SETUP      "run: sudo locald admin setup"

/* --- error.c */

/* Copies what fits of len bytes: control bytes and what is no UTF-8 become '?', no character is cut. */
void client_text(char *to, size_t size, const char *from, size_t len);

/* Fills *e, returns -1. errnum 0: no system call is to blame. */
int client_fail(struct locald_error *e, enum locald_code code, int errnum, const char *where, const char *fmt,
                ...) __attribute__((format(printf, 5, 6)));
int client_hint(struct locald_error *e, const char *hint);

/* Makes an error of what a shim that ended with this status wrote to stderr. Returns -1. */
int client_stderr_parse(struct locald_error *e, const char *text, size_t len, int status);

/* --- version.c */

/* MAJOR.MINOR.PATCH with what SemVer allows behind it, at most 63 bytes. */
bool client_version_parse(const char *text, unsigned version[3]);

/* Both are versions, of the same major number, and below 1 of the same minor too. */
bool client_version_fits(const char *ours, const char *theirs);

/* --- event.c */

/* 1: *event is the line's; 0: an event that this version does not know; -1: nonsense. */
int client_event_parse(const char *line, size_t len, struct locald_event *event, struct locald_error *e);

/* --- clock.c */

int64_t client_now(void);             /* milliseconds, monotonic */
int64_t client_deadline(int timeout); /* -1: never */
int client_left(int64_t deadline);    /* for poll(2) */
void client_close(int *fd);           /* -1 is fine; becomes -1 */

/* --- child.c */

#define CLIENT_EXTRA_FD 3 /* the number that `extra` has in the child */

struct client_child {
    pid_t pid;
    int pidfd;
};

struct client_start {
    const char *const *argv; /* behind argv[0], ended by NULL */
    int stdio[3];            /* -1: /dev/null */
    int extra;               /* becomes CLIENT_EXTRA_FD; -1: none */
    bool new_session;
};

/* Executes the shim that is held open, with an empty environment, default signals and no other descriptor.
 * Returns after execve(2) succeeded. */
int client_start_child(const struct locald_shim *shim, const struct client_start *start,
                       struct client_child *child, struct locald_error *e);

/* Waits and closes the pidfd. block false: 0 when it still runs. 1: *status is as a shell counts it. */
int client_wait_child(struct client_child *child, bool block, int *status);

/* SIGKILL, and the end of it. Nothing to do is fine. */
void client_end_child(struct client_child *child);

/* --- call.c */

struct client_call {
    const char *const *argv;
    int timeout;  /* milliseconds, or -1 */
    int listener; /* where the shim sends a descriptor to; -1: it sends none. Borrowed; becomes -1 */
    char *out;    /* where stdout goes; NULL: nowhere */
    size_t out_size;
    /* what came of it */
    size_t out_len;
    bool out_over; /* it said more than fits: it was killed */
    char err[CLIENT_STDERR_MAX];
    size_t err_len;
    int status;
    int received; /* the descriptor, or -1; the caller's */
};

/* Runs the shim to its end. 0, also when it fails; -1: it was not started, or not done in time. */
int client_call(const struct locald_shim *shim, struct client_call *call, struct locald_error *e);

/* --- socket.c */

struct client_socket {
    int listener; /* non-blocking; -1: none */
    int parent, directory;
    char name[32];
    char path[108]; /* for the shim */
};

#define CLIENT_NO_SOCKET ((struct client_socket){.listener = -1, .parent = -1, .directory = -1})

/* A socket that listens in a new directory of mode 0700 below `parent`, whose name begins with `prefix`. */
int client_socket_open(struct client_socket *s, const char *parent, const char *prefix,
                       struct locald_error *e);

/* Closes it and takes the directory away. None is fine. */
void client_socket_close(struct client_socket *s);

/* Accepts a connection and takes one descriptor that comes with bytes. -1 with *e. */
int client_socket_receive(int listener, const char *bytes, int64_t deadline, struct locald_error *e);

struct locald_shim {
    int fd; /* O_PATH */
    char path[4096];
    char version[64];
};

#endif
