/*
 * Many commands at a time, with nothing between them and the machine: a shell takes longer to start one than
 * the shim takes to run it.
 *
 *   load rate COUNT CONCURRENCY UID NAME COMMAND [UID NAME COMMAND ...]
 *       COUNT runs of each command, CONCURRENCY at a time. The commands take turns, so that what else the
 *       machine does hits all of them alike. Prints the starts per second.
 *   load hold COUNT CONCURRENCY UID COMMAND
 *       Starts COUNT, of which at most CONCURRENCY have not yet written a byte to their stdout; prints the
 * time and leaves all of them alive until its own stdin ends. Then SIGTERM to each, and the time once more.
 *   load pause
 *       The payload of hold: writes a byte and ends with 0 at SIGTERM, as a container's pid 1 too.
 *
 * A command is split at blanks, without a shell; %d in it is a number of each run's own. It runs as UID,
 * which is its gid too. A run that fails fails it all.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX     8
#define WORDS_MAX        64
#define WORD_MAX         4096
#define TURN             50 /* runs of a command in a row: long enough that its last ones don't weigh */
#define PATIENCE_SECONDS 30.0

extern char **environ;

struct command {
    const char *name;
    uid_t uid;
    char *words[WORDS_MAX + 1];
    double took, slowest, fastest; /* seconds: of all, and of the turns */
};

static int number; /* of the runs so far */

static double now(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static _Noreturn void fail(const char *what) {
    (void)fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void pause_main(void) {
    sigset_t set;
    int sig = 0;
    (void)sigfillset(&set);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    if (write(STDOUT_FILENO, "s", 1) != 1)
        exit(1);
    while (sig != SIGTERM)
        (void)sigwait(&set, &sig);
    _exit(0);
}

static bool split(struct command *c, char *line) {
    size_t n = 0;
    for (char *w = strtok(line, " "); w != NULL && n < WORDS_MAX; w = strtok(NULL, " "))
        c->words[n++] = w;
    return n > 0;
}

/* A posix_spawn has no attribute for ids but the one that gives the effective ones up for the real ones. */
static void become(uid_t uid) {
    if (setresgid(uid, 0, 0) != 0 || setresuid(uid, 0, 0) != 0)
        fail("changing the real ids");
}

/* out: where the run's stdout goes, or -1 for nowhere. */
static pid_t start(const struct command *c, int out) {
    static char room[WORDS_MAX][WORD_MAX];
    char *words[WORDS_MAX + 1] = {0};
    for (size_t i = 0; c->words[i] != NULL; i++) {
        const char *at = strstr(c->words[i], "%d");
        words[i] = c->words[i];
        if (at == NULL)
            continue;
        words[i] = room[i];
        (void)snprintf(room[i], WORD_MAX, "%.*s%d%s", (int)(at - c->words[i]), c->words[i], number, at + 2);
    }
    number++;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t ids;
    (void)posix_spawnattr_init(&ids);
    (void)posix_spawnattr_setflags(&ids, POSIX_SPAWN_RESETIDS);
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    if (out >= 0)
        (void)posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    else
        (void)posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_RDWR, 0);
    pid_t pid = 0;
    become(c->uid);
    int rc = posix_spawnp(&pid, words[0], &files, &ids, words, environ);
    become(0);
    (void)posix_spawn_file_actions_destroy(&files);
    (void)posix_spawnattr_destroy(&ids);
    errno = rc;
    if (rc != 0)
        fail(words[0]);
    return pid;
}

static void reap(const struct command *c) {
    int status = 0;
    if (waitpid(-1, &status, 0) < 0)
        fail("waitpid");
    if (status == 0)
        return;
    (void)fprintf(stderr, "load: %s: a run failed, wait status %#x\n", c->name, (unsigned)status);
    exit(1);
}

static void take_turn(struct command *c, int concurrency) {
    double begin = now();
    for (int begun = 0, ended = 0; ended < TURN; ended++) {
        for (; begun < TURN && begun - ended < concurrency; begun++)
            (void)start(c, -1);
        reap(c);
    }
    double took = now() - begin;
    c->took += took;
    c->slowest = took > c->slowest ? took : c->slowest;
    c->fastest = c->fastest <= 0 || took < c->fastest ? took : c->fastest;
}

static int rate(int turns, int concurrency, int argc, char **argv) {
    static struct command commands[COMMANDS_MAX];
    int count = argc / 3;
    if (count == 0 || count > COMMANDS_MAX || argc % 3 != 0)
        return 2;
    for (int i = 0; i < count; i++) {
        commands[i].uid = (uid_t)atoi(argv[3 * i]);
        commands[i].name = argv[3 * i + 1];
        if (!split(&commands[i], argv[3 * i + 2]))
            return 2;
        take_turn(&commands[i], concurrency); /* to warm up: not counted */
        commands[i].took = commands[i].slowest = commands[i].fastest = 0;
    }
    for (int turn = 0; turn < turns; turn++) {
        for (int i = 0; i < count; i++)
            take_turn(&commands[(turn + i) % count], concurrency);
    }
    for (int i = 0; i < count; i++) {
        const struct command *c = &commands[i];
        printf("  %-22s %d at a time: %6.1f starts per second (turns of %d: %.1f to %.1f)\n", c->name,
               concurrency, turns * TURN / c->took, TURN, TURN / c->slowest, TURN / c->fastest);
    }
    return 0;
}

/* All get SIGTERM and are waited for; how many did not end with status 0, or not at all. */
static int end_all(const pid_t *pids, int count) {
    double begin = now(), news = begin;
    int bad = 0, left = count;
    for (int i = 0; i < count; i++)
        (void)kill(pids[i], SIGTERM);
    while (left > 0 && now() - news < PATIENCE_SECONDS) {
        int status = 0;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid < 0)
            break;
        if (pid == 0) {
            (void)nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
            continue;
        }
        left--;
        bad += status != 0;
        news = now();
    }
    if (bad + left > 0)
        (void)fprintf(stderr, "load: %d failed, %d did not end\n", bad, left);
    printf("ended %d %.3f\n", count, now() - begin);
    return bad + left;
}

