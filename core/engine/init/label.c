/* What AppArmor or SELinux make of the process when it is executed. apparmor(7), aa_change_onexec(2),
 * setexeccon(3).
 *
 * The kernel keeps the profile with the task, not with its credentials, and SELinux copies the context into
 * new ones: both outlive the steps user and setcaps and are used up by the execve(2), of a hook's child its
 * own. It asks nobody for a privilege for that: a caller gets nothing here that `aa-exec -p` or `runcon`
 * would not give. What it asks is its policy, and that of the shim's own profile or domain: who confines
 * callers has to confine the shim too, as every setuid binary. Under no_new_privs, which comes later,
 * AppArmor takes a profile from an unconfined process only, and SELinux wants nnp_transition (and
 * nosuid_transition, for the nosuid root of callers who are not root): the execve(2) fails else, and nothing
 * runs without its label. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/engine/init/procfs.h"

/* As the kernel sees it. AppArmor's file says EINVAL where AppArmor is built in and off, and is not there
 * where it is not built in; selinuxfs can't be mounted where SELinux is off. */
static bool enabled(const struct init *in, bool apparmor) {
    char file[64], some;
    struct statfs fs;
    if (!apparmor)
        return statfs("/sys/fs/selinux", &fs) == 0 && (unsigned long)fs.f_type == SELINUX_MAGIC;
    (void)snprintf(file, sizeof file, "%d/attr/apparmor/current", (int)getpid());
    CLEANUP_FD int fd = procfs_open(in, file, O_RDONLY);
    return fd >= 0 && read(fd, &some, sizeof some) >= 0;
}

int apply_label(struct init *in, const struct step *s, struct error *e) {
    const struct op_label *o = &s->as.label;
    bool apparmor = o->kind == PLAN_LABEL_APPARMOR;
    char file[64], text[4096]; /* "exec " and the bound in the table; no "self", which is a link */
    (void)snprintf(file, sizeof file, "%d/attr/%sexec", (int)getpid(), apparmor ? "apparmor/" : "");
    (void)snprintf(text, sizeof text, "%s%s", apparmor ? "exec " : "", o->text);
    if (procfs_ready(in, s, e) != 0)
        return -1;
    if (!enabled(in, apparmor))
        return error_set(e, E_CONFIG_UNSUPPORTED, 0, s->origin, "%s is not enabled on this host",
                         apparmor ? "AppArmor" : "SELinux");
    if (o->kind == PLAN_LABEL_MOUNT)
        in->mount_label = o->text;
    else if (procfs_write(in, file, text) != 0)
        return error_set(e, E_LABEL, errno, s->origin, "asking for the label %s", o->text);
    return 0;
}
