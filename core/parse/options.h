/* options: the command line, read with getopt_long(3) and nothing else. Pure: no file is touched. */
#ifndef LOCALD_PARSE_OPTIONS_H
#define LOCALD_PARSE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"

enum command {
    COMMAND_BUNDLE_RUN,
    COMMAND_BUNDLE_PLAN,
    COMMAND_ADMIN_CGROUP_SETUP,
    COMMAND_ADMIN_CGROUP_KILL,
    COMMAND_ADMIN_CLEANUP,
    COMMAND_ADMIN_SELF_CHECK,
    COMMAND_ADMIN_SYNC_HOSTS,
    COMMAND_BIND,
    COMMAND_VERSION,
    COMMAND_SHIM_VERSION,
    COMMAND_HELP
};

struct options {
    enum command command;
    const char *bundle;
    const char *id;
    const char *console_socket; /* NULL when not given, likewise below */
    const char *pid_file;       /* the name alone, at most 240 bytes */
    char pid_dir[4096];         /* the directory it is to be in */
    const char *format;
    const char *path;         /* of admin cgroup kill --path, of admin cleanup */
    const char *socket;       /* of bind */
    uint32_t port;            /* of bind */
    const char *const *names; /* of admin sync-hosts */
    uint32_t name_count;
    bool json;     /* format is "json" */
    int report_fd; /* -1 when not given */
};

/* Fills *o from argv (argc at least 1), or -1 with E_USAGE. Borrows argv for the life of *o. */
int options_parse(struct options *o, int argc, char **argv, struct error *e);

/* True for [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}: what an id may be, since it names a directory and a cgroup. */
bool options_id_valid(const char *id);

/* True for the path of something below a directory .locald: no empty, "." or ".." components, shorter than
 * PATH_MAX. It says nothing of links and mounts. */
bool options_cleanup_valid(const char *path);

/* The text of --help. */
const char *options_help(void);

#endif
