/* The rules of the operations that the monitor performs on the host: state, cgroup and device rules. */
#include <sched.h>
#include <stdbool.h>
#include <string.h>

#include "core/gate/rules.h"

#define CGROUP_NAME_MAX 255u

RULE_NONE(warning) /* only shown, and escaped when it is */

static bool has_control(const char *text) {
    for (const unsigned char *p = (const unsigned char *)text; *p != 0; p++) {
        if (*p < 0x20 || *p == 0x7f)
            return true;
    }
    return false;
}

/* Both strings go into state.json, which the monitor writes with the caller's credentials. Its readers know
 * that the caller could have written it himself; here it is only kept in one piece. */
int gate_state(struct gate *g, const struct step *s, struct error *e) {
    (void)g;
    const struct op_state *o = &s->as.state;
    if (o->oci_version[0] == '\0' || has_control(o->oci_version))
        return error_set(e, E_CONFIG_VALUE, 0, s->origin, "the OCI version is empty or has control bytes");
    size_t n = strlen(o->annotations);
    bool object = n >= 2 && o->annotations[0] == '{' && o->annotations[n - 1] == '}';
    if (n != 0 && (!object || has_control(o->annotations)))
        return error_set(e, E_PLAN_FORMAT, 0, s->origin, "the annotations are no JSON object on one line");
    return 0;
}

static bool is_name(const char *name, size_t n) {
    if (n == 0 || n > CGROUP_NAME_MAX)
        return false;
    if (name[0] == '.' && (n == 1 || (n == 2 && name[1] == '.')))
        return false;
    return n < 7 || memcmp(name, "cgroup.", 7) != 0; /* the prefix of the kernel's own files */
}

/* "/a/b": each component a possible directory name. "/", "//" and a slash at the end are none. */
static bool is_cgroup_path(const char *path) {
    if (has_control(path))
        return false;
    while (*path == '/') {
        size_t n = strcspn(path + 1, "/");
        if (!is_name(path + 1, n))
            return false;
        path += 1 + n;
    }
    return *path == '\0';
}

/* What stands behind the root, from its slash on; NULL when the path is below none of the policy's. */
static const char *below_root(const struct policy *p, const char *path) {
    for (uint32_t i = 0; i < p->root_count; i++) {
        size_t n = strlen(p->roots[i]);
        if (strncmp(path, p->roots[i], n) == 0 && path[n] == '/')
            return path + n;
    }
    return NULL;
}

/* Each directory costs the host kernel memory that nobody is charged for. */
#define CGROUP_DEPTH_MAX 8
#define CGROUP_PATH_MAX  512

/* The names that the engine chooses for users, and `admin cgroup setup` for its pin: nobody takes them away.
 */
static bool is_taken(const char *name) {
    static const char chosen[] = "/uid-", pin[] = "/pin";
    return strncmp(name, chosen, sizeof chosen - 1) == 0 ||
           (strncmp(name, pin, sizeof pin - 1) == 0 && (name[4] == '/' || name[4] == '\0'));
}

static int count_slashes(const char *path) {
    int n = 0;
    for (; *path != '\0'; path++)
        n += *path == '/';
    return n;
}

int gate_cgroup(struct gate *g, const struct step *s, struct error *e) {
    const char *path = s->as.cgroup.path;
    if (path[0] == '\0')
        return 0; /* the engine takes a new leaf below locald's root */
    if (!is_cgroup_path(path))
        return plan_fail(s, e, E_CONFIG_VALUE, 0, path, "is no path of a cgroup");
    if (g->caller->is_root)
        return 0;
    if (strlen(path) > CGROUP_PATH_MAX || count_slashes(path) > CGROUP_DEPTH_MAX)
        return plan_fail(s, e, E_AUTHORITY, 0, NULL,
                         "at most %d deep and %d bytes long for a caller who is not root", CGROUP_DEPTH_MAX,
                         CGROUP_PATH_MAX);
    const char *below = below_root(&g->caller->policy, path);
    if (below == NULL)
        return plan_fail(s, e, E_AUTHORITY, 0, path, "only root may name a cgroup outside of locald's");
    if (is_taken(below))
        return plan_fail(s, e, E_AUTHORITY, 0, path,
                         "pin, and names that begin with uid-, are the shim's own");
    return 0;
}

