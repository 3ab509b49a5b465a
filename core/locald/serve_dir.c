/* The daemon's directory: DIR/.locald, with lock, socket and services. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/locald/command.h"
#include "core/locald/serve.h"

#define LOCK   "locald.lock"
#define SOCKET "locald.sock"

/* Makes it where it is missing; it must be ours, and nobody else's to write. */
static int own_directory(int at, const char *name, bool make) {
    struct stat st;
    if (make && mkdirat(at, name, 0700) != 0 && errno != EEXIST)
        return -1;
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || (fstat(fd, &st) == 0 && st.st_uid == getuid() && (st.st_mode & 022) == 0))
        return fd;
    (void)close(fd);
    errno = EPERM;
    return -1;
}

int serve_service_dir(const char *name, bool make) {
    return own_directory(serve.services_dir, name, make);
}

static int open_root(const char *dir, struct locald_error *e) {
    struct stat st;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        return fail(e, LOCALD_E_SYSTEM, errno, dir, "opening the directory",
                    "run: locald serve --dir DIRECTORY");
    if (st.st_uid != getuid())
        return fail(e, LOCALD_E_ARGUMENT, 0, dir, "is another user's directory",
                    "run: locald serve --dir DIRECTORY");
    char *real = realpath(dir, NULL);
    int n = snprintf(serve.path, sizeof serve.path, "%s/.locald", real == NULL ? "" : real);
    free(real);
    if (n < 9 || n >= (int)sizeof serve.path - 128)
        return fail(e, LOCALD_E_ARGUMENT, 0, dir, "the path is too long", NULL);
    serve.root = own_directory(fd, ".locald", true);
    (void)close(fd);
    if (serve.root < 0)
        return fail(e, LOCALD_E_SYSTEM, errno, serve.path,
                    "must be a directory that is yours and only you may write", "chmod go-w .locald");
    serve.services_dir = own_directory(serve.root, "services", true);
    if (serve.services_dir < 0)
        return fail(e, LOCALD_E_SYSTEM, errno, serve.path, "opening services below it", NULL);
    serve.own_log = openat(serve.root, "locald.log",
                           O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    return 0;
}

/* 0: it is ours. Who removes it at the end may have done so between our open and our lock: then again. */
static int take_lock(struct locald_error *e) {
    for (int attempt = 0; attempt < 10; attempt++) {
        struct stat mine, there;
        char pid[16] = "";
        int fd = openat(serve.root, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
            return fail(e, LOCALD_E_SYSTEM, errno, serve.path, "opening locald.lock below it", NULL);
        if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            char message[96];
            ssize_t n = pread(fd, pid, sizeof pid - 1, 0);
            (void)close(fd);
            pid[n < 0 ? 0 : n] = '\0';
            pid[strspn(pid, "0123456789")] = '\0';
            (void)snprintf(message, sizeof message, "another locald serves here already: pid %s", pid);
            return fail(e, LOCALD_E_ARGUMENT, 0, serve.path, message, "run: locald ps");
        }
        if (fstat(fd, &mine) == 0 && fstatat(serve.root, LOCK, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
            mine.st_ino == there.st_ino) {
            serve.lock = fd;
            (void)!ftruncate(fd, 0);
            (void)dprintf(fd, "%d\n", (int)getpid());
            return 0;
        }
        (void)close(fd);
    }
    return fail(e, LOCALD_E_SYSTEM, EAGAIN, serve.path, "taking locald.lock below it", NULL);
}

/* Below the directory's descriptor: a path of any length. Only under the lock, so what stands there is dead.
 */
static int bind_socket(struct locald_error *e) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    (void)snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/" SOCKET, serve.root);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void)unlinkat(serve.root, SOCKET, 0);
    mode_t before = umask(0177);
    int rc = fd < 0 ? -1 : bind(fd, (const struct sockaddr *)&a, sizeof a);
    int why = errno;
    (void)umask(before);
    if (rc != 0 || listen(fd, 128) != 0)
        return fail(e, LOCALD_E_SYSTEM, rc != 0 ? why : errno, serve.path, "making the socket", NULL);
    return serve_watch(&serve.listener, fd, EPOLLIN, client_accept, NULL) == 0
               ? 0
               : fail(e, LOCALD_E_SYSTEM, errno, serve.path, "watching the socket", NULL);
}

int serve_directory(const char *dir, struct locald_error *e) {
    return open_root(dir, e) != 0 || take_lock(e) != 0 || bind_socket(e) != 0 ? -1 : 0;
}

void serve_directory_end(void) {
    if (serve.lock < 0)
        return;
    (void)unlinkat(serve.root, SOCKET, 0);
    (void)unlinkat(serve.root, LOCK, 0);
}
