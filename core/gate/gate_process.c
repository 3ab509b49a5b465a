/* The rules of what the process is and has: kernel names, limits, ids, capabilities, the command. */
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>

#include "core/gate/rules.h"

int gate_loopback(struct gate *g, const struct step *s, struct error *e) {
    return rule_namespace(g, s, CLONE_NEWNET, "network", e);
}

/* A joined one can be renamed as well, but not out of a new user namespace, which has no power over it. */
static int names_uts(const struct gate *g, const struct step *s, struct error *e) {
    if ((g->joined & CLONE_NEWUTS) != 0 && (g->namespaces & CLONE_NEWUSER) == 0)
        return 0;
    return rule_namespace(g, s, CLONE_NEWUTS, "uts", e);
}

int gate_hostname(struct gate *g, const struct step *s, struct error *e) {
    if (s->as.hostname.name[0] == '\0')
        return error_set(e, E_CONFIG_VALUE, 0, s->origin, "the host name is empty");
    return names_uts(g, s, e);
}

int gate_domainname(struct gate *g, const struct step *s, struct error *e) {
    return names_uts(g, s, e);
}

/* What the kernel keeps once for each ipc namespace; for network and user namespaces it shows what is theirs
 * below a directory (and root below net/ perhaps what is the host's: that is root's). A slash at the end: all
 * below. */
static const char *const of_ipc[] = {"fs/mqueue/",    "kernel/msgmax", "kernel/msgmnb",
                                     "kernel/msgmni", "kernel/sem",    "kernel/shmall",
                                     "kernel/shmmax", "kernel/shmmni", "kernel/shm_rmid_forced"};

static bool is_parameter(const char *path, const char *name) {
    size_t n = strlen(name);
    return strncmp(path, name, n) == 0 && (name[n - 1] == '/' || path[n] == '\0');
}

int gate_sysctl(struct gate *g, const struct step *s, struct error *e) {
    const char *path = s->as.sysctl.path;
    if (strstr(path, "/..") != NULL || strchr(s->as.sysctl.value, '\n') != NULL)
        return error_set(e, E_CONFIG_VALUE, 0, s->origin, "is no kernel parameter with a value of one line");
    if (is_parameter(path, "net/"))
        return rule_namespace(g, s, CLONE_NEWNET, "network", e);
    if (is_parameter(path, "user/"))
        return rule_namespace(g, s, CLONE_NEWUSER, "user", e);
    for (size_t i = 0; i < sizeof of_ipc / sizeof of_ipc[0]; i++) {
        if (is_parameter(path, of_ipc[i]))
            return rule_namespace(g, s, CLONE_NEWIPC, "ipc", e);
    }
    return error_set(e, E_CONFIG_VALUE, 0, s->origin, "no namespace has a parameter %s of its own", path);
}

/* Whether there is such a label, and who may have it, is the policy's to say (engine/init/label.c). */
int gate_label(struct gate *g, const struct step *s, struct error *e) {
    const struct op_label *o = &s->as.label;
    if (o->kind > PLAN_LABEL_MOUNT || (g->labels >> o->kind & 1) != 0 || o->text[0] == '\0')
        return error_set(e, E_PLAN_FORMAT, 0, s->origin, "has a label that is none, or stands already");
    g->labels |= UINT32_C(1) << o->kind;
    return 0;
}

/* Whether a hard limit may be raised, or a priority had, is the kernel's to say: it is asked with the
 * caller's own rights, and with capabilities for root only. */
int gate_rlimit(struct gate *g, const struct step *s, struct error *e) {
    const struct op_rlimit *o = &s->as.rlimit;
    if (o->resource >= RLIM_NLIMITS)
        return error_set(e, E_PLAN_FORMAT, 0, s->origin, "names a resource that the kernel does not limit");
    uint32_t bit = UINT32_C(1) << o->resource;
    if ((g->rlimits & bit) != 0)
        return error_set(e, E_CONFIG_VALUE, 0, s->origin, "limits a resource for the second time");
    g->rlimits |= bit;
    if (o->soft > o->hard)
        return error_set(e, E_CONFIG_VALUE, 0, s->origin, "the soft limit is over the hard limit");
    return 0;
}

static int unmapped(const struct step *s, const char *word, uint32_t id, struct error *e) {
    (void)error_set(e, E_CONFIG_VALUE, 0, s->origin, "%s %u is in no extent of linux.%sMappings", word, id,
                    word);
    return error_hint(e, "map it in linux.%sMappings, or use an id that is mapped", word);
}

