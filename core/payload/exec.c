#include "core/payload/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/text.h"
#include "core/engine/init/init.h"
#include "core/engine/init/paths.h"
#include "core/engine/sync.h"
#include "core/payload/exec_why.h"
#include "core/payload/payload_filter.h"

#define WHERE_ARGS   "process.args"
#define WHERE_ARG0   "process.args[0]"
#define WHERE_CWD    "process.cwd"
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static int bad_cwd(const char *cwd, int sys, struct error *e) {
    (void)error_set(e, E_CWD, sys, WHERE_CWD, "changing to the working directory %s", cwd);
    (void)error_subject(e, cwd);
    if (sys == EROFS)
        return error_hint(e, "it does not exist, and the root file system is read-only");
    if (sys == EACCES)
        return error_hint(
            e, "the process's user may not enter it, or it does not exist and the user may not make it");
    return -1;
}

/* A missing one is made, as runc does, but by the process's user: it takes no privilege to have a directory.
 */
static int make_cwd(const char *cwd) {
    CLEANUP_FD int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    CLEANUP_FD int made = root >= 0 ? path_ensure_dir(root, cwd) : -1;
    return made >= 0 ? fchdir(made) : -1;
}

/* The system call, not the function: outside of our root the kernel says "(unreachable)", and glibc would go
 * and look for a name of its own (CVE-2024-21626). */
static int enter_cwd(const char *cwd, struct error *e) {
    char is[PATH_MAX];
    if (chdir(cwd) != 0 && (errno != ENOENT || make_cwd(cwd) != 0))
        return bad_cwd(cwd, errno, e);
    if (syscall(SYS_getcwd, is, sizeof is) < 0)
        return bad_cwd(cwd, errno, e);
    if (is[0] != '/') {
        (void)error_set(e, E_CWD, 0, WHERE_CWD, "the working directory is outside of the root file system");
        return error_subject(e, cwd);
    }
    return 0;
}

/* Fills v (list->count + 1 pointers) for execve(2). */
static void fill_vector(char **v, const struct plan_strs *list) {
    uint32_t at = 0;
    for (uint32_t i = 0; i < list->count; i++)
        v[i] = (char *)(uintptr_t)plan_strs_next(list, &at);
    v[list->count] = NULL;
}

/* The first PATH counts, as for getenv(3). */
static const char *path_of(char *const *env) {
    for (; *env != NULL; env++) {
        if (strncmp(*env, "PATH=", 5) == 0)
            return *env + 5;
    }
    return DEFAULT_PATH;
}

