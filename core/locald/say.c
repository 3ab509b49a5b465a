#include <stdio.h>
#include <string.h>

#include "core/locald/command.h"

int say_error(const struct locald_error *e) {
    char line[1200];
    (void)locald_error_text(e, line, sizeof line);
    (void)fprintf(stderr, "locald: error: %s\n", line);
    if (e->hint[0] != '\0')
        (void)fprintf(stderr, "  hint: %s\n", e->hint);
    return STATUS_ERROR;
}

int fail(struct locald_error *e, enum locald_code code, int errnum, const char *where, const char *message,
         const char *hint) {
    memset(e, 0, sizeof *e);
    e->code = code;
    e->errnum = errnum;
    (void)snprintf(e->where, sizeof e->where, "%s", where == NULL ? "" : where);
    (void)snprintf(e->message, sizeof e->message, "%s", message);
    (void)snprintf(e->hint, sizeof e->hint, "%s", hint == NULL ? "" : hint);
    return -1;
}
