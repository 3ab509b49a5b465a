#include "core/locald/bundle_json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/locald/command.h"

#define PATH      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define TTY_GROUP 5

/* What podman's containers may, without a user of their own. */
static const char *const capabilities[] = {
    "CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FOWNER",  "CAP_FSETID", "CAP_KILL",       "CAP_NET_BIND_SERVICE",
    "CAP_SETFCAP", "CAP_SETGID",       "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT", NULL};

static const char *const masked[] = {"/proc/acpi",
                                     "/proc/asound",
                                     "/proc/kcore",
                                     "/proc/keys",
                                     "/proc/latency_stats",
                                     "/proc/timer_list",
                                     "/proc/timer_stats",
                                     "/proc/sched_debug",
                                     "/proc/scsi",
                                     "/sys/firmware",
                                     "/sys/devices/virtual/powercap",
                                     NULL};

static const char *const read_only[] = {"/proc/bus",           "/proc/fs", "/proc/irq", "/proc/sys",
                                        "/proc/sysrq-trigger", NULL};

/* sysfs itself is its network namespace's, and that is the host's; so /sys is the host's, bound. The cgroup
 * comes on top of it. */
static const struct {
    const char *destination, *type, *source, *options; /* options: words with blanks */
} mounts[] = {
    {"/proc", "proc", "proc", "nosuid noexec nodev"},
    {"/dev", "tmpfs", "tmpfs", "nosuid noexec strictatime mode=755 size=65536k"},
    {"/dev/pts", "devpts", "devpts", "nosuid noexec newinstance ptmxmode=0666 mode=0620"},
    {"/dev/shm", "tmpfs", "shm", "nosuid noexec nodev mode=1777 size=65536k"},
    {"/dev/mqueue", "mqueue", "mqueue", "nosuid noexec nodev"},
    {"/sys", "none", "/sys", "rbind rprivate rnosuid rnoexec rnodev rro"},
    {"/sys/fs/cgroup", "cgroup", "cgroup", "nosuid noexec nodev relatime ro"},
    {"/tmp", "tmpfs", "tmpfs", "nosuid nodev mode=1777"},
};

/* While the document is made: the first text that JSON can't hold. */
struct doc {
    const struct bundle *bundle;
    char bad[64];
};

static json_t *text(struct doc *d, const char *value, const char *where) {
    json_t *json = json_string(value);
    if (json == NULL && d->bad[0] == '\0')
        (void)snprintf(d->bad, sizeof d->bad, "%s", where);
    return json;
}

static json_t *list(const char *const *words) {
    json_t *array = json_array();
    for (; *words != NULL; words++)
        (void)json_array_append_new(array, json_string(*words));
    return array;
}

static json_t *texts(struct doc *d, const char *const *values, const char *name) {
    json_t *array = json_array();
    for (size_t i = 0; values[i] != NULL; i++) {
        char where[48];
        (void)snprintf(where, sizeof where, "%s[%zu]", name, i);
        (void)json_array_append_new(array, text(d, values[i], where));
    }
    return array;
}

static bool is_set(const char *const *env, const char *name) {
    size_t len = strlen(name);
    for (; env != NULL && *env != NULL; env++)
        if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
            return true;
    return false;
}

static json_t *environment(struct doc *d, const char *home) {
    static const char *const none[] = {NULL};
    const char *const *env = d->bundle->env != NULL ? d->bundle->env : none;
    char line[1100];
    json_t *array = texts(d, env, "env");
    if (!is_set(env, "PATH"))
        (void)json_array_append_new(array, json_string(PATH));
    (void)snprintf(line, sizeof line, "HOME=%s", home);
    if (!is_set(env, "HOME"))
        (void)json_array_append_new(array, text(d, line, "HOME in the root file system's /etc/passwd"));
    if (d->bundle->terminal && !is_set(env, "TERM"))
        (void)json_array_append_new(array, json_string("TERM=xterm"));
    return array;
}

/* Who is not root inside gets none of them, and by no_new_privs never will: the bounds alone say what may be.
 */
static json_t *capability_sets(bool root) {
    static const char *const none[] = {NULL};
    const char *const *has = root ? capabilities : none;
    return json_pack("{s:o, s:o, s:o}", "bounding", list(capabilities), "effective", list(has), "permitted",
                     list(has));
}

