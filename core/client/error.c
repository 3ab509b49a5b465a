#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/client/client.h"

static const char *const names[] = {
    [LOCALD_OK] = "LOCALD_OK",
    [LOCALD_E_NO_SHIM] = "LOCALD_E_NO_SHIM",
    [LOCALD_E_UNPRIVILEGED] = "LOCALD_E_UNPRIVILEGED",
    [LOCALD_E_UNSAFE] = "LOCALD_E_UNSAFE",
    [LOCALD_E_NOSUID] = "LOCALD_E_NOSUID",
    [LOCALD_E_VERSION] = "LOCALD_E_VERSION",
    [LOCALD_E_ARGUMENT] = "LOCALD_E_ARGUMENT",
    [LOCALD_E_SYSTEM] = "LOCALD_E_SYSTEM",
    [LOCALD_E_PROTOCOL] = "LOCALD_E_PROTOCOL",
    [LOCALD_E_TIMEOUT] = "LOCALD_E_TIMEOUT",
    [LOCALD_E_SHIM] = "LOCALD_E_SHIM",
};

const char *locald_code_name(enum locald_code code) {
    return code >= 0 && code < sizeof names / sizeof *names ? names[code] : "LOCALD_E_UNKNOWN";
}

size_t locald_error_text(const struct locald_error *e, char *text, size_t size) {
    const char *reason = e->errnum == 0 ? NULL : strerrordesc_np(e->errnum);
    int n = snprintf(text, size, "%s%s%s%s%s [%s]", e->where, e->where[0] == '\0' ? "" : ": ", e->message,
                     reason == NULL ? "" : ": ", reason == NULL ? "" : reason,
                     e->shim_code[0] != '\0' ? e->shim_code : locald_code_name(e->code));
    return n < 0 || size == 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

/* How many of n bytes are one character that may be shown; 0: the first byte is none. */
static size_t character(const unsigned char *s, size_t n) {
    if (s[0] < 0x80)
        return s[0] >= 0x20 && s[0] != 0x7f ? 1 : 0;
    size_t len = s[0] >= 0xc2 && s[0] < 0xe0   ? 2
                 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
                 : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
                                               : 0;
    if (len == 0 || len > n)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    bool wrong = (s[0] == 0xc2 && s[1] < 0xa0) ||                                  /* C1 controls */
                 (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90) || /* longer than need be */
                 (s[0] == 0xed && s[1] >= 0xa0) || (s[0] == 0xf4 && s[1] >= 0x90);
    return wrong ? 0 : len;
}

void client_text(char *to, size_t size, const char *from, size_t len) {
    size_t at = 0;
    for (size_t i = 0; i < len;) {
        size_t n = character((const unsigned char *)from + i, len - i);
        size_t room = n == 0 ? 1 : n;
        if (at + room >= size)
            break;
        if (n == 0)
            to[at] = '?';
        else
            memcpy(to + at, from + i, n);
        at += room;
        i += room;
    }
    to[at] = '\0';
}

int client_fail(struct locald_error *e, enum locald_code code, int errnum, const char *where, const char *fmt,
                ...) {
    char text[sizeof e->message * 2];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    struct locald_error made = {.code = code, .errnum = errnum};
    client_text(made.where, sizeof made.where, where, strlen(where)); /* may point into *e */
    client_text(made.message, sizeof made.message, text, strlen(text));
    *e = made;
    return -1;
}

int client_hint(struct locald_error *e, const char *hint) {
    client_text(e->hint, sizeof e->hint, hint, strlen(hint));
    return -1;
}
