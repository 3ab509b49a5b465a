/* What the shim writes to stderr: "locald-shim: error: WHERE: MESSAGE: REASON [CODE]", and "  hint: ..." */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/client/client.h"

static const char error_begins[] = "locald-shim: error: ";
static const char hint_begins[] = "  hint: ";

static bool begins(const char *text, size_t len, const char *with) {
    return len >= strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

/* The number whose description the message ends with is taken off it. */
static void take_reason(struct locald_error *e) {
    size_t len = strlen(e->message);
    for (int n = 1; n < 134; n++) {
        const char *reason = strerrordesc_np(n);
        size_t r = reason == NULL ? 0 : strlen(reason);
        if (r > 0 && len > r + 2 && strcmp(e->message + len - r, reason) == 0 &&
            memcmp(e->message + len - r - 2, ": ", 2) == 0) {
            e->errnum = n;
            e->message[len - r - 2] = '\0';
            return;
        }
    }
}

/* The line without its beginning. False: there is no code at its end. */
static bool parse_line(struct locald_error *e, const char *line, size_t len) {
    const char *open = memrchr(line, '[', len);
    if (open == NULL || open == line || open[-1] != ' ' || line[len - 1] != ']')
        return false;
    size_t code = (size_t)(line + len - 1 - open - 1);
    if (code < 3 || code >= sizeof e->shim_code || memcmp(open + 1, "E_", 2) != 0)
        return false;
    for (size_t i = 1; i <= code; i++)
        if (!isupper((unsigned char)open[i]) && !isdigit((unsigned char)open[i]) && open[i] != '_')
            return false;
    size_t rest = (size_t)(open - 1 - line);
    const char *colon = memmem(line, rest, ": ", 2);
    *e = (struct locald_error){.code = LOCALD_E_SHIM};
    memcpy(e->shim_code, open + 1, code);
    if (colon != NULL) {
        client_text(e->where, sizeof e->where, line, (size_t)(colon - line));
        rest -= (size_t)(colon + 2 - line);
        line = colon + 2;
    }
    client_text(e->message, sizeof e->message, line, rest);
    take_reason(e);
    return true;
}

int client_stderr_parse(struct locald_error *e, const char *text, size_t len, int status) {
    const char *first = text;
    size_t first_len = 0;
    bool found = false;
    for (const char *at = text, *end = text + len; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((newline == NULL ? end : newline) - at);
        if (found) {
            if (begins(at, n, hint_begins))
                client_text(e->hint, sizeof e->hint, at + strlen(hint_begins), n - strlen(hint_begins));
            return -1;
        }
        if (begins(at, n, error_begins) && parse_line(e, at + strlen(error_begins), n - strlen(error_begins)))
            found = true;
        if (first_len == 0)
            first = at, first_len = n;
        at += n + (newline != NULL);
    }
    if (found)
        return -1;
    char said[256];
    client_text(said, sizeof said, first, first_len);
    return client_fail(e, LOCALD_E_PROTOCOL, 0, "locald-shim", "ended with status %d%s%s", status,
                       said[0] == '\0' ? " and said nothing" : ": ", said);
}
