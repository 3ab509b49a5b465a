#include "core/engine/host/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/engine/host/identity.h"

int files_pid_file_open(struct host *h, const char *path, struct error *e) {
    char dir[HOST_PATH_MAX];
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    size_t len = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strlen(name) > 240 ||
        len >= sizeof dir)
        return error_set(e, E_FILE, 0, "--pid-file", "expected the path of a file");
    (void)snprintf(h->pid_name, sizeof h->pid_name, "%s", name);
    (void)snprintf(dir, sizeof dir, "%.*s", (int)len, path);
    identity_files();
    h->pid_dir_fd = open(len > 0 ? dir : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    identity_caller();
    return h->pid_dir_fd >= 0
               ? 0
               : error_set(e, E_FILE, errno, "--pid-file", "opening the directory of %s", path);
}

#define FRESH_MAX (sizeof((struct host *)0)->pid_name + 8)

static void fresh_name(const struct host *h, char fresh[FRESH_MAX]) {
    (void)snprintf(fresh, FRESH_MAX, "%s.new", h->pid_name);
}

int files_pid_file_write(struct host *h, struct error *e) {
    if (h->pid_dir_fd < 0)
        return 0;
    char content[16];
    char fresh[FRESH_MAX];
    (void)snprintf(content, sizeof content, "%d\n", h->pid);
    fresh_name(h, fresh);
    h->pid_begun = true;
    identity_files();
    (void)unlinkat(h->pid_dir_fd, fresh, 0); /* what stands there is not ours to write into */
    CLEANUP_FD int fd =
        openat(h->pid_dir_fd, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    int rc = fd < 0 ? -1 : write_full(fd, content, strlen(content));
    if (rc == 0)
        rc = renameat(h->pid_dir_fd, fresh, h->pid_dir_fd, h->pid_name);
    int sys = errno;
    identity_caller();
    return rc == 0 ? 0 : error_set(e, E_FILE, sys, "--pid-file", "writing %s", h->pid_name);
}

void files_pid_file_remove(struct host *h) {
    if (!h->pid_begun)
        return;
    char fresh[FRESH_MAX];
    fresh_name(h, fresh);
    identity_files();
    (void)unlinkat(h->pid_dir_fd, fresh, 0);
    (void)unlinkat(h->pid_dir_fd, h->pid_name, 0);
    identity_caller();
    h->pid_begun = false;
}

int files_connect_console(const char *path, int *fd, struct error *e) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return error_set(e, E_FILE, 0, "--console-socket",
                         "the path is longer than %zu bytes, the most that a socket takes",
                         sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, strlen(path) + 1);
    CLEANUP_FD int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    identity_files();
    int rc = sock < 0 ? -1 : connect(sock, (const struct sockaddr *)&address, sizeof address);
    int sys = errno;
    identity_caller();
    if (rc != 0) {
        (void)error_set(e, E_FILE, sys, "--console-socket", "connecting to %s", path);
        return error_hint(e, "somebody must listen there before the shim starts, and accept");
    }
    *fd = fd_take(&sock);
    return 0;
}