int gate_user(struct gate *g, const struct step *s, struct error *e) {
    const struct op_user *o = &s->as.user;
    if (!rule_mapped(g, GATE_UID, o->uid))
        return unmapped(s, "uid", o->uid, e);
    if (!rule_mapped(g, GATE_GID, o->gid))
        return unmapped(s, "gid", o->gid, e);
    for (uint32_t i = 0; i < o->groups.count; i++) {
        uint32_t group = plan_u32s_get(&o->groups, i);
        if (!rule_mapped(g, GATE_GID, group))
            return unmapped(s, "gid", group, e);
    }
    if (o->groups.count > 0 && (g->namespaces & CLONE_NEWUSER) != 0 && !g->setgroups)
        return plan_fail(s, e, E_CONFIG_VALUE, 0, NULL,
                         "additional groups need setgroups(2), which is denied here");
    if (o->umask > 0777)
        return error_set(e, E_CONFIG_VALUE, 0, s->origin, "the umask is over 0777");
    return 0;
}

/* What capset(2) and prctl(2) would refuse with no more than EPERM. Unknown bits are the kernel's to refuse.
 */
int gate_setcaps(struct gate *g, const struct step *s, struct error *e) {
    const struct op_setcaps *o = &s->as.setcaps;
    g->tracer = (o->bounding & CAP(SYS_PTRACE)) != 0 && (o->permitted & CAP(SYS_ADMIN)) == 0;
    if ((o->effective & ~o->permitted) != 0)
        return error_set(e, E_CONFIG_VALUE, 0, s->origin,
                         "an effective capability is not in the permitted set");
    if ((o->ambient & ~(o->permitted & o->inheritable)) != 0)
        return error_set(e, E_CONFIG_VALUE, 0, s->origin,
                         "an ambient capability is not in both the permitted and the inheritable set");
    return 0;
}

int gate_no_new_privs(struct gate *g, const struct step *s, struct error *e) {
    (void)g;
    (void)s;
    (void)e;
    return 0; /* takes away only */
}

int gate_seccomp_listener(struct gate *g, const struct step *s, struct error *e) {
    (void)g;
    return rule_absolute(s, s->as.seccomp_listener.path, e); /* connected with the caller's credentials */
}

/* What the program does is the kernel's to judge: it can only take away from the process. */
int gate_seccomp(struct gate *g, const struct step *s, struct error *e) {
    const uint32_t known =
        SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    const struct op_seccomp *o = &s->as.seccomp;
    uint32_t listener = g->seen[PLAN_OP_seccomp_listener] != 0 ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
    if (o->program.count == 0 || o->program.count % 2 != 0)
        return plan_fail(s, e, E_PLAN_FORMAT, 0, NULL, "has a program that is none");
    if ((o->flags & ~known) != listener)
        return plan_fail(s, e, E_PLAN_FORMAT, 0, NULL, "has flags of seccomp(2) that are not allowed here");
    return 0;
}

/* NAME=VALUE with a name: getenv(3) finds nothing else. */
static bool is_variable(const char *text) {
    const char *p = text;
    while (*p != '\0' && *p != '=')
        p++;
    return *p == '=' && p != text;
}

static int variables(const struct step *s, const struct plan_strs *env, const char *word, struct error *e) {
    uint32_t at = 0;
    for (uint32_t i = 0; i < env->count; i++) {
        if (!is_variable(plan_strs_next(env, &at)))
            return error_set(e, E_CONFIG_VALUE, 0, s->origin, "%s[%u] is not NAME=VALUE", word, i);
    }
    return 0;
}

/* The program is the container's, and runs in it as the payload would: no more can be asked than of exec. One
 * thing is not so: while it runs, container init still has the CAP_SYS_ADMIN that loading the payload's
 * filter takes. Without a user namespace that is the host's, so nothing in the container may be able to get
 * at init: it is not dumpable, which only CAP_SYS_PTRACE gets around. (In a user namespace that capability
 * does not count for init, whose memory belongs to the initial one.) */
int gate_hook(struct gate *g, const struct step *s, struct error *e) {
    const struct op_hook *o = &s->as.hook;
    if (o->args.count == 0)
        return error_set(e, E_CONFIG_VALUE, 0, s->origin, "there is no args[0]");
    if (variables(s, &o->env, "env", e) != 0 || rule_absolute(s, o->path, e) != 0)
        return -1;
    if (g->seen[PLAN_OP_seccomp_listener] != 0)
        return plan_fail(s, e, E_CONFIG_UNSUPPORTED, 0, o->path,
                         "a hook can't run under a filter that notifies linux.seccomp.listenerPath");
    if (g->tracer && g->seen[PLAN_OP_seccomp] != 0 && (g->namespaces & CLONE_NEWUSER) == 0)
        return plan_fail(s, e, E_CONFIG_UNSUPPORTED, 0, o->path,
                         "a hook that can have CAP_SYS_PTRACE can't run before linux.seccomp is loaded");
    return 0;
}

int gate_exec(struct gate *g, const struct step *s, struct error *e) {
    (void)g;
    const struct op_exec *o = &s->as.exec;
    uint32_t at = 0;
    if (o->args.count == 0 || plan_strs_next(&o->args, &at)[0] == '\0')
        return error_set(e, E_CONFIG_VALUE, 0, s->origin,
                         "there is no command: process.args[0] is missing or empty");
    if (variables(s, &o->env, "process.env", e) != 0)
        return -1;
    return rule_absolute(s, o->cwd, e);
}
