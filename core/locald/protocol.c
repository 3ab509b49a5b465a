#include "core/locald/protocol.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/locald/command.h"
#include "core/locald/launch.h"

#define SECONDS_MAX 86400.0
#define LINES_MAX   10000

static int bad(struct locald_error *e, const char *where, const char *message) {
    return fail(e, LOCALD_E_ARGUMENT, 0, where, message, NULL);
}

/* The member's text in *to; what is not there leaves it as it is. */
static int take_text(const json_t *o, const char *key, const char **to, struct locald_error *e) {
    const json_t *v = json_object_get(o, key);
    if (v == NULL)
        return 0;
    *to = json_string_value(v);
    return *to != NULL ? 0 : bad(e, key, "expected a string");
}

static int take_path(const json_t *o, const char *key, const char **to, struct locald_error *e) {
    if (take_text(o, key, to, e) != 0)
        return -1;
    return *to == NULL || ((*to)[0] == '/' && strlen(*to) < 4096) ? 0
                                                                  : bad(e, key, "expected an absolute path");
}

static int take_flag(const json_t *o, const char *key, bool *to, struct locald_error *e) {
    const json_t *v = json_object_get(o, key);
    if (v != NULL && !json_is_boolean(v))
        return bad(e, key, "expected true or false");
    *to = json_is_true(v);
    return 0;
}

static int take_seconds(const json_t *o, const char *key, int64_t *to, struct locald_error *e) {
    const json_t *v = json_object_get(o, key);
    if (v == NULL)
        return 0;
    double seconds = json_number_value(v);
    if (!json_is_number(v) || !(seconds >= 0 && seconds <= SECONDS_MAX))
        return bad(e, key, "expected seconds, at most a day");
    *to = (int64_t)(seconds * 1000);
    return 0;
}

static int take_texts(const json_t *o, const char *key, const char **to, size_t max, struct locald_error *e) {
    const json_t *list = json_object_get(o, key);
    size_t n = json_array_size(list);
    if (list == NULL)
        return 0;
    if (!json_is_array(list) || n > max)
        return bad(e, key, "expected an array of strings, of a bounded number");
    for (size_t i = 0; i < n; i++) {
        to[i] = json_string_value(json_array_get(list, i));
        if (to[i] == NULL)
            return bad(e, key, "expected strings");
    }
    return 0;
}

static int only(const json_t *o, const char *keys, struct locald_error *e) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)o, key, value) {
        char word[40];
        int n = snprintf(word, sizeof word, " %s ", key);
        if (n >= (int)sizeof word || strchr(key, ' ') != NULL || strstr(keys, word) == NULL)
            return bad(e, "", "the request has a member that is not known");
    }
    return 0;
}

static int take_binds(const json_t *o, struct request *r, struct locald_error *e) {
    const json_t *list = json_object_get(o, "binds");
    r->bind_count = json_array_size(list);
    if (list != NULL && (!json_is_array(list) || r->bind_count > BUNDLE_BINDS_MAX))
        return bad(e, "binds", "expected an array of at most 256 objects");
    for (size_t i = 0; i < r->bind_count; i++) {
        const json_t *v = json_array_get(list, i);
        struct bundle_bind *b = &r->binds[i];
        if (!json_is_object(v))
            return bad(e, "binds", "expected objects");
        if (only(v, " source destination read_only ", e) != 0 || take_path(v, "source", &b->source, e) != 0 ||
            take_path(v, "destination", &b->destination, e) != 0 ||
            take_flag(v, "read_only", &b->read_only, e) != 0)
            return -1;
        if (b->source == NULL || b->destination == NULL)
            return bad(e, "binds", "source and destination are required");
    }
    return 0;
}

static int take_start(const json_t *o, struct request *r, struct locald_error *e) {
    if (only(o, " do name rootfs args env cwd user binds ", e) != 0 ||
        take_path(o, "rootfs", &r->rootfs, e) != 0 ||
        take_texts(o, "args", r->args, REQUEST_ARGS_MAX, e) != 0 ||
        take_texts(o, "env", r->env, REQUEST_ENV_MAX, e) != 0 || take_path(o, "cwd", &r->cwd, e) != 0 ||
        take_text(o, "user", &r->user, e) != 0 || take_binds(o, r, e) != 0)
        return -1;
    if (r->rootfs == NULL)
        return bad(e, "rootfs", "is required");
    return r->args[0] != NULL ? 0 : bad(e, "args", "is required");
}

static int take_stop(const json_t *o, struct request *r, struct locald_error *e) {
    return only(o, " do name grace ", e) != 0 || take_seconds(o, "grace", &r->grace, e) != 0 ? -1 : 0;
}

