#include <string.h>

#include "core/client/client.h"

const char *locald_client_version(void) {
    return SHIM_VERSION;
}

/* A number without leading zero, below a billion; NULL when there is none. */
static const char *number(const char *text, unsigned *value) {
    size_t n = strspn(text, "0123456789");
    *value = 0;
    if (n == 0 || n > 9 || (n > 1 && text[0] == '0'))
        return NULL;
    for (size_t i = 0; i < n; i++)
        *value = *value * 10 + (unsigned)(text[i] - '0');
    return text + n;
}

/* Identifiers with dots between them; none is empty. */
static const char *identifiers(const char *text) {
    for (;; text++) {
        size_t n = strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-");
        if (n == 0)
            return NULL;
        text += n;
        if (*text != '.')
            return text;
    }
}

bool client_version_parse(const char *text, unsigned version[3]) {
    if (strlen(text) > 63)
        return false;
    for (int i = 0; i < 3; i++) {
        text = number(text, &version[i]);
        if (text == NULL || (i < 2 && *text++ != '.'))
            return false;
    }
    if (*text == '-')
        text = identifiers(text + 1);
    if (text != NULL && *text == '+')
        text = identifiers(text + 1);
    return text != NULL && *text == '\0';
}

bool client_version_fits(const char *ours, const char *theirs) {
    unsigned a[3], b[3];
    return client_version_parse(ours, a) && client_version_parse(theirs, b) && a[0] == b[0] &&
           (a[0] > 0 || a[1] == b[1]);
}
