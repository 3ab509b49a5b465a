/* locald-shim: makes the process known, reads argv, runs one command. */
#include <string.h>

#include "core/base/fd.h"
#include "core/commands/commands.h"

static int print(const struct options *o, const struct start *start) {
    (void)start;
    const char *s = o->command == COMMAND_VERSION        ? "locald-shim " SHIM_VERSION "\n"
                    : o->command == COMMAND_SHIM_VERSION ? SHIM_VERSION "\n"
                                                         : options_help();
    return write_full(1, s, strlen(s)) == 0 ? 0 : 125;
}

static int (*const commands[])(const struct options *o, const struct start *start) = {
    [COMMAND_BUNDLE_RUN] = command_bundle_run,
    [COMMAND_BUNDLE_PLAN] = command_bundle_plan,
    [COMMAND_ADMIN_CGROUP_SETUP] = command_admin_cgroup_setup,
    [COMMAND_ADMIN_CGROUP_KILL] = command_admin_cgroup_kill,
    [COMMAND_ADMIN_CLEANUP] = command_admin_cleanup,
    [COMMAND_ADMIN_SELF_CHECK] = command_admin_self_check,
    [COMMAND_ADMIN_SYNC_HOSTS] = command_admin_sync_hosts,
    [COMMAND_BIND] = command_bind,
    [COMMAND_VERSION] = print,
    [COMMAND_SHIM_VERSION] = print,
    [COMMAND_HELP] = print,
};

int main(int argc, char **argv) {
    struct start start;
    struct options options;
    struct error e;
    if (start_process(&start, &e) != 0)
        return error_print(&e);
    if (argc < 1) { /* execve with an empty argv: argv[1] is not ours to read (CVE-2021-4034) */
        (void)error_set(&e, E_USAGE, 0, "command line", "is empty");
        return error_print(&e);
    }
    if (options_parse(&options, argc, argv, &e) != 0)
        return error_print(&e);
    fd_close_others(options.report_fd);
    return commands[options.command](&options, &start);
}
