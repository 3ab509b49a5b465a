/*
 * core/client: what the shim says to its callers: a line of a report, its stderr, its version. Whatever it
 * is, texts end, are shown safely, and the numbers are what the header promises.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/client/client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void promise(bool kept) {
    if (!kept)
        abort();
}

static void check_text(const char *text, size_t size) {
    size_t n = strnlen(text, size);
    promise(n < size);
    for (size_t i = 0; i < n; i++)
        promise((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
    char again[1024];
    client_text(again, sizeof again, text, n);
    promise(strcmp(again, text) == 0); /* it is UTF-8, and whole */
}

static void check_error(const struct locald_error *e) {
    char line[2048];
    check_text(e->shim_code, sizeof e->shim_code);
    check_text(e->where, sizeof e->where);
    check_text(e->message, sizeof e->message);
    check_text(e->hint, sizeof e->hint);
    promise(locald_error_text(e, line, sizeof line) == strlen(line));
}

static void check_event(const char *data, size_t size) {
    struct locald_event event;
    struct locald_error e = {0};
    int rc = client_event_parse(data, size, &event, &e);
    promise(rc >= -1 && rc <= 1 && (rc < 0) == (e.code == LOCALD_E_PROTOCOL));
    check_error(&e);
    if (rc != 1)
        return;
    promise(event.kind <= LOCALD_EVENT_ERROR);
    promise((event.pid > 0) == (event.kind <= LOCALD_EVENT_STARTED));
    promise(event.status >= 0 && event.status <= 255 && event.signal >= 0 && event.signal <= 64);
    promise((event.error.code == LOCALD_E_SHIM) == (event.kind == LOCALD_EVENT_ERROR));
    promise(event.kind != LOCALD_EVENT_ERROR ||
            (event.error.message[0] != '\0' && event.error.shim_code[0] == 'E'));
    check_error(&event.error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct locald_error e;
    unsigned v[3];
    check_event((const char *)data, size);
    memset(&e, 'x', sizeof e);
    promise(client_stderr_parse(&e, (const char *)data, size, 125) == -1);
    promise(e.code == LOCALD_E_SHIM || e.code == LOCALD_E_PROTOCOL);
    check_error(&e);
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (client_version_parse(text, v))
        promise(strlen(text) < 64 && client_version_fits(text, text) && v[0] < 1000000000);
    free(text);
    return 0;
}
