/*
 * launch: executes a program in a state that a shell can't make.
 *
 *   launch empty-argv PROGRAM          with argv[0] = NULL
 *   launch close BITS COMMAND...       with those of the descriptors 0, 1, 2 closed whose bit is set
 *   launch socket PATH                 makes a socket there, and executes nothing
 *   launch descriptors DIR COMMAND...  with descriptors 3 to 900 open on the directory, then at most 64
 * allowed launch signals 0 COMMAND...        with SIGCHLD ignored, and SIGTERM and all others blocked launch
 * itimer MS COMMAND...        with ITIMER_REAL due in MS milliseconds
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static int make_socket(const char *path) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    strncpy(name.sun_path, path, sizeof name.sun_path - 1);
    return fd < 0 || bind(fd, (const struct sockaddr *)&name, sizeof name) != 0 || chmod(path, 0666) != 0;
}

/* The numbers stay open: the limit is for new ones. */
static void open_many(const char *dir) {
    struct rlimit many = {1024, 1024}, few = {64, 64};
    setrlimit(RLIMIT_NOFILE, &many);
    for (int fd = open(dir, O_RDONLY); fd >= 0 && fd < 900;)
        fd = dup(fd);
    setrlimit(RLIMIT_NOFILE, &few);
}

static _Noreturn void serve(int fd) {
    static char in[1 << 18];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (ssize_t n; (n = read(fd, in, sizeof in)) > 0;) {
        const struct fuse_in_header *asked = (const struct fuse_in_header *)in;
        struct {
            struct fuse_out_header head;
            union {
                struct fuse_init_out init;
                struct fuse_attr_out attr;
            } as;
        } out = {.head = {.unique = asked->unique}};
        size_t size = 0;
        if (asked->opcode == FUSE_INIT) {
            out.as.init = (struct fuse_init_out){.major = 7, .minor = 31, .max_write = 4096};
            size = sizeof out.as.init;
        } else if (asked->opcode == FUSE_GETATTR) {
            out.as.attr.attr = (struct fuse_attr){.ino = 1, .mode = S_IFDIR | 0777, .nlink = 2};
            size = sizeof out.as.attr;
        } else if (asked->opcode == FUSE_ACCESS) {
            out.head.error = -ENOSYS;
        } else {
            continue; /* never answered */
        }
        out.head.len = (uint32_t)(sizeof out.head + size);
        (void)!write(fd, &out, out.head.len);
    }
    _exit(0);
}

static void hung_directory(const char *dir) {
    char options[128];
    int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    (void)snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fd);
    if (fd < 0 || mount("hung", dir, "fuse", 0, options) != 0)
        _exit(99);
    if (fork() == 0)
        serve(fd);
    if (chdir(dir) != 0)
        _exit(99);
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "empty-argv") == 0) {
        char *const none[] = {NULL};
        execve(argv[2], none, environ);
    }
    if (argc == 3 && strcmp(argv[1], "socket") == 0)
        return make_socket(argv[2]);
    if (argc < 4)
        return 99;
    int number = atoi(argv[2]);
    if (strcmp(argv[1], "close") == 0) {
        for (int fd = 0; fd < 3; fd++)
            if (number & 1 << fd)
                close(fd);
    } else if (strcmp(argv[1], "itimer") == 0) {
        struct itimerval t = {.it_value = {.tv_sec = 0, .tv_usec = number * 1000}};
        setitimer(ITIMER_REAL, &t, NULL);
    } else if (strcmp(argv[1], "descriptors") == 0) {
        open_many(argv[2]);
    } else if (strcmp(argv[1], "fuse") == 0) {
        hung_directory(argv[2]);
    } else if (strcmp(argv[1], "signals") == 0) {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL);
        signal(SIGCHLD, SIG_IGN);
    } else {
        return 99;
    }
    execvp(argv[3], argv + 3);
    perror(argv[3]);
    return 99;
}
