/* admin self-check: what of this host and this caller lets containers run, and what to do about what does
 * not. All privilege is given up first: what is looked at is what everybody may see. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/text.h"
#include "core/commands/commands.h"
#include "core/engine/host/caller.h"
#include "core/parse/policy.h"

#define KERNEL_MAJOR 5
#define KERNEL_MINOR 14

enum level { OK, NOTE, PROBLEM };
static const char *const level_names[] = {"ok", "note", "problem"};

struct report {
    bool json;
    bool problem;
    uint32_t count;
    struct facts facts;
    bool facts_known;
    struct error policy_error;
};

static void print_text(struct text *t, const char *name, enum level level, const char *what,
                       const char *fix) {
    text_add(t, level_names[level]);
    for (size_t n = strlen(level_names[level]); n < 9; n++)
        text_add(t, " ");
    text_add(t, name);
    text_add(t, ": ");
    text_escaped(t, what);
    text_add(t, fix[0] != '\0' ? "\n         fix: " : "");
    text_escaped(t, fix);
    text_add(t, "\n");
}

static void print_json(struct text *t, const char *name, enum level level, const char *what,
                       const char *fix) {
    struct text o = text_in(t->bytes, t->size);
    text_member(&o, "name", name);
    text_member(&o, "status", level_names[level]);
    text_member(&o, "message", what);
    text_member(&o, "fix", fix);
    text_add(&o, "}");
    *t = o;
}

/* One finding; fix is "" where there is nothing to do. */
static void say(struct report *r, const char *name, enum level level, const char *what, const char *fix) {
    char room[8192];
    struct text t = text_in(room, sizeof room);
    r->problem |= level == PROBLEM;
    if (r->json)
        (void)write_full(STDOUT_FILENO, r->count > 0 ? ",\n " : "{\"checks\":[\n ", r->count > 0 ? 3 : 13);
    (r->json ? print_json : print_text)(&t, name, level, what, fix);
    (void)write_full(STDOUT_FILENO, t.bytes, t.len);
    r->count++;
}

/* A number in a file of /proc/sys; -1 where there is none. */
static long number_in(const char *path) {
    char room[32] = "";
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    return read_full(fd, room, sizeof room - 1) > 0 ? strtol(room, NULL, 10) : -1;
}

/* Where the process has its privilege all the same, root runs it: then it is for others that it would not do.
 */
