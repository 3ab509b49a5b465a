/* admin sync-hosts: the caller's names in /etc/hosts. What takes privilege is to write root's file anew; it
 * is read, and composed, without. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/commands/commands.h"
#include "core/engine/host/caller.h"
#include "core/engine/host/files.h"
#include "core/engine/host/identity.h"
#include "core/engine/priv.h"
#include "core/parse/hosts.h"

#define PATIENCE_MILLISECONDS 10000 /* a user can stop a run that has the lock */

/* Only root can open the file, so no caller can hold its lock but by a run. -1 with errno. */
static int lock(void) {
    int fd = identity_root(0) != 0
                 ? -1
                 : open("/run/locald-shim.hosts.lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    identity_caller();
    for (int waited = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0; waited += 10) {
        if (errno != EWOULDBLOCK || waited >= PATIENCE_MILLISECONDS)
            fd_close(&fd);
        (void)usleep(10000);
    }
    return fd;
}

/* Only what was read: who stops a run of theirs here must not bring back what root has since changed. */
static int replace(const char *content, const struct stat *old) {
    (void)umask(022);
    CLEANUP_FD int etc = open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return identity_root(0) == 0 ? files_replace(etc, "hosts", content, 0644, old) : -1;
}

static int sync_hosts(const struct options *o, const struct caller *c, struct error *e) {
    const struct hosts_names names = {o->names, o->name_count, c->uid};
    char *old = mmap(NULL, 2 * HOSTS_TEXT_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CLEANUP_FD int locked = lock();
    if (old == MAP_FAILED || locked < 0)
        return error_set(e, E_FILE, locked < 0 ? EBUSY : ENOMEM, HOSTS_FILE,
                         "waiting for another run to write it");
    struct text new = text_in(old + HOSTS_TEXT_MAX, HOSTS_TEXT_MAX);
    struct stat before;
    ssize_t n =
        lstat(HOSTS_FILE, &before) != 0 ? -1 : caller_read_roots_file(HOSTS_FILE, old, HOSTS_TEXT_MAX);
    if (n < 0 || n == (ssize_t)HOSTS_TEXT_MAX)
        return error_set(e, E_FILE, n < 0 ? errno : EFBIG, HOSTS_FILE, "reading it");
    if (hosts_sync(old, (size_t)n, &names, &c->policy, &new, e) != 0)
        return -1;
    if (new.len == (size_t)n && memcmp(old, new.bytes, new.len) == 0)
        return 0;
    return replace(new.bytes, &before) >= 0 ? 0 : error_set(e, E_FILE, errno, HOSTS_FILE, "writing it anew");
}

int command_admin_sync_hosts(const struct options *o, const struct start *start) {
    struct error e = {0};
    struct facts facts = {0};
    bool done = caller_enter(start, &facts, &e) != NULL && sync_hosts(o, &facts.caller, &e) == 0;
    return done ? 0 : error_print(&e);
}
