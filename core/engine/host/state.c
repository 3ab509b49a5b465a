#include "core/engine/host/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/engine/host/identity.h"

#define STATE_DIR ".locald-shim-state"
#define STATE     "state.json"
#define STATE_NEW "state.json.new"

static int failed(struct error *e, int sys, const char *what) {
    (void)error_set(e, E_STATE, sys, STATE_DIR, "%s", what);
    if (sys == EACCES || sys == EPERM || sys == EROFS)
        return error_hint(e, "the caller must be able to write to the bundle directory");
    return -1;
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
    CLEANUP_FD int own = make_dir(all, h->id);
    if (own < 0)
        return errno == ENOENT ? 1 : failed(e, errno, "making the container's state directory");
    if (flock(own, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            return failed(e, errno, "locking the container's state directory");
        (void)error_set(e, E_ID_IN_USE, 0, "--id", "a container of this bundle runs with the id %s", h->id);
        return error_hint(e, "choose another id, or end that container first");
    }
    struct stat st;
    if (fstat(own, &st) != 0)
        return failed(e, errno, "looking at the container's state directory");
    if (st.st_nlink == 0)
        return 1; /* its last run removed it between our open and our lock */
    h->state_dir_fd = fd_take(&own);
    return 0;
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

/* The state object's text; malloc'd, since annotations can be long. */
static char *compose(const struct host *h, const char *status) {
    size_t size = strlen(h->annotations) + 6 * strlen(h->bundle) + 1024;
    char *room = malloc(size);
    if (room == NULL)
        return NULL;
    struct text t = text_in(room, size);
    text_add(&t, "{\"ociVersion\":");
    text_json(&t, h->oci_version);
    text_add(&t, ",\"id\":");
    text_json(&t, h->id);
    text_add(&t, ",\"status\":");
    text_json(&t, status);
    text_add(&t, ",\"pid\":");
    text_i64(&t, h->pid);
    text_add(&t, ",\"bundle\":");
    text_json(&t, h->bundle);
    text_add(&t, ",\"annotations\":");
    text_add(&t, h->annotations);
    text_add(&t, "}\n");
    return room;
}

static int write_new(struct host *h, const char *content) {
    (void)unlinkat(h->state_dir_fd, STATE_NEW, 0); /* what stands there is not ours to write into */
    CLEANUP_FD int fd =
        openat(h->state_dir_fd, STATE_NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 || write_full(fd, content, strlen(content)) != 0)
        return -1;
    return renameat(h->state_dir_fd, STATE_NEW, h->state_dir_fd, STATE);
}

int state_write(struct host *h, const char *status, struct error *e) {
    char *content = compose(h, status);
    if (content == NULL)
        return failed(e, ENOMEM, "composing state.json");
    identity_files();
    int rc = write_new(h, content);
    int sys = errno;
    identity_caller();
    free(content);
    return rc == 0 ? 0 : failed(e, sys, "writing state.json");
}

void state_remove(struct host *h) {
    struct error ignored;
    if (h->reclaiming && h->state_begun && h->state_dir_fd < 0)
        (void)state_lock(h, &ignored); /* a directory that the monitor had made and not locked yet */
    if (h->state_dir_fd < 0)
        return;
    identity_files();
    (void)unlinkat(h->state_dir_fd, STATE_NEW, 0);
    (void)unlinkat(h->state_dir_fd, STATE, 0);
    char path[sizeof STATE_DIR + HOST_ID_MAX + 2];
    (void)snprintf(path, sizeof path, "%s/%s", STATE_DIR, h->id);
    (void)unlinkat(h->bundle_fd, path, AT_REMOVEDIR);
    (void)unlinkat(h->bundle_fd, STATE_DIR, AT_REMOVEDIR); /* stays while other containers use it */
    identity_caller();
    fd_close(&h->state_dir_fd);
    h->state_begun = false;
}
