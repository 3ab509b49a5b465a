#include "core/engine/host/monitor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/engine/host/cgroup_tree.h"
#include "core/engine/host/filter.h"
#include "core/engine/host/footprint.h"
#include "core/engine/host/keeper.h"
#include "core/engine/host/relay.h"
#include "core/engine/host/report.h"
#include "core/engine/host/spawn.h"
#include "core/engine/host/state.h"
#include "core/engine/sync.h"

#define HUNG_MILLISECONDS 100

struct monitor {
    struct host *host;
    int signal_fd;
    struct relay relay;
    bool exec_announced; /* SYNC_EXEC came */
    bool running;        /* and then the socket's end: the payload runs */
    uint64_t mounts;     /* SYNC_EXEC's */
    bool shrunk;         /* footprint_shrink was called */
    bool ended;
    bool failed;     /* container init sent an error */
    int interrupted; /* a signal that ended the set-up; 0 */
    siginfo_t exit;
    struct error error;
};

static bool is_ending(int sig) {
    return sig == SIGTERM || sig == SIGINT || sig == SIGHUP || sig == SIGQUIT;
}

int monitor_pending_end(void) {
    sigset_t pending;
    (void)sigpending(&pending);
    for (int sig = 1; sig < SIGRTMIN; sig++) {
        if (is_ending(sig) && sigismember(&pending, sig) == 1)
            return sig;
    }
    return 0;
}

static int take_pty(struct monitor *m, int master, struct error *e) {
    if (master < 0 || m->relay.master >= 0) {
        (void)close(master);
        return error_set(e, E_TERMINAL, 0, "process.terminal", "container init sent no pseudoterminal");
    }
    if (m->host->console_fd < 0) {
        relay_begin(&m->relay, master, m->host);
        return 0;
    }
    static const char name[] = "/dev/ptmx"; /* as runc sends it: a name as data, the descriptor beside it */
    int rc = sync_send_bytes(m->host->console_fd, name, sizeof name - 1, master);
    int sys = errno;
    (void)close(master);
    fd_close(&m->host->console_fd);
    return rc == 0 ? 0 : error_set(e, E_TERMINAL, sys, "--console-socket", "sending the pseudoterminal");
}

/* The socket's end: after EXEC the payload runs, else container init is gone (its exit follows on the pidfd).
 */
static int payload_started(struct monitor *m, struct error *e) {
    fd_close(&m->host->sync_fd);
    if (!m->exec_announced || m->failed)
        return 0;
    m->running = true;
    host_end_netdevs(m->host, *m->host->exec_errno != 0);
    phases_end(&m->host->phases, PHASE_EXEC);
    phases_split(&m->host->phases, PHASE_EXEC, PHASE_MOUNTS, m->mounts);
    report_event(m->host, &(struct event){"started", "pid", m->host->pid, 0, PHASE_CLONE, PHASE_EXEC});
    return state_write(m->host, "running", e);
}

static int on_sync(struct monitor *m, struct error *e) {
    struct sync_message msg;
    int fd = -1;
    int rc = sync_receive(m->host->sync_fd, &msg, &fd);
    if (rc <= 0)
        return payload_started(m, e);
    if (msg.kind == SYNC_PTY)
        return take_pty(m, fd, e);
    if (msg.kind == SYNC_LISTENER)
        rc = state_send_listener(m->host, fd, e);
    fd_close(&fd);
    m->exec_announced |= msg.kind == SYNC_EXEC;
    m->mounts += msg.mounts;
    if (msg.kind == SYNC_ERROR) {
        m->failed = true;
        m->error = msg.error;
    }
    return rc < 0 ? -1 : 0;
}

