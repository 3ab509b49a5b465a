/* The command line: arguments separated by NUL. What is accepted is what the commands count on; an id is a
 * plain name, which becomes that of a directory and of a cgroup. */
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/parse/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ARGS_MAX 64

static void promise(bool kept) {
    if (!kept)
        abort();
}

static void check_id(const char *id) {
    size_t n = strlen(id);
    promise(n > 0 && n <= 128 && id[0] != '.' && id[0] != '-');
    for (; *id != '\0'; id++)
        promise((*id >= 'a' && *id <= 'z') || (*id >= 'A' && *id <= 'Z') || (*id >= '0' && *id <= '9') ||
                *id == '_' || *id == '.' || *id == '-');
}

static void check_path(const char *path) {
    promise(path == NULL || (path[0] != '\0' && strlen(path) < PATH_MAX));
}

/* Below a directory .locald, by its components alone; said otherwise than options_cleanup_valid does. */
static void check_cleanup(const char *path) {
    char text[PATH_MAX + 3];
    promise(path[0] != '\0' && strlen(path) < PATH_MAX);
    strcpy(text, path[0] == '/' ? "" : "/");
    strcat(strcat(text, path), "/");
    promise(strstr(text, "//") == NULL && strstr(text, "/./") == NULL && strstr(text, "/../") == NULL);
    const char *own = strstr(text, "/.locald/");
    promise(own != NULL && own[strlen("/.locald/")] != '\0');
}

static void check_run(const struct options *o) {
    check_id(o->id);
    check_path(o->console_socket);
    promise(o->report_fd == -1 || o->report_fd >= 3);
    if (o->pid_file == NULL)
        return;
    promise(memchr(o->pid_dir, 0, sizeof o->pid_dir) != NULL && o->pid_dir[0] != '\0');
    promise(o->pid_file[0] != '\0' && strlen(o->pid_file) <= 240 && strchr(o->pid_file, '/') == NULL);
    promise(strcmp(o->pid_file, ".") != 0 && strcmp(o->pid_file, "..") != 0);
}

/* A command has what it needs and nothing of another's. */
static void check(const struct options *o) {
    bool run = o->command == COMMAND_BUNDLE_RUN, plan = o->command == COMMAND_BUNDLE_PLAN;
    bool clean = o->command == COMMAND_ADMIN_CLEANUP, ends = o->command == COMMAND_ADMIN_CGROUP_KILL;
    check_path(o->bundle);
    check_path(o->path);
    promise((o->bundle != NULL) == (run || plan) && (o->id != NULL) == run);
    promise((o->path != NULL) == (clean || ends));
    promise((o->port != 0) == (o->command == COMMAND_BIND) && o->port <= 65535);
    promise((o->socket != NULL) == (o->command == COMMAND_BIND));
    promise(o->socket == NULL || o->socket[0] != '\0');
    promise(run || (o->console_socket == NULL && o->pid_file == NULL && o->report_fd == -1));
    promise(o->format == NULL || plan || o->command == COMMAND_ADMIN_SELF_CHECK);
    promise(o->json == (o->format != NULL && strcmp(o->format, "json") == 0));
    if (run)
        check_run(o);
    if (clean)
        check_cleanup(o->path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1), *argv[ARGS_MAX + 2];
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (options_id_valid(text))
        check_id(text);
    if (options_cleanup_valid(text))
        check_cleanup(text);
    char own[] = "locald-shim";
    int argc = 0;
    argv[argc++] = own;
    for (char *p = text; p <= text + size && argc <= ARGS_MAX; p += strlen(p) + 1)
        argv[argc++] = p;
    argv[argc] = NULL;

    struct options o;
    struct error e = {0};
    optind = 0; /* glibc: begin anew */
    if (options_parse(&o, argc, argv, &e) == 0)
        check(&o);
    else
        promise(e.code == E_USAGE && e.what[0] != '\0');
    free(text);
    return 0;
}
