/*
 * liblocald-client: containers through the setuid locald-shim, for daemons and tools without privilege.
 *
 * Every function that can fail returns 0 (or what it says) or -1 and fills the error, which the caller owns.
 * Nothing here prompts, reads from a terminal, looks at PATH or at the environment, or changes signal
 * handlers or the umask. All descriptors that it makes are close-on-exec. One object is for one thread at a
 * time.
 */
#ifndef LOCALD_CLIENT_H
#define LOCALD_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum locald_code {
    LOCALD_OK,
    LOCALD_E_NO_SHIM,      /* no locald-shim where it is looked for */
    LOCALD_E_UNPRIVILEGED, /* one is there, but it is not root's setuid program */
    LOCALD_E_UNSAFE,       /* one is setuid, but others than root can replace or write it */
    LOCALD_E_NOSUID,       /* its setuid bit has no effect: nosuid mount, or this process has no_new_privs */
    LOCALD_E_VERSION,      /* it speaks another version */
    LOCALD_E_ARGUMENT,     /* this call's argument is wrong */
    LOCALD_E_SYSTEM,       /* a system call failed: errnum */
    LOCALD_E_PROTOCOL,     /* the shim said what is not understood */
    LOCALD_E_TIMEOUT,      /* the shim did not do it in time */
    LOCALD_E_SHIM,         /* the shim refused: shim_code, where and message are its own */
};

/* Texts are cut to fit, always end, and have no control bytes. hint is "" where there is nothing to advise.
 */
struct locald_error {
    enum locald_code code;
    int errnum;
    char shim_code[32]; /* as E_MOUNT_SOURCE */
    char where[256];    /* the JSON path or file that it is about, or "" */
    char message[512];
    char hint[512];
};

/* The code's name, as "LOCALD_E_NO_SHIM". */
const char *locald_code_name(enum locald_code code);

/* "where: message: reason [CODE]" in one line, without newline; returns its length, cut to size - 1. */
size_t locald_error_text(const struct locald_error *e, char *text, size_t size);

/* --- the shim
 * ------------------------------------------------------------------------------------------------- */

struct locald_shim; /* a shim that was looked at and is held open: what is executed is what was looked at */

/* Looks for locald-shim beside the running executable, then in its parent directory (test layouts), and takes
 * the first that is a regular file of root's, setuid, and like all directories above it writable by root
 * only; others are passed over, and the error tells of the best that was found. Then asks it for its version:
 * the same major number, and below 1 the same minor too. Gives *shim to the caller (locald_shim_close). */
int locald_shim_find(struct locald_shim **shim, struct locald_error *e);

/* The same in one directory that the caller names; for setup and doctor. */
int locald_shim_find_in(const char *directory, struct locald_shim **shim, struct locald_error *e);

const char *locald_shim_path(const struct locald_shim *shim);
const char *locald_shim_version(const struct locald_shim *shim); /* "0.1.0" */
void locald_shim_close(struct locald_shim *shim);                /* NULL is fine */

/* The version that the library was made for. */
const char *locald_client_version(void);

/* --- a run
 * ---------------------------------------------------------------------------------------------------- */

struct locald_run;

struct locald_run_options {
    const char *bundle;
    const char *id;
    int stdio[3];     /* what becomes 0, 1, 2; -1: /dev/null. Borrowed. */
    bool console;     /* the bundle has process.terminal: its master comes by locald_run_console */
    bool new_session; /* setsid(2) before exec: no signal of the terminal reaches the shim */
};

enum locald_event_kind {
    LOCALD_EVENT_CREATED, /* pid */
    LOCALD_EVENT_STARTED, /* pid */
    LOCALD_EVENT_EXITED,  /* status, signal (0: none) */
    LOCALD_EVENT_ERROR,   /* error, code LOCALD_E_SHIM */
    LOCALD_EVENT_END,     /* the shim is gone and waited for: status is its exit status, as a shell counts
                             (128+N);     always the last one, and comes exactly once */
};

struct locald_event {
    enum locald_event_kind kind;
    pid_t pid;
    int status;
    int signal;
    struct locald_error error;
};

/* Starts `locald-shim bundle run` as a child of this process (which must not ignore SIGCHLD nor wait for
 * unknown children). Gives *run (locald_run_free). */
int locald_run_start(const struct locald_shim *shim, const struct locald_run_options *options,
                     struct locald_run **run, struct locald_error *e);

/* Readable when locald_run_next has something to say; for poll(2) and epoll(7). Borrowed from the run. */
int locald_run_fd(const struct locald_run *run);

/* The shim's pid and pidfd, valid until LOCALD_EVENT_END was delivered. Borrowed. */
pid_t locald_run_pid(const struct locald_run *run);
int locald_run_pidfd(const struct locald_run *run);

/* Waits up to timeout milliseconds (-1: for ever, 0: not at all) for the next event. 1: *event is one; 0:
 * none in that time; -1: error (an event that is not understood is one; later ones still come). */
int locald_run_next(struct locald_run *run, int timeout, struct locald_event *event, struct locald_error *e);

/* To the END: *status is the exit status, *last the run's error event, if there was one (code LOCALD_OK:
 * none). */
int locald_run_wait(struct locald_run *run, int *status, struct locald_error *last, struct locald_error *e);

/* A signal to the shim, which passes it on. A run that has ended is success. */
int locald_run_signal(struct locald_run *run, int signal, struct locald_error *e);

/* The pty's master of a console run: waits up to timeout milliseconds for it. Gives a descriptor, or -1. Once
 * a run. */
int locald_run_console(struct locald_run *run, int timeout, struct locald_error *e);

/* SIGKILLs and waits for what still runs (nothing outlives the shim), closes all. NULL is fine. */
void locald_run_free(struct locald_run *run);

/* --- what else the shim does; each waits for the shim's end
 * -------------------------------------------------------- */

/* A listening TCP socket on 0.0.0.0:port (or loopback, says the policy). Gives the descriptor, or -1. */
int locald_bind(const struct locald_shim *shim, unsigned port, struct locald_error *e);

/* Removes a tree below a directory .locald. What is not there is success. */
int locald_cleanup(const struct locald_shim *shim, const char *path, struct locald_error *e);

/* Ends what is in the cgroup /... below the mount, and removes it. What is not there is success. */
int locald_cgroup_kill(const struct locald_shim *shim, const char *path, struct locald_error *e);

/* What `admin self-check --format json` says. Gives text (free(3)). 0, also when the shim found problems
 * (*usable false). */
int locald_self_check(const struct locald_shim *shim, char **json, bool *usable, struct locald_error *e);

/* The names of this machine in /etc/hosts: exactly these, none where count is 0. */
int locald_sync_hosts(const struct locald_shim *shim, const char *const *names, size_t count,
                      struct locald_error *e);

#endif
