/*
 * agent: who answers the notifications of a filter (linux.seccomp.listenerPath). Linked statically.
 *
 *   agent SOCKET STATE ANSWER   listens on SOCKET and says "listening"; writes the one state that comes over
 * the connection, which it reads to its end, into STATE; says the names of what came beside it ("fds 1");
 * answers each notification with ANSWER ("continue", "-ERRNO" or a value) and says its call's number. Ends
 * when nobody is left under the filter.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(const char *what) {
    perror(what);
    return 1;
}

static void say(const char *word, long number) {
    printf("%s %ld\n", word, number);
    fflush(stdout);
}

static int receive(int sock, FILE *out) {
    char bytes[4096], control[256];
    int fds = 0, fd = -1;
    for (;;) {
        struct iovec part = {bytes, sizeof bytes};
        struct msghdr m = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        ssize_t n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
        if (n <= 0)
            break;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
            fds += (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
            memcpy(&fd, CMSG_DATA(c), sizeof fd);
        }
        fwrite(bytes, 1, (size_t)n, out);
    }
    fclose(out);
    say("fds", fds);
    return fd;
}

static void answer(int fd, const char *with) {
    struct seccomp_notif n = {0};
    struct seccomp_notif_resp r = {0};
    if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &n) != 0)
        return;
    r.id = n.id;
    if (strcmp(with, "continue") == 0)
        r.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    else if (with[0] == '-')
        r.error = atoi(with);
    else
        r.val = atoi(with);
    say("call", n.data.nr);
    (void)ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &r);
}

int main(int argc, char **argv) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (argc != 4)
        return 2;
    strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4) != 0)
        return fail("listen");
    puts("listening");
    fflush(stdout);
    int sock = accept(listener, NULL, NULL);
    FILE *out = fopen(argv[2], "w");
    if (sock < 0 || out == NULL)
        return fail("accept");
    int fd = receive(sock, out);
    for (struct pollfd p = {fd, POLLIN, 0}; fd >= 0 && poll(&p, 1, -1) > 0 && (p.revents & POLLIN) != 0;)
        answer(fd, argv[3]);
    return 0;
}
