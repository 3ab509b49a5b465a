#include "core/interpreter/lock.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/sys.h"
#include "core/interpreter/filter.h"
#include "core/interpreter/interpreter.h"

static int failed(struct error *e, const char *what) {
    return error_set(e, E_INTERPRETER, errno, "interpreter", "%s", what);
}

static int close_others(int a, int b, struct error *e) {
    unsigned low = (unsigned)(a < b ? a : b);
    unsigned high = (unsigned)(a < b ? b : a);
    if ((low > 0 && close_range(0, low - 1, 0) != 0) ||
        (high - low > 1 && close_range(low + 1, high - 1, 0) != 0) || close_range(high + 1, ~0U, 0) != 0)
        return failed(e, "closing inherited descriptors");
    return 0;
}

/* For a root caller the uid stays 0, but a uid without a capability owns files and nothing more. */
static int drop_ids(const struct caller *caller, struct error *e) {
    uid_t uid = caller->uid, ruid = ~uid, euid = ~uid, suid = ~uid;
    gid_t gid = caller->gid, rgid = ~gid, egid = ~gid, sgid = ~gid;

    if (setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
        return failed(e, "taking the caller's ids");
    if (getresuid(&ruid, &euid, &suid) != 0 || getresgid(&rgid, &egid, &sgid) != 0)
        return failed(e, "reading the ids");
    errno = 0;
    if (ruid != uid || euid != uid || suid != uid || rgid != gid || egid != gid || sgid != gid)
        return failed(e, "the caller's ids were not taken");
    return 0;
}

/* With the permitted set the ambient one goes, too. */
static int drop_capabilities(struct error *e) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3], now[_LINUX_CAPABILITY_U32S_3];
    memset(none, 0, sizeof none);
    memset(now, 0xff, sizeof now);

    if (capset(&header, none) != 0)
        return failed(e, "dropping all capabilities");
    if (capget(&header, now) != 0)
        return failed(e, "reading the capabilities");
    errno = 0;
    if (memcmp(now, none, sizeof none) != 0)
        return failed(e, "capabilities are left");
    return 0;
}

/* Only ever lower: what the caller has less of stays so. */
static int limit(int resource, rlim_t soft, rlim_t hard) {
    struct rlimit now;
    if (getrlimit((__rlimit_resource_t)resource, &now) != 0)
        return -1;
    if (now.rlim_max > hard)
        now.rlim_max = hard;
    if (now.rlim_cur > soft)
        now.rlim_cur = soft;
    return setrlimit((__rlimit_resource_t)resource, &now);
}

static int limit_all(struct error *e) {
    static const struct {
        int resource;
        rlim_t soft, hard;
    } limits[] = {
        {RLIMIT_CORE, 0, 0},
        {RLIMIT_CPU, INTERPRETER_CPU_SECONDS, INTERPRETER_CPU_SECONDS + 1}, /* SIGXCPU, then SIGKILL */
        {RLIMIT_AS, INTERPRETER_ADDRESS_MAX, INTERPRETER_ADDRESS_MAX},
        {RLIMIT_FSIZE, CACHE_FILE_MAX, CACHE_FILE_MAX},
        {RLIMIT_NPROC, 0, 0},
        {RLIMIT_NOFILE, 0, 0}, /* those that are open stay open */
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (limit(limits[i].resource, limits[i].soft, limits[i].hard) != 0)
            return failed(e, "lowering the limits");
    }
    return 0;
}

/* A change of credentials resets these, so they come after the last one. */
static int hide(struct error *e) {
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        return failed(e, "closing the process to others");
    errno = 0;
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return failed(e, "the process is still open to others");
    return 0;
}

static void open_files(struct lock_files *files, const struct facts *facts) {
    cache_open(&files->cache, facts, files->secret);
    files->scratch_fd = sys_memfd("seccomp");
}

int lock_confine(const struct facts *facts, int config_fd, int out_fd, struct lock_files *files,
                 struct error *e) {
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) /* before anything is the caller's, too */
        return failed(e, "closing the process to others");
    if (close_others(config_fd, out_fd, e) != 0 || drop_ids(&facts->caller, e) != 0 ||
        drop_capabilities(e) != 0 || hide(e) != 0)
        return -1;
    open_files(files, facts);
    if (limit_all(e) != 0)
        return -1;
    free(malloc(1)); /* glibc's first malloc asks getrandom(2), which the filter does not allow */
    if (filter_load() != 0)
        return failed(e, "loading the system call filter");
    return 0;
}
