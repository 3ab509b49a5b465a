/*
 * How long commands take, fairly: each round runs every command once, in turn, so that what else the machine
 * does hits all of them alike. Prints for each the median, the quarters and the difference of its median to
 * the first one's.
 *
 *   interleaved ROUNDS NAME COMMAND [NAME COMMAND ...]     commands are split at blanks; no shell
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX 16
#define WORDS_MAX    64
#define WARM_UP      20

extern char **environ;

struct command {
    const char *name;
    char *words[WORDS_MAX + 1];
    double *took; /* milliseconds */
};

static double now(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double run(const struct command *c, const posix_spawn_file_actions_t *quiet) {
    pid_t pid = 0;
    int status = -1;
    double begin = now();
    if (posix_spawnp(&pid, c->words[0], quiet, NULL, c->words, environ) != 0 ||
        waitpid(pid, &status, 0) != pid || status != 0) {
        (void)fprintf(stderr, "%s: wait status %#x\n", c->name, (unsigned)status);
        exit(1);
    }
    return now() - begin;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    static struct command commands[COMMANDS_MAX];
    size_t count = argc > 3 ? (size_t)(argc - 2) / 2 : 0;
    size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    if (count == 0 || count > COMMANDS_MAX || rounds == 0)
        return 2;
    for (size_t i = 0; i < count; i++) {
        struct command *c = &commands[i];
        c->name = argv[2 + 2 * i];
        size_t n = 0;
        for (char *w = strtok(argv[3 + 2 * i], " "); w != NULL && n < WORDS_MAX; w = strtok(NULL, " "))
            c->words[n++] = w;
        c->took = calloc(rounds, sizeof *c->took);
        if (n == 0 || c->took == NULL)
            return 2;
    }
    posix_spawn_file_actions_t quiet;
    (void)posix_spawn_file_actions_init(&quiet);
    for (int fd = 0; fd <= 1; fd++)
        (void)posix_spawn_file_actions_addopen(&quiet, fd, "/dev/null", O_RDWR, 0);
    for (size_t round = 0; round < rounds + WARM_UP; round++) {
        for (size_t i = 0; i < count; i++) {
            double took = run(&commands[(round + i) % count], &quiet);
            if (round >= WARM_UP)
                commands[(round + i) % count].took[round - WARM_UP] = took;
        }
    }
    for (size_t i = 0; i < count; i++) {
        double *t = commands[i].took;
        qsort(t, rounds, sizeof *t, ascending);
        printf("  %-34s median %.3f ms (quarters %.3f, %.3f), %+.3f\n", commands[i].name, t[rounds / 2],
               t[rounds / 4], t[rounds * 3 / 4], t[rounds / 2] - commands[0].took[rounds / 2]);
    }
    return 0;
}
