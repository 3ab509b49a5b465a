/* hooks.startContainer: programs of the container, run one after the other before the payload. By now
 * container init has the process's ids, capabilities and no_new_privs, and so has its child; the payload's
 * filter comes last, in the child alone, as container init has calls to make yet. */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/engine/init/init.h"
#include "core/payload/exec.h"
#include "core/payload/exec_why.h"
#include "core/plan/oci_state.h"

/* OCI's state; the pid is that of the container's namespace, since the hook runs there. malloc'd. */
static char *compose(const struct init *in) {
    const struct oci_state state = {.oci_version = in->oci_version,
                                    .id = in->id,
                                    .status = "created",
                                    .bundle = in->bundle,
                                    .annotations = in->annotations,
                                    .pid = getpid()};
    size_t size = oci_state_size(&state);
    char *room = malloc(size);
    if (room == NULL)
        return NULL;
    struct text t = text_in(room, size);
    oci_state_add(&t, &state);
    text_add(&t, "\n");
    return room;
}

/* A hook's stdin. A file and no pipe: nobody has to write while the hook reads, or does not. */
static int state_file(const struct init *in) {
    char *text = compose(in);
    CLEANUP_FD int fd = text != NULL ? sys_memfd("state") : -1;
    bool ready = fd >= 0 && write_full(fd, text, strlen(text)) == 0 && lseek(fd, 0, SEEK_SET) == 0;
    free(text); /* keeps errno */
    return ready ? fd_take(&fd) : -1;
}

/* In a process group of its own, so that what it starts can be ended with it. */
static _Noreturn void child(struct init *in, const struct op_hook *o, char **args, int state) {
    if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || dup2(state, STDIN_FILENO) < 0)
        *in->exec_errno = errno;
    else
        exec_hook(in, o->path, args, args + o->args.count + 1);
    _exit(127);
}

/* Gives a pidfd of the child, or -1 with errno. */
static int start(struct init *in, const struct op_hook *o, char **args, int state) {
    int pidfd = -1;
    const struct clone_args clone = {
        .flags = CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd, .exit_signal = SIGCHLD};
    *in->exec_errno = 0;
    pid_t pid = sys_clone3(&clone);
    if (pid == 0)
        child(in, o, args, state);
    return pid < 0 ? -1 : pidfd;
}

static int failed(const struct step *s, int sys, struct error *e, const char *what) {
    return plan_fail(s, e, E_HOOK, sys, s->as.hook.path, "%s", what);
}

static int not_executed(const struct step *s, int sys, struct error *e) {
    struct error why = {0};
    if (sys < 0)
        return failed(s, -sys, e, "loading linux.seccomp before it");
    (void)exec_why(s->as.hook.path, sys, &why); /* says it of the command */
    (void)failed(s, why.sys, e, why.what);
    return error_hint(e, "%s", why.hint);
}

/* 0 when it ended well. What is left of a hook that did not end at all goes with the container. */
static int judge(struct init *in, const struct step *s, int pidfd, struct error *e) {
    uint32_t seconds = s->as.hook.timeout;
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    if (seconds > 0 && TEMP_FAILURE_RETRY(poll(&end, 1, (int)seconds * 1000)) == 0)
        return plan_fail(s, e, E_HOOK, 0, s->as.hook.path, "did not end within %u seconds", seconds);
    siginfo_t info = {0};
    if (TEMP_FAILURE_RETRY(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED)) != 0)
        return failed(s, errno, e, "waiting for its end");
    int sys = *in->exec_errno;
    *in->exec_errno = 0;
    if (sys != 0)
        return not_executed(s, sys, e);
    if (info.si_code == CLD_EXITED && info.si_status == 0)
        return 0;
    return plan_fail(s, e, E_HOOK, 0, s->as.hook.path,
                     info.si_code == CLD_EXITED ? "exited with status %d" : "was killed by signal %d",
                     info.si_status);
}

int apply_hook(struct init *in, const struct step *s, struct error *e) {
    const struct op_hook *o = &s->as.hook;
    CLEANUP_FD int state = state_file(in);
    if (state < 0)
        return failed(s, errno, e, "making the state that it reads");
    char **args = exec_vectors(&o->args, &o->env);
    if (args == NULL)
        return failed(s, errno, e, "making the argument vectors");
    CLEANUP_FD int pidfd = start(in, o, args, state);
    free(args); /* keeps errno */
    if (pidfd < 0)
        return failed(s, errno, e, "making a process for it");
    int rc = judge(in, s, pidfd, e);
    while (waitpid(-1, NULL, WNOHANG) >
           0) { /* what it started and left behind: the payload does not know of it */
    }
    return rc;
}
