/*
 * interpret: the monitor's side of the interpreter: forks it, reads its whole answer into private memory,
 * and waits for its end. What it wrote can't change any more when the gate sees it. Its end, which takes
 * as long as a third of its life, is waited for while container init sets itself up, and before a payload
 * runs.
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
    int pidfd;         /* of the interpreter until it is waited for; -1 */
    uint64_t deadline; /* for all of it, as phases_now */
};

/* Interprets the config.json open at config_fd (borrowed), by way of the caller's cache when the secret is
 * known. -1 with the interpreter's own error, or with E_INTERPRETER* when it died, took longer than its time
 * or wrote too much; 0: the answer is complete, but of its end nothing is known yet. Gives *out, to be freed
 * with interpretation_free. */
int interpret(int config_fd, const struct facts *facts, const struct secret *secret,
              struct interpretation *out, struct error *e);

/* Waits for the interpreter's end. -1 with E_INTERPRETER* unless its status is 0. Nothing to do when that was
 * done.
 */
int interpretation_end(struct interpretation *i, struct error *e);

/* Ends the interpreter, too, if it lives. */
void interpretation_free(struct interpretation *i);

#endif
