/* The lines that the shim writes to --report-fd. */
#include <jansson.h>
#include <limits.h>
#include <string.h>

#include "core/client/client.h"

static bool integer(const json_t *object, const char *key, long long from, long long to, int *value) {
    const json_t *v = json_object_get(object, key);
    if (!json_is_integer(v) || json_integer_value(v) < from || json_integer_value(v) > to)
        return false;
    *value = (int)json_integer_value(v);
    return true;
}

/* Absent is "". */
static bool string(const json_t *object, const char *key, char *to, size_t size) {
    const json_t *v = json_object_get(object, key);
    to[0] = '\0';
    if (v == NULL)
        return true;
    if (!json_is_string(v))
        return false;
    client_text(to, size, json_string_value(v), json_string_length(v));
    return true;
}

static bool has_pid(const json_t *object, struct locald_event *event) {
    return integer(object, "pid", 1, INT_MAX, &event->pid);
}

static bool has_exit(const json_t *object, struct locald_event *event) {
    return integer(object, "status", 0, 255, &event->status) &&
           (json_object_get(object, "signal") == NULL || integer(object, "signal", 1, 64, &event->signal));
}

static bool has_error(const json_t *object, struct locald_event *event) {
    struct locald_error *e = &event->error;
    char subject[sizeof e->where];
    e->code = LOCALD_E_SHIM;
    if (!string(object, "code", e->shim_code, sizeof e->shim_code) ||
        !string(object, "message", e->message, sizeof e->message) ||
        !string(object, "hint", e->hint, sizeof e->hint) ||
        !string(object, "origin", e->where, sizeof e->where) ||
        !string(object, "subject", subject, sizeof subject) ||
        (json_object_get(object, "errno") != NULL && !integer(object, "errno", 0, 4095, &e->errnum)))
        return false;
    size_t len = strlen(e->where);
    if (subject[0] != '\0' && len + strlen(subject) + 4 < sizeof e->where) {
        memcpy(e->where + len, " (", 2);
        memcpy(e->where + len + 2, subject, strlen(subject));
        memcpy(e->where + len + 2 + strlen(subject), ")", 2);
    }
    return strncmp(e->shim_code, "E_", 2) == 0 && e->message[0] != '\0';
}

static const struct {
    const char *name;
    enum locald_event_kind kind;
    bool (*take)(const json_t *object, struct locald_event *event);
} kinds[] = {
    {"created", LOCALD_EVENT_CREATED, has_pid},
    {"started", LOCALD_EVENT_STARTED, has_pid},
    {"exited", LOCALD_EVENT_EXITED, has_exit},
    {"error", LOCALD_EVENT_ERROR, has_error},
};

/* 1, 0 or -1 as client_event_parse. */
static int take(const json_t *object, struct locald_event *event) {
    const char *name = json_string_value(json_object_get(object, "event"));
    if (name == NULL)
        return -1;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            event->kind = kinds[i].kind;
            return kinds[i].take(object, event) ? 1 : -1;
        }
    }
    return 0;
}

int client_event_parse(const char *line, size_t len, struct locald_event *event, struct locald_error *e) {
    *event = (struct locald_event){0};
    json_t *object = len > CLIENT_LINE_MAX ? NULL : json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
    int rc = json_is_object(object) ? take(object, event) : -1;
    json_decref(object);
    if (rc < 0) {
        char shown[64];
        client_text(shown, sizeof shown, line, len < sizeof shown ? len : sizeof shown);
        (void)client_fail(e, LOCALD_E_PROTOCOL, 0, "locald-shim", "an event that is not understood: %s",
                          shown);
    }
    return rc;
}
