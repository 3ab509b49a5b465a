#include "core/locald/checks.h"

#include <string.h>

static const char *const state_names[] = {"ok", "warning", "problem"};

int checks_add(json_t *checks, const char *name, enum check_state state, const char *text, const char *fix) {
    return json_array_append_new(checks, json_pack("{s:s, s:s, s:s, s:s}", "name", name, "state",
                                                   state_names[state], "text", text, "fix", fix));
}

static int add_item(json_t *checks, json_t *item) {
    const char *name = NULL, *status = NULL, *message = NULL, *fix = NULL;
    if (json_unpack(item, "{s:s, s:s, s:s, s:s}", "name", &name, "status", &status, "message", &message,
                    "fix", &fix) != 0)
        return -1;
    enum check_state state = strcmp(status, "ok") == 0     ? CHECK_OK
                             : strcmp(status, "note") == 0 ? CHECK_WARNING
                                                           : CHECK_PROBLEM; /* also what we don't know */
    return checks_add(checks, name, state, message, fix);
}

int checks_add_self_check(json_t *checks, const char *json) {
    json_t *root = json_loads(json, 0, NULL), *item = NULL;
    json_t *items = json_object_get(root, "checks");
    int rc = json_is_array(items) ? 0 : -1;
    size_t i = 0;
    json_array_foreach(items, i, item) {
        if (add_item(checks, item) != 0)
            rc = -1;
    }
    json_decref(root);
    return rc;
}

static const char *member(const json_t *check, const char *name) {
    const char *text = json_string_value(json_object_get(check, name));
    return text == NULL ? "" : text;
}

bool checks_have_problem(const json_t *checks) {
    for (size_t i = 0; i < json_array_size(checks); i++)
        if (strcmp(member(json_array_get(checks, i), "state"), "problem") == 0)
            return true;
    return false;
}

/* It is UTF-8: jansson takes nothing else. */
static void put(const char *text, FILE *out) {
    for (const unsigned char *s = (const unsigned char *)text; *s != '\0'; s++) {
        bool c1 = s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0;
        s += c1;
        (void)fputc(c1 || *s < 0x20 || *s == 0x7f ? '?' : *s, out);
    }
}

void checks_print(const json_t *checks, FILE *out) {
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *check = json_array_get(checks, i);
        (void)fprintf(out, "%-8s ", member(check, "state"));
        put(member(check, "name"), out);
        (void)fputs(": ", out);
        put(member(check, "text"), out);
        (void)fputs(member(check, "fix")[0] == '\0' ? "" : "\n         fix: ", out);
        put(member(check, "fix"), out);
        (void)fputc('\n', out);
    }
}
