#include "core/engine/host/filter.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "core/base/filter_rows.h"

/* The kernel only reads it; sock_fprog has no const. */
static struct sock_filter rows[] = {
    BEGIN,
    /* wait and relay */
    ALLOW(ppoll), ALLOW(read), ALLOW(write), ALLOW(pwrite64), ALLOW(waitid), ALLOW(wait4),
    ALLOW(pidfd_send_signal), ALLOW(recvmsg), ALLOW(sendmsg), ALLOW(ioctl), ALLOW(fcntl), ALLOW(nanosleep),
    ALLOW(clock_nanosleep), ALLOW(rt_sigprocmask), ALLOW(rt_sigreturn), ALLOW(restart_syscall),
    /* brackets */
    ALLOW(capget), ALLOW(capset), ALLOW(setresuid), ALLOW(getuid), ALLOW(geteuid), ALLOW(gettid),
    ALLOW(getpid),
    /* state.json, pid file, cgroup */
    ALLOW(openat), ALLOW(close), ALLOW(fstat), ALLOW(newfstatat), ALLOW(statfs), ALLOW(fstatfs), ALLOW(lseek),
    ALLOW(getdents64), ALLOW(unlinkat), ALLOW(renameat2), ALLOW(fgetxattr), ALLOW(mkdirat), ALLOW(fsetxattr),
    ALLOW(flock), ALLOW(fchmod),
    /* memory, end */
    ALLOW(brk), ALLOW(munmap), ALLOW(mremap), ALLOW(madvise), ALLOW(exit), ALLOW(exit_group), ALLOW(tgkill),
    ALLOW(rt_sigaction),
#ifdef SYS_poll
    ALLOW(poll),
#endif
#ifdef SYS_renameat
    ALLOW(renameat),
#endif
    /* memory, but none that can be executed */
    KILL_UNLESS(mmap), LOAD(ARG_LOW(2)), KILL_IF_SET(PROT_EXEC), RETURN(ALLOW)};

int filter_install(void) {
    const struct sock_fprog program = {.len = sizeof rows / sizeof rows[0], .filter = rows};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}