static int take_ps(const json_t *o, struct request *r, struct locald_error *e) {
    (void)r;
    return only(o, " do ", e);
}

static int take_logs(const json_t *o, struct request *r, struct locald_error *e) {
    const json_t *lines = json_object_get(o, "lines");
    if (only(o, " do name lines follow ", e) != 0 || take_flag(o, "follow", &r->follow, e) != 0)
        return -1;
    if (lines == NULL)
        return 0;
    r->lines = json_integer_value(lines);
    if (!json_is_integer(lines) || r->lines < 0 || r->lines > LINES_MAX)
        return bad(e, "lines", "expected a number, at most 10000");
    return 0;
}

static int take_wait(const json_t *o, struct request *r, struct locald_error *e) {
    const char *until = "exited";
    if (only(o, " do name for timeout ", e) != 0 || take_text(o, "for", &until, e) != 0 ||
        take_seconds(o, "timeout", &r->timeout, e) != 0)
        return -1;
    r->exited = strcmp(until, "exited") == 0;
    return r->exited || strcmp(until, "started") == 0 ? 0
                                                      : bad(e, "for", "expected \"started\" or \"exited\"");
}

static const struct {
    const char *name;
    int (*take)(const json_t *o, struct request *r, struct locald_error *e);
} kinds[] = {
    [REQUEST_START] = {"start", take_start}, [REQUEST_STOP] = {"stop", take_stop},
    [REQUEST_PS] = {"ps", take_ps},          [REQUEST_LOGS] = {"logs", take_logs},
    [REQUEST_WAIT] = {"wait", take_wait},
};

static int parse(struct request *r, struct locald_error *e) {
    const char *what = NULL;
    if (!json_is_object(r->root))
        return bad(e, "", "a request is a JSON object in one line");
    if (take_text(r->root, "do", &what, e) != 0)
        return -1;
    for (size_t i = 0; what != NULL && i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(what, kinds[i].name) != 0)
            continue;
        r->what = (enum request_do)i;
        if (take_text(r->root, "name", &r->name, e) != 0 || kinds[i].take(r->root, r, e) != 0)
            return -1;
        if (i == REQUEST_PS)
            return 0;
        return r->name != NULL && launch_name_is_good(r->name)
                   ? 0
                   : bad(e, "name", "expected 1 to 64 of a-z A-Z 0-9 _ . -, a letter or digit first");
    }
    return bad(e, "do", "expected start, stop, ps, logs or wait");
}

int request_parse(const char *line, size_t len, struct request *r, struct locald_error *e) {
    memset(r, 0, sizeof *r);
    r->grace = r->timeout = -1;
    r->lines = 100;
    r->root = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
    if (parse(r, e) == 0)
        return 0;
    request_free(r);
    return -1;
}

void request_free(struct request *r) {
    json_decref(r->root);
    r->root = NULL;
}

json_t *answer_error(const struct locald_error *e) {
    const char *reason = e->errnum == 0 ? NULL : strerrordesc_np(e->errnum);
    return json_pack("{s:b, s:{s:s, s:s, s:s, s:s, s:s, s:s}}", "ok", 0, "error", "code",
                     locald_code_name(e->code), "shim_code", e->shim_code, "where", e->where, "message",
                     e->message, "reason", reason == NULL ? "" : reason, "hint", e->hint);
}

static void copy(char *to, size_t size, const json_t *error, const char *key) {
    const char *text = json_string_value(json_object_get(error, key));
    (void)snprintf(to, size, "%s", text == NULL ? "" : text);
    for (char *p = to; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
}

void answer_read_error(const json_t *answer, struct locald_error *e) {
    const json_t *error = json_object_get(answer, "error");
    const char *name = json_string_value(json_object_get(error, "code"));
    char reason[128];
    (void)fail(e, LOCALD_E_PROTOCOL, 0, "", "the daemon's answer is not understood", NULL);
    if (name == NULL)
        return;
    for (int code = LOCALD_E_NO_SHIM; code <= LOCALD_E_SHIM; code++)
        if (strcmp(locald_code_name((enum locald_code)code), name) == 0)
            e->code = (enum locald_code)code;
    copy(e->shim_code, sizeof e->shim_code, error, "shim_code");
    copy(e->where, sizeof e->where, error, "where");
    copy(e->message, sizeof e->message, error, "message");
    copy(e->hint, sizeof e->hint, error, "hint");
    copy(reason, sizeof reason, error, "reason");
    for (int n = 1; reason[0] != '\0' && n < 134; n++)
        if (strerrordesc_np(n) != NULL && strcmp(strerrordesc_np(n), reason) == 0)
            e->errnum = n;
}
