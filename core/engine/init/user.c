/* The process's user, groups and umask. The permitted capabilities survive, for step setcaps. credentials(7).
 */
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/sys.h"
#include "core/engine/init/init.h"
#include "core/engine/init/kernel.h"

#define GROUPS_MAX 65536 /* the kernel's NGROUPS_MAX; the bound in the table */

static int refused(const struct step *s, int sys, struct error *e, const char *kind, uint32_t id) {
    (void)plan_fail(s, e, E_USER, sys, NULL, "taking %s %u", kind, id);
    if (sys == EINVAL)
        return error_hint(e, "id %u is not mapped in the user namespace: see linux.%sMappings", id,
                          kind[0] == 'u' ? "uid" : "gid");
    return -1;
}

/* An empty list counts too: the caller's groups are not the process's. */
static int take_groups(const struct init *in, const struct step *s, struct error *e) {
    static gid_t groups[GROUPS_MAX]; /* zero pages until used */
    const struct plan_u32s *list = &s->as.user.groups;
    if (list->count == 0 && (!in->setgroups || getgroups(0, NULL) == 0))
        return 0;
    for (uint32_t i = 0; i < list->count && i < GROUPS_MAX; i++)
        groups[i] = plan_u32s_get(list, i);
    if ((in->setgroups ? setgroups(list->count, groups) : sys_fail(EPERM)) != 0)
        return plan_fail(s, e, E_USER, errno, NULL, "setting the supplementary groups");
    if (getgroups(0, NULL) != (int)list->count)
        return error_set(e, E_INTERNAL, 0, s->origin, "the supplementary groups were not set");
    return 0;
}

/* Only a terminal that we made: what came from the caller, as the host's /dev/null, keeps its owner. */
static int own_terminal(const struct init *in, const struct step *s, struct error *e) {
    struct stat st;
    if (!in->own_tty)
        return 0;
    if (fstat(0, &st) != 0 || (st.st_uid != s->as.user.uid && fchown(0, s->as.user.uid, (gid_t)-1) != 0))
        return error_set(e, E_TERMINAL, errno, s->origin, "giving the terminal to the process's user");
    return 0;
}

int apply_user(struct init *in, const struct step *s, struct error *e) {
    const struct op_user *o = &s->as.user;
    if (kernel_set_limits(in, e) != 0 || own_terminal(in, s, e) != 0)
        return -1;
    if (prctl(PR_SET_KEEPCAPS, 1) != 0)
        return error_set(e, E_USER, errno, s->origin, "keeping the capabilities over the change of user");
    if (take_groups(in, s, e) != 0)
        return -1;
    if (setresgid(o->gid, o->gid, o->gid) != 0)
        return refused(s, errno, e, "group", o->gid);
    if (setresuid(o->uid, o->uid, o->uid) != 0)
        return refused(s, errno, e, "user", o->uid);
    if (init_guard(in) != 0)
        return error_set(e, E_INTERNAL, errno, s->origin,
                         "making the process undumpable and bound to the monitor");
    (void)umask((mode_t)o->umask);
    return init_has_ids(o->uid, o->gid) ? 0
                                        : error_set(e, E_INTERNAL, 0, s->origin, "the ids were not taken");
}
