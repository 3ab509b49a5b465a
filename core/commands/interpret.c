#include "core/commands/interpret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/interpreter/interpreter.h"
#include "core/plan/plan.h"
#include "core/plan/refusal.h"

#define DEADLINE_MILLISECONDS 8000 /* more than the interpreter's CPU seconds */

static int64_t now_milliseconds(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits until fd can be read; 1, 0 after the deadline, -1. */
static int wait_readable(int fd, int64_t deadline) {
    for (;;) {
        int64_t left = deadline - now_milliseconds();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int rc = left > 0 ? poll(&p, 1, (int)left) : 0;
        if (rc >= 0 || errno != EINTR)
            return rc;
    }
}

static int too_slow(struct error *e) {
    return error_set(e, E_INTERPRETER_TIME, 0, "config.json", "its interpretation took longer than %d s",
                     DEADLINE_MILLISECONDS / 1000);
}

static int read_answer(int fd, int64_t deadline, struct interpretation *out, struct error *e) {
    for (;;) {
        int rc = wait_readable(fd, deadline);
        if (rc == 0)
            return too_slow(e);
        ssize_t n = rc < 0 ? -1 : read(fd, out->bytes + out->len, out->mapped - out->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(e, E_INTERPRETER, errno, "config.json", "reading the plan");
        if (n == 0)
            return 0;
        out->len += (size_t)n;
        if (out->len == out->mapped)
            return error_set(e, E_PLAN_SIZE, 0, "config.json", "asks for a plan of more than %u bytes",
                             PLAN_BYTES_MAX);
    }
}

/* Reads, then reaps. A child that lingers after its answer, or after an error here, is killed. */
static int finish(int pidfd, int fd, struct interpretation *out, struct error *e) {
    int64_t deadline = now_milliseconds() + DEADLINE_MILLISECONDS;
    int rc = read_answer(fd, deadline, out, e);
    if (rc == 0 && wait_readable(pidfd, deadline) == 0)
        rc = too_slow(e);
    if (rc != 0)
        (void)pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
    siginfo_t info = {0};
    (void)TEMP_FAILURE_RETRY(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED));
    return rc != 0
               ? rc
               : plan_interpreter_end(info.si_code == CLD_EXITED, info.si_status, INTERPRETER_CPU_SECONDS, e);
}

int interpret(int config_fd, const struct facts *facts, const struct secret *secret,
              struct interpretation *out, struct error *e) {
    *out = (struct interpretation){.mapped = PLAN_BYTES_MAX + 1};
    out->bytes =
        mmap(NULL, out->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (out->bytes == MAP_FAILED) {
        out->bytes = NULL;
        return error_set(e, E_INTERPRETER, errno, "config.json", "making room for the plan");
    }
    int pipe_fds[2];
    /* again: with fs.suid_dumpable=1 the change of ids for the secret undid it */
    if (prctl(PR_SET_DUMPABLE, 0) != 0 || pipe2(pipe_fds, O_CLOEXEC) != 0)
        return error_set(e, E_INTERPRETER, errno, "config.json", "making the interpreter's pipe");
    CLEANUP_FD int ours = pipe_fds[0];
    CLEANUP_FD int theirs = pipe_fds[1];
    CLEANUP_FD int pidfd = -1;
    const struct clone_args args = {
        .flags = CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd, .exit_signal = SIGCHLD};
    pid_t pid = sys_clone3(&args);
    if (pid == 0)
        interpreter_main(config_fd, theirs, facts, secret);
    if (pid < 0) {
        pidfd = -1;
        return error_set(e, E_INTERPRETER, errno, "config.json", "creating the interpreter's process");
    }
    fd_close(&theirs);
    if (finish(pidfd, ours, out, e) != 0)
        return -1;
    return plan_refusal(out->bytes, out->len, e) == 0 ? 0 : -1;
}

void interpretation_free(struct interpretation *i) {
    if (i->bytes != NULL)
        (void)munmap(i->bytes, i->mapped);
    i->bytes = NULL;
}