static int needs_cgroup(const struct gate *g, const struct step *s, struct error *e) {
    if (g->seen[PLAN_OP_cgroup] != 0)
        return 0;
    return plan_fail(s, e, E_PLAN_ORDER, 0, NULL, "needs the step cgroup before it");
}

/* "memory.max". Those that begin with "cgroup." are about the tree itself, which is the engine's. */
static bool is_cgroup_file(const char *name) {
    static const char words[] = "abcdefghijklmnopqrstuvwxyz0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZ-";
    size_t n = strspn(name, words);
    if (n == 0 || name[n] != '.' || strncmp(name, "cgroup.", 7) == 0)
        return false;
    while (name[n] == '.' && strspn(name + n + 1, words) > 0)
        n += 1 + strspn(name + n + 1, words);
    return name[n] == '\0';
}

/* Most files rule what the cgroups above give to the leaf, which is this caller's own. Not these:
 * io.prio.class puts its processes before all others of the host, cpuset.cpus.partition takes CPUs away from
 * them, io.latency makes the kernel throttle the containers beside it. */
static bool reaches_beyond_leaf(const char *name) {
    static const char prio[] = "io.prio.", cpus[] = "cpuset.cpus.";
    return strncmp(name, prio, sizeof prio - 1) == 0 || strncmp(name, cpus, sizeof cpus - 1) == 0 ||
           strcmp(name, "io.latency") == 0;
}

/* What the kernel makes of the value is between it and the leaf. */
int gate_cgroup_file(struct gate *g, const struct step *s, struct error *e) {
    const struct op_cgroup_file *o = &s->as.cgroup_file;
    if (needs_cgroup(g, s, e) != 0)
        return -1;
    if (!is_cgroup_file(o->name))
        return plan_fail(s, e, E_CONFIG_VALUE, 0, o->name, "is no file of a controller");
    if (!g->caller->is_root && reaches_beyond_leaf(o->name))
        return plan_fail(s, e, E_AUTHORITY, 0, o->name, "only root may set what concerns the whole host");
    if (o->value[0] == '\0' || has_control(o->value))
        return plan_fail(s, e, E_CONFIG_VALUE, 0, o->name, "expected one line of text");
    return 0;
}

/* Without a cgroup namespace the container would see, and could try, the cgroups above its own. */
int gate_cgroup_owner(struct gate *g, const struct step *s, struct error *e) {
    if (needs_cgroup(g, s, e) != 0 || rule_namespace(g, s, CLONE_NEWCGROUP, "cgroup", e) != 0)
        return -1;
    bool own = g->caller->is_root || (g->namespaces & CLONE_NEWUSER) != 0;
    if (!own || !rule_mapped(g, GATE_UID, s->as.cgroup_owner.uid))
        return plan_fail(s, e, E_CONFIG_VALUE, 0, NULL, "uid %u is not mapped", s->as.cgroup_owner.uid);
    return 0;
}

int gate_device_rule(struct gate *g, const struct step *s, struct error *e) {
    const struct op_device_rule *o = &s->as.device_rule;
    if (needs_cgroup(g, s, e) != 0)
        return -1;
    if (o->type != 'a' && o->type != 'b' && o->type != 'c')
        return error_set(e, E_CONFIG_VALUE, 0, s->origin, "the type of a device rule is a, b or c");
    if (o->type == 'a' && (o->major != PLAN_ANY || o->minor != PLAN_ANY))
        return error_set(e, E_CONFIG_VALUE, 0, s->origin,
                         "a rule for all devices has no major and minor number");
    if (o->access == 0)
        return error_set(e, E_CONFIG_VALUE, 0, s->origin, "a device rule names at least one of r, w and m");
    return 0;
}
