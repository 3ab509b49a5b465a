/*
 * init: what container init knows while it performs the steps of stage INIT. It is the child of the one
 * clone3; it holds no host privilege for a caller who is not root: with a user namespace its capabilities are
 * over that namespace only, and it took the caller's mapped ids before its first look-up.
 */
#ifndef LOCALD_ENGINE_INIT_INIT_H
#define LOCALD_ENGINE_INIT_INIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "core/base/error.h"
#include "core/base/phases.h"
#include "core/engine/priv.h"
#include "core/plan/plan.h"

struct init {
    uint32_t namespaces; /* CLONE_NEW* that are not the shim's: created or joined */
    bool userns;         /* CLONE_NEWUSER is among them */
    bool setgroups;      /* setgroups(2) works here */
    uint32_t setup_uid;  /* ids to take for the set-up, inside the user namespace */
    uint32_t setup_gid;
    int sync_fd;     /* to the monitor; close-on-exec */
    bool started;    /* START came: what the bundle names may run */
    int cgroupns_fd; /* the cgroup namespace to join, came with GO; -1 */
    int root_fd;     /* O_PATH of the mounted root file system; -1 before step rootfs */
    int trees[128];  /* of the steps idmapped that are not bound yet, the next one last */
    uint32_t tree_count;
    int null_fd;             /* O_PATH of the host's verified /dev/null, for masks; -1 until needed */
    int blank_fd;            /* the empty read-only tmpfs that masks directories; -1 until needed */
    int proc_fd;             /* our own procfs, attached nowhere; -1 until needed (procfs.h) */
    const char *mount_label; /* SELinux context of the mounts that we add, in the plan; NULL: none */
    struct priv_sets sets;   /* of the set-up: no step before setcaps changes what is permitted */
    bool own_tty;            /* descriptors 0, 1, 2 are the pseudoterminal that step terminal made */
    struct rlimit limits[RLIM_NLIMITS]; /* the payload's */
    struct plan_u32s filter;            /* the payload's seccomp program; empty: none */
    uint32_t filter_flags;
    char id[129], bundle[4096];            /* for the state that hooks read, likewise the next two */
    const char *oci_version, *annotations; /* in the plan's bytes */
    volatile int *exec_errno;       /* shared with the monitor: why execve failed under the filter; 0 */
    const char *remove;             /* all that there is to do: remove this tree; NULL */
    struct phases phases;           /* PHASE_MOUNTS */
    uint16_t tty_width, tty_height; /* the caller's window, 0 when there is none */
};

/* The whole life of container init from the clone on: wait for GO, take the setup ids, perform the steps that
 * `at` still has, execute the payload. Errors go to the monitor as one message; then it exits. Takes nothing:
 * the process image is its own. */
_Noreturn void init_main(struct init *in, struct plan_cursor *at);

/* admin cleanup, as the caller with the files of all ids that are mapped (CAP_DAC_OVERRIDE, CAP_FOWNER):
 * removes what stands at in->remove, of which options_cleanup_valid has been said. No link is followed, not
 * on the way either, no mount crossed. It takes four descriptors and no memory however deep the tree is. What
 * is already gone is success. -1 with E_FILE and the entry that could not be removed; the rest may be gone by
 * then. */
int init_remove(const struct init *in, struct error *e);

/* After every change of credentials, which undoes both: not dumpable, and killed when the monitor dies. Ends
 * the process when the monitor is dead already. 0, or -1 with errno. prctl(2). */
int init_guard(const struct init *in);

/* True when real, effective and saved ids are all these. */
bool init_has_ids(uid_t uid, gid_t gid);

/* One per operation of stage INIT. Called with exactly the table's capabilities effective. */
#define INIT_DECLARE(name, ...) int apply_##name(struct init *in, const struct step *s, struct error *e);
PLAN_OPS_INIT(INIT_DECLARE)
#undef INIT_DECLARE

#endif
