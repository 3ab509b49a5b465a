#include "core/engine/init/init.h"

#include <errno.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/engine/priv.h"
#include "core/engine/sync.h"

#define EXIT_SETUP 125

int init_guard(const struct init *in) {
    if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return -1;
    /* A monitor that died before the line above sends nothing any more. Our pid namespace hides its pid.
     * (Where the keeper has the socket's other end, too, it ends us.) */
    struct pollfd monitor = {.fd = in->sync_fd, .events = POLLRDHUP};
    if (poll(&monitor, 1, 0) < 0)
        return -1;
    if ((monitor.revents & (POLLHUP | POLLRDHUP | POLLERR)) != 0)
        _exit(EXIT_SETUP);
    return 0;
}

/* What the monitor has open is the monitor's: cgroups, state, the other end of our own socket. */
static void close_others(const struct init *in) {
    if (in->sync_fd > 3)
        (void)close_range(3, (unsigned)in->sync_fd - 1, 0);
    (void)close_range((unsigned)in->sync_fd + 1, ~0U, 0);
}

static void wait_for_go(struct init *in) {
    struct sync_message m;
    int rc = 0;
    while ((rc = sync_receive(in->sync_fd, &m, &in->cgroupns_fd)) == 1 && m.kind == SYNC_TREE)
        in->trees[in->tree_count++] = fd_take(&in->cgroupns_fd); /* as many as there are steps idmapped */
    if (rc != 1 || m.kind != SYNC_GO)
        _exit(EXIT_SETUP);
}

static void wait_for_start(struct init *in) {
    struct sync_message m = {.kind = SYNC_START};
    int none = -1;
    if (!in->started && (sync_receive(in->sync_fd, &m, &none) != 1 || m.kind != SYNC_START))
        _exit(EXIT_SETUP);
    in->started = true;
}

bool init_has_ids(uid_t uid, gid_t gid) {
    uid_t u[3];
    gid_t g[3];
    if (getresuid(&u[0], &u[1], &u[2]) != 0 || getresgid(&g[0], &g[1], &g[2]) != 0)
        return false;
    return u[0] == uid && u[1] == uid && u[2] == uid && g[0] == gid && g[1] == gid && g[2] == gid;
}

/* Until here the process is the host's root for every look-up; from here on it is the caller. */
static int take_setup_ids(const struct init *in, struct error *e) {
    if (!in->userns) {
        if (!init_has_ids(0, 0))
            return error_set(e, E_INTERNAL, 0, "process", "set-up without a user namespace is for root only");
        return 0;
    }
    /* a user namespace that was joined may deny it: then the joiner has dropped them */
    if (in->setgroups && setgroups(0, NULL) != 0 && getgroups(0, NULL) != 0)
        return error_set(e, E_USER, errno, "linux.gidMappings", "dropping the supplementary groups");
    if (setresgid(in->setup_gid, in->setup_gid, in->setup_gid) != 0)
        return error_set(e, E_USER, errno, "linux.gidMappings", "taking group %u for the set-up",
                         in->setup_gid);
    if (setresuid(in->setup_uid, in->setup_uid, in->setup_uid) != 0)
        return error_set(e, E_USER, errno, "linux.uidMappings", "taking user %u for the set-up",
                         in->setup_uid);
    if (!init_has_ids(in->setup_uid, in->setup_gid))
        return error_set(e, E_INTERNAL, 0, "linux.uidMappings", "the ids of the set-up were not taken");
    return 0;
}

static int guard(const struct init *in, struct error *e) {
    if (init_guard(in) != 0)
        return error_set(e, E_INTERNAL, errno, "process",
                         "making container init undumpable and bound to the monitor");
    return 0;
}

/* Only now: a cgroup namespace begins at the cgroup of the process that makes it, and lets nobody from
 * outside into a cgroup that it does not see. */
static int enter_cgroup_namespace(const struct init *in, struct error *e) {
    if ((in->namespaces & CLONE_NEWCGROUP) == 0)
        return 0;
    if (priv_raise(CAP(SYS_ADMIN)) != 0 ||
        (in->cgroupns_fd >= 0 ? setns(in->cgroupns_fd, CLONE_NEWCGROUP) : unshare(CLONE_NEWCGROUP)) != 0)
        return error_set(e, E_NAMESPACE, errno, "linux.namespaces", "entering the cgroup namespace");
    priv_lower();
    return 0;
}

static int (*const applies[PLAN_OP_COUNT])(struct init *in, const struct step *s, struct error *e) = {
#define ROW(name, ...) [PLAN_OP_##name] = apply_##name,
    PLAN_OPS_INIT(ROW)
#undef ROW
};

/* From setcaps on the capability sets are the payload's and nobody touches them any more. */
static int perform(struct init *in, const struct step *s, struct error *e) {
    const struct plan_op_info *info = plan_op_info(s->op);
    if (applies[s->op] == NULL)
        return error_set(e, E_PLAN_ORDER, 0, s->origin, "a step of the host stands among the container's");
    uint32_t last = plan_op_info(PLAN_OP_setcaps)->phase;
    if (info->phase > last) {
        wait_for_start(in);
        return applies[s->op](in, s, e);
    }
    if (priv_set_effective(&in->sets, info->caps) != 0)
        return error_set(e, E_INTERNAL, errno, s->origin, "raising capabilities for step %s", info->name);
    if (applies[s->op](in, s, e) != 0)
        return -1;
    if (info->phase < last && priv_set_effective(&in->sets, 0) != 0)
        priv_fatal();
    return 0;
}

static int set_up(struct init *in, struct error *e) {
    if (guard(in, e) != 0 || take_setup_ids(in, e) != 0 || guard(in, e) != 0)
        return -1;
    priv_lower();
    (void)umask(0); /* modes are exactly what a step asks for */
    if (setsid() < 0)
        return error_set(e, E_INTERNAL, errno, "process", "starting a session");
    return enter_cgroup_namespace(in, e);
}

static int run(struct init *in, struct plan_cursor *at, struct error *e) {
    if (set_up(in, e) != 0)
        return -1;
    if (in->remove != NULL)
        return priv_raise(CAP(DAC_OVERRIDE) | CAP(FOWNER)) == 0 ? init_remove(in, e) : -1;
    struct step s;
    int more = 0;
    in->sets = priv_read();
    while ((more = plan_next(at, &s, e)) == 1) {
        if (perform(in, &s, e) != 0)
            return -1;
    }
    if (more < 0)
        return -1;
    return error_set(e, E_PLAN_ORDER, 0, "plan", "ends without the step exec");
}

void init_main(struct init *in, struct plan_cursor *at) {
    struct sync_message m = {.kind = SYNC_ERROR};
    if (!in->userns)
        priv_lower(); /* what the clone took is the host's */
    close_others(in);
    wait_for_go(in);
    phases_begin(&in->phases);
    if (run(in, at, &m.error) == 0) /* comes back only with an error, but where there was a tree to remove */
        _exit(0);
    (void)sync_send(in->sync_fd, &m, -1);
    _exit(error_exit_status(m.error.code));
}
