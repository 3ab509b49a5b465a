/*
 * An interpreter that attacks, in the place of core/interpreter/interpreter.c, for tests/attacks alone: the
 * confined side as somebody has it who took it over with a hostile config.json.
 */
#include "core/interpreter/interpreter.h"

#include <string.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/interpreter/lock.h"

/* tests/check/evil.sh looks for it in what users get. */
__attribute__((used, retain)) static const char marker[] = "the interpreter that attacks";

static char config[INTERPRETER_CONFIG_MAX];

void interpreter_main(int config_fd, int out_fd, const struct facts *facts, const struct secret *secret) {
    struct error e;
    struct lock_files files = {.secret = secret};
    if (lock_confine(facts, config_fd, out_fd, &files, &e) != 0)
        _exit(1);
    ssize_t n = read_full(config_fd, config, sizeof config);
    const char *line = "!raw\n";
    size_t skip = strlen(line);
    if (n < (ssize_t)skip || memcmp(config, line, skip) != 0)
        _exit(1);
    _exit(write_full(out_fd, config + skip, (size_t)n - skip) == 0 ? 0 : 1);
}
