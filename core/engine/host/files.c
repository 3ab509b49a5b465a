#include "core/engine/host/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/engine/host/identity.h"
#include "core/engine/priv.h"

/* The name that a file has while it is written: in /etc, too, one that is nobody else's. */
struct fresh {
    char name[FILES_NAME_MAX + 16];
};

static struct fresh fresh_of(const char *name) {
    struct fresh fresh;
    (void)snprintf(fresh.name, sizeof fresh.name, "%s.locald-new", name);
    return fresh;
}

int files_replace(int dir, const char *name, const char *content, mode_t mode, const struct stat *old) {
    const struct fresh fresh = fresh_of(name);
    identity_files();
    (void)unlinkat(dir, fresh.name, 0); /* what stands there is not ours to write into */
    CLEANUP_FD int fd = openat(dir, fresh.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    int rc = fd < 0 ? -1 : write_full(fd, content, strlen(content));
    if (rc == 0 && old != NULL &&
        (priv_raise(CAP(CHOWN)) != 0 || fchown(fd, 0, 0) != 0 || fsync(fd) != 0 ||
         fd_name_is_still(dir, name, old) != 0))
        rc = -1;
    if (rc == 0)
        rc = renameat(dir, fresh.name, dir, name);
    int why = errno;
    if (rc != 0)
        (void)unlinkat(dir, fresh.name, 0);
    identity_caller();
    return rc == 0 ? fd_take(&fd) : sys_fail(why);
}

bool files_remove(int dir, const char *name) {
    const struct fresh fresh = fresh_of(name);
    identity_files();
    (void)unlinkat(dir, fresh.name, 0);
    bool gone = unlinkat(dir, name, 0) == 0 || errno == ENOENT;
    identity_caller();
    return gone;
}

int files_pid_file_open(struct host *h, const struct options *o, struct error *e) {
    (void)snprintf(h->pid_name, sizeof h->pid_name, "%s", o->pid_file);
    identity_files();
    h->pid_dir_fd = open(o->pid_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    identity_caller();
    if (h->pid_dir_fd < 0)
        return error_set(e, E_FILE, errno, "--pid-file", "opening the directory of %s/%s", o->pid_dir,
                         o->pid_file);
    return 0;
}

int files_pid_file_write(struct host *h, struct error *e) {
    if (h->pid_dir_fd < 0)
        return 0;
    char content[16];
    (void)snprintf(content, sizeof content, "%d\n", h->pid);
    h->pid_begun = true;
    CLEANUP_FD int fd = files_replace(h->pid_dir_fd, h->pid_name, content, 0644, NULL);
    if (fd < 0)
        return error_set(e, E_FILE, errno, "--pid-file", "writing %s", h->pid_name);
    return 0;
}

void files_pid_file_remove(struct host *h) {
    h->pid_begun = h->pid_begun && !files_remove(h->pid_dir_fd, h->pid_name);
}

int files_connect(const char *where, const char *path, int *fd, struct error *e) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return error_set(e, E_FILE, 0, where,
                         "the path is longer than %zu bytes, the most that a socket takes",
                         sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, strlen(path) + 1);
    CLEANUP_FD int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    identity_files();
    int rc = sock < 0 ? -1 : connect(sock, (const struct sockaddr *)&address, sizeof address);
    identity_caller();
    if (rc != 0)
        return error_set(e, E_FILE, errno, where, "connecting to %s", path);
    *fd = fd_take(&sock);
    return 0;
}

int apply_seccomp_listener(struct host *h, const struct step *s, struct error *e) {
    h->listener_metadata = s->as.seccomp_listener.metadata;
    return files_connect(s->origin, s->as.seccomp_listener.path, &h->listener_fd, e);
}
