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

static void check(const struct options *o) {
    bool run = o->command == COMMAND_BUNDLE_RUN;
    check_path(o->bundle);
    check_path(o->console_socket);
    check_path(o->pid_file);
    promise(o->report_fd == -1 || o->report_fd >= 3);
    promise((o->bundle != NULL) == (run || o->command == COMMAND_BUNDLE_PLAN));
    promise((o->id != NULL) == run);
    promise(run || (o->console_socket == NULL && o->pid_file == NULL && o->report_fd == -1));
    promise(!run || o->format == NULL);
    if (run)
        check_id(o->id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1), *argv[ARGS_MAX + 2];
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (options_id_valid(text))
        check_id(text);
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
