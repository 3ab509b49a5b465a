/*
 * takeport SOCKET [deaf|mute]: listens on the UNIX socket, takes one connection, and says who connected and
 * what came: "uid N", "bytes XX", "listening ADDRESS:PORT". deaf: listens and accepts nothing. mute: accepts,
 * reads nothing.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static _Noreturn void die(const char *what) {
    perror(what);
    exit(1);
}

static void describe(int fd) {
    struct sockaddr_in a;
    socklen_t size = sizeof a;
    int listens = 0;
    if (getsockname(fd, (struct sockaddr *)&a, &size) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &(socklen_t){sizeof listens}) != 0)
        die("the descriptor");
    (void)printf("%s %s:%u\n", listens ? "listening" : "closed", inet_ntoa(a.sin_addr), ntohs(a.sin_port));
}

static void take(int sock) {
    char bytes[16] = "";
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {bytes, sizeof bytes - 1};
    struct msghdr m = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control};
    struct ucred peer;
    if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &(socklen_t){sizeof peer}) != 0 ||
        recvmsg(sock, &m, 0) < 0)
        die("recvmsg");
    (void)printf("uid %u\nbytes %s\n", peer.uid, bytes);
    if (CMSG_FIRSTHDR(&m) != NULL) {
        int fd = -1;
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
        describe(fd);
    }
}

int main(int argc, char **argv) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (argc < 2 || strlen(argv[1]) >= sizeof a.sun_path)
        return 2;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    (void)strcpy(a.sun_path, argv[1]);
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof a) != 0 || listen(s, 1) != 0)
        die("listen");
    (void)printf("ready\n");
    if (argc > 2 && strcmp(argv[2], "deaf") == 0)
        (void)pause();
    int c = accept(s, NULL, NULL);
    if (c < 0)
        die("accept");
    if (argc > 2)
        (void)pause();
    take(c);
    return 0;
}