/* 0 when path is a file that the process's user may execute, else the errno that says why not. */
static int executable(const char *path) {
    struct stat st;
    if (stat(path, &st) != 0)
        return errno;
    if (!S_ISREG(st.st_mode))
        return EACCES;
    return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

static int not_in_path(const char *name, const char *path, struct error *e) {
    (void)error_set(e, E_EXEC_NOT_FOUND, ENOENT, WHERE_ARG0, "no command %s in PATH=%s", name, path);
    (void)error_subject(e, name);
    return error_hint(e, "PATH is the one of process.env; a name with a slash is not looked up");
}

/* Looks name up in PATH. `found` (PATH_MAX bytes) is the file; when only files were found that can't be
 * executed, the first of them is diagnosed. */
static int look_up(const char *name, const char *path, char *found, struct error *e) {
    char denied[PATH_MAX] = "";
    for (const char *dir = path;; dir += strcspn(dir, ":") + 1) {
        size_t len = strcspn(dir, ":");
        struct text t = text_in(found, PATH_MAX);
        text_add_n(&t, len == 0 ? "." : dir,
                   len == 0 ? 1 : len); /* an empty entry is the working directory */
        text_add(&t, "/");
        text_add(&t, name);
        int sys = t.cut ? ENAMETOOLONG : executable(found);
        if (sys == 0)
            return 0;
        if (sys == EACCES && denied[0] == '\0')
            memcpy(denied, found, sizeof denied);
        if (dir[len] == '\0')
            break;
    }
    return denied[0] != '\0' ? exec_why(denied, EACCES, e) : not_in_path(name, path, e);
}

static int program(const char *name, char *const *env, char *found, struct error *e) {
    if (name[0] == '\0')
        return error_set(e, E_EXEC_NOT_FOUND, ENOENT, WHERE_ARG0, "the command is empty");
    if (strchr(name, '/') == NULL)
        return look_up(name, path_of(env), found, e);
    struct text t = text_in(found, PATH_MAX);
    text_add(&t, name);
    if (t.cut)
        return error_set(e, E_EXEC_NOT_FOUND, ENAMETOOLONG, WHERE_ARG0, "the command's path is too long");
    return 0;
}

/* Not through a link of procfs to what a process has open: that is a file of the host, be it the shim itself
 * (CVE-2019-5736, CVE-2024-21626). */
static int within_root(const char *path, struct error *e) {
    CLEANUP_FD int fd = path_on_host(path);
    return fd < 0 && errno == ELOOP ? exec_why(path, ELOOP, e) : 0;
}

/* What is ignored or blocked stays so over an exec: the payload begins with neither. */
static int reset_signals(void) {
    /* the system call: libc refuses to touch signals 32 and 33, which posix_spawn may leave ignored */
    const uint64_t by_default[8] = {0};
    for (int sig = 1; sig < NSIG; sig++) {
        if (syscall(SYS_rt_sigaction, sig, by_default, NULL, sizeof(uint64_t)) != 0 && sig != SIGKILL &&
            sig != SIGSTOP)
            return -1;
    }
    sigset_t none;
    (void)sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Under the payload's filter nobody can find out why it does not start: most is found out before. */
static int foresee(const char *path, struct error *e) {
    int sys = executable(path);
    return sys != 0 ? exec_why(path, sys, e) : exec_foresee(path, e);
}

char **exec_vectors(const struct plan_strs *args, const struct plan_strs *env) {
    char **v = calloc((size_t)args->count + env->count + 2, sizeof *v);
    if (v == NULL)
        return NULL;
    fill_vector(v, args);
    fill_vector(v + args->count + 1, env);
    return v;
}

/* What execve(2) would take along and must not. */
static int shed(void) {
    return reset_signals() == 0 ? close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) : -1;
}

void exec_hook(struct init *in, const char *path, char **args, char **env) {
    struct payload_filter filter;
    struct error e = {0};
    if (in->filter.count > 0 && (payload_filter_prepare(&filter, in, &e) != 0 || shed() != 0 ||
                                 payload_filter_load(&filter, &e) != 0)) {
        *in->exec_errno = e.sys != 0 ? -e.sys : errno;
        return;
    }
    bool ready = in->filter.count > 0 || shed() == 0;
    *in->exec_errno = ready && execve(path, args, env) == 0 ? ECANCELED : errno; /* a filter may say 0 */
}

/* Comes back only with an error. */
static int execute(struct init *in, const char *cwd, char **args, char **env, struct error *e) {
    char found[PATH_MAX];
    struct payload_filter filter;
    bool filtered = in->filter.count > 0;
    if (enter_cwd(cwd, e) != 0 || program(args[0], env, found, e) != 0 || within_root(found, e) != 0)
        return -1;
    if (filtered && (foresee(found, e) != 0 || payload_filter_prepare(&filter, in, e) != 0))
        return -1;
    if (shed() != 0)
        return error_set(e, E_EXEC, errno, WHERE_ARGS, "setting signals and descriptors back");
    const struct sync_message announce = {.kind = SYNC_EXEC, .mounts = in->phases.took[PHASE_MOUNTS]};
    if (sync_send(in->sync_fd, &announce, -1) != 0)
        return error_set(e, E_EXEC, errno, WHERE_ARGS, "telling the monitor");
    if (filtered && payload_filter_load(&filter, e) != 0)
        return -1;
    int sys = execve(found, args, env) != 0 ? errno : ECANCELED; /* the filter makes it look like success */
    if (filtered) /* it may let nothing through of what follows here */
        *in->exec_errno = sys;
    return exec_why(found, sys, e);
}

int apply_exec(struct init *in, const struct step *s, struct error *e) {
    const struct op_exec *o = &s->as.exec;
    if (o->args.count == 0)
        return error_set(e, E_CONFIG_MISSING, 0, WHERE_ARGS, "there is no command");
    char **args = exec_vectors(&o->args, &o->env);
    if (args == NULL)
        return error_set(e, E_INTERNAL, errno, WHERE_ARGS, "making the argument vectors");
    int rc = execute(in, o->cwd, args, args + o->args.count + 1, e);
    free(args);
    return rc;
}
