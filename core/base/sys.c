#include "core/base/sys.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U /* Linux 6.3; where vm.memfd_noexec is 2 there is no memfd without it */
#endif

int sys_fail(int number) {
    errno = number;
    return -1;
}

int sys_openat2(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
    for (int attempt = 0; attempt < 100; attempt++) {
        int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
        if (fd >= 0 || errno != EAGAIN)
            return fd;
    }
    return -1;
}

pid_t sys_clone3(const struct clone_args *args) {
    return (pid_t)syscall(SYS_clone3, args, sizeof *args);
}

int sys_sched_setattr(pid_t pid, const struct sys_sched_attr *attr) {
    return (int)syscall(SYS_sched_setattr, pid, attr, 0);
}

int sys_ioprio_set(pid_t pid, int ioprio) {
    return (int)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, ioprio);
}

int sys_set_mempolicy(int mode, const uint64_t *nodes, unsigned long maxnode) {
    return (int)syscall(SYS_set_mempolicy, mode, nodes, maxnode);
}

int sys_pivot_root(const char *new_root, const char *put_old) {
    return (int)syscall(SYS_pivot_root, new_root, put_old);
}

int sys_memfd(const char *name) {
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_NOEXEC_SEAL);
    return fd < 0 && errno == EINVAL ? memfd_create(name, MFD_CLOEXEC) : fd;
}
