/* bundle run: argv -> bundle -> interpreter -> gate -> host steps -> container -> its end. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/commands/commands.h"
#include "core/commands/interpret.h"
#include "core/engine/host/bundle.h"
#include "core/engine/host/caller.h"
#include "core/engine/host/files.h"
#include "core/engine/host/host.h"
#include "core/engine/host/identity.h"
#include "core/engine/host/keeper.h"
#include "core/engine/host/monitor.h"
#include "core/engine/host/report.h"
#include "core/engine/host/spawn.h"
#include "core/engine/host/state.h"
#include "core/gate/gate.h"

static int (*const applies[PLAN_OP_COUNT])(struct host *h, const struct step *s, struct error *e) = {
#define ROW(name, ...) [PLAN_OP_##name] = apply_##name,
    PLAN_OPS_HOST(ROW) PLAN_OPS_CHILD(ROW)
#undef ROW
};

/* Performs the steps of a stage, or only passes over them; leaves `at` before the first one of another stage.
 */
static int steps_of(struct host *h, struct plan_cursor *at, enum plan_stage stage, bool perform,
                    struct error *e) {
    for (;;) {
        struct plan_cursor before = *at;
        struct step s;
        int rc = plan_next(at, &s, e);
        if (rc <= 0)
            return rc;
        if (plan_op_info(s.op)->stage != stage) {
            *at = before;
            return 0;
        }
        if (perform && applies[s.op](h, &s, e) != 0)
            return -1;
    }
}

/* What the command line names: all opened with the caller's credentials. */
static int open_all(struct host *h, const struct options *o, int *config_fd, struct error *e) {
    (void)snprintf(h->id, sizeof h->id, "%s", o->id);
    h->report_fd = o->report_fd;
    if (o->report_fd >= 0 && fcntl(o->report_fd, F_SETFD, FD_CLOEXEC) != 0)
        return error_set(e, E_FILE, errno, "--report-fd", "descriptor %d", o->report_fd);
    if (o->console_socket != NULL &&
        files_connect("--console-socket", o->console_socket, &h->console_fd, e) != 0)
        return -1;
    if (o->pid_file != NULL && files_pid_file_open(h, o, e) != 0)
        return -1;
    if (bundle_open(o->bundle, &h->bundle_fd, h->bundle, sizeof h->bundle, e) != 0)
        return -1;
    return bundle_open_config(h->bundle_fd, config_fd, e);
}

/* Container init's look-ups begin in the bundle: a clone's working directory moves into its mount namespace
 * with it. */
static int enter_bundle(const struct host *h, struct error *e) {
    identity_files();
    int rc = fchdir(h->bundle_fd);
    identity_caller();
    return rc == 0 ? 0 : error_set(e, E_BUNDLE, errno, "--bundle", "entering %s", h->bundle);
}

static int accepted(const struct host *h, const struct interpretation *plan, struct error *e) {
    if (gate_plan(plan->bytes, plan->len, &h->facts->caller, e) != 0)
        return -1;
    if (h->console_fd >= 0 && !plan_has(plan->bytes, plan->len, PLAN_OP_terminal))
        return error_set(e, E_USAGE, 0, "--console-socket", "the bundle's process.terminal is not true");
    return 0;
}

/* An interpreter that died may have left half a plan: then its end is the reason. */
static int judge(const struct host *h, struct interpretation *plan, struct error *e) {
    struct error end;
    if (accepted(h, plan, e) == 0)
        return 0;
    if (interpretation_end(plan, &end) != 0)
        *e = end;
    return -1;
}

static int start_container(struct host *h, struct interpretation *plan, struct error *e) {
    struct plan_cursor at;
    if (judge(h, plan, e) != 0 || plan_begin(&at, plan->bytes, plan->len, e) != 0)
        return -1;
    phases_end(&h->phases, PHASE_GATE);
    /* from here on there is something to end, whatever becomes of this process */
    if (keeper_start(h, plan_has(plan->bytes, plan->len, PLAN_OP_cgroup), e) != 0 ||
        steps_of(h, &at, PLAN_STAGE_HOST, true, e) != 0 || enter_bundle(h, e) != 0)
        return -1;
    phases_end(&h->phases, PHASE_HOST);
    struct plan_cursor child = at;
    if (steps_of(h, &at, PLAN_STAGE_CHILD, false, e) != 0)
        return -1;
    bool waits = (h->namespaces & CLONE_NEWUSER) != 0 || child.count != at.count || h->tree_count > 0;
    if (spawn_container(h, &at, waits, e) != 0 || steps_of(h, &child, PLAN_STAGE_CHILD, true, e) != 0 ||
        host_move_netdevs(h, e) != 0 || (waits && spawn_go(h, e) != 0))
        return -1;
    phases_end(&h->phases, PHASE_CLONE);
    /* while container init sets itself up */
    if (interpretation_end(plan, e) != 0 || files_pid_file_write(h, e) != 0 ||
        state_write(h, "created", e) != 0)
        return -1;
    report_event(h, &(struct event){"created", "pid", h->pid, 0, PHASE_START, PHASE_HOST});
    return 0;
}

static int run(struct host *h, const struct options *o, const struct start *start, int *status,
               struct error *e) {
    struct interpretation plan = {.pidfd = -1};
    struct secret secret = {.known = false};
    CLEANUP_FD int config_fd = -1;
    memcpy(h->limits, start->saved, sizeof h->limits);
    int rc = caller_admit(&h->facts->caller, &secret, e);
    if (rc == 0)
        rc = open_all(h, o, &config_fd, e);
    phases_end(&h->phases, PHASE_START);
    if (rc == 0) {
        rc = interpret(config_fd, h->facts, &secret, &plan, e);
        explicit_bzero(&secret, sizeof secret); /* the container's processes begin as copies of this one */
    }
    phases_end(&h->phases, PHASE_INTERPRETER);
    fd_close(&config_fd);
    *status = 128 + monitor_pending_end();
    if (rc == 0 && *status == 128)
        rc = start_container(h, &plan, e);
    if (rc == 0 && *status == 128)
        rc = monitor_run(h, status, e);
    interpretation_free(&plan);
    return rc;
}

int command_bundle_run(const struct options *o, const struct start *start) {
    struct error e = {0};
    struct facts facts = {0};
    int status = 0, rc = -1;
    struct host *h = caller_enter(start, &facts, &e);
    if (h != NULL) {
        rc = run(h, o, start, &status, &e);
        host_end(h);
        host_end(h);          /* what failed may have failed for the moment */
        if (h->cgroup_fd < 0) /* else it goes on after our end */
            keeper_stop(h);
    }
    if (rc == 0)
        return status;
    report_error(o->report_fd, &e);
    return error_print(&e);
}
