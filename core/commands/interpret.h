/*
 * interpret: the monitor's side of the interpreter: forks it, reads its whole answer into private memory,
 * waits for its end. Nothing is decoded before the interpreter is dead and its exit status is known to be 0.
 */
#ifndef LOCALD_COMMANDS_INTERPRET_H
#define LOCALD_COMMANDS_INTERPRET_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/secret.h"
#include "core/plan/facts.h"

/* The plan's bytes in a mapping of its own. */
struct interpretation {
    uint8_t *bytes;
    size_t len;
    size_t mapped;
};

/* Interprets the config.json open at config_fd (borrowed), by way of the caller's cache when the secret is
 * known. -1 with the interpreter's own error, or with E_INTERPRETER* when it died, took longer than its time
 * or wrote too much. Gives *out, to be freed with interpretation_free. */
int interpret(int config_fd, const struct facts *facts, const struct secret *secret,
              struct interpretation *out, struct error *e);

void interpretation_free(struct interpretation *i);

#endif
