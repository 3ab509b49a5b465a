/*
 * host: what the monitor knows of one run while it performs the steps of stage HOST and waits.
 * ruid is the caller's, euid too but for the brackets that say so; the effective capability set is empty
 * between steps.
 */
#ifndef LOCALD_ENGINE_HOST_HOST_H
#define LOCALD_ENGINE_HOST_HOST_H

#include <linux/filter.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <termios.h>

#include "core/base/error.h"
#include "core/base/phases.h"
#include "core/base/text.h"
#include "core/plan/facts.h"
#include "core/plan/plan.h"

#define HOST_ID_MAX   128
#define HOST_PATH_MAX 4096

/* Namespaces to be joined, a user namespace last; not the cgroup namespace. */
struct host_joins {
    uint32_t count;
    struct host_join {
        uint32_t flag; /* CLONE_NEW* */
        int fd;
        const char *origin; /* in the plan's bytes */
    } list[6];
};

/* The monitor's and the keeper's: of all children only the keeper inherits it (MADV_DONTFORK). What is noted
 * here before it is made, the keeper finds and ends. */
struct host {
    const struct facts *facts; /* borrowed */
    char id[HOST_ID_MAX + 1];
    int bundle_fd; /* O_PATH directory, opened with the caller's credentials */

    /* what the steps asked for */
    uint32_t namespaces; /* CLONE_NEW* to create */
    uint32_t joined;     /* CLONE_NEW* to join, but for what the shim is in itself */
    struct host_joins joins;
    int cgroupns_fd; /* to be joined by container init, which only then is in its cgroup; -1 */
    bool setgroups;
    const char *oci_version; /* in the plan's bytes until the state is written */
    const char *annotations;
    uint32_t extent_count[2]; /* uid, gid */
    uint32_t tree_count;
    uint32_t rule_count;

    const char *remove; /* instead of running a container: admin cleanup's tree; NULL */

    /* what exists and has to end with the run */
    bool state_begun;
    int state_dir_fd;   /* <bundle>/.locald-shim-state/<id>, locked; -1 */
    int state_fd;       /* its state.json, that we made; -1 */
    int cgroup_fd;      /* the leaf; -1 without a cgroup */
    bool cgroup_leaky;  /* a directory above the leaf is not root's: who has it can move processes away */
    int cgroup_kill_fd; /* its cgroup.kill, open for writing; -1 */
    bool cgroup_file_written;   /* by the last step cgroup_file */
    bool cgroup_throttled;      /* it may have less CPU time than its end takes */
    bool reclaiming;            /* this is the keeper, finishing what the monitor had begun */
    volatile bool keeper_ready; /* it says so itself */
    int monitor_pidfd;          /* -1 before the keeper, likewise keeper_pidfd */
    int keeper_pidfd;
    int route[2]; /* rtnetlink, of the host's and the container's network namespace; -1 */
    uint32_t netdev_count;
    bool tty_saved; /* tty holds the settings of our terminal, to be restored at the end */
    struct termios tty;
    pid_t pid;       /* container init in the host's pid namespace; 0 before the clone */
    int pidfd;       /* -1 before the clone */
    int sync_fd;     /* to container init until it executes the payload; -1 */
    int console_fd;  /* connected --console-socket; -1 */
    int listener_fd; /* connected linux.seccomp.listenerPath; -1 */
    const char *listener_metadata;
    volatile int *exec_errno; /* container init's word: why execve failed under the payload's filter; 0 */
    int pid_dir_fd;           /* directory of --pid-file; -1 */
    char pid_name[256];       /* its name there */
    bool pid_begun;
    int report_fd; /* --report-fd; -1 */
    struct phases phases;
    struct rlimit limits[RLIM_NLIMITS]; /* the payload's limits: the caller's, and those of the steps */

    /* What is large comes last: memory is taken by the page that is written to. */
    char bundle[HOST_PATH_MAX];      /* absolute path of the bundle */
    char cgroup_path[HOST_PATH_MAX]; /* absolute, of the leaf; "": none was begun */
    struct id_extent extents[2][340];
    int trees[128]; /* of the steps idmapped; closed when container init has them */
    struct op_device_rule rules[1024];
    struct host_netdev { /* a network device of the host that moves; pairs: on the host, in the container */
        struct ifreq dev[2];      /* name and index */
        unsigned up[2];           /* IFF_UP, or 0 */
        uint8_t *addresses, *end; /* in the bytes below */
    } netdevs[32];
    uint8_t addresses[8192] __attribute__((aligned(4))); /* rtnetlink's list of them, for each device */
};

/* A run that has nothing yet: every descriptor -1. Borrows facts. NULL without memory; lives as long as the
 * process. */
struct host *host_begin(const struct facts *facts);

/* What ending a run may have to raise; cgroup: the run has one. */
uint64_t host_ending_caps(const struct host *h, bool cgroup);

/* Gives up what only starting a container takes: what stays permitted is CAP_KILL (for a root caller also its
 * power over files, and CAP_NET_ADMIN to give devices back), and with a cgroup to remove the saved uid 0 and
 * CAP_DAC_OVERRIDE. Ends the process when that fails. */
void host_drop(const struct host *h, bool cgroup);

/* Ends everything that the run made and that still is: the container, its cgroup, the state, the pid file.
 * Safe to call at any point after host_begin, and again. Called by the monitor, or by the keeper when the
 * monitor was killed. */
void host_end(struct host *h);

/* host_end's two halves: the terminal, the container and its cgroup; state and pid file, the caller's files.
 */
void host_end_container(struct host *h);
void host_end_files(struct host *h);

/* Moves what the steps netdev found to be possible; those change nothing themselves. -1 with E_NETWORK; what
 * is moved by then, and half of it, goes back with host_end. */
int host_move_netdevs(struct host *h, struct error *e);

/* back: the create failed, all go back to the host, with names, indices, addresses and IFF_UP. Else they are
 * the container's for good. */
void host_end_netdevs(struct host *h, bool back);

/* Sends a signal to a process that may have any uid: needs CAP_KILL. 0, or -1 with errno. */
int host_signal(int pidfd, int sig);

/* Writes a file of a process's directory in /proc, of the monitor's own with pid 0, in one write(2); it is
 * root's, since neither is dumpable. The pid is a child of ours that we have not waited for: it can't be
 * another process's. 0, or -1 with errno. */
int host_write_proc(pid_t pid, const char *name, const char *content, size_t len);

/* One per operation of stages HOST and CHILD; each opens its own brackets. In CHILD there is h->pid. */
#define HOST_DECLARE(name, ...) int apply_##name(struct host *h, const struct step *s, struct error *e);
PLAN_OPS_HOST(HOST_DECLARE)
PLAN_OPS_CHILD(HOST_DECLARE)
#undef HOST_DECLARE

#endif
