/*
 * relay: with process.terminal and no --console-socket the monitor copies between its own stdin and stdout
 * and the container's pseudoterminal. Its terminal is raw meanwhile and is restored on every way out (by the
 * keeper when the monitor is killed).
 */
#ifndef LOCALD_ENGINE_HOST_RELAY_H
#define LOCALD_ENGINE_HOST_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/engine/host/host.h"

#define RELAY_ROOM                                                                                           \
    1024 /* a write that poll(2) allows may still block when it is longer than a terminal takes */
#define RELAY_POLLS 3

struct relay_buffer {
    char bytes[RELAY_ROOM];
    size_t from, to;
};

struct relay {
    int master;  /* owned; -1 without a terminal */
    bool is_tty; /* our stdin is a terminal */
    bool input_ended, output_ended, hung;
    struct relay_buffer in, out;
};

/* Takes the master and makes our terminal raw; its settings are in h before that, for whoever ends the run.
 */
void relay_begin(struct relay *r, int master, struct host *h);

/* The pseudoterminal takes the size of our terminal. */
void relay_resize(const struct relay *r);

/* Fills RELAY_POLLS entries for poll(2): master, stdin, stdout; fd -1 where there is nothing to wait for. */
void relay_poll(const struct relay *r, struct pollfd *p);

/* Copies what poll(2) said is ready. */
void relay_copy(struct relay *r, const struct pollfd *p);

/* The container has ended: shows what is left in the pseudoterminal (1 s at most) and closes it. */
void relay_end(struct relay *r);

#endif
