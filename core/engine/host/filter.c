#include "core/engine/host/filter.h"

#include <sys/mman.h>
#include <sys/prctl.h>

#include "core/base/filter_list.h"

static const uint16_t calls[] = {
#ifdef SYS_poll
    SYS_poll,
#endif
#ifdef SYS_renameat
    SYS_renameat,
#endif
    /* wait and relay */
    SYS_ppoll, SYS_read, SYS_write, SYS_waitid, SYS_wait4, SYS_pidfd_send_signal, SYS_recvmsg, SYS_sendmsg,
    SYS_ioctl, SYS_fcntl, SYS_nanosleep, SYS_clock_nanosleep, SYS_rt_sigprocmask, SYS_rt_sigreturn,
    SYS_restart_syscall,
    /* brackets */
    SYS_capget, SYS_capset, SYS_setresuid, SYS_getuid, SYS_geteuid, SYS_gettid, SYS_getpid,
    /* state.json, pid file, cgroup */
    SYS_pwrite64, SYS_openat, SYS_close, SYS_fstat, SYS_newfstatat, SYS_statfs, SYS_fstatfs, SYS_lseek,
    SYS_getdents64, SYS_unlinkat, SYS_renameat2, SYS_fgetxattr, SYS_mkdirat, SYS_fsetxattr, SYS_flock,
    SYS_fchmod,
    /* memory, end */
    SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise, SYS_exit, SYS_exit_group, SYS_tgkill, SYS_rt_sigaction};

/* Memory, but none that can be executed. */
static const struct sock_filter mmap_rows[] = {LOAD(ARG_LOW(2)), KILL_IF_SET(PROT_EXEC), RETURN(ALLOW)};

int filter_install(void) {
    const struct filter_list list = {calls, sizeof calls / sizeof calls[0], mmap_rows,
                                     sizeof mmap_rows / sizeof mmap_rows[0]};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? filter_list_load(&list) : -1;
}
