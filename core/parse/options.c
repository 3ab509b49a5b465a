#include "core/parse/options.h"

#include <getopt.h>
#include <limits.h>
#include <string.h>

#include "core/parse/hosts.h"
#include "core/parse/policy.h"

static const char help[] =
    "locald-shim executes OCI bundles for callers without privilege.\n"
    "\n"
    "  locald-shim bundle run  --bundle PATH --id ID [--console-socket PATH] "
    "[--pid-file PATH] [--report-fd N]\n"
    "  locald-shim bundle plan --bundle PATH [--format text|json]\n"
    "  locald-shim bind PORT SOCKET_PATH\n"
    "  locald-shim admin cleanup PATH\n"
    "  locald-shim admin cgroup setup\n"
    "  locald-shim admin cgroup kill --path PATH\n"
    "  locald-shim admin self-check [--format text|json]\n"
    "  locald-shim admin sync-hosts [DOMAIN...]\n"
    "  locald-shim --version | --shim-version | --help\n"
    "\n"
    "bundle run   executes the bundle and ends with the payload's exit status; 128+N "
    "when signal N ended it,\n"
    "             127 when the command was not found, 126 when it could not be "
    "executed, 125 for everything that\n"
    "             is the shim's or the bundle's fault\n"
    "bundle plan  prints the steps that run would take, where each comes from, and "
    "whether they are allowed\n"
    "bind         listens on a TCP port that the host's policy allows, sends it to who listens on the "
    "socket\n"
    "admin cleanup        removes a tree below a directory .locald, with files of delegated ids\n"
    "admin cgroup kill    ends what is in a container's cgroup and removes it\n"
    "admin self-check     says what of this host and this caller lets containers run, "
    "and the fix for what does not;\n"
    "             ends with 1 when there is a problem\n"
    "admin sync-hosts     makes these the caller's names in /etc/hosts, for 127.0.0.1 and ::1; without any, "
    "none\n"
    "admin cgroup setup   makes locald's cgroup with its controllers; root runs it at "
    "each start of the host\n";

const char *options_help(void) {
    return help;
}

enum { OPT_BUNDLE = 1, OPT_ID, OPT_CONSOLE, OPT_PID_FILE, OPT_REPORT_FD, OPT_FORMAT, OPT_PATH };

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

static const struct option kill_options[] = {
    {"path", required_argument, NULL, OPT_PATH},
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

bool options_cleanup_valid(const char *path) {
    bool below = false;
    if (path[0] == '\0' || strlen(path) >= PATH_MAX)
        return false;
    for (const char *at = path[0] == '/' ? path + 1 : path;;) {
        size_t n = strcspn(at, "/");
        if (n == 0 || n > NAME_MAX || (n == 1 && at[0] == '.') || (n == 2 && at[0] == '.' && at[1] == '.'))
            return false;
        if (at[n] == '\0')
            return below;
        below = below || (n == 7 && memcmp(at, ".locald", 7) == 0);
        at += n + 1;
    }
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
                        : option == OPT_PATH     ? &o->path
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
    const struct option *known = o->command == COMMAND_BUNDLE_RUN          ? run_options
                                 : o->command == COMMAND_BUNDLE_PLAN       ? plan_options
                                 : o->command == COMMAND_ADMIN_CGROUP_KILL ? kill_options
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

static int split_pid_file(struct options *o, struct error *e) {
    const char *slash = strrchr(o->pid_file, '/');
    size_t len = slash == NULL ? 1 : slash == o->pid_file ? 1 : (size_t)(slash - o->pid_file);
    memcpy(o->pid_dir, slash == NULL ? "." : o->pid_file, len); /* take() has seen that it is short enough */
    o->pid_dir[len] = '\0';
    o->pid_file = slash != NULL ? slash + 1 : o->pid_file;
    const char *name = o->pid_file;
    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strlen(name) > 240)
        return usage(e, "--pid-file", "expected the path of a file");
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
    return o->pid_file != NULL ? split_pid_file(o, e) : 0;
}

static int parse_bind(struct options *o, int argc, char **argv, struct error *e) {
    if (argc != 3)
        return usage(e, "bind", "expected PORT and SOCKET_PATH");
    o->port = policy_port(argv[1], strlen(argv[1]));
    o->socket = argv[2];
    if (o->port == 0)
        return usage(e, "PORT", "expected a number from 1 to 65535");
    return argv[2][0] != '\0' ? 0 : usage(e, "SOCKET_PATH", "is empty");
}

static int parse_cleanup(struct options *o, int argc, char **argv, struct error *e) {
    if (argc != 2)
        return usage(e, "admin cleanup", "expected one PATH");
    o->path = argv[1];
    return options_cleanup_valid(argv[1])
               ? 0
               : usage(e, "PATH",
                       "expected a path below a directory .locald, without empty, . and .. components");
}

static int parse_sync_hosts(struct options *o, int argc, char **argv, struct error *e) {
    o->names = (const char *const *)argv + 1;
    o->name_count = (uint32_t)argc - 1;
    return o->name_count <= HOSTS_NAMES_MAX ? 0 : usage(e, "DOMAIN", "expected at most 128 names");
}

static int parse_kill(struct options *o, int argc, char **argv, struct error *e) {
    if (parse_options(o, argc, argv, e) != 0)
        return -1;
    return o->path != NULL ? 0 : usage(e, "--path", "is required");
}

static const struct {
    const char *words[3];
    enum command command;
    int (*parse)(struct options *o, int argc, char **argv, struct error *e);
} commands[] = {
    {{"--version"}, COMMAND_VERSION, NULL},
    {{"--shim-version"}, COMMAND_SHIM_VERSION, NULL},
    {{"--help"}, COMMAND_HELP, NULL},
    {{"bundle", "run"}, COMMAND_BUNDLE_RUN, parse_bundle},
    {{"bundle", "plan"}, COMMAND_BUNDLE_PLAN, parse_bundle},
    {{"bind"}, COMMAND_BIND, parse_bind},
    {{"admin", "self-check"}, COMMAND_ADMIN_SELF_CHECK, parse_options},
    {{"admin", "sync-hosts"}, COMMAND_ADMIN_SYNC_HOSTS, parse_sync_hosts},
    {{"admin", "cleanup"}, COMMAND_ADMIN_CLEANUP, parse_cleanup},
    {{"admin", "cgroup", "setup"}, COMMAND_ADMIN_CGROUP_SETUP, NULL},
    {{"admin", "cgroup", "kill"}, COMMAND_ADMIN_CGROUP_KILL, parse_kill},
};

/* How many words of the command line are this command's name; 0 when they are not. */
static int words_of(const char *const words[3], int argc, char **argv) {
    int n = 0;
    for (; n < 3 && words[n] != NULL; n++) {
        if (n + 1 >= argc || strcmp(argv[n + 1], words[n]) != 0)
            return 0;
    }
    return n;
}

int options_parse(struct options *o, int argc, char **argv, struct error *e) {
    *o = (struct options){.report_fd = -1};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        int words = words_of(commands[i].words, argc, argv);
        if (words == 0)
            continue;
        o->command = commands[i].command;
        if (commands[i].parse == NULL)
            return argc == words + 1 ? 0 : usage(e, "command line", "the command takes no arguments");
        return commands[i].parse(o, argc - words, argv + words, e);
    }
    return usage(e, "command line", argc < 2 ? "a command is missing" : "the command is unknown");
}
