#include <stdio.h>
#include <string.h>

#include "core/client/locald_client.h"

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

const char *locald_client_version(void) {
    return SHIM_VERSION;
}

size_t locald_error_text(const struct locald_error *e, char *text, size_t size) {
    const char *reason = e->errnum == 0 ? NULL : strerrordesc_np(e->errnum);
    int n = snprintf(text, size, "%s%s%s%s%s [%s]", e->where, e->where[0] == '\0' ? "" : ": ", e->message,
                     reason == NULL ? "" : ": ", reason == NULL ? "" : reason,
                     e->shim_code[0] != '\0' ? e->shim_code : locald_code_name(e->code));
    return n < 0 || size == 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}
