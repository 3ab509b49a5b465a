#include "core/engine/host/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/engine/host/identity.h"
#include "core/engine/priv.h"
#include "core/parse/policy.h"
#include "core/parse/subid.h"

#define FILE_MAX ((size_t)1 << 20)

ssize_t caller_read_roots_file(const char *path, char *room, size_t size) {
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return -1;
    if (!S_ISREG(st.st_mode) || st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        errno = EPERM;
        return -1;
    }
    return read_full(fd, room, size);
}

/* The length of the file's text in `room`; a file of another user than root says nothing. */
static size_t read_host_file(const char *path, char *room, size_t size) {
    ssize_t n = caller_read_roots_file(path, room, size);
    return n > 0 ? (size_t)n : 0;
}

static void delegated(struct caller *c, char *room) {
    char name[256];
    size_t len = read_host_file("/etc/passwd", room, FILE_MAX);
    passwd_name(room, len, c->uid, name, sizeof name);
    len = read_host_file("/etc/subuid", room, FILE_MAX);
    c->uid_range_count = subid_parse(room, len, name, c->uid, c->uid_ranges, FACTS_RANGES_MAX);
    len = read_host_file("/etc/subgid", room, FILE_MAX);
    c->gid_range_count = subid_parse(room, len, name, c->uid, c->gid_ranges, FACTS_RANGES_MAX);
}

/* Whatever is wrong with the file, it is not as if it were not there. */
static int read_policy(struct policy *p, char *room, struct error *e) {
    char group[POLICY_GROUP_MAX];
    ssize_t n = caller_read_roots_file(POLICY_FILE, room, FILE_MAX);
    if (n < 0 && errno == ENOENT)
        return 0;
    if (n < 0 || n == (ssize_t)FILE_MAX)
        return error_set(e, E_POLICY, n < 0 ? errno : EFBIG, POLICY_FILE, "reading the host's policy");
    if (policy_parse(p, group, room, (size_t)n, e) != 0)
        return -1;
    size_t len = read_host_file("/etc/group", room, FILE_MAX);
    if (group[0] != '\0' && !policy_group(room, len, group, &p->gid))
        return error_set(e, E_POLICY, 0, POLICY_FILE, "names the group %s, which does not exist", group);
    return 0;
}

static bool is_cgroup2(const char *path) {
    struct statfs fs;
    return statfs(path, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* systemd removes cgroups that are no units of its own; where it does not run, a slice would be out of place.
 */
static const char *cgroup_root(const struct policy *p) {
    bool slice = strcmp(p->roots[0], "/locald.slice") == 0 && access("/run/systemd/system", F_OK) != 0;
    return p->roots[slice && p->root_count > 1 ? 1 : 0];
}

static void host_facts(struct facts *facts) {
    facts->capabilities = priv_permitted();
    facts->capabilities_known = (UINT64_C(1) << cap_max_bits()) - 1;
    const char *mount = is_cgroup2("/sys/fs/cgroup")           ? "/sys/fs/cgroup"
                        : is_cgroup2("/sys/fs/cgroup/unified") ? "/sys/fs/cgroup/unified"
                                                               : "";
    (void)snprintf(facts->cgroup_mount, sizeof facts->cgroup_mount, "%s", mount);
    (void)snprintf(facts->cgroup_root, sizeof facts->cgroup_root, "%s", cgroup_root(&facts->caller.policy));
    char path[96];
    (void)snprintf(path, sizeof path, "%s/cgroup.controllers", mount);
    (void)read_host_file(path, facts->cgroup_controllers, sizeof facts->cgroup_controllers - 1);
}

int caller_facts(struct facts *facts, struct error *e) {
    *facts = (struct facts){
        .caller = {.uid = getuid(), .gid = getgid(), .is_root = getuid() == 0, .policy = POLICY_DEFAULT}};
    char *room = mmap(NULL, FILE_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return error_set(e, E_INTERNAL, errno, "locald-shim", "making room for /etc's files");
    int rc = read_policy(&facts->caller.policy, room, e);
    if (!facts->caller.is_root)
        delegated(&facts->caller, room);
    (void)munmap(room, FILE_MAX);
    host_facts(facts);
    return rc;
}

/* As root, but without a capability: nobody else can make a file in /run. A torn one is written again; who
 * sees another run write it goes without the cache once. */
static int open_key(struct secret *secret) {
    char path[40];
    (void)snprintf(path, sizeof path, "/run/locald-shim.%u.key", getuid());
    if (identity_root(0) != 0)
        return -1;
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    ssize_t n = read_full(fd, secret->bytes, sizeof secret->bytes);
    if (n >= 0 && n < (ssize_t)sizeof secret->bytes && getrandom(secret->bytes, sizeof secret->bytes, 0) > 0)
        n = pwrite(fd, secret->bytes, sizeof secret->bytes, 0);
    secret->known = n == (ssize_t)sizeof secret->bytes;
    identity_caller();
    return fd;
}

/* A byte behind the key is a run's: whoever has our descriptor holds the lock, and the kernel frees it. */
static int take_slot(int key, uint32_t most) {
    struct flock slot = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    for (uint32_t i = 0; i < most; i++) {
        slot.l_start = (off_t)(sizeof((struct secret *)NULL)->bytes + ((uint32_t)getpid() + i) % most);
        if (fcntl(key, F_OFD_SETLK, &slot) == 0)
            return 0;
        if (errno != EAGAIN && errno != EACCES)
            return -1;
    }
    errno = 0;
    return -1;
}

bool caller_is_member(const struct caller *caller) {
    uint32_t gid = caller->policy.gid;
    return caller->is_root || gid == POLICY_EVERYBODY || gid == caller->gid || group_member(gid);
}

struct host *caller_enter(const struct start *start, struct facts *facts, struct error *e) {
    struct host *h = host_begin(facts);
    if (h == NULL)
        (void)error_set(e, E_INTERNAL, ENOMEM, "locald-shim", "making room for the run");
    else if (!start->privileged)
        (void)error_set(e, E_NOT_PRIVILEGED, 0, "locald-shim", "runs without root privilege");
    else if (caller_facts(facts, e) == 0 && !caller_is_member(&facts->caller))
        (void)error_set(e, E_AUTHORITY, 0, POLICY_FILE, "only members of group %u may use the shim",
                        facts->caller.policy.gid);
    return e->code == E_NONE ? h : NULL;
}

int caller_admit(const struct caller *caller, struct secret *secret, struct error *e) {
    const struct policy *p = &caller->policy;
    int key = open_key(secret); /* open until the run's end */
    if (caller->is_root || (key >= 0 && take_slot(key, p->max_containers) == 0))
        return 0;
    return error_set(e, E_LIMIT, errno, POLICY_FILE, "a user may have %u containers at a time",
                     p->max_containers);
}
