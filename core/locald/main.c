/*
 * locald: the reference caller of locald-shim. It has no privilege of its own and is never setuid.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/locald/command.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *usage, *what;
} commands[] = {
    {"run", command_run, "run [OPTION...] -- COMMAND...",
     "runs a command in a container and ends with its status; OPTION: --rootfs DIR, --bind SRC:DST[:ro],\n"
     "        --env K=V, --cwd DIR, --user UID[:GID]|NAME[:GROUP], --tty, --name N"},
    {"admin", command_admin, "admin setup [--from FILE]",
     "as root: installs locald-shim beside locald, or repairs it"},
    {"build", command_build, "build --builder DIR --app DIR [OPTION...]",
     "makes an OCI image with Cloud Native Buildpacks; OPTION: --output DIR, --env K=V, --name N,\n"
     "        --user UID:GID, --quiet"},
    {"doctor", command_doctor, "doctor [--json]",
     "what of this machine lets containers run, and the fix for what does not"},
    {"serve", command_serve, "serve [--dir DIR] [--grace SECONDS]", "the daemon: services of a user"},
    {"start", command_start, "start [--dir DIR] --name N [options of run] -- COMMAND...",
     "a service, by the daemon"},
    {"stop", command_stop, "stop [--dir DIR] NAME [--grace SECONDS]",
     "SIGTERM; after the grace its cgroup ends"},
    {"ps", command_ps, "ps [--dir DIR] [--json]", "the services"},
    {"logs", command_logs, "logs [--dir DIR] NAME [--lines N] [--follow]", "what a service said"},
    {"wait", command_wait, "wait [--dir DIR] NAME [--for started|exited] [--timeout SECONDS]",
     "for a service"},
    {"--help", command_help, "--help", "this text"},
};

static int print_usage(const struct command *c) {
    return printf("  locald %s\n        %s\n", c->usage, c->what) < 0 ? STATUS_ERROR : 0;
}

int command_help(int argc, char **argv) {
    (void)argc, (void)argv;
    (void)printf("locald runs containers and services of a user without privilege.\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        (void)print_usage(&commands[i]);
    return 0;
}

int main(int argc, char **argv) {
    struct locald_error e;
    if (geteuid() != getuid() || getegid() != getgid()) {
        (void)fail(&e, LOCALD_E_ARGUMENT, 0, "", "locald must not be setuid or setgid", "chmod ug-s locald");
        return say_error(&e);
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return printf("locald %s\n", locald_client_version()) < 0;
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return argc == 3 && strcmp(argv[2], "--help") == 0 ? print_usage(&commands[i])
                                                               : commands[i].run(argc - 1, argv + 1);
    (void)fail(&e, LOCALD_E_ARGUMENT, 0, argc > 1 ? argv[1] : "",
               argc > 1 ? "is no command" : "a command is missing", "run: locald --help");
    return say_error(&e);
}
