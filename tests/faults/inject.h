/*
 * inject: runs a command under ptrace(2) and makes one system call of one of its processes fail, or kills the
 * process there. The caller must be root, or a setuid command runs without its privilege, and the subreaper
 * of what it starts.
 *
 * Processes count from 0 (the command) in the order in which they are made, calls from 1 in each of them,
 * from its exec or clone on. What a process does after an execve (but for the command's own) is the payload's
 * and is let alone.
 */
#ifndef FAULTS_INJECT_H
#define FAULTS_INJECT_H

#include <stdbool.h>
#include <sys/types.h>

#define KILL_HERE  0    /* instead of an errno */
#define COUNT_ONLY (-1) /* likewise: nothing happens to the run */
#define CALLS_MAX  4096

struct point {
    unsigned process, call;
    int number; /* of the system call; another one at that place: the run differs, and is let alone */
    int error;  /* errno, KILL_HERE or COUNT_ONLY */
};

struct command {
    char **argv;
    uid_t uid;
    gid_t gid;
    int in, out, err; /* its descriptors 0, 1, 2; not changed by the run */
    int report;       /* its descriptor 9; -1 */
};

struct outcome {
    int status; /* as a shell has it */
    bool reached;
    bool hung;              /* killed by us after 20 s */
    unsigned left;          /* processes that had not ended two seconds after the command; they are killed */
    unsigned processes;     /* how many were made, the command too; those before the point's only */
    unsigned calls;         /* COUNT_ONLY: of the point's process */
    int numbers[CALLS_MAX]; /* which ones */
    char killed_process[160]; /* one of those that were left: its name, and the system call in which it was */
};

/* Says why, with errno's word, and ends this process with status 99. */
_Noreturn void die(const char *what);

void inject_run(const struct command *c, const struct point *p, struct outcome *o);

#endif