/* How many of the runs said that they are there; -1 when one ended, or none says anything. */
static int hear(int fd) {
    char bytes[256];
    siginfo_t end = {0};
    for (double since = now(); now() - since < PATIENCE_SECONDS;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, 200) > 0)
            return (int)read(fd, bytes, sizeof bytes);
        /* not reaped: end_all signals all of them, and its pid must not be another's by then */
        if (waitid(P_ALL, 0, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid != 0) {
            (void)fprintf(stderr, "load: one ended at once, with %d\n", end.si_status);
            return -1;
        }
    }
    (void)fprintf(stderr, "load: one does not say that it has started\n");
    return -1;
}

static int hold(int count, int concurrency, int argc, char **argv) {
    struct command c = {.name = "hold"};
    int begun = 0, said = 0, pipe_fds[2];
    if (argc != 2 || !split(&c, argv[1]))
        return 2;
    c.uid = (uid_t)atoi(argv[0]);
    pid_t *pids = calloc((size_t)count, sizeof *pids); /* for the life of the process */
    if (pids == NULL || pipe2(pipe_fds, O_CLOEXEC) != 0)
        fail("pipe2");
    double begin = now();
    while (said < count) {
        for (; begun < count && begun - said < concurrency; begun++)
            pids[begun] = start(&c, pipe_fds[1]);
        int more = hear(pipe_fds[0]);
        if (more <= 0)
            break;
        said += more;
    }
    printf("alive %d %.3f\n", said, now() - begin);
    (void)fflush(stdout);
    char byte;
    while (said == count && read(STDIN_FILENO, &byte, 1) > 0) {
    }
    return end_all(pids, begun) == 0 && said == count ? 0 : 1;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "pause") == 0)
        pause_main();
    int count = argc > 4 ? atoi(argv[2]) : 0, concurrency = argc > 4 ? atoi(argv[3]) : 0;
    if (count <= 0 || concurrency <= 0)
        return 2;
    if (setgroups(0, NULL) != 0)
        fail("setgroups");
    if (strcmp(argv[1], "rate") == 0)
        return rate((count + TURN - 1) / TURN, concurrency, argc - 4, argv + 4);
    return strcmp(argv[1], "hold") == 0 ? hold(count, concurrency, argc - 4, argv + 4) : 2;
}
