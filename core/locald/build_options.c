#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "core/locald/build.h"
#include "core/locald/command.h"
#include "core/locald/launch.h"

static const struct option known[] = {
    {"builder", required_argument, NULL, 'b'}, {"app", required_argument, NULL, 'a'},
    {"output", required_argument, NULL, 'o'},  {"env", required_argument, NULL, 'e'},
    {"name", required_argument, NULL, 'n'},    {"user", required_argument, NULL, 'u'},
    {"quiet", no_argument, NULL, 'q'},         {NULL, 0, NULL, 0},
};

static int usage(struct locald_error *e, const char *where, const char *message) {
    return fail(e, LOCALD_E_ARGUMENT, 0, where, message, "run: locald build --help");
}

/* It becomes a file /platform/env/NAME. */
static int take_env(struct build_options *o, const char *value, struct locald_error *e) {
    size_t len = strcspn(value, "=");
    if (len == 0 || len > 128 || value[len] != '=' || value[0] == '.' || memchr(value, '/', len) != NULL)
        return usage(e, "--env", "expected NAME=VALUE, with a NAME that can be a file's");
    if (o->env_count == BUILD_ENV_MAX)
        return usage(e, "--env", "stands more than 256 times");
    o->env[o->env_count++] = value;
    return 0;
}

static int take(struct build_options *o, int option, const char *value, struct locald_error *e) {
    const char **slot = option == 'b'   ? &o->builder
                        : option == 'a' ? &o->app
                        : option == 'o' ? &o->output
                        : option == 'u' ? &o->user
                                        : NULL;
    if (slot != NULL && (*slot != NULL || value[0] == '\0' || strlen(value) >= 4096))
        return usage(e, "command line", "an option stands twice, or its value is empty or too long");
    if (slot != NULL)
        *slot = value;
    else if (option == 'e')
        return take_env(o, value, e);
    else if (option == 'q')
        o->quiet = true;
    else if (option != 'n')
        return usage(e, value, option == ':' ? "lacks its value" : "is no option here");
    else if (!launch_name_is_good(value))
        return usage(e, "--name", "expected a letter or digit, then at most 63 letters, digits, _ . or -");
    else
        (void)snprintf(o->name, sizeof o->name, "%s", value);
    return 0;
}

/* Without --name, the app's directory names it. */
static void choose_name(struct build_options *o) {
    char path[4096];
    (void)snprintf(path, sizeof path, "%s", o->app);
    for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
        path[n - 1] = '\0';
    const char *slash = strrchr(path, '/');
    const char *base = slash == NULL ? path : slash + 1;
    (void)snprintf(o->name, sizeof o->name, "%.64s", launch_name_is_good(base) ? base : "app");
}

int build_options_parse(int argc, char **argv, struct build_options *o, struct locald_error *e) {
    int option = 0, at = 1; /* at: where the option stands */
    optind = 0;             /* glibc begins anew */
    opterr = 0;
    for (; (option = getopt_long(argc, argv, "+:", known, NULL)) != -1; at = optind)
        if (take(o, option, option == ':' || option == '?' ? argv[at] : optarg, e) != 0)
            return -1;
    if (optind < argc)
        return usage(e, argv[optind], "expected options only");
    if (o->builder == NULL || o->app == NULL)
        return usage(e, o->builder == NULL ? "--builder" : "--app", "is missing");
    if (o->name[0] == '\0')
        choose_name(o);
    return 0;
}
