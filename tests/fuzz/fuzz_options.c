/* The command line: arguments separated by NUL. An id that is accepted is a plain name. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "core/parse/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ARGS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1), *argv[ARGS_MAX + 2];
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    char own[] = "locald-shim";
    int argc = 0;
    argv[argc++] = own;
    for (char *p = text; p <= text + size && argc <= ARGS_MAX; p += strlen(p) + 1)
        argv[argc++] = p;
    argv[argc] = NULL;

    struct options o;
    struct error e = {0};
    optind = 0; /* glibc: begin anew */
    if (options_parse(&o, argc, argv, &e) != 0) {
        if (e.code == E_NONE)
            abort();
    } else if (o.command == COMMAND_BUNDLE_RUN && (o.id == NULL || strpbrk(o.id, "/\n %") != NULL ||
                                                   o.id[0] == '.' || o.id[0] == '-' || strlen(o.id) > 128)) {
        abort();
    }
    free(text);
    return 0;
}
