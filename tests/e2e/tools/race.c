/*
 * race: starts a command many times while another process exchanges a file that the command looks at.
 *
 *   race STARTS PARALLEL [SWAPS exchange A B | SWAPS appear A B | USEC kill]... -- COMMAND...
 *
 *   exchange   A and B change places, all the time: a round is one such exchange; at least SWAPS are made
 *   appear     A moves to B, where nothing stands, and back; what the command made at B is removed
 *   kill       each start gets SIGKILL after 0 to USEC microseconds, half of them after a tenth of that
 *
 * "@" in COMMAND is the number of the place (0 to PARALLEL - 1) that runs it. Prints how many exchanges and
 * starts there were, and each different end with its count: "COUNT STATUS OUTPUT", where OUTPUT is stdout and
 * stderr in one line. An end is the end of all who hold the command's stdout; one that comes later than a
 * second after SIGKILL is told as "late", and one that does not come within ten seconds as "hung".
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KINDS 256
#define TEXT  500

static struct shared { atomic_ulong starts, swaps; } * shared;
static unsigned long wanted_starts, wanted_swaps, kill_us;

struct end {
    int status;
    char text[TEXT];
};

static _Noreturn void fail(const char *what) {
    perror(what);
    exit(99);
}

static long now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What the command made at the missing place: a directory with "made" in it. */
static void make_missing(const char *path) {
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0)
        return;
    unlinkat(dir, "made", AT_REMOVEDIR);
    close(dir);
    rmdir(path);
}

static _Noreturn void swap_for_ever(bool appear, const char *a, const char *b) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_TIMERSLACK, 1);
    for (;;) {
        if (appear)
            make_missing(b);
        if (syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, appear ? 1 : 2) != 0) {
            if (!appear || errno != EEXIST) /* EEXIST: made by the command in this moment */
                fail(a);
            continue;
        }
        atomic_fetch_add(&shared->swaps, 1);
        usleep((useconds_t)(rand() % 80));
        if (appear && rename(b, a) != 0)
            fail(b);
        usleep((useconds_t)(rand() % 40));
    }
}

/* Reads to the end of the output: what comes later than `patience` ms is not waited for. */
static bool read_all(int fd, char *text, size_t *len, long patience) {
    char rest[4096];
    for (long end = now_ms() + patience; now_ms() <= end;) {
        struct pollfd p = {fd, POLLIN, 0};
        if (poll(&p, 1, (int)(end - now_ms() > 0 ? end - now_ms() : 0)) <= 0)
            continue;
        bool room = *len < TEXT - 1;
        ssize_t n = read(fd, room ? text + *len : rest, room ? TEXT - 1 - *len : sizeof rest);
        if (n <= 0)
            return true;
        *len += room ? (size_t)n : 0;
    }
    return false;
}

/* Waits up to the moment of SIGKILL, reading; then what is after it. */
static const char *until_end(pid_t pid, int fd, char *text, size_t *len, unsigned *seed) {
    if (kill_us != 0) {
        unsigned long delay = (unsigned long)rand_r(seed) % kill_us;
        usleep((useconds_t)((rand_r(seed) & 1) != 0 ? delay : delay / 10));
        while (kill(pid, SIGKILL) != 0 &&
               errno == EPERM) /* for a moment the shim's real uid is 0: keeper.c */
            usleep(50);
        if (read_all(fd, text, len, 1000))
            return "";
    }
    return !read_all(fd, text, len, 10000) ? " hung" : kill_us != 0 ? " late" : "";
}

static struct end start(char **argv, unsigned *seed) {
    struct end e = {0};
    int out[2];
    if (pipe2(out, O_CLOEXEC) != 0)
        fail("pipe");
    pid_t pid = fork();
    if (pid == 0) {
        dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
        dup2(out[1], 1);
        dup2(out[1], 2);
        execv(argv[0], argv);
        fail(argv[0]);
    }
    close(out[1]);
    size_t len = 0;
    char text[TEXT] = "";
    const char *note = until_end(pid, out[0], text, &len, seed);
    close(out[0]);
    int status = 0;
    waitpid(pid, &status, 0);
    for (char *c = text; *c != '\0'; c++)
        *c = (unsigned char)*c < ' ' ? ' ' : *c;
    e.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    snprintf(e.text, sizeof e.text, "%.*s%s", (int)(sizeof e.text - 8), text, note);
    return e;
}

/* Not for ever, if the exchanges don't come. */
static bool more(void) {
    unsigned long n = atomic_fetch_add(&shared->starts, 1);
    return n < wanted_starts ||
           (kill_us == 0 && n < 10 * wanted_starts && atomic_load(&shared->swaps) < wanted_swaps);
}

static _Noreturn void work(unsigned place, int tell, char **argv) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    unsigned seed = (unsigned)getpid();
    for (char **arg = argv; *arg != NULL; arg++)
        for (char *c = *arg; *c != '\0'; c++)
            *c = *c == '@' ? (char)('0' + place) : *c;
    while (more()) {
        struct end e = start(argv, &seed);
        if (write(tell, &e, sizeof e) != sizeof e)
            fail("tell");
    }
    exit(0);
}

static void tally(int fd) {
    static struct end kinds[KINDS];
    unsigned long counts[KINDS] = {0}, all = 0;
    unsigned known = 0;
    struct end e;
    while (read(fd, &e, sizeof e) == sizeof e) {
        unsigned at = 0;
        while (at < known && (kinds[at].status != e.status || strcmp(kinds[at].text, e.text) != 0))
            at++;
        if (at == KINDS)
            at--;
        if (at == known)
            kinds[known++] = e;
        counts[at]++;
        all++;
    }
    printf("swaps %lu\nstarts %lu\n", atomic_load(&shared->swaps), all);
    for (unsigned i = 0; i < known; i++)
        printf("%lu %d %s\n", counts[i], kinds[i].status, kinds[i].text);
}

int main(int argc, char **argv) {
    int at = 3, tell[2];
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (argc < 5 || shared == MAP_FAILED || pipe2(tell, O_CLOEXEC) != 0)
        return 99;
    wanted_starts = strtoul(argv[1], NULL, 10);
    pid_t swappers[8];
    unsigned parallel = (unsigned)atoi(argv[2]), swapping = 0;
    for (; at + 3 < argc && strcmp(argv[at], "--") != 0;) {
        if (strcmp(argv[at + 1], "kill") == 0) {
            kill_us = strtoul(argv[at], NULL, 10);
            at += 2;
            continue;
        }
        wanted_swaps = strtoul(argv[at], NULL, 10);
        pid_t pid = fork();
        close(pid == 0 ? tell[1] : -1);
        if (pid == 0)
            swap_for_ever(strcmp(argv[at + 1], "appear") == 0, argv[at + 2], argv[at + 3]);
        swappers[swapping++ % 8] = pid;
        at += 4;
    }
    for (unsigned i = 0; i < parallel; i++)
        if (fork() == 0)
            work(i, tell[1], argv + at + 1);
    close(tell[1]);
    tally(tell[0]);
    for (unsigned i = 0; i < swapping; i++) {
        bool lived = waitpid(swappers[i], NULL, WNOHANG) == 0;
        kill(swappers[i], SIGKILL);
        if (!lived)
            return 98;
    }
    return 0;
}
