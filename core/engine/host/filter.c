#include "core/engine/host/filter.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "the filter knows x86_64 and aarch64"
#endif

static const uint32_t allowed[] = {
    /* wait and relay */
    SYS_ppoll,
    SYS_read,
    SYS_write,
    SYS_waitid,
    SYS_wait4,
    SYS_pidfd_send_signal,
    SYS_recvmsg,
    SYS_sendmsg,
    SYS_ioctl,
    SYS_fcntl,
    SYS_nanosleep,
    SYS_clock_nanosleep,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_restart_syscall,
    /* brackets */
    SYS_capget,
    SYS_capset,
    SYS_setresuid,
    SYS_getuid,
    SYS_geteuid,
    SYS_gettid,
    SYS_getpid,
    /* state.json, pid file, cgroup */
    SYS_openat,
    SYS_close,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statfs,
    SYS_fstatfs,
    SYS_lseek,
    SYS_getdents64,
    SYS_unlinkat,
    SYS_renameat2,
    SYS_fgetxattr,
    SYS_mkdirat,
    SYS_fsetxattr,
    SYS_flock,
    SYS_fchmod,
    /* memory, end */
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_exit,
    SYS_exit_group,
    SYS_tgkill,
    SYS_rt_sigaction,
#ifdef SYS_poll
    SYS_poll,
#endif
#ifdef SYS_renameat
    SYS_renameat,
#endif
};

#define ALLOWED_COUNT (sizeof allowed / sizeof allowed[0])
#define LOAD(member)  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, member))
#define RETURN(what)  BPF_STMT(BPF_RET | BPF_K, (what))

int filter_install(void) {
    const struct sock_filter head[] = {
        LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0), RETURN(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr), /* x32 numbers have a high bit and match nothing below */
    };
    const struct sock_filter tail[] = {
        /* memory, but none that can be executed (prot is the third argument; little-endian low half) */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 3),
        LOAD(args[2]),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
        RETURN(SECCOMP_RET_ALLOW),
        RETURN(SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_filter
        program[sizeof head / sizeof head[0] + 2 * ALLOWED_COUNT + sizeof tail / sizeof tail[0]];
    uint16_t n = 0;
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++)
        program[n++] = head[i];
    for (size_t i = 0; i < ALLOWED_COUNT; i++) {
        program[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i], 0, 1);
        program[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
    }
    for (size_t i = 0; i < sizeof tail / sizeof tail[0]; i++)
        program[n++] = tail[i];

    const struct sock_fprog fprog = {.len = n, .filter = program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &fprog) != 0 ? -1 : 0;
}