static json_t *process(struct doc *d, const struct user *user) {
    const struct bundle *b = d->bundle;
    return json_pack("{s:b, s:{s:I, s:I}, s:o, s:o, s:o, s:o, s:b}", "terminal", b->terminal, "user", "uid",
                     (json_int_t)user->uid, "gid", (json_int_t)user->gid, "args", texts(d, b->args, "args"),
                     "env", environment(d, user->home), "cwd", text(d, b->cwd != NULL ? b->cwd : "/", "cwd"),
                     "capabilities", capability_sets(user->uid == 0), "noNewPrivileges", 1);
}

static json_t *words(const char *options) {
    json_t *array = json_array();
    while (*options != '\0') {
        size_t len = strcspn(options, " ");
        (void)json_array_append_new(array, json_stringn(options, len));
        options += len + (options[len] == ' ');
    }
    return array;
}

static json_t *all_mounts(struct doc *d, const struct ids *ids) {
    json_t *array = json_array();
    for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
        json_t *options = words(mounts[i].options);
        if (strcmp(mounts[i].type, "devpts") == 0 && (!ids->namespace || ids_has(&ids->gids, TTY_GROUP)))
            (void)json_array_append_new(options, json_string("gid=5"));
        (void)json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:o}", "destination",
                                                     mounts[i].destination, "type", mounts[i].type, "source",
                                                     mounts[i].source, "options", options));
    }
    for (size_t i = 0; i < d->bundle->bind_count; i++) {
        const struct bundle_bind *bind = &d->bundle->binds[i];
        char where[48];
        (void)snprintf(where, sizeof where, "binds[%zu]", i);
        (void)json_array_append_new(
            array, json_pack("{s:o, s:s, s:o, s:o}", "destination", text(d, bind->destination, where), "type",
                             "bind", "source", text(d, bind->source, where), "options",
                             words(bind->read_only ? "rbind rprivate rro" : "rbind rprivate")));
    }
    return array;
}

static json_t *id_map(const struct ids_map *map) {
    json_t *array = json_array();
    for (size_t i = 0; i < map->count; i++)
        (void)json_array_append_new(
            array, json_pack("{s:I, s:I, s:I}", "containerID", (json_int_t)map->extents[i].inside, "hostID",
                             (json_int_t)map->extents[i].outside, "size", (json_int_t)map->extents[i].size));
    return array;
}

static json_t *namespaces(const struct ids *ids) {
    static const char *const types[] = {"mount", "pid", "ipc", "uts", "cgroup", "user"};
    json_t *array = json_array();
    for (size_t i = 0; i < sizeof types / sizeof *types - !ids->namespace; i++)
        (void)json_array_append_new(array, json_pack("{s:s}", "type", types[i]));
    return array;
}

static json_t *linux_part(struct doc *d, const struct ids *ids) {
    json_t *part = json_pack("{s:o, s:o, s:o}", "namespaces", namespaces(ids), "maskedPaths", list(masked),
                             "readonlyPaths", list(read_only));
    if (d->bundle->cgroup != NULL)
        (void)json_object_set_new(part, "cgroupsPath", text(d, d->bundle->cgroup, "cgroup"));
    if (ids->namespace) {
        (void)json_object_set_new(part, "uidMappings", id_map(&ids->uids));
        (void)json_object_set_new(part, "gidMappings", id_map(&ids->gids));
    } else { /* device nodes of the root file system work for root: only the default devices are allowed */
        (void)json_object_set_new(part, "resources",
                                  json_pack("{s:[{s:b, s:s}]}", "devices", "allow", 0, "access", "rwm"));
    }
    return part;
}

char *bundle_json(const struct bundle *bundle, const struct ids *ids, const struct user *user,
                  struct locald_error *e) {
    struct doc d = {.bundle = bundle};
    json_t *document = json_pack("{s:s, s:o, s:{s:o, s:b}, s:o, s:o, s:o}", "ociVersion", "1.0.2", "process",
                                 process(&d, user), "root", "path", text(&d, bundle->rootfs, "rootfs"),
                                 "readonly", 0, "hostname", text(&d, bundle->name, "name"), "mounts",
                                 all_mounts(&d, ids), "linux", linux_part(&d, ids));
    char *dumped = document == NULL || d.bad[0] != '\0' ? NULL : json_dumps(document, JSON_INDENT(1));
    json_decref(document);
    if (dumped == NULL && d.bad[0] != '\0')
        (void)fail(e, LOCALD_E_ARGUMENT, 0, d.bad, "is not UTF-8 text, which a config.json must be", NULL);
    else if (dumped == NULL)
        (void)fail(e, LOCALD_E_SYSTEM, 0, "config.json", "no memory to compose it", NULL);
    return dumped;
}
