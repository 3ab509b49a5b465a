/* Names of the bits that fields of a plan can hold, as the man pages spell them. */
#include <linux/capability.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>

#include "core/plan/print.h"

#define NAME(bits)                                                                                           \
    { bits, #bits }
#define CAP_NAME(name)                                                                                       \
    { UINT64_C(1) << CAP_##name, "CAP_" #name }

static const struct plan_bit namespaces[] = {
    NAME(CLONE_NEWTIME), NAME(CLONE_NEWNS),  NAME(CLONE_NEWCGROUP), NAME(CLONE_NEWUTS), NAME(CLONE_NEWIPC),
    NAME(CLONE_NEWUSER), NAME(CLONE_NEWPID), NAME(CLONE_NEWNET),    {0, NULL},
};

/* The atime field as a whole comes before its values: that is how it stands in attr_clr. */
static const struct plan_bit attributes[] = {
    NAME(MOUNT_ATTR_RDONLY),
    NAME(MOUNT_ATTR_NOSUID),
    NAME(MOUNT_ATTR_NODEV),
    NAME(MOUNT_ATTR_NOEXEC),
    NAME(MOUNT_ATTR__ATIME),
    NAME(MOUNT_ATTR_NOATIME),
    NAME(MOUNT_ATTR_STRICTATIME),
    NAME(MOUNT_ATTR_NODIRATIME),
    NAME(MOUNT_ATTR_IDMAP),
    NAME(MOUNT_ATTR_NOSYMFOLLOW),
    {0, NULL},
};

static const struct plan_bit propagations[] = {
    NAME(MS_REC), NAME(MS_UNBINDABLE), NAME(MS_PRIVATE), NAME(MS_SLAVE), NAME(MS_SHARED), {0, NULL},
};

static const struct plan_bit capabilities[] = {
    CAP_NAME(CHOWN),
    CAP_NAME(DAC_OVERRIDE),
    CAP_NAME(DAC_READ_SEARCH),
    CAP_NAME(FOWNER),
    CAP_NAME(FSETID),
    CAP_NAME(KILL),
    CAP_NAME(SETGID),
    CAP_NAME(SETUID),
    CAP_NAME(SETPCAP),
    CAP_NAME(LINUX_IMMUTABLE),
    CAP_NAME(NET_BIND_SERVICE),
    CAP_NAME(NET_BROADCAST),
    CAP_NAME(NET_ADMIN),
    CAP_NAME(NET_RAW),
    CAP_NAME(IPC_LOCK),
    CAP_NAME(IPC_OWNER),
    CAP_NAME(SYS_MODULE),
    CAP_NAME(SYS_RAWIO),
    CAP_NAME(SYS_CHROOT),
    CAP_NAME(SYS_PTRACE),
    CAP_NAME(SYS_PACCT),
    CAP_NAME(SYS_ADMIN),
    CAP_NAME(SYS_BOOT),
    CAP_NAME(SYS_NICE),
    CAP_NAME(SYS_RESOURCE),
    CAP_NAME(SYS_TIME),
    CAP_NAME(SYS_TTY_CONFIG),
    CAP_NAME(MKNOD),
    CAP_NAME(LEASE),
    CAP_NAME(AUDIT_WRITE),
    CAP_NAME(AUDIT_CONTROL),
    CAP_NAME(SETFCAP),
    CAP_NAME(MAC_OVERRIDE),
    CAP_NAME(MAC_ADMIN),
    CAP_NAME(SYSLOG),
    CAP_NAME(WAKE_ALARM),
    CAP_NAME(BLOCK_SUSPEND),
    CAP_NAME(AUDIT_READ),
    CAP_NAME(PERFMON),
    CAP_NAME(BPF),
    CAP_NAME(CHECKPOINT_RESTORE),
    {0, NULL},
};

const struct plan_bit *plan_bits(enum plan_show show) {
    switch (show) {
    case PLAN_SHOW_NS:
        return namespaces;
    case PLAN_SHOW_CAPS:
        return capabilities;
    case PLAN_SHOW_ATTR:
        return attributes;
    case PLAN_SHOW_PROP:
        return propagations;
    case PLAN_SHOW_DEC:
    case PLAN_SHOW_OCT:
    case PLAN_SHOW_HEX:
    case PLAN_SHOW_CHR:
    case PLAN_SHOW_INT:
        break;
    }
    return NULL;
}
