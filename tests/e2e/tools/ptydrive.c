/*
 * ptydrive: runs a command at a pseudoterminal and drives it by steps, so that the tests can act as the user
 * does.
 *
 *   ptydrive [--size ROWSxCOLS] STEP... -- COMMAND...
 *   ptydrive --console-socket PATH STEP... -- COMMAND...
 *
 * In the first form the command gets a terminal of its own; its parent, the session's leader, lives on, as a
 * login shell does. In the second the command keeps our descriptors, and the terminal driven is the one whose
 * master arrives over the unix socket PATH (SCM_RIGHTS), as runc's callers do.
 *
 *   expect TEXT    read until TEXT appeared after what earlier expects consumed
 *   send TEXT      type TEXT (\n, \r, \xHH and \\ are understood)
 *   resize RxC     change the window's size; the kernel sends SIGWINCH
 *   signal NAME    send the command a signal: TERM HUP INT USR1 KILL
 *   raw, cooked    wait until the terminal is raw; until it is just as it was before
 *
 * All output goes to stdout; the exit status is the command's (128+N for a signal), 99 when a step was not
 * fulfilled within 10 seconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 10000
#define MISSED      99

static int master = -1;
static pid_t command; /* the shim */
static int status_fd; /* tells the command's wait status */
static struct termios before;
static char seen[1 << 20]; /* all output */
static size_t seen_len, seen_used;

static _Noreturn void fail(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    fputs("ptydrive: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    if (command > 0)
        kill(command, SIGTERM);
    exit(MISSED);
}

static long now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Copies what the terminal says within `ms` to stdout and to `seen`; false when it is hung up. */
static bool pump(int ms) {
    struct pollfd p = {.fd = master, .events = POLLIN};
    if (poll(&p, 1, ms) <= 0)
        return true;
    if (seen_len == sizeof seen)
        fail("too much output");
    ssize_t n = read(master, seen + seen_len, sizeof seen - seen_len);
    if (n <= 0)
        return false;
    if (write(STDOUT_FILENO, seen + seen_len, (size_t)n) != n)
        fail("stdout: %s", strerror(errno));
    seen_len += (size_t)n;
    return true;
}

static void step_expect(const char *text) {
    long end = now_ms() + PATIENCE_MS;
    size_t len = strlen(text);
    for (;;) {
        char *hit = memmem(seen + seen_used, seen_len - seen_used, text, len);
        if (hit) {
            seen_used = (size_t)(hit - seen) + len;
            return;
        }
        if (now_ms() > end)
            fail("never saw: %s", text);
        if (!pump(50))
            usleep(20000);
    }
}

static void step_send(const char *text) {
    for (const char *c = text; *c; c++) {
        char byte = *c;
        if (*c == '\\' && c[1]) {
            c++;
            byte = *c == 'n' ? '\n' : *c == 'r' ? '\r' : *c;
            if (*c == 'x' && c[1] && c[2]) {
                const char hex[3] = {c[1], c[2], 0};
                byte = (char)strtol(hex, NULL, 16);
                c += 2;
            }
        }
        if (write(master, &byte, 1) != 1)
            fail("send: %s", strerror(errno));
    }
}

static void set_size(int fd, const char *size) {
    unsigned short rows, cols;
    if (sscanf(size, "%hux%hu", &rows, &cols) != 2)
        fail("no size: %s", size);
    struct winsize w = {.ws_row = rows, .ws_col = cols};
    if (ioctl(fd, TIOCSWINSZ, &w) < 0)
        fail("TIOCSWINSZ: %s", strerror(errno));
}

static void step_signal(const char *name) {
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"TERM", SIGTERM}, {"HUP", SIGHUP}, {"INT", SIGINT}, {"USR1", SIGUSR1}, {"KILL", SIGKILL}};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        if (strcmp(name, signals[i].name) == 0) {
            kill(command, signals[i].number);
            return;
        }
    }
    fail("no signal: %s", name);
}

static bool same(const struct termios *a, const struct termios *b) {
    return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
           a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof a->c_cc) == 0;
}

static void step_mode(bool raw) {
    long end = now_ms() + PATIENCE_MS;
    for (;;) {
        struct termios t;
        if (tcgetattr(master, &t) < 0)
            fail("tcgetattr: %s", strerror(errno));
        if (raw ? !(t.c_lflag & (ICANON | ECHO | ISIG)) : same(&t, &before))
            return;
        if (now_ms() > end)
            fail(raw ? "the terminal never became raw" : "the terminal is not as it was");
        pump(20);
    }
}

