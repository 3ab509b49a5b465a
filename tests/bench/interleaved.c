/*
 * How long commands take, fairly: each round runs every command once, in turn, so that what else the machine
 * does hits all of them alike. Prints a line for each: name, median, lower and upper quarter in milliseconds,
 * with tabs; and 1 where the command has something in its cache.
 *
 *   interleaved ROUNDS CACHE NAME STATE COMMAND [NAME STATE COMMAND ...]
 *
 * A COMMAND is a path and words, split at blanks; no shell, no search. CACHE is the shim's cache file of the
 * user who runs this, STATE what a command finds there: "warm" one of its own that its runs before it wrote
 * (in a file that all share, two bundles could take each other's place), "first" none, "-" whatever is there.
 * That is set up and taken down outside of the time, which is from vfork(2) to the end of waitpid(2).
 * Commands get /dev/null three times, once and for all, and the user who runs this is theirs: so a child has
 * nothing to do but its exec.
 *
 * The first command that fails ends all: bench.sh has tried each one before, where its message is seen.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX 24
#define WORDS_MAX    128
#define WARM_UP(n)   (3 + (n) / 20)

struct command {
    const char *name, *state;
    char *words[WORDS_MAX + 1];
    char *kept;   /* where its cache is while others run */
    double *took; /* milliseconds */
};

static const char *cache;
static int complaints = 2;

static double now(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void fail(const char *what, const char *name) {
    (void)dprintf(complaints, "interleaved: %s: %s\n", name, what);
    exit(1);
}

/* Its own cache, where it has one already, is the cache; any other is out of the way. */
static void cache_in(const struct command *c) {
    if (c->state[0] == '-')
        return;
    if (unlink(cache) != 0 && errno != ENOENT)
        fail(strerror(errno), cache);
    if (c->state[0] == 'w' && rename(c->kept, cache) != 0 && errno != ENOENT)
        fail(strerror(errno), c->kept);
}

static void cache_out(const struct command *c) {
    if (c->state[0] == 'w' && rename(cache, c->kept) != 0)
        fail("it wrote no cache", c->name);
}

static double run(const struct command *c) {
    int status = -1;
    cache_in(c);
    double begin = now();
    pid_t pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork): the cheapest there is */
    if (pid == 0) {
        (void)execv(c->words[0], c->words);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
        char text[48];
        (void)snprintf(text, sizeof text, "wait status %#x", (unsigned)status);
        fail(text, c->name);
    }
    double took = now() - begin;
    cache_out(c);
    return took;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void read_command(struct command *c, char **argv, size_t rounds) {
    size_t n = 0, room = strlen(cache) + strlen(argv[0]) + 8;
    c->name = argv[0];
    c->state = argv[1];
    for (char *w = strtok(argv[2], " "); w != NULL && n < WORDS_MAX; w = strtok(NULL, " "))
        c->words[n++] = w;
    c->took = calloc(rounds, sizeof *c->took);
    c->kept = calloc(1, room);
    if (n == 0 || n == WORDS_MAX || c->took == NULL || c->kept == NULL || strchr("wf-", c->state[0]) == NULL)
        fail("what is this command?", c->name);
    (void)snprintf(c->kept, room, "%s.%p", cache, (void *)c);
}

/* The table goes where stdout was; what runs here gets neither that nor anything else. */
static FILE *take_outputs(void) {
    int table = fcntl(1, F_DUPFD_CLOEXEC, 3), null = open("/dev/null", O_RDWR | O_CLOEXEC);
    complaints = fcntl(2, F_DUPFD_CLOEXEC, 3);
    for (int fd = 0; fd <= 2; fd++) {
        if (dup2(null, fd) < 0)
            exit(1);
    }
    return fdopen(table, "w");
}

static void print(FILE *table, const struct command *c, size_t rounds) {
    double *t = c->took;
    struct stat st;
    qsort(t, rounds, sizeof *t, ascending);
    (void)fprintf(table, "%s\t%.4f\t%.4f\t%.4f\t%d\n", c->name, t[rounds / 2], t[rounds / 4],
                  t[rounds * 3 / 4], c->state[0] == 'w' && stat(c->kept, &st) == 0 && st.st_size > 0);
    if (c->state[0] == 'w')
        (void)unlink(c->kept);
}

int main(int argc, char **argv) {
    static struct command commands[COMMANDS_MAX];
    size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    size_t count = argc > 5 ? (size_t)(argc - 3) / 3 : 0;
    if (rounds == 0 || count == 0 || count > COMMANDS_MAX || (argc - 3) % 3 != 0)
        return 2;
    cache = argv[2];
    for (size_t i = 0; i < count; i++)
        read_command(&commands[i], argv + 3 + 3 * i, rounds);
    FILE *table = take_outputs();
    if (table == NULL)
        return 1;
    size_t warm_up = WARM_UP(rounds);
    for (size_t round = 0; round < rounds + warm_up; round++) {
        for (size_t i = 0; i < count; i++) {
            struct command *c = &commands[(round + i) % count];
            double took = run(c);
            if (round >= warm_up)
                c->took[round - warm_up] = took;
        }
    }
    for (size_t i = 0; i < count; i++)
        print(table, &commands[i], rounds);
    return fclose(table) == 0 ? 0 : 1;
}
