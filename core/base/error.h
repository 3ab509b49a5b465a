/*
 * error: the one value that says what went wrong.
 *
 * Owned by the caller of a function, never on the heap, small enough to cross a pipe in one write.
 * A function that can fail takes a `struct error *` last, fills it once and returns -1; the one who
 * knows the JSON path sets `where`. Nothing here logs; only the process that ends the command prints.
 */
#ifndef LOCALD_BASE_ERROR_H
#define LOCALD_BASE_ERROR_H

#include <stdint.h>

/* name, exit status of `bundle run`. Names are stable: daemons match on them. */
#define ERROR_CODES(X)                                                                                       \
    X(E_NONE, 0)                                                                                             \
    X(E_USAGE, 125)              /* the command line */                                                      \
    X(E_NOT_PRIVILEGED, 125)     /* not installed setuid root, or nosuid, or no_new_privs */                 \
    X(E_KERNEL, 125)             /* the kernel lacks something of the baseline */                            \
    X(E_BUNDLE, 125)             /* the bundle directory can't be used */                                    \
    X(E_CONFIG_OPEN, 125)        /* config.json can't be opened or is no regular file */                     \
    X(E_CONFIG_SIZE, 125)        /* config.json is over 4 MiB */                                             \
    X(E_CONFIG_JSON, 125)        /* config.json is no JSON */                                                \
    X(E_CONFIG_MISSING, 125)     /* a required property is missing */                                        \
    X(E_CONFIG_TYPE, 125)        /* a property has the wrong JSON type */                                    \
    X(E_CONFIG_VALUE, 125)       /* a property has a value that OCI or the kernel does not allow */          \
    X(E_CONFIG_UNSUPPORTED, 125) /* a known property that the shim does not perform */                       \
    X(E_INTERPRETER, 125)        /* the interpreter died or broke its rules */                               \
    X(E_INTERPRETER_MEMORY, 125) /* over its memory bound */                                                 \
    X(E_INTERPRETER_STEPS, 125)  /* over its bound of Lua instructions */                                    \
    X(E_INTERPRETER_TIME, 125)   /* over its time bound */                                                   \
    X(E_PLAN_SIZE, 125)          /* the plan is over its bound */                                            \
    X(E_PLAN_FORMAT, 125)        /* the plan is malformed: an internal fault, or an attack */                \
    X(E_PLAN_ORDER, 125)         /* a step stands where the grammar does not allow it */                     \
    X(E_AUTHORITY, 125)          /* the caller may not ask for this */                                       \
    X(E_POLICY, 125)             /* /etc/locald-shim.conf */                                                 \
    X(E_LIMIT, 125)              /* the policy allows a user no more containers at a time */                 \
    X(E_STATE, 125)              /* the state directory can't be written */                                  \
    X(E_ID_IN_USE, 125)          /* a container with this id runs from this bundle */                        \
    X(E_CGROUP, 125)                                                                                         \
    X(E_CLONE, 125)     /* the container's first process can't be made */                                    \
    X(E_NAMESPACE, 125) /* a namespace can't be joined, or not be set up */                                  \
    X(E_IDMAP, 125)                                                                                          \
    X(E_ROOTFS, 125)                                                                                         \
    X(E_MOUNT, 125)                                                                                          \
    X(E_MOUNT_SOURCE, 125) /* the source of a bind mount */                                                  \
    X(E_MOUNT_TARGET, 125) /* the place inside the root file system */                                       \
    X(E_DEVICE, 125)                                                                                         \
    X(E_MASK, 125)                                                                                           \
    X(E_PIVOT, 125)                                                                                          \
    X(E_NETWORK, 125)                                                                                        \
    X(E_HOSTNAME, 125)                                                                                       \
    X(E_SYSCTL, 125)                                                                                         \
    X(E_LABEL, 125) /* AppArmor, SELinux */                                                                  \
    X(E_RLIMIT, 125)                                                                                         \
    X(E_PROCESS, 125) /* an attribute of the process that the kernel does not give */                        \
    X(E_TERMINAL, 125)                                                                                       \
    X(E_USER, 125)                                                                                           \
    X(E_SECCOMP, 125)                                                                                        \
    X(E_CAPS, 125)                                                                                           \
    X(E_HOOK, 125) /* a program of hooks.startContainer failed */                                            \
    X(E_CWD, 125)                                                                                            \
    X(E_EXEC_NOT_FOUND, 127) /* the command, its interpreter or its ELF loader does not exist */             \
    X(E_EXEC, 126)           /* the command exists and can't be executed */                                  \
    X(E_FILE, 125)           /* --pid-file, --report-fd, --console-socket */                                 \
    X(E_INTERNAL, 125)

enum error_code {
#define ERROR_ENUM(name, status) name,
    ERROR_CODES(ERROR_ENUM)
#undef ERROR_ENUM
        ERROR_CODE_COUNT
};

#define ERROR_WHERE_MAX   256
#define ERROR_SUBJECT_MAX 128
#define ERROR_WHAT_MAX    512
#define ERROR_HINT_MAX    320

struct error {
    uint32_t code;                   /* enum error_code */
    int32_t sys;                     /* errno, or 0 */
    char where[ERROR_WHERE_MAX];     /* JSON path ("mounts[3]"), option ("--id") or file */
    char subject[ERROR_SUBJECT_MAX]; /* what the path names ("/data"), or "" */
    char what[ERROR_WHAT_MAX];       /* what was tried; strerror(sys) is added when printed */
    char hint[ERROR_HINT_MAX];       /* what to do about it, or "" */
};

/* Fills *e (code, errno or 0, where, what), empties subject and takes the hint from the table
 * core/base/hints.def
 * ("" when it has none). Always returns -1, so that callers write `return error_set(...)`. Over-long text is
 * cut. Borrows all pointers; `where` may be e->where. */
int error_set(struct error *e, enum error_code code, int sys, const char *where, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* Adds what `where` names, shown in brackets behind it. Returns -1 like error_set. */
int error_subject(struct error *e, const char *subject);

/* Sets the line that says what to do, where the table can't know it. Returns -1 like error_set. */
int error_hint(struct error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The code's stable name ("E_MOUNT_SOURCE"); "E_INTERNAL" for a number that is none. */
const char *error_name(uint32_t code);

/* The code of a name, or E_INTERNAL. */
enum error_code error_code_of(const char *name);

/* The exit status of `bundle run` for a code: 125, 126 or 127. */
int error_exit_status(uint32_t code);

/* Makes a value that came from another process safe to use: known code, every string terminated. */
void error_sanitise(struct error *e);

/* Writes "locald-shim: error: <where> (<subject>): <what>: <strerror> [E_CODE]" and the hint line to fd 2.
 * Control bytes are escaped as \xHH: hostile text stays on its line. Gives the exit status of the code. */
int error_print(const struct error *e);

/* Writes "locald-shim: warning: <text>" to fd 2, escaped likewise. */
void warning_print(const char *where, const char *text);

#endif