static void check_binary(struct report *r, bool privileged) {
    enum level bad = privileged ? NOTE : PROBLEM;
    char path[4096] = "", room[4200];
    struct stat st = {0}, dir = {0};
    struct statvfs fs = {0};
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0 || stat(path, &st) != 0 || statvfs(path, &fs) != 0) {
        say(r, "binary", NOTE, "its own file can't be looked at", "");
        return;
    }
    (void)snprintf(room, sizeof room, "sudo chown root:root %s && sudo chmod 4755 %s", path, path);
    if (st.st_uid != 0 || (st.st_mode & S_ISUID) == 0)
        say(r, "binary", bad, "is not root's, or has no setuid bit", room);
    else if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        say(r, "binary", PROBLEM, "can be written by others than root", room);
    else if ((fs.f_flag & ST_NOSUID) != 0)
        say(r, "binary", bad, "its file system is mounted nosuid", "install it on one that is not");
    else
        say(r, "binary", OK, "root's, setuid, and nobody else can write it", "");
    *strrchr(path, '/') = '\0';
    if (stat(path[0] != '\0' ? path : "/", &dir) != 0 || dir.st_uid != 0 ||
        (dir.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        say(r, "directory", PROBLEM, "others than root can replace the binary",
            "install it where only root can write, as 'sudo make install' does");
}

static void check_privilege(struct report *r, bool privileged) {
    if (privileged)
        say(r, "privilege", OK, getuid() == 0 ? "root runs it" : "the setuid bit is effective", "");
    else if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        say(r, "privilege", PROBLEM, "the caller set no_new_privs",
            "start it without: in a systemd unit NoNewPrivileges=no, and no setting that implies it");
    else if (geteuid() != 0)
        say(r, "privilege", PROBLEM, "runs without root privilege",
            "see binary; and start it neither inside a user namespace nor under a debugger");
}

static void check_kernel(struct report *r) {
    struct utsname u;
    char room[160];
    char *rest = NULL;
    if (uname(&u) != 0)
        return;
    long major = strtol(u.release, &rest, 10);
    long minor = *rest == '.' ? strtol(rest + 1, NULL, 10) : 0;
    bool new = major > KERNEL_MAJOR || (major == KERNEL_MAJOR && minor >= KERNEL_MINOR);
    (void)snprintf(room, sizeof room, "Linux %s, %d.%d is the oldest", u.release, KERNEL_MAJOR, KERNEL_MINOR);
    say(r, "kernel", new ? OK : PROBLEM, room, new ? "" : "boot a newer kernel");
}

static void check_namespaces(struct report *r) {
    static const char *const kinds[] = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"};
    char path[64], fix[64];
    bool all = true;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        (void)snprintf(path, sizeof path, "/proc/sys/user/max_%s_namespaces", kinds[i]);
        if (number_in(path) != 0)
            continue;
        (void)snprintf(fix, sizeof fix, "sudo sysctl -w user.max_%s_namespaces=15000", kinds[i]);
        say(r, "namespaces", PROBLEM, "the host allows none of one kind", fix);
        all = false;
    }
    if (all)
        say(r, "namespaces", OK, "the host allows all kinds", "");
    if (number_in("/proc/sys/kernel/unprivileged_userns_clone") == 0)
        say(r, "namespaces", OK,
            "unprivileged_userns_clone=0 keeps them from others; the shim makes them with privilege", "");
    if (number_in("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1)
        say(r, "namespaces", OK,
            "AppArmor keeps user namespaces from processes without CAP_SYS_ADMIN; the shim has it", "");
    if (number_in("/proc/sys/fs/suid_dumpable") == 1)
        say(r, "suid_dumpable", NOTE, "setuid programs of all kinds may leave core files for their callers",
            "sudo sysctl -w fs.suid_dumpable=0");
}

/* The controllers of locald's root, where it is, in `has`. */
static bool root_has(const struct facts *f, char *has, size_t size) {
    char path[160];
    (void)snprintf(path, sizeof path, "%s%s/cgroup.controllers", f->cgroup_mount, f->cgroup_root);
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read_full(fd, has, size - 1) : -1;
    has[n > 0 ? n : 0] = '\0';
    return n >= 0;
}

static void check_cgroup(struct report *r) {
    const struct facts *f = &r->facts;
    char has[256], room[400];
    if (f->cgroup_mount[0] == '\0') {
        say(r, "cgroup", PROBLEM, "no cgroup2 is mounted: no limits, no device rules",
            "sudo mount -t cgroup2 cgroup2 /sys/fs/cgroup");
        return;
    }
    bool root = root_has(f, has, sizeof has);
    bool limits = root && strstr(has, "memory") != NULL && strstr(has, "pids") != NULL;
    has[strcspn(has, "\n")] = '\0';
    (void)snprintf(room, sizeof room, "cgroup2 on %s; %s %s%s", f->cgroup_mount, f->cgroup_root,
                   root ? "has the controllers: " : "is not there yet, so nothing can be limited", has);
    bool unified = strcmp(f->cgroup_mount, "/sys/fs/cgroup") == 0;
    say(r, "cgroup", limits ? OK : NOTE, room,
        limits ? ""
        : unified
            ? "sudo locald-shim admin cgroup setup, at each start of the host"
            : "the controllers are cgroup v1 on this host: boot with cgroup_no_v1=all (docs/cgroups.md)");
}

static void check_ids(struct report *r) {
    const struct caller *c = &r->facts.caller;
    char room[160], fix[160];
    if (c->is_root) {
        say(r, "ids", OK, "root may map all ids", "");
        return;
    }
    bool both = c->uid_range_count > 0 && c->gid_range_count > 0;
    (void)snprintf(room, sizeof room, "uid %u has %u ranges of uids and %u of gids delegated", c->uid,
                   c->uid_range_count, c->gid_range_count);
    (void)snprintf(fix, sizeof fix,
                   "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER, with ids that "
                   "nobody has");
    say(r, "ids", both ? OK : NOTE,
        both ? room : "only the caller's own ids can be mapped: images with several users need more",
        both ? "" : fix);
}

static void check_policy(struct report *r) {
    const struct policy *p = &r->facts.caller.policy;
    char room[1024];
    if (!r->facts_known) {
        (void)snprintf(room, sizeof room, "%s: %s", r->policy_error.where, r->policy_error.what);
        say(r, "policy", PROBLEM, room, r->policy_error.hint);
        return;
    }
    if (!caller_is_member(&r->facts.caller)) {
        (void)snprintf(room, sizeof room, "only members of group %u may run containers", p->gid);
        say(r, "policy", PROBLEM, room, "sudo usermod -aG GROUP USER, then log in again");
        return;
    }
    if (p->max_containers == 0 && !r->facts.caller.is_root) {
        say(r, "policy", PROBLEM, "max-containers = 0: nobody but root may run containers",
            "raise it in " POLICY_FILE);
        return;
    }
    struct text t = text_in(room, sizeof room);
    text_add(&t, access(POLICY_FILE, F_OK) == 0 ? POLICY_FILE ": " : "defaults: ");
    text_u64(&t, p->max_containers);
    text_add(&t, " containers a user; namespaces of one's own may ");
    text_add(&t, p->join != 0 ? "be joined; ports" : "not be joined; ports");
    for (uint32_t i = 0; i < p->port_count; i++) {
        text_add(&t, " ");
        text_u64(&t, p->ports[i]);
    }
    say(r, "policy", OK, room, "");
}

static void check_seccomp(struct report *r) {
    char room[256] = "";
    CLEANUP_FD int fd = open("/proc/sys/kernel/seccomp/actions_avail", O_RDONLY | O_CLOEXEC);
    bool all = read_full(fd, room, sizeof room - 1) > 0 && strstr(room, "kill_process") != NULL &&
               strstr(room, "user_notif") != NULL;
    say(r, "seccomp", all ? OK : PROBLEM,
        all ? "filters are there" : "the kernel lacks filters, or some actions",
        all ? "" : "a kernel with CONFIG_SECCOMP_FILTER");
}

int command_admin_self_check(const struct options *o, const struct start *start) {
    struct error e = {0};
    struct report r = {.json = o->json};
    if (start_give_up(&e) != 0)
        return error_print(&e);
    r.facts_known = caller_facts(&r.facts, &r.policy_error) == 0;
    check_binary(&r, start->privileged);
    check_privilege(&r, start->privileged);
    check_kernel(&r);
    check_namespaces(&r);
    check_seccomp(&r);
    check_cgroup(&r);
    check_ids(&r);
    check_policy(&r);
    if (r.json)
        (void)dprintf(STDOUT_FILENO, "\n],\"usable\":%s}\n", r.problem ? "false" : "true");
    else
        (void)dprintf(STDOUT_FILENO, "%s\n",
                      r.problem ? "containers can't run until the problems are mended"
                                : "this caller can run containers");
    return r.problem ? 1 : 0;
}
