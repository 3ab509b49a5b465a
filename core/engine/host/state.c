#include "core/engine/host/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/engine/host/files.h"
#include "core/engine/host/identity.h"
#include "core/engine/sync.h"
#include "core/plan/oci_state.h"

#define STATE_DIR ".locald-shim-state"
#define STATE     "state.json"

static int failed(struct error *e, int sys, const char *what) {
    return error_set(e, E_STATE, sys, STATE_DIR, "%s", what);
}

/* A directory in `parent` that is no link; gives a descriptor that can be locked. */
static int make_dir(int parent, const char *name) {
    if (mkdirat(parent, name, 0700) != 0 && errno != EEXIST)
        return -1;
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int lock_once(struct host *h, struct error *e) {
    CLEANUP_FD int all = make_dir(h->bundle_fd, STATE_DIR);
    if (all < 0)
        return errno == ENOENT ? 1 : failed(e, errno, "making the directory of states");
    /* noted before it is locked: a descriptor that only a killed monitor knew would hold the lock for ever */
    h->state_dir_fd = make_dir(all, h->id);
    if (h->state_dir_fd < 0)
        return errno == ENOENT ? 1 : failed(e, errno, "making the container's state directory");
    struct stat st;
    int rc = 0;
    if (flock(h->state_dir_fd, LOCK_EX | LOCK_NB) != 0)
        rc = errno != EWOULDBLOCK ? failed(e, errno, "locking the container's state directory")
                                  : error_set(e, E_ID_IN_USE, 0, "--id",
                                              "a container of this bundle runs with the id %s", h->id);
    else if (fstat(h->state_dir_fd, &st) != 0)
        rc = failed(e, errno, "looking at the container's state directory");
    else if (st.st_nlink == 0)
        rc = 1; /* its last run removed it between our open and our lock */
    if (rc == 1 || (rc != 0 && e->code == E_ID_IN_USE)) /* else state_remove tries to lock it again */
        fd_close(&h->state_dir_fd);
    return rc;
}

int state_lock(struct host *h, struct error *e) {
    int rc = 1;
    h->state_begun = true;
    identity_files();
    for (int attempt = 0; rc == 1 && attempt < 100; attempt++)
        rc = lock_once(h, e);
    identity_caller();
    return rc == 1 ? failed(e, 0, "the state directory is removed again and again") : rc;
}

/* The state object's text; with metadata the container process state around it. In `size` bytes of its own
 * pages, since annotations can be long; or MAP_FAILED. From malloc they would stay, as the keeper's copies of
 * what malloc writes, until the container's end. */
static char *compose(const struct host *h, const char *status, const char *metadata, size_t *size) {
    const struct oci_state state = {.oci_version = h->oci_version,
                                    .id = h->id,
                                    .status = status,
                                    .bundle = h->bundle,
                                    .annotations = h->annotations,
                                    .pid = h->pid};
    *size = 2 * oci_state_size(&state) + (metadata != NULL ? 6 * strlen(metadata) : 0);
    char *room = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return room;
    struct text t = text_in(room, *size);
    if (metadata != NULL)
        oci_state_add_process(&t, &state, metadata);
    else
        oci_state_add(&t, &state);
    text_add(&t, "\n");
    return room;
}

int state_send_listener(struct host *h, int seccomp_fd, struct error *e) {
    size_t size = 0;
    char *content = compose(h, "creating", h->listener_metadata, &size);
    int rc = -1;
    if (content != MAP_FAILED && seccomp_fd >= 0)
        rc = sync_send_bytes(h->listener_fd, content, strlen(content), seccomp_fd);
    if (content != MAP_FAILED)
        (void)munmap(content, size); /* of what is mapped: keeps errno */
    fd_close(&h->listener_fd);       /* one state a connection */
    return rc == 0 ? 0 : error_set(e, E_SECCOMP, errno, "linux.seccomp.listenerPath", "sending the state");
}

int state_write(struct host *h, const char *status, struct error *e) {
    size_t size = 0;
    char *content = compose(h, status, NULL, &size);
    if (content == MAP_FAILED)
        return failed(e, errno, "composing state.json");
    /* the same text but for the status, "created" and "running": by one write of as many bytes no reader is
     * misled, and a new file costs a start a tenth of its time where many were removed lately (ext4) */
    ssize_t n = (ssize_t)strlen(content);
    bool first = h->state_fd < 0;
    if (first)
        h->state_fd = files_replace(h->state_dir_fd, STATE, content, 0600, NULL);
    bool written = first ? h->state_fd >= 0 : pwrite(h->state_fd, content, (size_t)n, 0) == n;
    if (!first)
        fd_close(&h->state_fd);  /* keeps errno; the last status */
    (void)munmap(content, size); /* of what is mapped: keeps errno */
    return written ? 0 : failed(e, errno, "writing state.json");
}

void state_remove(struct host *h) {
    struct error ignored;
    if (h->state_begun && h->state_dir_fd < 0)
        (void)state_lock(h, &ignored); /* a directory that was made and not locked yet, or not removed */
    if (h->state_dir_fd < 0)
        return;
    if (flock(h->state_dir_fd, LOCK_EX | LOCK_NB) != 0) { /* killed before the lock: it is another run's */
        fd_close(&h->state_dir_fd);
        return;
    }
    fd_close(&h->state_fd); /* on NFS an open file would stay under another name */
    (void)files_remove(h->state_dir_fd, STATE);
    identity_files();
    char path[sizeof STATE_DIR + HOST_ID_MAX + 2];
    (void)snprintf(path, sizeof path, "%s/%s", STATE_DIR, h->id);
    h->state_begun = (unlinkat(h->bundle_fd, path, AT_REMOVEDIR) != 0 && errno != ENOENT) ||
                     (unlinkat(h->bundle_fd, STATE_DIR, AT_REMOVEDIR) != 0 && errno != ENOENT &&
                      errno != ENOTEMPTY); /* stays while other containers use it */
    identity_caller();
    fd_close(&h->state_dir_fd);
}
