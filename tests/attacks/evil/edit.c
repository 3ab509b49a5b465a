/* The plan's bytes as records, and records of text. */
#include <stdlib.h>
#include <string.h>

#include "tests/attacks/evil/evil.h"

size_t evil_after(const struct evil *v, size_t at) {
    return at + 8 + wire_u32_at(v->plan + at + 4);
}

size_t evil_trailer(const struct evil *v) {
    return v->len - 12;
}

size_t evil_find(const struct evil *v, uint32_t op) {
    for (size_t at = 8; at < evil_trailer(v); at = evil_after(v, at)) {
        if (wire_u32_at(v->plan + at) == op)
            return at;
    }
    return 0;
}

size_t evil_place(const struct evil *v, uint32_t op) {
    uint32_t phase = plan_op_info((enum plan_op)op)->phase;
    size_t at = 8;
    while (at < evil_trailer(v) && plan_op_info((enum plan_op)wire_u32_at(v->plan + at))->phase <= phase)
        at = evil_after(v, at);
    return at;
}

void evil_insert(struct evil *v, size_t at, const uint8_t *bytes, size_t n) {
    if (v->len + n > EVIL_ROOM)
        return;
    uint8_t *copy = malloc(n + 1); /* they may be the plan's own */
    if (copy == NULL)
        return;
    memcpy(copy, bytes, n);
    memmove(v->plan + at + n, v->plan + at, v->len - at);
    memcpy(v->plan + at, copy, n);
    v->len += n;
    free(copy);
}

void evil_remove(struct evil *v, size_t at, size_t n) {
    memmove(v->plan + at, v->plan + at + n, v->len - at - n);
    v->len -= n;
}

void evil_count(struct evil *v, int more) {
    struct wire_writer w = {.bytes = v->plan, .len = v->len, .size = v->len};
    size_t at = v->len - 4;
    wire_patch_u32(&w, at, wire_u32_at(v->plan + at) + (uint32_t)more);
}

uint32_t evil_op(const char *name) {
    uint32_t op = 0;
    while (op < PLAN_OP_COUNT && strcmp(plan_op_info((enum plan_op)op)->name, name) != 0)
        op++;
    return op;
}

/* "%41" is a byte. The length. */
static size_t unescape(const char *text, size_t len, char *to) {
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        const char pair[3] = {i + 2 < len + 0 ? text[i + 1] : '\0', i + 2 < len ? text[i + 2] : '\0', '\0'};
        bool is_byte = text[i] == '%' && pair[1] != '\0';
        to[n++] = is_byte ? (char)strtoul(pair, NULL, 16) : text[i];
        i += is_byte ? 2 : 0;
    }
    return n;
}

static uint64_t number(const char *text) {
    return text[0] == '-' ? (uint64_t)strtoll(text, NULL, 0) : strtoull(text, NULL, 0);
}

/* A list's elements are parted by commas. */
static void put_list(struct wire_writer *w, enum plan_type type, const char *value) {
    static char some[1 << 16];
    size_t at = w->len;
    uint32_t count = 0;
    wire_put_u32(w, 0);
    while (value[0] != '\0') {
        size_t n = strcspn(value, ",");
        if (type == PLAN_STRS)
            wire_put_str(w, some, unescape(value, n, some));
        else
            wire_put_u32(w, (uint32_t)number(value));
        value += n + (value[n] == ',');
        count++;
    }
    wire_patch_u32(w, at, count);
}

static void put(struct wire_writer *w, enum plan_type type, const char *value) {
    static char some[1 << 16];
    if (type == PLAN_U32)
        wire_put_u32(w, (uint32_t)number(value));
    else if (type == PLAN_U64)
        wire_put_u64(w, number(value));
    else if (type == PLAN_STR)
        wire_put_str(w, some, unescape(value, strlen(value), some));
    else
        put_list(w, type, value);
}

/* The value of FIELD=VALUE, or "". */
static const char *value_of(char *const *words, size_t count, const char *field) {
    size_t n = strlen(field);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(words[i], field, n) == 0 && words[i][n] == '=')
            return words[i] + n + 1;
    }
    return "";
}

size_t evil_record(const struct evil *v, uint32_t op, char *fields, uint8_t *room, size_t size) {
    const struct plan_op_info *info = plan_op_info((enum plan_op)op);
    struct wire_writer w = {.bytes = room, .size = size};
    char *words[32], *rest = fields;
    size_t count = 0;
    while (count < 32 && (words[count] = strsep(&rest, "\t")) != NULL)
        count++;
    wire_put_u32(&w, op);
    wire_put_u32(&w, 0);
    wire_put_str(&w, "evil", 4);
    for (uint32_t i = 0; i < info->field_count; i++)
        put(&w, info->fields[i].type, value_of(words, count, info->fields[i].name));
    wire_patch_u32(&w, 4, (uint32_t)w.len - 8);
    if (w.bad)
        evil_say(v, "a record is too long", (long)size);
    return w.len;
}

/* Behind the field's value. */
static size_t skip(const struct evil *v, size_t at, enum plan_type type) {
    if (type == PLAN_U32 || type == PLAN_U64)
        return at + (type == PLAN_U32 ? 4 : 8);
    uint32_t n = wire_u32_at(v->plan + at);
    at += 4;
    if (type == PLAN_STR)
        return at + n + 1;
    if (type == PLAN_U32S)
        return at + (size_t)n * 4;
    for (uint32_t i = 0; i < n; i++)
        at += 4 + wire_u32_at(v->plan + at) + 1;
    return at;
}

void evil_set(struct evil *v, size_t at, const char *field, const char *value) {
    static uint8_t room[1 << 17];
    struct wire_writer w = {.bytes = room, .size = sizeof room};
    const struct plan_op_info *info = plan_op_info((enum plan_op)wire_u32_at(v->plan + at));
    size_t from = skip(v, at + 8, PLAN_STR); /* the origin */
    uint32_t i = 0;
    for (; i < info->field_count && strcmp(info->fields[i].name, field) != 0; i++)
        from = skip(v, from, info->fields[i].type);
    if (i == info->field_count)
        evil_say(v, "no such field", 0);
    size_t gone = skip(v, from, info->fields[i].type) - from;
    put(&w, info->fields[i].type, value);
    evil_remove(v, from, gone);
    evil_insert(v, from, room, w.len);
    struct wire_writer all = {.bytes = v->plan, .len = v->len, .size = v->len};
    wire_patch_u32(&all, at + 4, wire_u32_at(v->plan + at + 4) + (uint32_t)w.len - (uint32_t)gone);
}
