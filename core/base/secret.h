/*
 * secret: what only root and the shim know of a user, made anew at each boot: with it the interpreter knows
 * its own cache again (core/interpreter/cache.h). No process of the user's can read it, nor one of a
 * container.
 */
#ifndef LOCALD_BASE_SECRET_H
#define LOCALD_BASE_SECRET_H

#include <stdbool.h>
#include <stdint.h>

struct secret {
    bool known;
    uint8_t bytes[64]; /* 32 to encrypt, 16 to name, 16 to authenticate */
};

#endif
