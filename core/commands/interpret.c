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
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/phases.h"
#include "core/base/sys.h"
#include "core/interpreter/interpreter.h"
#include "core/plan/plan.h"
#include "core/plan/refusal.h"

#define DEADLINE_MILLISECONDS UINT64_C(8000) /* more than the interpreter's CPU seconds */

/* Waits until fd can be read; 1, 0 after the deadline, -1. */
static int wait_readable(int fd, uint64_t deadline) {
    for (;;) {
        uint64_t now = phases_now();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int rc = now < deadline ? poll(&p, 1, (int)((deadline - now) / 1000 + 1)) : 0;
        if (rc >= 0 || errno != EINTR)
            return rc;
    }
}

static int too_slow(struct error *e) {
    return error_set(e, E_INTERPRETER_TIME, 0, "config.json", "its interpretation took longer than %d s",
                     (int)(DEADLINE_MILLISECONDS / 1000));
}

static int read_answer(int fd, uint64_t deadline, struct interpretation *out, struct error *e) {
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

/* rc -1: there is an error already. A child that lingers is killed. */
static int reap(struct interpretation *i, int rc, struct error *e) {
    if (rc == 0 && wait_readable(i->pidfd, i->deadline) == 0)
        rc = too_slow(e);
    if (rc != 0)
        (void)pidfd_send_signal(i->pidfd, SIGKILL, NULL, 0);
    siginfo_t info = {0};
    (void)TEMP_FAILURE_RETRY(waitid(P_PIDFD, (id_t)i->pidfd, &info, WEXITED));
    fd_close(&i->pidfd);
    return rc != 0
               ? rc
               : plan_interpreter_end(info.si_code == CLD_EXITED, info.si_status, INTERPRETER_CPU_SECONDS, e);
}

int interpretation_end(struct interpretation *i, struct error *e) {
    return i->pidfd < 0 ? 0 : reap(i, 0, e);
}

int interpret(int config_fd, const struct facts *facts, const struct secret *secret,
              struct interpretation *out, struct error *e) {
    *out = (struct interpretation){
        .mapped = PLAN_BYTES_MAX + 1, .pidfd = -1, .deadline = phases_now() + DEADLINE_MILLISECONDS * 1000};
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
    const struct clone_args args = {
        .flags = CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&out->pidfd, .exit_signal = SIGCHLD};
    pid_t pid = sys_clone3(&args);
    if (pid == 0)
        interpreter_main(config_fd, theirs, facts, secret);
    if (pid < 0) {
        out->pidfd = -1;
        return error_set(e, E_INTERPRETER, errno, "config.json", "creating the interpreter's process");
    }
    fd_close(&theirs);
    if (read_answer(ours, out->deadline, out, e) != 0)
        return reap(out, -1, e);
    struct error refusal;
    if (plan_refusal(out->bytes, out->len, &refusal) == 0)
        return 0;
    if (interpretation_end(out, e) == 0)
        *e = refusal;
    return -1;
}

void interpretation_free(struct interpretation *i) {
    if (i->pidfd >= 0)
        (void)reap(i, -1, NULL);
    if (i->bytes != NULL)
        (void)munmap(i->bytes, i->mapped);
    i->bytes = NULL;
}
