/*
 * piece: pieces of a text, for the parsers of /etc's files: not terminated, perhaps empty. Pure.
 */
#ifndef LOCALD_PARSE_PIECE_H
#define LOCALD_PARSE_PIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct piece {
    const char *bytes;
    size_t len;
};

/* Takes what stands before the next `end` (or the end of the text) off *rest, and `end` with it. */
struct piece piece_cut(struct piece *rest, char end);

/* The piece without the blanks and tabs at both ends. */
struct piece piece_trim(struct piece p);

/* The piece is this text, which is not empty. */
bool piece_is(struct piece p, const char *text);

/* Digits only: no sign, no blank, no 0x, not over 32 bits. Leading zeros make no other number. */
bool piece_number(struct piece p, uint32_t *number);

/* Copies the piece into room (size bytes) and terminates it; false when it does not fit or holds a NUL. */
bool piece_copy(struct piece p, char *room, size_t size);

#endif
