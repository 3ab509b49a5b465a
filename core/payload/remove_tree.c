/* admin cleanup. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/engine/init/init.h"

/* A directory that is not empty is not gone into: what it holds is moved up into the top, and it is removed.
 * So the tree gets flat while it is removed, and the walk is never more than one level deep. */
struct removal {
    int top;
    unsigned number;         /* of the next name in the top */
    char name[NAME_MAX + 1]; /* of the entry at hand */
};

static int open_dir(int parent, const char *name) {
    return sys_openat2(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0,
                       RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
}

/* 0: gone, also by somebody else; 1: a directory that is not empty; -1 with errno. */
static int remove_entry(int dir, const char *name) {
    if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -1;
    if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return 0;
    return errno == ENOTEMPTY ? 1 : -1;
}

/* 0, also when somebody else took it away; else -1: who went on would find it again, for ever. */
static int move_up(struct removal *r, int dir, const char *name) {
    char fresh[32];
    int rc = -1;
    do {
        (void)snprintf(fresh, sizeof fresh, ".removed-%u", r->number++);
        rc = renameat2(dir, name, r->top, fresh, RENAME_NOREPLACE);
    } while (rc != 0 && errno == EEXIST && r->number != 0);
    return rc == 0 || errno == ENOENT ? 0 : -1;
}

typedef int entry_fn(struct removal *r, int dir, const char *name);

/* Does `act` for each entry of the directory, over and over until there is none. 0 or -1. */
static int until_empty(struct removal *r, int dir, entry_fn *act) {
    for (bool some = true; some;) {
        _Alignas(struct dirent64) char room[4096];
        some = false;
        if (lseek(dir, 0, SEEK_SET) != 0)
            return -1;
        ssize_t n = 0;
        while ((n = getdents64(dir, room, sizeof room)) > 0) {
            for (const char *at = room; at < room + n;) {
                const struct dirent64 *d = (const void *)at;
                at += d->d_reclen;
                if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
                    continue;
                some = true;
                (void)snprintf(r->name, sizeof r->name, "%s", d->d_name);
                if (act(r, dir, r->name) != 0)
                    return -1;
            }
        }
        if (n < 0)
            return -1;
    }
    return 0;
}

static int flatten_entry(struct removal *r, int dir, const char *name) {
    int rc = remove_entry(dir, name);
    return rc <= 0 ? rc : move_up(r, dir, name);
}

static int top_entry(struct removal *r, int dir, const char *name) {
    int rc = remove_entry(dir, name);
    if (rc <= 0)
        return rc;
    char kept[NAME_MAX + 1];
    (void)snprintf(kept, sizeof kept, "%s", name);
    CLEANUP_FD int below = open_dir(dir, kept);
    if (below < 0)
        return errno == ENOENT ? 0 : -1;
    if (until_empty(r, below, flatten_entry) != 0)
        return -1;
    return unlinkat(dir, kept, AT_REMOVEDIR) == 0 || errno == ENOENT || errno == ENOTEMPTY ? 0 : -1;
}

static int remove_below(int parent, const char *name, struct removal *r) {
    int rc = remove_entry(parent, name);
    if (rc <= 0)
        return rc;
    CLEANUP_FD int top = open_dir(parent, name);
    if (top < 0)
        return -1;
    r->top = top;
    if (until_empty(r, top, top_entry) != 0)
        return -1;
    return unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -1;
}

int init_remove(const struct init *in, struct error *e) {
    const char *path = in->remove;
    char dir[PATH_MAX];
    struct removal r = {.top = -1};
    const char *slash = strrchr(path, '/');
    (void)snprintf(dir, sizeof dir, "%.*s", (int)(slash - path), path);
    (void)snprintf(r.name, sizeof r.name, "%s", slash + 1);
    CLEANUP_FD int parent = sys_openat2(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0,
                                        RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
    if (parent < 0 && errno == ENOENT)
        return 0;
    if (parent < 0)
        return error_set(e, E_FILE, errno, "PATH", "opening %s", dir);
    if (remove_below(parent, slash + 1, &r) == 0)
        return 0;
    (void)error_set(e, E_FILE, errno, "PATH", "removing %s", r.name);
    return error_subject(e, path);
}
