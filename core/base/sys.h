/* sys: system calls that glibc 2.36 has no function for. One call, one function, no policy; -1 with errno. */
#ifndef LOCALD_BASE_SYS_H
#define LOCALD_BASE_SYS_H

#include <linux/openat2.h>
#include <linux/sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Leaves `number` in errno and gives -1: how a function of ours refuses as a system call would. */
int sys_fail(int number);

/* openat2(2). resolve: RESOLVE_*; mode only with O_CREAT. EAGAIN (a race with a rename) is tried again, 100
 * times at most. */
int sys_openat2(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);

/* memfd_create(2): an empty file without a name, close-on-exec, never to be executed where the kernel can say
 * so. A descriptor, or -1 with errno. */
int sys_memfd(const char *name);

/* clone3(2) without CLONE_VM: like fork, 0 in the child. */
pid_t sys_clone3(const struct clone_args *args);

/* As sched_attr of sched_setattr(2) was at first; linux/sched/types.h does not go with sched.h. */
struct sys_sched_attr {
    uint32_t size, sched_policy;
    uint64_t sched_flags;
    int32_t sched_nice;
    uint32_t sched_priority;
    uint64_t sched_runtime, sched_deadline, sched_period;
};

/* sched_setattr(2), ioprio_set(2) for one process, set_mempolicy(2): maxnode as the kernel has it, bits + 1.
 */
int sys_sched_setattr(pid_t pid, const struct sys_sched_attr *attr);
int sys_ioprio_set(pid_t pid, int ioprio);
int sys_set_mempolicy(int mode, const uint64_t *nodes, unsigned long maxnode);

/* pivot_root(2). */
int sys_pivot_root(const char *new_root, const char *put_old);

#endif