static void on_signal(struct monitor *m) {
    struct signalfd_siginfo info;
    if (read(m->signal_fd, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    int sig = (int)info.ssi_signo;
    if (sig == SIGCHLD || sig == SIGCONT)
        return;
    if (sig == SIGWINCH && m->relay.master >= 0) {
        relay_resize(&m->relay);
        return;
    }
    if (!m->running && is_ending(sig)) {
        m->interrupted = sig;
        sig = SIGKILL;
    } else if (is_ending(sig) && cgroup_tree_says(m->host->cgroup_fd, "frozen 1")) {
        sig = SIGKILL; /* the only one that a frozen process acts on; whoever froze it decided that it must
                          not run */
    }
    (void)host_signal(m->host->pidfd, sig);
}

enum { POLL_SYNC, POLL_SIGNAL, POLL_EXIT, POLL_RELAY, POLL_COUNT = POLL_RELAY + RELAY_POLLS };

static int wait_once(struct monitor *m, struct error *e) {
    struct pollfd p[POLL_COUNT] = {
        [POLL_SYNC] = {.fd = m->host->sync_fd, .events = POLLIN},
        [POLL_SIGNAL] = {.fd = m->signal_fd, .events = POLLIN},
        [POLL_EXIT] = {.fd = m->host->pidfd, .events = POLLIN},
    };
    relay_poll(&m->relay, &p[POLL_RELAY]);
    int patience = m->relay.hung ? HUNG_MILLISECONDS : m->running && !m->shrunk ? FOOTPRINT_MILLISECONDS : -1;
    int ready = poll(p, POLL_COUNT, patience);
    if (ready < 0 && errno != EINTR)
        return error_set(e, E_INTERNAL, errno, "monitor", "waiting");
    if (ready == 0 && !m->relay.hung && (m->shrunk = true))
        footprint_shrink();
    if (ready == 0)
        m->relay.hung = false;
    if (ready <= 0)
        return 0;
    if (p[POLL_SYNC].revents != 0 && on_sync(m, e) != 0)
        return -1;
    if (p[POLL_SIGNAL].revents != 0 && p[POLL_SYNC].revents == 0) /* first learns whether the payload runs */
        on_signal(m);
    relay_copy(&m->relay, &p[POLL_RELAY]);
    /* last: what init still had to say comes before its end, since the socket is read until its end */
    if (p[POLL_EXIT].revents != 0 && m->host->sync_fd < 0)
        m->ended =
            waitid(P_PIDFD, (id_t)m->host->pidfd, &m->exit, WEXITED | WNOHANG) == 0 && m->exit.si_pid != 0;
    return 0;
}

static int begin(struct monitor *m, struct error *e) {
    sigset_t all;
    (void)sigfillset(&all);
    m->signal_fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    if (m->signal_fd < 0)
        return error_set(e, E_INTERNAL, errno, "monitor", "opening a signalfd");
    host_drop(m->host, m->host->cgroup_fd >= 0);
    if (keeper_wait(m->host, e) != 0 || spawn_start(m->host, e) != 0)
        return -1;
    if (filter_install() != 0)
        return error_set(e, E_KERNEL, errno, "monitor", "installing its seccomp filter");
    return 0;
}

static void exited(const struct monitor *m, int status, int by_signal) {
    const struct event e = {"exited", "status", status, by_signal, PHASE_PAYLOAD, PHASE_END};
    report_event(m->host, &e);
}

static int outcome(const struct monitor *m, int *status, struct error *e) {
    int by_signal = m->exit.si_code == CLD_EXITED ? 0 : m->exit.si_status;
    if (m->failed) {
        *e = m->error;
        return -1;
    }
    if (m->interrupted != 0) {
        exited(m, *status = 128 + m->interrupted, m->interrupted);
        return 0;
    }
    int sys = *m->host->exec_errno;
    if (sys != 0)
        return error_set(e, E_EXEC, sys, "process.args[0]", "executing the command under linux.seccomp");
    if (!m->exec_announced && (m->host->remove == NULL || by_signal != 0 || m->exit.si_status != 0))
        return error_set(e, E_INTERNAL, 0, "container init", "ended before it executed the payload (%s %d)",
                         by_signal != 0 ? "signal" : "status", m->exit.si_status);
    *status = by_signal != 0 ? 128 + by_signal : m->exit.si_status;
    exited(m, *status, by_signal);
    return 0;
}

int monitor_run(struct host *h, int *status, struct error *e) {
    struct monitor m = {.host = h, .signal_fd = -1, .relay = {.master = -1}};
    int rc = begin(&m, e);
    while (rc == 0 && !m.ended)
        rc = wait_once(&m, e);
    relay_end(&m.relay);
    phases_end(&h->phases, PHASE_PAYLOAD);
    host_end(h);
    phases_end(&h->phases, PHASE_END);
    fd_close(&m.signal_fd);
    return rc == 0 ? outcome(&m, status, e) : rc;
}
