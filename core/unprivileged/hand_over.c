#include "core/unprivileged/hand_over.h"

#include <errno.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/engine/sync.h"

#define PATIENCE_SECONDS 5
#define LOOKS            500 /* in that time */

static int connect_to(const char *path, int *to, struct error *e) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    if (strlen(path) >= sizeof address.sun_path)
        return error_set(e, E_FILE, 0, "SOCKET_PATH",
                         "is longer than %zu bytes, the most that a socket takes",
                         sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, strlen(path) + 1);
    CLEANUP_FD int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (sock < 0 || setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0 ||
        connect(sock, (const struct sockaddr *)&address, sizeof address) != 0)
        return error_set(e, E_FILE, errno, "SOCKET_PATH", "connecting to %s", path);
    *to = fd_take(&sock);
    return 0;
}

/* The bytes count as queued until the peer has read them; a peer that closes unread breaks the connection. */
static bool was_read(int sock) {
    const struct timespec pause = {.tv_nsec = 1000000000L / LOOKS * PATIENCE_SECONDS};
    for (int i = 0; i < LOOKS; i++) {
        int queued = 1, broken = 0;
        if (ioctl(sock, SIOCOUTQ, &queued) != 0 ||
            getsockopt(sock, SOL_SOCKET, SO_ERROR, &broken, &(socklen_t){sizeof broken}) != 0 || broken != 0)
            return false;
        if (queued == 0)
            return true;
        (void)nanosleep(&pause, NULL);
    }
    return false;
}

int hand_over(int fd, const char *path, struct error *e) {
    CLEANUP_FD int sock = -1;
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL); /* nothing has to be cleaned up: who ends us may */
    int rc = connect_to(path, &sock, e);
    if (rc == 0 && sync_send_bytes(sock, "fd", 2, fd) != 0)
        rc = error_set(e, E_FILE, errno, "SOCKET_PATH", "sending the port to %s", path);
    else if (rc == 0 && !was_read(sock))
        rc = error_set(e, E_FILE, 0, "SOCKET_PATH", "nobody at %s took the port: closed, or nothing for %d s",
                       path, PATIENCE_SECONDS);
    if (rc != 0)
        (void)shutdown(fd, SHUT_RDWR);
    return rc;
}
