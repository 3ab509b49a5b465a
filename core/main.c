/* locald-shim: makes the process known, reads argv, runs one command. */
#include <string.h>

#include "core/base/fd.h"
#include "core/commands/commands.h"

static int print(const char *s) {
    return write_full(1, s, strlen(s)) == 0 ? 0 : 125;
}

static int command(const struct options *o, const struct start *start) {
    switch (o->command) {
    case COMMAND_BUNDLE_RUN:
        return command_bundle_run(o, start);
    case COMMAND_BUNDLE_PLAN:
        return command_bundle_plan(o, start);
    case COMMAND_ADMIN_CGROUP_SETUP:
        return command_admin_cgroup_setup(start);
    case COMMAND_ADMIN_SELF_CHECK:
        return command_admin_self_check(o, start);
    case COMMAND_VERSION:
        return print("locald-shim " SHIM_VERSION "\n");
    case COMMAND_SHIM_VERSION:
        return print(SHIM_VERSION "\n");
    case COMMAND_HELP:
        return print(options_help());
    }
    return 125;
}

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
    return command(&options, &start);
}
