/*
 * text: bounded text building in the caller's buffer, with the two escapings that we need. Text that does
 * not fit is cut (`cut` says so); the buffer is always terminated. No allocation, no locale, no stdio.
 */
#ifndef LOCALD_BASE_TEXT_H
#define LOCALD_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *bytes;
    size_t len; /* without the terminator */
    size_t size;
    bool cut;
};

/* A text in `room` (size bytes, at least 1). Borrows room for the text's life. */
struct text text_in(char *room, size_t size);

void text_add(struct text *t, const char *s);
void text_add_n(struct text *t, const char *s, size_t n);
void text_u64(struct text *t, uint64_t v);
void text_i64(struct text *t, int64_t v);
void text_octal(struct text *t, uint32_t v);
void text_hex(struct text *t, uint64_t v);

/* Adds s for a terminal or a log: control bytes, DEL and bytes that are not valid UTF-8 become \xHH, so that
 * one message stays one line and can't drive the terminal. */
void text_escaped(struct text *t, const char *s);

/* Adds s as a JSON string with its quotes (RFC 8259 section 7); bytes that are not valid UTF-8 become U+FFFD.
 */
void text_json(struct text *t, const char *s);

/* Members of a JSON object, in order: the first opens it ("{" where the text is empty), the others begin with
 * a comma; who writes the last one closes the object. text_key writes the name alone, for a value that is
 * JSON. */
void text_key(struct text *t, const char *name);
void text_member(struct text *t, const char *name, const char *value);
void text_member_i64(struct text *t, const char *name, int64_t value);

#endif