/* Gives the command's parent: it starts it, tells its pid, waits and tells its status. */
static _Noreturn void lead(const char *slave, int tell, char **argv) {
    if (slave) {
        if (setsid() < 0)
            fail("setsid: %s", strerror(errno));
        int tty = open(slave, O_RDWR); /* becomes the controlling terminal */
        if (tty < 0 || dup2(tty, 0) < 0 || dup2(tty, 1) < 0 || dup2(tty, 2) < 0)
            fail("%s: %s", slave, strerror(errno));
        if (tty > 2)
            close(tty);
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(tell);
        execvp(argv[0], argv);
        fail("%s: %s", argv[0], strerror(errno));
    }
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    int status = 0;
    if (write(tell, &pid, sizeof pid) != sizeof pid || waitpid(pid, &status, 0) != pid)
        _exit(1);
    if (write(tell, &status, sizeof status) != sizeof status)
        _exit(1);
    pause(); /* the session goes on, as a login shell's does */
    _exit(0);
}

static int listen_at(const char *path) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof a.sun_path)
        fail("too long: %s", path);
    strcpy(a.sun_path, path);
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof a) < 0 || chmod(path, 0666) < 0 || listen(s, 1) < 0)
        fail("%s: %s", path, strerror(errno));
    return s;
}

/* Accepts one connection and gives the descriptor that comes over it. */
static int receive_master(int listener) {
    struct pollfd p = {.fd = listener, .events = POLLIN};
    if (poll(&p, 1, PATIENCE_MS) != 1)
        fail("nobody connected to the console socket");
    int s = accept(listener, NULL, NULL);
    char byte[4096];
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec io = {.iov_base = byte, .iov_len = sizeof byte};
    struct msghdr m = {
        .msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    if (recvmsg(s, &m, MSG_CMSG_CLOEXEC) <= 0)
        fail("console socket: nothing received");
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    if (!c || c->cmsg_type != SCM_RIGHTS)
        fail("console socket: no descriptor received");
    int fd;
    memcpy(&fd, CMSG_DATA(c), sizeof fd);
    close(s);
    return fd;
}

static void perform(char **step, char **end) {
    while (step < end) {
        const char *verb = *step++;
        if (strcmp(verb, "raw") == 0 || strcmp(verb, "cooked") == 0) {
            step_mode(verb[0] == 'r');
            continue;
        }
        if (step == end)
            fail("%s needs an argument", verb);
        const char *arg = *step++;
        if (strcmp(verb, "expect") == 0)
            step_expect(arg);
        else if (strcmp(verb, "send") == 0)
            step_send(arg);
        else if (strcmp(verb, "resize") == 0)
            set_size(master, arg);
        else if (strcmp(verb, "signal") == 0)
            step_signal(arg);
        else
            fail("no step: %s", verb);
    }
}

/* Waits for the command's end while the terminal is read on; gives its exit status as a shell would. */
static int finish(void) {
    struct pollfd p = {.fd = status_fd, .events = POLLIN};
    long end = now_ms() + PATIENCE_MS;
    while (poll(&p, 1, 0) == 0) {
        if (now_ms() > end)
            fail("the command does not end");
        if (!pump(20))
            usleep(20000);
    }
    int status;
    if (read(status_fd, &status, sizeof status) != sizeof status)
        fail("the command's end was not reported");
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv) {
    const char *size = "24x80", *console = NULL;
    int at = 1;
    for (; at + 1 < argc && argv[at][0] == '-' && argv[at][2]; at += 2) {
        if (strcmp(argv[at], "--size") == 0)
            size = argv[at + 1];
        else if (strcmp(argv[at], "--console-socket") == 0)
            console = argv[at + 1];
        else
            fail("no option: %s", argv[at]);
    }
    int dashes = at;
    while (dashes < argc && strcmp(argv[dashes], "--") != 0)
        dashes++;
    if (dashes + 1 >= argc)
        fail("no command");

    int tell[2], listener = -1;
    if (pipe2(tell, O_CLOEXEC) < 0)
        fail("pipe: %s", strerror(errno));
    const char *slave = NULL;
    if (console) {
        listener = listen_at(console);
    } else {
        master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
            fail("no pty: %s", strerror(errno));
        slave = ptsname(master);
        set_size(master, size);
        tcgetattr(master, &before);
    }
    pid_t leader = fork();
    if (leader == 0)
        lead(slave, tell[1], argv + dashes + 1);
    close(tell[1]);
    status_fd = tell[0];
    if (read(status_fd, &command, sizeof command) != sizeof command)
        fail("the command was not started");
    if (console) {
        master = receive_master(listener);
        tcgetattr(master, &before);
        set_size(master, size);
    }

    perform(argv + at, argv + dashes);
    int status = finish();
    while (pump(50) && poll(&(struct pollfd){.fd = master, .events = POLLIN}, 1, 0) == 1) {
    }
    if (!console)
        step_mode(false); /* however it ended, the terminal is as it was */
    kill(leader, SIGKILL);
    return status;
}
