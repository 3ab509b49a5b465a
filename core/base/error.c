#include "core/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/base/fd.h"
#include "core/base/hints.def"
#include "core/base/text.h"

static const struct {
    const char *name;
    int status;
} codes[ERROR_CODE_COUNT] = {
#define ERROR_ROW(name, status) [name] = {#name, status},
    ERROR_CODES(ERROR_ROW)
#undef ERROR_ROW
};

#define HINT_ANY (-1)

static const struct {
    enum error_code code;
    int sys;
    const char *begins;
    const char *hint;
} hints[] = {
#define HINT_ROW(code, sys, begins, hint) {code, sys, begins, hint},
    HINTS(HINT_ROW)
#undef HINT_ROW
};

/* The hint of the table for *e, or "". */
static const char *hint_of(const struct error *e) {
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        if (hints[i].code == e->code && (hints[i].sys == HINT_ANY || hints[i].sys == e->sys) &&
            strncmp(e->what, hints[i].begins, strlen(hints[i].begins)) == 0)
            return hints[i].hint;
    }
    return "";
}

int error_set(struct error *e, enum error_code code, int sys, const char *where, const char *fmt, ...) {
    char from[ERROR_WHERE_MAX];
    (void)snprintf(from, sizeof from, "%s", where); /* `where` may point into *e */

    *e = (struct error){.code = (uint32_t)code, .sys = sys};
    memcpy(e->where, from, sizeof from);

    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(e->what, sizeof e->what, fmt, args);
    va_end(args);
    return error_hint(e, "%s", hint_of(e));
}

int error_subject(struct error *e, const char *subject) {
    (void)snprintf(e->subject, sizeof e->subject, "%s", subject);
    return -1;
}

int error_hint(struct error *e, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(e->hint, sizeof e->hint, fmt, args);
    va_end(args);
    return -1;
}

const char *error_name(uint32_t code) {
    return code < ERROR_CODE_COUNT ? codes[code].name : codes[E_INTERNAL].name;
}

enum error_code error_code_of(const char *name) {
    for (uint32_t i = 0; i < ERROR_CODE_COUNT; i++) {
        if (strcmp(codes[i].name, name) == 0)
            return (enum error_code)i;
    }
    return E_INTERNAL;
}

int error_exit_status(uint32_t code) {
    return code < ERROR_CODE_COUNT ? codes[code].status : codes[E_INTERNAL].status;
}

void error_sanitise(struct error *e) {
    if (e->code == E_NONE || e->code >= ERROR_CODE_COUNT)
        e->code = E_INTERNAL;
    e->where[sizeof e->where - 1] = '\0';
    e->subject[sizeof e->subject - 1] = '\0';
    e->what[sizeof e->what - 1] = '\0';
    e->hint[sizeof e->hint - 1] = '\0';
}

/* One write for one line: lines of several containers on one stderr do not mix. */
static void print_line(const struct text *t) {
    (void)write_full(2, t->bytes, t->len);
}

int error_print(const struct error *e) {
    char room[4 * sizeof *e];
    struct text t = text_in(room, sizeof room);

    text_add(&t, "locald-shim: error: ");
    text_escaped(&t, e->where);
    if (e->subject[0] != '\0') {
        text_add(&t, " (");
        text_escaped(&t, e->subject);
        text_add(&t, ")");
    }
    if (e->where[0] != '\0')
        text_add(&t, ": ");
    text_escaped(&t, e->what);
    if (e->sys != 0) {
        text_add(&t, ": ");
        text_add(&t, strerrordesc_np(e->sys) != NULL ? strerrordesc_np(e->sys) : "unknown errno");
    }
    text_add(&t, " [");
    text_add(&t, error_name(e->code));
    text_add(&t, "]\n");
    if (e->hint[0] != '\0') {
        text_add(&t, "  hint: ");
        text_escaped(&t, e->hint);
        text_add(&t, "\n");
    }
    print_line(&t);
    return error_exit_status(e->code);
}

void warning_print(const char *where, const char *message) {
    char room[4 * (ERROR_WHERE_MAX + ERROR_WHAT_MAX)];
    struct text t = text_in(room, sizeof room);

    text_add(&t, "locald-shim: warning: ");
    text_escaped(&t, where);
    text_add(&t, ": ");
    text_escaped(&t, message);
    text_add(&t, "\n");
    print_line(&t);
}
