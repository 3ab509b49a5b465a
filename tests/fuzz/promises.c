#include "tests/fuzz/promises.h"

#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#define PROMISE(what)                                                                                        \
    do {                                                                                                     \
        if (!(what)) {                                                                                       \
            (void)fprintf(stderr, "promise broken: %s\n", #what);                                            \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

#define HAS(p, op) ((p)->seen[PLAN_OP_##op] > 0)
#define NEW(p, ns) (((p)->namespaces & (uint32_t)CLONE_NEW##ns) != 0)

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

static bool one_of(const char *text, const char *const *list) {
    while (*list != NULL && strcmp(*list, text) != 0)
        list++;
    return *list != NULL;
}

static bool printable(const char *text) {
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    }
    return true;
}

static bool mapped(const struct promises *p, int kind, uint32_t id) {
    if (!NEW(p, USER))
        return id != UINT32_MAX;
    for (uint32_t i = 0; i < p->extent_count[kind]; i++) {
        const struct gate_extent *x = &p->extents[kind][i];
        if (id >= x->inside && id < (uint64_t)x->inside + x->size)
            return true;
    }
    return false;
}

/* How many of the ids are delegated; right as long as a fuzz caller's ranges do not overlap. */
static uint64_t delegated(const struct caller *c, uint32_t kind, uint32_t first, uint32_t size) {
    const struct id_range *r = kind == 0 ? c->uid_ranges : c->gid_ranges;
    uint64_t n = 0, end = (uint64_t)first + size;
    for (uint32_t i = 0; i < (kind == 0 ? c->uid_range_count : c->gid_range_count); i++) {
        uint64_t from = first > r[i].first ? first : r[i].first;
        uint64_t stop = (uint64_t)r[i].first + r[i].count, to = stop < end ? stop : end;
        n += to > from ? to - from : 0;
    }
    return n;
}

static void idmap(struct promises *p, const struct op_idmap *o) {
    const struct caller *c = p->caller;
    uint64_t end = (uint64_t)o->outside + o->size, inside_end = (uint64_t)o->inside + o->size;
    PROMISE(NEW(p, USER) && o->kind < 2 && o->size > 0 && end <= UINT32_MAX && inside_end <= UINT32_MAX);
    PROMISE(p->extent_count[o->kind] < GATE_EXTENTS_MAX);
    for (uint32_t i = 0; i < p->extent_count[o->kind]; i++) {
        const struct gate_extent *x = &p->extents[o->kind][i];
        PROMISE(end <= x->outside || (uint64_t)x->outside + x->size <= o->outside);
        PROMISE(inside_end <= x->inside || (uint64_t)x->inside + x->size <= o->inside);
    }
    p->extents[o->kind][p->extent_count[o->kind]++] =
        (struct gate_extent){.inside = o->inside, .outside = o->outside, .size = o->size};
    if (c->is_root)
        return;
    bool own = o->size == 1 && o->outside == (o->kind == 0 ? c->uid : c->gid);
    PROMISE(o->outside > 0);
    PROMISE(own || delegated(c, o->kind, o->outside, o->size) == o->size);
}

static void setgroups(struct promises *p, const struct op_setgroups *o) {
    PROMISE(NEW(p, USER) && o->allow <= 1);
    p->setgroups = o->allow == 1;
    bool given = p->caller->is_root;
    for (uint32_t i = 0; i < p->extent_count[1]; i++)
        given |=
            delegated(p->caller, 1, p->extents[1][i].outside, p->extents[1][i].size) == p->extents[1][i].size;
    PROMISE(!p->setgroups || given);
}

static void namespaces(struct promises *p, const struct step *s) {
    const uint32_t all = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                         CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWTIME;
    if (s->op == PLAN_OP_unshare) {
        p->namespaces = s->as.unshare.flags;
        PROMISE((p->namespaces & ~all) == 0 && (p->namespaces & p->joined) == 0 && NEW(p, NS));
        PROMISE(NEW(p, PID) || HAS(p, cgroup));
        PROMISE(NEW(p, USER) || p->caller->is_root);
        return;
    }
    const struct op_join *o = &s->as.join;
    uint32_t never = CLONE_NEWNS | (p->caller->is_root ? 0u : (uint32_t)(CLONE_NEWUSER | CLONE_NEWCGROUP));
    PROMISE(o->path[0] == '/' && __builtin_popcount(o->flag) == 1 && (o->flag & all & ~never) != 0);
    PROMISE((p->joined & (o->flag | CLONE_NEWUSER)) == 0);
    PROMISE(p->caller->is_root || p->caller->policy.join == 1);
    p->joined |= o->flag;
}

/* Absolute paths of names; for who is not root below a root of the policy, and none that the shim chooses. */
static void cgroup(const struct promises *p, const char *path) {
    const struct policy *policy = &p->caller->policy;
    if (path[0] == '\0')
        return;
    char text[4097];
    PROMISE(path[0] == '/' && printable(path) && strstr(path, "//") == NULL && path[strlen(path) - 1] != '/');
    (void)snprintf(text, sizeof text, "%s/", path);
    PROMISE(strstr(text, "/../") == NULL && strstr(text, "/./") == NULL && strstr(text, "/cgroup.") == NULL);
    if (p->caller->is_root)
        return;
    bool below = false;
    for (uint32_t i = 0; i < policy->root_count; i++) {
        char root[POLICY_ROOT_SIZE + 8];
        (void)snprintf(root, sizeof root, "%s/", policy->roots[i]);
        below |= begins(path, root);
        (void)snprintf(root, sizeof root, "%s/uid-", policy->roots[i]);
        PROMISE(!begins(path, root));
        (void)snprintf(root, sizeof root, "%s/pin/", policy->roots[i]);
        PROMISE(!begins(text, root));
    }
    PROMISE(below && strlen(path) <= 512);
}

static void cgroup_step(const struct promises *p, const struct step *s) {
    switch (s->op) {
    case PLAN_OP_cgroup:
        cgroup(p, s->as.cgroup.path);
        break;
    case PLAN_OP_cgroup_file: {
        const char *name = s->as.cgroup_file.name;
        PROMISE(HAS(p, cgroup) && strchr(name, '/') == NULL && strchr(name, '.') != NULL && printable(name));
        PROMISE(!begins(name, "cgroup.") && name[0] != '.' && strstr(name, "..") == NULL);
        PROMISE(printable(s->as.cgroup_file.value) && s->as.cgroup_file.value[0] != '\0');
        PROMISE(p->caller->is_root || !(begins(name, "io.prio.") || begins(name, "cpuset.cpus.") ||
                                        strcmp(name, "io.latency") == 0));
        break;
    }
    case PLAN_OP_cgroup_owner:
        PROMISE(HAS(p, cgroup) && NEW(p, CGROUP) && mapped(p, 0, s->as.cgroup_owner.uid));
        break;
    case PLAN_OP_device_rule:
        PROMISE(HAS(p, cgroup) && s->as.device_rule.type != 0 && strchr("abc", (int)s->as.device_rule.type));
        PROMISE(s->as.device_rule.access > 0 && s->as.device_rule.access < 8);
        PROMISE(s->as.device_rule.type != 'a' ||
                (s->as.device_rule.major & s->as.device_rule.minor) == PLAN_ANY);
        break;
    default:
        break;
    }
}

/* No bits but these; above all not MOUNT_ATTR_IDMAP. */
static bool attributes(uint64_t attr) {
    const uint64_t known = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
                           MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW;
    return (attr & ~known) == 0;
}

static void propagation(const struct plan_u32s *list) {
    for (uint32_t i = 0; i < list->count; i++) {
        uint32_t type = plan_u32s_get(list, i) & ~(uint32_t)MS_REC;
        PROMISE(__builtin_popcount(type) == 1 &&
                (type & (uint32_t)(MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)) != 0);
    }
}

/* By name alone it is not the root of the container. */
static void target(const char *path) {
    PROMISE(path[0] == '/' && path[strspn(path, "/.")] != '\0' ? true : strstr(path, "...") != NULL);
}

static void mount_step(const struct promises *p, const struct op_mount *o) {
    static const char *const for_all[] = {"proc", "sysfs", "mqueue", "cgroup2", "tmpfs", "devpts", NULL};
    const char *type = o->fstype;
    target(o->target);
    propagation(&o->propagation);
    PROMISE(attributes(o->attr) && type[0] != '\0' && strpbrk(type, "/ \n\t,") == NULL && printable(type));
    PROMISE(o->copy_up == 0 || strcmp(type, "tmpfs") == 0);
    uint32_t at = 0;
    for (uint32_t i = 0; i < o->options.count; i++)
        PROMISE(strchr("=", plan_strs_next(&o->options, &at)[0]) == NULL);
    if (p->caller->is_root)
        return;
    PROMISE(one_of(type, for_all) && (o->attr & MOUNT_ATTR_NOSUID) != 0);
    PROMISE((o->attr & MOUNT_ATTR_NODEV) != 0 || strcmp(type, "devpts") == 0);
    PROMISE(strcmp(type, "proc") != 0 || NEW(p, PID));
    PROMISE(strcmp(type, "sysfs") != 0 || NEW(p, NET));
    PROMISE(strcmp(type, "mqueue") != 0 || NEW(p, IPC));
    PROMISE(strcmp(type, "cgroup2") != 0 || NEW(p, CGROUP));
}

static void bind_step(struct promises *p, const struct op_bind *o) {
    const uint64_t both = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
    target(o->target);
    propagation(&o->propagation);
    PROMISE(attributes(o->attr_set | o->rattr_set) && attributes(o->attr_clr | o->rattr_clr));
    PROMISE(o->source[0] != '\0' || o->tree == PLAN_TREE_STANDING);
    p->idmapped_binds += o->tree == PLAN_TREE_IDMAPPED ? 1 : 0;
    PROMISE(p->idmapped_binds <= p->seen[PLAN_OP_idmapped]);
    if (p->caller->is_root)
        return;
    PROMISE(o->tree != PLAN_TREE_IDMAPPED && ((o->attr_clr | o->rattr_clr) & both) == 0);
    PROMISE(o->tree == PLAN_TREE_STANDING || (o->attr_set & both) == both);
    PROMISE(o->tree == PLAN_TREE_STANDING || o->recursive == 0 || (o->rattr_set & both) == both);
}

static void device(const struct promises *p, const struct op_device *o) {
    bool bound = (o->bind & PLAN_BIND) != 0, fifo = o->type == 'p';
    PROMISE(o->path[0] == '/' && (fifo || o->type == 'b' || o->type == 'c'));
    PROMISE(bound ? !fifo : o->bind == 0);
    PROMISE(bound || fifo || (p->caller->is_root && !NEW(p, USER)));
    PROMISE((bound && (o->bind & PLAN_BIND_UID) == 0) || mapped(p, 0, o->uid));
    PROMISE((bound && (o->bind & PLAN_BIND_GID) == 0) || mapped(p, 1, o->gid));
}

static void files_step(struct promises *p, const struct step *s) {
    switch (s->op) {
    case PLAN_OP_rootfs:
        PROMISE(s->as.rootfs.path[0] != '\0' && attributes(s->as.rootfs.attr));
        PROMISE(p->caller->is_root || (s->as.rootfs.attr & MOUNT_ATTR_NODEV) != 0);
        PROMISE((s->as.rootfs.propagation & ~(uint32_t)MS_REC) == MS_SLAVE ||
                (s->as.rootfs.propagation & ~(uint32_t)MS_REC) == MS_PRIVATE);
        break;
    case PLAN_OP_mount:
        mount_step(p, &s->as.mount);
        break;
    case PLAN_OP_bind:
        bind_step(p, &s->as.bind);
        break;
    case PLAN_OP_idmapped:
        PROMISE(s->as.idmapped.uids.count >= 3 && s->as.idmapped.uids.count % 3 == 0);
        PROMISE(s->as.idmapped.gids.count >= 3 && s->as.idmapped.gids.count % 3 == 0);
        break;
    case PLAN_OP_device:
        device(p, &s->as.device);
        break;
    case PLAN_OP_symlink:
        PROMISE(s->as.symlink.path[0] == '/' && s->as.symlink.target[0] != '\0');
        break;
    case PLAN_OP_mask:
    case PLAN_OP_readonly: /* fields alike */
        PROMISE(s->as.mask.path[0] == '/');
        break;
    case PLAN_OP_pivot:
        propagation(&s->as.pivot.propagation);
        break;
    default:
        break;
    }
}

/* What a namespace of the container's own has; /proc/sys/kernel otherwise is the host's. */
static void sysctl(const struct promises *p, const struct op_sysctl *o) {
    static const char *const ipc[] = {"kernel/msgmax", "kernel/msgmnb",          "kernel/msgmni",
                                      "kernel/sem",    "kernel/shmall",          "kernel/shmmax",
                                      "kernel/shmmni", "kernel/shm_rmid_forced", NULL};
    PROMISE(strstr(o->path, "/..") == NULL && o->path[0] != '/' && o->path[0] != '.');
    PROMISE(strchr(o->value, '\n') == NULL);
    bool net = begins(o->path, "net/") && NEW(p, NET), user = begins(o->path, "user/") && NEW(p, USER);
    PROMISE(net || user || (NEW(p, IPC) && (one_of(o->path, ipc) || begins(o->path, "fs/mqueue/"))));
}

static void attributes_step(struct promises *p, const struct step *s) {
    switch (s->op) {
    case PLAN_OP_rlimit:
        PROMISE(s->as.rlimit.resource < 16 && (p->rlimits >> s->as.rlimit.resource & 1) == 0);
        PROMISE(s->as.rlimit.soft <= s->as.rlimit.hard);
        p->rlimits |= UINT32_C(1) << s->as.rlimit.resource;
        break;
    case PLAN_OP_label:
        PROMISE(s->as.label.kind <= 2 && (p->labels >> s->as.label.kind & 1) == 0 &&
                s->as.label.text[0] != 0);
        p->labels |= UINT32_C(1) << s->as.label.kind;
        break;
    case PLAN_OP_oom_score:
        PROMISE(s->as.oom_score.adj + 1000u <= 2000);
        break;
    case PLAN_OP_scheduler:
        PROMISE(s->as.scheduler.policy <= 6 && s->as.scheduler.flags < 32 && s->as.scheduler.priority < 100);
        PROMISE(s->as.scheduler.policy != 4 && s->as.scheduler.nice + 20u < 40);
        break;
    case PLAN_OP_ioprio:
        PROMISE(s->as.ioprio.class >= 1 && s->as.ioprio.class <= 3 && s->as.ioprio.level < 8);
        break;
    case PLAN_OP_personality:
        PROMISE(s->as.personality.domain == 0 || s->as.personality.domain == 8);
        break;
    case PLAN_OP_mempolicy:
        PROMISE(s->as.mempolicy.mode <= 6 && (s->as.mempolicy.flags & 0x1fff) == 0);
        break;
    case PLAN_OP_sysctl:
        sysctl(p, &s->as.sysctl);
        break;
    case PLAN_OP_time_offset:
        PROMISE(NEW(p, TIME) && (s->as.time_offset.clock == 1 || s->as.time_offset.clock == 7));
        PROMISE(s->as.time_offset.nanosecs < 1000000000);
        break;
    case PLAN_OP_hostname:
    case PLAN_OP_domainname:
        PROMISE(NEW(p, UTS) || ((p->joined & CLONE_NEWUTS) != 0 && !NEW(p, USER)));
        break;
    case PLAN_OP_loopback:
        PROMISE(NEW(p, NET));
        break;
    case PLAN_OP_netdev:
        PROMISE(NEW(p, NET) || (p->joined & CLONE_NEWNET) != 0);
        PROMISE(strchr(s->as.netdev.name, '/') == NULL && strchr(s->as.netdev.new_name, '/') == NULL);
        break;
    default:
        break;
    }
}

static void variables(const struct plan_strs *env) {
    uint32_t at = 0;
    for (uint32_t i = 0; i < env->count; i++) {
        const char *text = plan_strs_next(env, &at);
        PROMISE(text[0] != '=' && strchr(text, '=') != NULL);
    }
}

static void user(const struct promises *p, const struct op_user *o) {
    PROMISE(mapped(p, 0, o->uid) && mapped(p, 1, o->gid) && o->umask <= 0777);
    PROMISE(o->groups.count == 0 || p->setgroups || !NEW(p, USER));
    for (uint32_t i = 0; i < o->groups.count; i++)
        PROMISE(mapped(p, 1, plan_u32s_get(&o->groups, i)));
}

static void process_step(struct promises *p, const struct step *s) {
    uint32_t at = 0;
    switch (s->op) {
    case PLAN_OP_user:
        user(p, &s->as.user);
        break;
    case PLAN_OP_seccomp: {
        const uint32_t listens = SECCOMP_FILTER_FLAG_NEW_LISTENER, flags = s->as.seccomp.flags;
        PROMISE(s->as.seccomp.program.count > 0 && s->as.seccomp.program.count % 2 == 0);
        PROMISE(((flags & listens) != 0) == HAS(p, seccomp_listener));
        PROMISE((flags & ~(listens | SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW |
                           SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)) == 0);
        break;
    }
    case PLAN_OP_seccomp_listener:
        PROMISE(s->as.seccomp_listener.path[0] == '/');
        break;
    case PLAN_OP_setcaps:
        PROMISE((s->as.setcaps.effective & ~s->as.setcaps.permitted) == 0);
        PROMISE((s->as.setcaps.ambient & ~s->as.setcaps.permitted) == 0);
        PROMISE((s->as.setcaps.ambient & ~s->as.setcaps.inheritable) == 0);
        p->tracer = (s->as.setcaps.bounding >> CAP_SYS_PTRACE & 1) != 0 &&
                    (s->as.setcaps.permitted >> CAP_SYS_ADMIN & 1) == 0;
        break;
    case PLAN_OP_hook:
        PROMISE(s->as.hook.path[0] == '/' && s->as.hook.args.count > 0 && !HAS(p, seccomp_listener));
        PROMISE(NEW(p, USER) || !p->tracer || !HAS(p, seccomp));
        variables(&s->as.hook.env);
        break;
    case PLAN_OP_exec:
        PROMISE(s->as.exec.args.count > 0 && plan_strs_next(&s->as.exec.args, &at)[0] != '\0');
        PROMISE(s->as.exec.cwd[0] == '/');
        variables(&s->as.exec.env);
        break;
    default:
        break;
    }
}

void promises_step(struct promises *p, const struct step *s) {
    const struct plan_op_info *info = plan_op_info(s->op);
    PROMISE(p->caller->is_root || info->who == PLAN_WHO_ALL);
    PROMISE(info->phase >= p->phase && p->seen[s->op] < info->most && !HAS(p, exec));
    p->phase = info->phase;
    if (s->op == PLAN_OP_unshare || s->op == PLAN_OP_join)
        namespaces(p, s);
    else if (s->op == PLAN_OP_idmap)
        idmap(p, &s->as.idmap);
    else if (s->op == PLAN_OP_setgroups)
        setgroups(p, &s->as.setgroups);
    cgroup_step(p, s);
    files_step(p, s);
    attributes_step(p, s);
    process_step(p, s);
    p->seen[s->op]++;
}

void promises_end(const struct promises *p) {
    PROMISE(HAS(p, state) && HAS(p, unshare) && HAS(p, rootfs) && HAS(p, pivot) && HAS(p, user));
    PROMISE(HAS(p, setcaps) && HAS(p, exec));
    PROMISE(!NEW(p, USER) || (p->extent_count[0] > 0 && p->extent_count[1] > 0 && HAS(p, setgroups)));
    PROMISE(NEW(p, USER) || p->caller->is_root);
}
