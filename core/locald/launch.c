#include "core/locald/launch.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/locald/command.h"

#define DEFAULT_ROOTFS ".locald/rootfs"
#define NAME_MAX_LEN   64

enum { OPT_ROOTFS = 1, OPT_BIND, OPT_ENV, OPT_CWD, OPT_USER, OPT_TTY, OPT_NAME };

static const struct option known[] = {
    {"rootfs", required_argument, NULL, OPT_ROOTFS}, {"bind", required_argument, NULL, OPT_BIND},
    {"env", required_argument, NULL, OPT_ENV},       {"cwd", required_argument, NULL, OPT_CWD},
    {"user", required_argument, NULL, OPT_USER},     {"tty", no_argument, NULL, OPT_TTY},
    {"name", required_argument, NULL, OPT_NAME},     {NULL, 0, NULL, 0},
};

struct parser {
    struct launch *launch;
    const char *rootfs;
    char here[4096]; /* the current directory */
    char *room;      /* what is free of launch->room; its size fits all of argv */
    size_t env_count;
    const char *command; /* run or start */
    struct locald_error *e;
};

static int usage(struct parser *p, const char *where, const char *message) {
    char hint[64];
    (void)snprintf(hint, sizeof hint, "run: locald %s --help", p->command);
    return fail(p->e, LOCALD_E_ARGUMENT, 0, where, message, hint);
}

bool launch_name_is_good(const char *name) {
    static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    size_t len = strlen(name);
    return len > 0 && len <= NAME_MAX_LEN && strchr(first, name[0]) != NULL &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == len;
}

/* Copies the path into the room, behind the current directory where it is relative. */
static const char *make_absolute(struct parser *p, const char *path) {
    char *made = p->room;
    if (path[0] == '/')
        p->room = stpcpy(p->room, path) + 1;
    else
        p->room = stpcpy(stpcpy(stpcpy(p->room, p->here), strcmp(p->here, "/") == 0 ? "" : "/"), path) + 1;
    return made;
}

/* SRC:DST[:ro] */
static int take_bind(struct parser *p, const char *value) {
    struct launch *l = p->launch;
    static const char expected[] = "expected SRC:DST or SRC:DST:ro, with DST absolute";
    if (l->bind_count == BUNDLE_BINDS_MAX)
        return usage(p, "--bind", "stands more than 256 times");
    char *source = p->room;
    p->room = stpcpy(p->room, value) + 1;
    char *destination = strchr(source, ':');
    if (destination == NULL || destination == source)
        return usage(p, "--bind", expected);
    *destination++ = '\0';
    char *word = strchr(destination, ':');
    if (word != NULL)
        *word++ = '\0';
    if (destination[0] != '/' || (word != NULL && strcmp(word, "ro") != 0))
        return usage(p, "--bind", expected);
    const char *absolute = make_absolute(p, source);
    if (strlen(absolute) >= 4096 || strlen(destination) >= 4096)
        return usage(p, "--bind", "a path is longer than a path can be");
    l->binds[l->bind_count++] =
        (struct bundle_bind){.source = absolute, .destination = destination, .read_only = word != NULL};
    return 0;
}

static int take_env(struct parser *p, const char *value) {
    if (value[0] == '=' || strchr(value, '=') == NULL)
        return usage(p, "--env", "expected NAME=VALUE");
    if (p->env_count == LAUNCH_ENV_MAX)
        return usage(p, "--env", "stands more than 256 times");
    p->launch->env[p->env_count++] = value;
    return 0;
}

static int take_once(struct parser *p, const char **slot, const char *name, const char *value) {
    if (*slot != NULL)
        return usage(p, name, "stands twice");
    if (value[0] == '\0' || strlen(value) >= 4096)
        return usage(p, name, "its value is empty or longer than a path can be");
    *slot = value;
    return 0;
}

static int take(struct parser *p, int option, const char *value) {
    struct launch *l = p->launch;
    switch (option) {
    case OPT_ROOTFS:
        return take_once(p, &p->rootfs, "--rootfs", value);
    case OPT_BIND:
        return take_bind(p, value);
    case OPT_ENV:
        return take_env(p, value);
    case OPT_CWD:
        return take_once(p, &l->cwd, "--cwd", value);
    case OPT_USER:
        return take_once(p, &l->user, "--user", value);
    case OPT_NAME:
        return take_once(p, &l->name, "--name", value);
    case OPT_TTY:
        l->tty = true;
        return 0;
    case ':':
        return usage(p, value, "lacks its value");
    default:
        return usage(p, value, "is no option here");
    }
}

static int finish(struct parser *p) {
    struct launch *l = p->launch;
    const char *rootfs = make_absolute(p, p->rootfs != NULL ? p->rootfs : DEFAULT_ROOTFS);
    if (strlen(rootfs) >= sizeof l->rootfs)
        return usage(p, "--rootfs", "is longer than a path can be");
    memcpy(l->rootfs, rootfs, strlen(rootfs) + 1);
    if (l->cwd != NULL && l->cwd[0] != '/')
        return usage(p, "--cwd", "expected an absolute path in the container");
    if (l->name != NULL && !launch_name_is_good(l->name))
        return usage(p, "--name", "expected a letter or digit, then at most 63 letters, digits, _ . or -");
    return 0;
}

static int parse(struct parser *p, int argc, char **argv) {
    int option = 0, at = 1; /* at: where the option stands */
    optind = 0;             /* glibc begins anew */
    opterr = 0;
    for (; (option = getopt_long(argc, argv, "+:", known, NULL)) != -1; at = optind)
        if (take(p, option, option == ':' || option == '?' ? argv[at] : optarg) != 0)
            return -1;
    if (optind < 1 || strcmp(argv[optind - 1], "--") != 0)
        return usage(p, "command line", "the container's command must stand behind --");
    if (argv[optind] == NULL || argv[optind][0] == '\0')
        return usage(p, "command line", "a command is missing behind --");
    p->launch->args = (const char *const *)&argv[optind];
    return finish(p);
}

int launch_parse(int argc, char **argv, struct launch *launch, struct locald_error *e) {
    struct parser p = {.launch = launch, .command = argv[0], .e = e};
    memset(launch, 0, sizeof *launch);
    if (getcwd(p.here, sizeof p.here) == NULL || p.here[0] != '/')
        return fail(e, LOCALD_E_SYSTEM, errno, ".", "asking for the current directory", NULL);
    size_t room = sizeof DEFAULT_ROOTFS + strlen(p.here) + 2;
    for (int i = 0; i < argc; i++)
        room += 2 * strlen(argv[i]) + strlen(p.here) + 4; /* as it stands, and absolute */
    launch->room = malloc(room);
    if (launch->room == NULL)
        return fail(e, LOCALD_E_SYSTEM, errno, "command line", "no memory to read it", NULL);
    p.room = launch->room;
    if (parse(&p, argc, argv) == 0)
        return 0;
    launch_free(launch);
    return -1;
}

int launch_look(const struct launch *launch, struct locald_error *e) {
    struct stat st;
    char hint[512];
    for (size_t i = 0; i < launch->bind_count; i++) {
        const char *source = launch->binds[i].source;
        if (lstat(source, &st) == 0 || errno != ENOENT)
            continue;
        (void)snprintf(hint, sizeof hint, "run: mkdir -p %s", source);
        return fail(e, LOCALD_E_ARGUMENT, ENOENT, source, "looking at what --bind names", hint);
    }
    return 0;
}

void launch_free(struct launch *launch) {
    free(launch->room);
    launch->room = NULL;
}
