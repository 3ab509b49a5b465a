/*
 * dial: a client of a unix socket, and a bad one where that is asked.
 *
 *   dial PATH [COUNT [SECONDS [end]]]
 *
 * Connects COUNT times (1). Sends what stdin has over the last connection and prints what comes back until
 * its end, at most SECONDS (5) long. COUNT 0: connects once, sends, and then never reads. end: says
 * that nothing more will come.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int dial(const char *path) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&a, sizeof a) == 0)
        return fd;
    perror("dial");
    exit(1);
}

int main(int argc, char **argv) {
    static char room[1 << 20];
    int count = argc > 2 ? atoi(argv[2]) : 1, fd = -1;
    time_t end = time(NULL) + (argc > 3 ? atoi(argv[3]) : 5);
    if (argc < 2)
        return 2;
    for (int i = 0; i < count || fd < 0; i++)
        fd = dial(argv[1]);
    for (ssize_t n; (n = read(0, room, sizeof room)) > 0;)
        if (send(fd, room, (size_t)n, MSG_NOSIGNAL) < 0)
            break;
    if (argc > 4)
        (void)shutdown(fd, SHUT_WR);
    struct pollfd p = {.fd = fd, .events = count == 0 ? 0 : POLLIN};
    while (time(NULL) < end) {
        if (poll(&p, 1, 100) <= 0)
            continue;
        ssize_t n = count == 0 ? 0 : recv(fd, room, sizeof room, 0);
        if (n <= 0 || write(1, room, (size_t)n) != n)
            return 0;
    }
    return 0;
}
