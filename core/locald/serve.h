/* The daemon's parts. One process, one epoll loop, no threads: nothing here waits for a client. */
#ifndef LOCALD_SERVE_H
#define LOCALD_SERVE_H

#include <jansson.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/locald/clock.h"
#include "core/locald/protocol.h"

#define CLIENTS_MAX  64
#define SERVICES_MAX 256
#define LOG_MAX      (10 << 20) /* then it becomes log.1 */
#define LOG_LINE_MAX 8192       /* longer lines are cut into several */
#define LOG_HEAD_MAX 40         /* time and stream */
#define CRASH_LOGS   10
#define CRASH_LINES  100

/* What epoll gives back. The loop takes one event at a time, so that none is about what the last one freed.
 */
struct watch {
    void (*ready)(void *owner, uint32_t events);
    void *owner;
    int fd; /* -1: not watched */
};

enum service_state {
    SERVICE_STARTING,
    SERVICE_RUNNING,
    SERVICE_STOPPING,
    SERVICE_STOPPED, /* from here on it is over */
    SERVICE_EXITED,
    SERVICE_CRASHED,
    SERVICE_FAILED, /* it was never started */
};

struct stream {
    struct watch watch; /* of the pipe's reading end */
    struct service *service;
    const char *name;
    size_t len;
    char line[LOG_LINE_MAX];
};

enum stop_phase { STOP_NONE, STOP_TERM, STOP_CGROUP, STOP_KILL };

struct service {
    char name[65];
    enum service_state state;
    int dir; /* .locald/services/NAME */
    int log;
    off_t log_size;
    struct locald_run *run; /* NULL: over */
    struct watch run_watch, kill_watch;
    struct stream out[2];
    char cgroup[256];
    pid_t pid;
    int64_t since; /* milliseconds since 1970 */
    int status, signal;
    struct locald_error error; /* LOCALD_OK: none */
    enum stop_phase phase;
    int64_t deadline; /* of the start, or of the phase; -1: none */
};

/* What a client waits for. */
enum pending {
    PENDING_NONE,
    PENDING_START,
    PENDING_STOP,
    PENDING_WAIT_STARTED,
    PENDING_WAIT_EXITED,
    PENDING_LOGS
};

struct client {
    struct watch watch;
    uint32_t events; /* that are asked for */
    char in[REQUEST_MAX + 1];
    size_t in_len;
    bool in_end, closing; /* it will send no more; it gets what is there, and is closed */
    char *out;
    size_t out_len, out_size;
    enum pending pending;
    char name[65]; /* the service that it is about */
    int64_t deadline;
    int log; /* of PENDING_LOGS: the file that is being read */
    off_t log_at;
    bool follow;
    int log_dir;
};

struct serve {
    int epoll, root, services_dir, lock; /* root: .locald */
    char path[4096];                     /* of .locald */
    int64_t grace;
    bool ending, leftovers;
    struct watch listener, signals;
    struct client *clients[CLIENTS_MAX];
    struct service *services[SERVICES_MAX];
    struct locald_error why; /* no shim: for the answers */
    int own_log;
};

extern struct serve serve; /* there is one */

/* --- cmd_serve.c */
int serve_watch(struct watch *w, int fd, uint32_t events, void (*ready)(void *, uint32_t), void *owner);
void serve_unwatch(struct watch *w, bool close_it);
void serve_say(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* to .locald/locald.log */

/* --- serve_dir.c */
int serve_directory(const char *dir, struct locald_error *e); /* opens, locks, binds: fills serve */
int serve_service_dir(const char *name, bool make);           /* descriptor or -1, errno */
void serve_directory_end(void);

/* --- serve_client.c */
void client_accept(void *owner, uint32_t events);
void client_answer(struct client *c, json_t *answer); /* takes it; sends what goes */
void client_refuse(struct client *c, const struct locald_error *e);
void client_service_changed(const struct service *s); /* answers who waits for it */
void client_log_grew(const struct service *s);
int64_t client_times(int64_t now); /* what is due; gives the next deadline, or -1 */
void client_close_all(void);

/* --- serve_do.c */
void serve_do(struct client *c, const char *line, size_t len);
bool serve_pending_done(struct client *c, const struct service *s); /* answered */

/* --- serve_service.c */
struct service *service_find(const char *name);
struct service *service_new(const char *name, struct locald_error *e);
int service_start(struct service *s, const struct request *r, struct locald_error *e);
bool service_over(const struct service *s);
const char *service_state_name(const struct service *s);
json_t *service_json(const struct service *s);

/* --- serve_end.c */
void service_stop(struct service *s, int64_t grace);
void service_on_kill(void *owner, uint32_t events);
void service_ended(struct service *s, int status);
int64_t service_times(int64_t now);
bool service_any(void);
void serve_leftovers(const struct locald_shim *shim);

/* --- serve_log.c */
int log_open(struct service *s, struct locald_error *e);
void log_ready(void *stream, uint32_t events);
void log_drain(struct stream *s);
int log_tail(int dir, int64_t lines, off_t *at); /* descriptor of the file where the last lines begin */
json_t *log_line_json(const char *line, size_t len);

/* --- serve_crash.c */
void crash_write(const struct service *s);

#endif
