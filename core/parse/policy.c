#include "core/parse/policy.h"

#include <string.h>

#include "core/base/text.h"
#include "core/parse/hosts.h"
#include "core/parse/piece.h"

/* One key's values go into the policy (or the group's name); why they can't, or NULL. */
typedef const char *take_fn(struct policy *p, char *group, struct piece values);

static struct piece next_word(struct piece *rest) {
    *rest = piece_trim(*rest);
    for (size_t i = 0; i < rest->len; i++) {
        if (rest->bytes[i] == '\t')
            return piece_cut(rest, '\t');
        if (rest->bytes[i] == ' ')
            break;
    }
    return piece_cut(rest, ' ');
}

static const char *take_group(struct policy *p, char *group, struct piece values) {
    (void)p;
    struct piece name = next_word(&values);
    if (name.len == 0 || values.len != 0 || !piece_copy(name, group, POLICY_GROUP_MAX))
        return "expected the name or number of one group";
    return NULL;
}

static const char *take_ports(struct policy *p, char *group, struct piece values) {
    (void)group;
    p->port_count = 0;
    for (struct piece word = next_word(&values); word.len > 0; word = next_word(&values)) {
        uint32_t port = policy_port(word.bytes, word.len);
        if (port == 0 || p->port_count == POLICY_PORTS_MAX)
            return "expected at most 32 ports, each from 1 to 65535";
        p->ports[p->port_count++] = port;
    }
    return NULL;
}

/* Names of plain characters below each other; no dots alone, none of the kernel's own files. */
static bool is_root_path(const char *path) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@:-";
    if (path[0] == '\0')
        return false;
    while (*path == '/') {
        size_t n = strspn(path + 1, plain);
        if (n == 0 || strspn(path + 1, ".") == n || strncmp(path + 1, "cgroup.", 7) == 0)
            return false;
        path += 1 + n;
    }
    return *path == '\0';
}

/* One is the other or below it: a name that is the shim's own below one could be had below the other. */
static bool is_nested(const char *a, const char *b) {
    size_t n = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
    return strncmp(a, b, n) == 0 && (a[n] == '\0' || a[n] == '/') && (b[n] == '\0' || b[n] == '/');
}

static const char *take_roots(struct policy *p, char *group, struct piece values) {
    (void)group;
    memset(p->roots, 0, sizeof p->roots);
    p->root_count = 0;
    for (struct piece word = next_word(&values); word.len > 0; word = next_word(&values)) {
        if (p->root_count == POLICY_ROOTS_MAX ||
            !piece_copy(word, p->roots[p->root_count], POLICY_ROOT_SIZE) ||
            !is_root_path(p->roots[p->root_count]))
            return "expected at most 4 absolute paths of cgroups, each of at most 63 plain characters";
        for (uint32_t i = 0; i < p->root_count; i++) {
            if (is_nested(p->roots[i], p->roots[p->root_count]))
                return "expected paths of cgroups that are not below one another";
        }
        p->root_count++;
    }
    return p->root_count > 0 ? NULL : "expected the path of a cgroup";
}

static const char *take_suffixes(struct policy *p, char *group, struct piece values) {
    (void)group;
    memset(p->suffixes, 0, sizeof p->suffixes);
    p->suffix_count = 0;
    for (struct piece word = next_word(&values); word.len > 0; word = next_word(&values)) {
        if (p->suffix_count == POLICY_SUFFIXES_MAX ||
            !piece_copy(word, p->suffixes[p->suffix_count], POLICY_SUFFIX_SIZE) ||
            p->suffixes[p->suffix_count][0] != '.' || !hosts_is_domain(p->suffixes[p->suffix_count] + 1))
            return "expected at most 8 domains in lower case, each with a dot before it, of at most 63 bytes";
        p->suffix_count++;
    }
    return NULL;
}

static const char *take_max(struct policy *p, char *group, struct piece values) {
    (void)group;
    struct piece word = next_word(&values);
    if (values.len != 0 || !piece_number(word, &p->max_containers) || p->max_containers > 1000000)
        return "expected a number from 0 to 1000000";
    return NULL;
}

static const char *take_join(struct policy *p, char *group, struct piece values) {
    (void)group;
    struct piece word = next_word(&values);
    bool yes = piece_is(word, "yes");
    if (values.len != 0 || (!yes && !piece_is(word, "no")))
        return "expected yes or no";
    p->join = yes ? 1 : 0;
    return NULL;
}

static const char *take_address(struct policy *p, char *group, struct piece values) {
    (void)group;
    struct piece word = next_word(&values);
    bool loopback = piece_is(word, "loopback");
    if (values.len != 0 || (!loopback && !piece_is(word, "any")))
        return "expected any or loopback";
    p->loopback = loopback ? 1 : 0;
    return NULL;
}

static const struct {
    const char *name;
    take_fn *take;
} keys[] = {
    {"group", take_group},
    {"ports", take_ports},
    {"ports-address", take_address},
    {"cgroup-roots", take_roots},
    {"max-containers", take_max},
    {"join-namespaces", take_join},
    {"host-suffixes", take_suffixes},
};
enum { KEYS = sizeof keys / sizeof keys[0] };

static int refuse(struct error *e, unsigned number, const char *why) {
    char room[64];
    struct text where = text_in(room, sizeof room);
    text_add(&where, POLICY_FILE ":");
    text_u64(&where, number);
    (void)error_set(e, E_POLICY, 0, room, "%s", why);
    return -1;
}

int policy_parse(struct policy *p, char *group, const char *text, size_t len, struct error *e) {
    struct piece rest = {text, len};
    bool seen[KEYS] = {false};
    group[0] = '\0';
    for (unsigned number = 1; rest.len > 0; number++) {
        struct piece line = piece_trim(piece_cut(&rest, '\n'));
        if (line.len == 0 || line.bytes[0] == '#')
            continue;
        bool assigns = memchr(line.bytes, '=', line.len) != NULL;
        struct piece key = piece_trim(piece_cut(&line, '='));
        size_t k = 0;
        while (k < KEYS && !piece_is(key, keys[k].name))
            k++;
        if (k == KEYS || !assigns)
            return refuse(
                e, number,
                "expected group, ports, ports-address, cgroup-roots, max-containers, join-namespaces or "
                "host-suffixes, = and a value");
        if (seen[k])
            return refuse(e, number, "the key stands twice");
        seen[k] = true;
        const char *why = keys[k].take(p, group, piece_trim(line));
        if (why != NULL)
            return refuse(e, number, why);
    }
    return 0;
}

bool policy_group(const char *text, size_t len, const char *name, uint32_t *gid) {
    struct piece rest = {text, len};
    struct piece self = {name, strlen(name)};
    if (piece_number(self, gid))
        return *gid != UINT32_MAX;
    while (rest.len > 0) {
        struct piece line = piece_cut(&rest, '\n');
        if (!piece_is(piece_cut(&line, ':'), name))
            continue;
        (void)piece_cut(&line, ':'); /* the password */
        struct piece number = piece_cut(&line, ':');
        bool whole = line.bytes > number.bytes + number.len; /* a line that was cut has another gid */
        return whole && piece_number(number, gid) && *gid != UINT32_MAX;
    }
    return false;
}

uint32_t policy_port(const char *text, size_t len) {
    uint32_t port = 0;
    if (len == 0 || text[0] == '0' || !piece_number((struct piece){text, len}, &port) || port > 65535)
        return 0;
    return port;
}

bool policy_allows_port(const struct policy *p, uint32_t port) {
    for (uint32_t i = 0; i < p->port_count; i++) {
        if (p->ports[i] == port)
            return true;
    }
    return false;
}
