#include "errnos.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>

static const int none[] = {0};
static const int waits[] = {EINTR, EIO, 0};          /* a signal came; the file is on a disk that fails */
static const int polls[] = {EINTR, ENOMEM, 0};       /* */
static const int ends[] = {EINTR, ECHILD, 0};        /* */
static const int opens[] = {EMFILE, EIO, ENOMEM, 0}; /* */
static const int makes[] = {ENOSPC, EIO, 0};         /* */
static const int memory[] = {ENOMEM, 0};             /* */
static const int clones[] = {EAGAIN, ENOMEM, 0};     /* */
static const int ids[] = {EPERM, EAGAIN, 0};         /* */
static const int denied[] = {EPERM, 0};              /* */
static const int mounts[] = {EPERM, ENOMEM, 0};      /* */
static const int looks[] = {EIO, ENOMEM, 0};         /* */
static const int others[] = {EIO, 0};
static const int execs[] = {EIO, ENOMEM, EAGAIN, 0};
static const int sockets[] = {EMFILE, ENOMEM, 0};
static const int numbers[] = {EINTR, ENOSYS, 0};

#define ROW(name, list)                                                                                      \
    { SYS_##name, #name, list }
static const struct {
    int number;
    const char *name;
    const int *list;
} rows[] = {
    /* that say what they say, or do not come back */
    ROW(getpid, none),
    ROW(gettid, none),
    ROW(getuid, none),
    ROW(geteuid, none),
    ROW(getgid, none),
    ROW(getegid, none),
    ROW(getppid, none),
    ROW(umask, none),
    ROW(exit, none),
    ROW(exit_group, none),
    ROW(rt_sigreturn, none),
    ROW(restart_syscall, none),
    ROW(set_tid_address, none),
    /* that wait, read and write */
    ROW(read, waits),
    ROW(pread64, waits),
    ROW(recvmsg, waits),
    ROW(sendmsg, waits),
    ROW(connect, waits),
    ROW(flock, waits),
    ROW(nanosleep, waits),
    ROW(clock_nanosleep, waits),
    ROW(poll, polls),
    ROW(ppoll, polls),
    ROW(wait4, ends),
    ROW(waitid, ends),
    ROW(getrandom, numbers),
    /* descriptors */
    ROW(open, opens),
    ROW(openat, opens),
    ROW(openat2, opens),
    ROW(dup, opens),
    ROW(dup2, opens),
    ROW(dup3, opens),
    ROW(memfd_create, opens),
    ROW(pidfd_open, opens),
    ROW(signalfd4, opens),
    ROW(pipe2, sockets),
    ROW(socket, sockets),
    ROW(socketpair, sockets),
    /* what takes room */
    ROW(write, makes),
    ROW(pwrite64, makes),
    ROW(ftruncate, makes),
    ROW(mkdir, makes),
    ROW(mkdirat, makes),
    ROW(mknodat, makes),
    ROW(symlinkat, makes),
    ROW(rename, makes),
    ROW(renameat, makes),
    ROW(renameat2, makes),
    ROW(fsetxattr, makes),
    /* memory, processes */
    ROW(mmap, memory),
    ROW(munmap, memory),
    ROW(mremap, memory),
    ROW(mprotect, memory),
    ROW(madvise, memory),
    ROW(brk, memory),
    ROW(bpf, ids),
    ROW(clone, clones),
    ROW(clone3, clones),
    ROW(fork, clones),
    ROW(vfork, clones),
    ROW(execve, execs),
    ROW(unshare, mounts),
    ROW(setns, mounts),
    ROW(seccomp, mounts),
    /* credentials */
    ROW(setresuid, ids),
    ROW(setresgid, ids),
    ROW(setgroups, mounts),
    ROW(capset, denied),
    ROW(capget, denied),
    ROW(prctl, denied),
    ROW(setsid, denied),
    ROW(prlimit64, denied),
    ROW(setrlimit, denied),
    ROW(sched_setattr, denied),
    ROW(fchown, ids),
    ROW(fchownat, ids),
    ROW(fchmod, denied),
    ROW(sethostname, denied),
    ROW(pidfd_send_signal, ids),
    /* mounts */
    ROW(fsopen, mounts),
    ROW(fsconfig, mounts),
    ROW(fsmount, mounts),
    ROW(move_mount, mounts),
    ROW(open_tree, mounts),
    ROW(mount_setattr, mounts),
    ROW(mount, mounts),
    ROW(umount2, mounts),
    ROW(pivot_root, mounts),
    /* look-ups */
    ROW(stat, looks),
    ROW(lstat, looks),
    ROW(fstat, looks),
    ROW(newfstatat, looks),
    ROW(statx, looks),
    ROW(statfs, looks),
    ROW(fstatfs, looks),
    ROW(readlink, looks),
    ROW(readlinkat, looks),
    ROW(faccessat, looks),
    ROW(faccessat2, looks),
    ROW(access, looks),
    ROW(chdir, looks),
    ROW(fchdir, looks),
    ROW(getcwd, looks),
    /* by name only: EIO */
    ROW(close, others),
    ROW(close_range, others),
    ROW(ioctl, others),
    ROW(fcntl, others),
    ROW(unlinkat, others),
    ROW(lseek, others),
    ROW(getdents64, others),
    ROW(fgetxattr, others),
    ROW(rt_sigaction, others),
    ROW(rt_sigprocmask, others),
    ROW(arch_prctl, others),
    ROW(set_robust_list, others),
    ROW(rseq, others),
    ROW(getgroups, others),
    ROW(getresuid, others),
    ROW(getresgid, others),
    ROW(setitimer, others),
};

const int *errnos_of(int number) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].number == number)
            return rows[i].list;
    }
    return others;
}

const char *errnos_name(int number) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].number == number)
            return rows[i].name;
    }
    return "";
}
