#include "core/engine/host/caller.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/engine/host/identity.h"
#include "core/engine/priv.h"
#include "core/parse/subid.h"

#define FILE_MAX ((size_t)1 << 20)

/* The file's text in `room`; a file of another user than root delegates nothing. */
static size_t read_host_file(const char *path, char *room, size_t size) {
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != 0)
        return 0;
    ssize_t n = read_full(fd, room, size);
    return n > 0 ? (size_t)n : 0;
}

static void delegated(struct caller *c) {
    char *room = mmap(NULL, FILE_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return;
    char name[256];
    size_t len = read_host_file("/etc/passwd", room, FILE_MAX);
    passwd_name(room, len, c->uid, name, sizeof name);
    len = read_host_file("/etc/subuid", room, FILE_MAX);
    c->uid_range_count = subid_parse(room, len, name, c->uid, c->uid_ranges, FACTS_RANGES_MAX);
    len = read_host_file("/etc/subgid", room, FILE_MAX);
    c->gid_range_count = subid_parse(room, len, name, c->uid, c->gid_ranges, FACTS_RANGES_MAX);
    (void)munmap(room, FILE_MAX);
}

static bool is_cgroup2(const char *path) {
    struct statfs fs;
    return statfs(path, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

void caller_facts(struct facts *facts) {
    *facts = (struct facts){.caller = {.uid = getuid(), .gid = getgid(), .is_root = getuid() == 0}};
    if (!facts->caller.is_root)
        delegated(&facts->caller);
    facts->capabilities = priv_permitted();
    facts->capabilities_known = (UINT64_C(1) << cap_max_bits()) - 1;

    const char *mount = is_cgroup2("/sys/fs/cgroup")           ? "/sys/fs/cgroup"
                        : is_cgroup2("/sys/fs/cgroup/unified") ? "/sys/fs/cgroup/unified"
                                                               : "";
    (void)snprintf(facts->cgroup_mount, sizeof facts->cgroup_mount, "%s", mount);
    (void)snprintf(facts->cgroup_root, sizeof facts->cgroup_root, "/locald%s",
                   access("/run/systemd/system", F_OK) == 0 ? ".slice" : "");
    char path[96];
    (void)snprintf(path, sizeof path, "%s/cgroup.controllers", mount);
    (void)read_host_file(path, facts->cgroup_controllers, sizeof facts->cgroup_controllers - 1);
}

/* As root, but without a capability: nobody else can make a file in /run. A torn one is no secret; who sees
 * another run make it goes without the cache once. */
void caller_secret(struct secret *secret) {
    char path[40];
    ssize_t n = -1;
    (void)snprintf(path, sizeof path, "/run/locald-shim.%u.key", getuid());
    if (identity_root(0) != 0)
        return;
    CLEANUP_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    CLEANUP_FD int made = fd >= 0 ? -1 : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        n = read_full(fd, secret->bytes, sizeof secret->bytes);
    else if (made >= 0 && getrandom(secret->bytes, sizeof secret->bytes, 0) == (ssize_t)sizeof secret->bytes)
        n = write(made, secret->bytes, sizeof secret->bytes);
    secret->known = n == (ssize_t)sizeof secret->bytes;
    identity_caller();
}
