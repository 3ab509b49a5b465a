#include "core/parse/options.h"

#include <getopt.h>
#include <limits.h>
#include <string.h>

static const char help[] = "locald-shim executes OCI bundles for callers without privilege.\n"
                           "\n"
                           "  locald-shim bundle run  --bundle PATH --id ID [--console-socket PATH] "
                           "[--pid-file PATH] [--report-fd N]\n"
                           "  locald-shim bundle plan --bundle PATH [--format text|json]\n"
                           "  locald-shim admin cgroup setup\n"
                           "  locald-shim admin self-check [--format text|json]\n"
                           "  locald-shim --version | --shim-version | --help\n"
                           "\n"
                           "bundle run   executes the bundle and ends with the payload's exit status; 128+N "
                           "when signal N ended it,\n"
                           "             127 when the command was not found, 126 when it could not be "
                           "executed, 125 for everything that\n"
                           "             is the shim's or the bundle's fault\n"
                           "bundle plan  prints the steps that run would take, where each comes from, and "
                           "whether they are allowed\n"
                           "admin self-check     says what of this host and this caller lets containers run, "
                           "and the fix for what does not;\n"
                           "             ends with 1 when there is a problem\n"
                           "admin cgroup setup   makes locald's cgroup with its controllers; root runs it at "
                           "each start of the host\n";

const char *options_help(void) {
    return help;
}

enum { OPT_BUNDLE = 1, OPT_ID, OPT_CONSOLE, OPT_PID_FILE, OPT_REPORT_FD, OPT_FORMAT };

static const struct option run_options[] = {
    {"bundle", required_argument, NULL, OPT_BUNDLE},
    {"id", required_argument, NULL, OPT_ID},
    {"console-socket", required_argument, NULL, OPT_CONSOLE},
    {"pid-file", required_argument, NULL, OPT_PID_FILE},
    {"report-fd", required_argument, NULL, OPT_REPORT_FD},
    {NULL, 0, NULL, 0},
};

static const struct option check_options[] = {
    {"format", required_argument, NULL, OPT_FORMAT},
    {NULL, 0, NULL, 0},
};

static const struct option plan_options[] = {
    {"bundle", required_argument, NULL, OPT_BUNDLE},
    {"format", required_argument, NULL, OPT_FORMAT},
    {NULL, 0, NULL, 0},
};

static int usage(struct error *e, const char *where, const char *what) {
    (void)error_set(e, E_USAGE, 0, where, "%s", what);
    return error_hint(e, "locald-shim --help lists the commands and options");
}

bool options_id_valid(const char *id) {
    static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    size_t len = strlen(id);
    if (len == 0 || len > 128 || strchr(first, id[0]) == NULL)
        return false;
    for (size_t i = 1; i < len; i++) {
        if (strchr(first, id[i]) == NULL && id[i] != '.' && id[i] != '-')
            return false;
    }
    return true;
}

/* A decimal from 3 to INT_MAX without sign, blank or leading zero; -1 otherwise. */
static int parse_fd(const char *s) {
    int value = 0;
    for (const char *p = s; *p != '\0'; p++) {
        if (*p < '0' || *p > '9' || (p == s && *p == '0') || value > (INT_MAX - 9) / 10)
            return -1;
        value = value * 10 + (*p - '0');
    }
    return value >= 3 ? value : -1;
}

/* Takes one option's value; an option may stand once and its value may not be empty. */
static int take(struct options *o, int option, const char *value, struct error *e) {
    const char **slot = option == OPT_BUNDLE     ? &o->bundle
                        : option == OPT_ID       ? &o->id
                        : option == OPT_CONSOLE  ? &o->console_socket
                        : option == OPT_PID_FILE ? &o->pid_file
                        : option == OPT_FORMAT   ? &o->format
                                                 : NULL;
    if (value[0] == '\0')
        return usage(e, "command line", "an option's value is empty");
    if (slot != NULL) {
        if (*slot != NULL)
            return usage(e, "command line", "an option stands twice");
        if (strlen(value) >= PATH_MAX)
            return usage(e, "command line", "an option's value is longer than a path can be");
        *slot = value;
        return 0;
    }
    if (o->report_fd != -1)
        return usage(e, "--report-fd", "stands twice");
    o->report_fd = parse_fd(value);
    return o->report_fd >= 0 ? 0 : usage(e, "--report-fd", "expected a descriptor's number, 3 or more");
}

static int parse_options(struct options *o, int argc, char **argv, struct error *e) {
    const struct option *known = o->command == COMMAND_BUNDLE_RUN    ? run_options
                                 : o->command == COMMAND_BUNDLE_PLAN ? plan_options
                                                                     : check_options;
    int option = 0;
    opterr = 0; /* our errors are one line of our own */
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == '?')
            return usage(e, "command line", "an option is unknown, ambiguous or lacks its value");
        if (take(o, option, optarg, e) != 0)
            return -1;
    }
    if (optind != argc)
        return usage(e, "command line", "an argument is left over");
    o->json = o->format != NULL && strcmp(o->format, "json") == 0;
    if (o->format != NULL && !o->json && strcmp(o->format, "text") != 0)
        return usage(e, "--format", "expected text or json");
    return 0;
}

static int parse_bundle(struct options *o, int argc, char **argv, struct error *e) {
    bool run = o->command == COMMAND_BUNDLE_RUN;
    if (parse_options(o, argc, argv, e) != 0)
        return -1;
    if (o->bundle == NULL)
        return usage(e, "--bundle", "is required");
    if (run && o->id == NULL)
        return usage(e, "--id", "is required");
    if (run && !options_id_valid(o->id))
        return usage(e, "--id", "expected a letter, digit or _, then at most 127 letters, digits, _ . or -");
    return 0;
}

int options_parse(struct options *o, int argc, char **argv, struct error *e) {
    *o = (struct options){.report_fd = -1};
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        o->command = COMMAND_VERSION;
    else if (argc == 2 && strcmp(argv[1], "--shim-version") == 0)
        o->command = COMMAND_SHIM_VERSION;
    else if (argc == 2 && strcmp(argv[1], "--help") == 0)
        o->command = COMMAND_HELP;
    else if (argc >= 3 && strcmp(argv[1], "bundle") == 0 && strcmp(argv[2], "run") == 0)
        o->command = COMMAND_BUNDLE_RUN;
    else if (argc >= 3 && strcmp(argv[1], "bundle") == 0 && strcmp(argv[2], "plan") == 0)
        o->command = COMMAND_BUNDLE_PLAN;
    else if (argc == 4 && strcmp(argv[1], "admin") == 0 && strcmp(argv[2], "cgroup") == 0 &&
             strcmp(argv[3], "setup") == 0)
        o->command = COMMAND_ADMIN_CGROUP_SETUP;
    else if (argc >= 3 && strcmp(argv[1], "admin") == 0 && strcmp(argv[2], "self-check") == 0)
        o->command = COMMAND_ADMIN_SELF_CHECK;
    else
        return usage(e, "command line", argc < 2 ? "a command is missing" : "the command is unknown");

    if (o->command == COMMAND_ADMIN_SELF_CHECK)
        return parse_options(o, argc - 2, argv + 2, e);
    bool bundle = o->command == COMMAND_BUNDLE_RUN || o->command == COMMAND_BUNDLE_PLAN;
    return bundle ? parse_bundle(o, argc - 2, argv + 2, e) : 0;
}
