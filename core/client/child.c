/* The shim as a child of this process. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/client/client.h"

enum { IN_CHILD_SHIM = CLIENT_EXTRA_FD + 1, IN_CHILD_TELL, IN_CHILD_END, ABOVE = 16 };

/* Puts the descriptors to their numbers: first all out of the way, so that none is overwritten. */
static int place(const struct client_start *start, int shim, int tell) {
    const int from[IN_CHILD_END] = {
        start->stdio[0], start->stdio[1], start->stdio[2], start->extra, shim, tell};
    int high[IN_CHILD_END];
    for (int i = 0; i < IN_CHILD_END; i++) {
        int null = i < 3 && from[i] < 0 ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
        high[i] =
            from[i] < 0 && i == CLIENT_EXTRA_FD ? -1 : fcntl(null >= 0 ? null : from[i], F_DUPFD, ABOVE);
        if (high[i] < 0 && !(from[i] < 0 && i == CLIENT_EXTRA_FD))
            return -1;
    }
    for (int i = 0; i < IN_CHILD_END; i++) {
        if (high[i] < 0)
            (void)close(i);
        else if (dup3(high[i], i, i >= IN_CHILD_SHIM ? O_CLOEXEC : 0) < 0)
            return -1;
    }
    return close_range(IN_CHILD_END, ~0U, 0);
}

/* The child: only what may stand between fork and exec of a program with threads. */
static _Noreturn void execute(const struct client_start *start, int shim, int tell, char *const *argv) {
    static char *const environment[] = {NULL};
    sigset_t none;
    for (int s = 1; s < NSIG; s++)
        (void)sigaction(s, &(const struct sigaction){.sa_handler = SIG_DFL}, NULL);
    (void)sigemptyset(&none);
    if (start->new_session)
        (void)setsid();
    int at = tell; /* the pipe's number until all have theirs */
    if (place(start, shim, tell) == 0) {
        at = IN_CHILD_TELL;
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        (void)execveat(IN_CHILD_SHIM, "", argv, environment, AT_EMPTY_PATH);
    }
    int why = errno;
    (void)!write(at, &why, sizeof why);
    _exit(125);
}

/* 0 when the pipe was closed by execve(2), else the errno that the child sent. */
static int answer(int pipe) {
    int why = 0;
    ssize_t n = TEMP_FAILURE_RETRY(read(pipe, &why, sizeof why));
    return n == 0 ? 0 : n == (ssize_t)sizeof why && why != 0 ? why : EIO;
}

static void reap(struct client_child *child) {
    (void)kill(child->pid, SIGKILL); /* a child of ours that nobody waited for: the number is still its own */
    (void)TEMP_FAILURE_RETRY(waitpid(child->pid, NULL, 0));
    client_close(&child->pidfd);
    child->pid = -1;
}

static pid_t forked(const struct client_start *start, int shim, int tell, char *const *argv) {
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before); /* no handler of this process runs in the child */
    pid_t pid = fork();
    if (pid == 0)
        execute(start, shim, tell, argv);
    int why = errno;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    errno = why;
    return pid;
}

/* Ours with argv[0] before them; free(3). Execve(2) changes none of them. */
static char **arguments(const struct locald_shim *shim, const char *const *given) {
    size_t n = 0;
    while (given[n] != NULL)
        n++;
    char **argv = calloc(n + 2, sizeof *argv);
    if (argv == NULL)
        return NULL;
    argv[0] = (char *)(uintptr_t)shim->path;
    for (size_t i = 0; i < n; i++)
        argv[i + 1] = (char *)(uintptr_t)given[i];
    return argv;
}

int client_start_child(const struct locald_shim *shim, const struct client_start *start,
                       struct client_child *child, struct locald_error *e) {
    int pipes[2];
    *child = (struct client_child){.pid = -1, .pidfd = -1};
    char **argv = arguments(shim, start->argv);
    if (argv == NULL || pipe2(pipes, O_CLOEXEC) != 0) {
        int sys = errno;
        free(argv);
        return client_fail(e, LOCALD_E_SYSTEM, sys, shim->path, "making ready to start locald-shim");
    }
    child->pid = forked(start, shim->fd, pipes[1], argv);
    int why = child->pid < 0 ? errno : 0;
    (void)close(pipes[1]);
    free(argv);
    if (child->pid > 0) {
        child->pidfd = pidfd_open(child->pid, 0); /* close-on-exec */
        why = child->pidfd < 0 ? errno : answer(pipes[0]);
        if (why != 0)
            reap(child);
    }
    (void)close(pipes[0]);
    return why == 0 ? 0 : client_fail(e, LOCALD_E_SYSTEM, why, shim->path, "starting locald-shim");
}

int client_wait_child(struct client_child *child, bool block, int *status) {
    siginfo_t info = {0};
    long rc = TEMP_FAILURE_RETRY(waitid(P_PIDFD, (id_t)child->pidfd, &info, WEXITED | (block ? 0 : WNOHANG)));
    if (rc == 0 && info.si_pid == 0)
        return 0;
    if (rc != 0)
        return -1;
    *status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    client_close(&child->pidfd);
    child->pid = -1;
    return 1;
}

void client_end_child(struct client_child *child) {
    int status = 0;
    if (child->pidfd < 0)
        return;
    int rc = pidfd_send_signal(child->pidfd, SIGKILL, NULL, 0);
    (void)client_wait_child(child, rc == 0, &status); /* who may not be killed is not waited for */
    client_close(&child->pidfd);
}
