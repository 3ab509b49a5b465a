#include "core/parse/hosts.h"

#include <string.h>

#include "core/parse/piece.h"

static const char begin[] = "# BEGIN locald", end[] = "# END locald";

bool hosts_is_domain(const char *name) {
    static const char inner[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    if (strlen(name) > HOSTS_NAME_MAX)
        return false;
    for (;;) {
        size_t n = strspn(name, inner);
        if (n == 0 || n > 63 || name[0] == '-' || name[n - 1] == '-')
            return false;
        if (name[n] == '\0')
            return true;
        if (name[n] != '.')
            return false;
        name += n + 1;
    }
}

/* The suffix begins with a dot, and something stands before it. */
static bool is_below(const char *name, const char *suffix) {
    size_t n = strlen(name), m = strlen(suffix);
    return n > m && strcmp(name + n - m, suffix) == 0;
}

static bool may_have(const char *name, const struct policy *p) {
    bool may = is_below(name, ".localhost");
    for (uint32_t i = 0; !may && i < p->suffix_count; i++)
        may = is_below(name, p->suffixes[i]);
    return may;
}

/* In lower case. False when it does not fit. */
static bool lower(const char *name, char room[HOSTS_NAME_MAX + 1]) {
    size_t n = strlen(name);
    for (size_t i = 0; i < n && n <= HOSTS_NAME_MAX; i++) {
        room[i] = name[i];
        if (name[i] >= 'A' && name[i] <= 'Z')
            room[i] = (char)(name[i] - 'A' + 'a');
    }
    room[n <= HOSTS_NAME_MAX ? n : 0] = '\0';
    return n <= HOSTS_NAME_MAX;
}

static bool is_earlier(const struct hosts_names *names, size_t at, const char *name) {
    char other[HOSTS_NAME_MAX + 1];
    for (size_t i = 0; i < at; i++) {
        if (lower(names->names[i], other) && strcmp(other, name) == 0)
            return true;
    }
    return false;
}

/* What ends the lines of a user. */
static struct text mark_of(uint32_t uid, char room[32]) {
    struct text mark = text_in(room, 32);
    text_add(&mark, " # uid ");
    text_u64(&mark, uid);
    return mark;
}

static int add_names(const struct hosts_names *names, const struct policy *p, struct text *out,
                     struct error *e) {
    char name[HOSTS_NAME_MAX + 1], room[32];
    const struct text mark = mark_of(names->uid, room);
    static const char *const addresses[] = {"127.0.0.1 ", "::1 "};
    for (size_t i = 0; i < names->count; i++) {
        if (!lower(names->names[i], name) || !hosts_is_domain(name))
            return error_set(e, E_USAGE, 0, "DOMAIN", "%s is no host name", names->names[i]);
        if (!may_have(name, p))
            return error_set(e, E_AUTHORITY, 0, "DOMAIN",
                             "%s is not below .localhost or a suffix that the policy allows", name);
        for (size_t k = 0; k < 2 && !is_earlier(names, i, name); k++) {
            text_add(out, addresses[k]);
            text_add(out, name);
            text_add(out, mark.bytes);
            text_add(out, "\n");
        }
    }
    return 0;
}

/* Where the block's inner lines begin and end in the text, and where its outer ones do. */
struct block {
    const char *from, *inner, *inner_end, *to; /* all NULL: there is none */
};

static int refuse(struct error *e, unsigned number, const char *why) {
    char room[64];
    struct text where = text_in(room, sizeof room);
    text_add(&where, HOSTS_FILE ":");
    text_u64(&where, number);
    return error_set(e, E_FILE, 0, room, "%s", why);
}

static int find(const char *text, size_t len, struct block *b, struct error *e) {
    struct piece rest = {text, len};
    unsigned number = 0, began = 0;
    *b = (struct block){NULL, NULL, NULL, NULL};
    while (rest.len > 0) {
        struct piece line = piece_cut(&rest, '\n');
        number++;
        if (piece_is(line, begin)) {
            if (b->from != NULL)
                return refuse(e, number, "a second \"# BEGIN locald\"");
            *b = (struct block){line.bytes, rest.bytes, NULL, NULL};
            began = number;
        } else if (piece_is(line, end)) {
            if (b->from == NULL || b->to != NULL)
                return refuse(e, number, "\"# END locald\" without its beginning");
            b->inner_end = line.bytes;
            b->to = rest.bytes;
        }
    }
    return b->from == NULL || b->to != NULL ? 0 : refuse(e, began, "\"# BEGIN locald\" without its end");
}

/* The block's lines of all others. */
static void add_others(const struct block *b, uint32_t uid, struct text *out) {
    char room[32];
    const struct text mark = mark_of(uid, room);
    struct piece rest = {b->inner, (size_t)(b->inner_end - b->inner)};
    while (rest.len > 0) {
        struct piece line = piece_cut(&rest, '\n');
        if (line.len >= mark.len && memcmp(line.bytes + line.len - mark.len, mark.bytes, mark.len) == 0)
            continue;
        text_add_n(out, line.bytes, line.len);
        text_add(out, "\n");
    }
}

int hosts_sync(const char *text, size_t len, const struct hosts_names *names, const struct policy *policy,
               struct text *out, struct error *e) {
    struct block b;
    if (memchr(text, 0, len) != NULL)
        return error_set(e, E_FILE, 0, HOSTS_FILE, "has a NUL byte");
    if (find(text, len, &b, e) != 0)
        return -1;
    text_add_n(out, text, b.from != NULL ? (size_t)(b.from - text) : len);
    if (b.from == NULL && len > 0 && text[len - 1] != '\n' && names->count > 0)
        text_add(out, "\n");
    const size_t before = out->len;
    text_add(out, begin);
    text_add(out, "\n");
    const size_t empty = out->len;
    if (b.from != NULL)
        add_others(&b, names->uid, out);
    if (add_names(names, policy, out, e) != 0)
        return -1;
    if (out->len == empty) {
        out->len = before;
    } else {
        text_add(out, end);
        text_add(out, "\n");
    }
    if (b.from != NULL)
        text_add_n(out, b.to, len - (size_t)(b.to - text));
    out->bytes[out->len] = '\0';
    return out->cut ? error_set(e, E_FILE, 0, HOSTS_FILE, "would be longer than 1 MiB") : 0;
}
