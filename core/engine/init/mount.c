/* A new instance of a file system. fsopen(2), fsconfig(2), fsmount(2). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/base/text.h"
#include "core/engine/init/init.h"
#include "core/engine/init/trees.h"

#define OPTION_MAX 256 /* fsconfig(2): most bytes of a key and of a value, with the terminator */
#define VALUE_MAX  4096

/* What the file system has to say itself: lines like "e tmpfs: Bad value for 'size'". */
static void add_log(struct text *t, int fs) {
    char line[256];
    ssize_t n = 0;
    for (int i = 0; i < 8 && (n = read(fs, line, sizeof line)) > 0; i++) {
        size_t len = (size_t)n;
        while (len > 0 && line[len - 1] == '\n')
            len--;
        size_t skip = len > 2 && line[1] == ' ' ? 2 : 0;
        text_add(t, i == 0 ? ": " : "; ");
        text_add_n(t, line + skip, len - skip);
    }
}

/* doing: what was tried; fs: the context that may say more, or -1. Looks at errno. */
static int failed(const struct step *s, int fs, struct error *e, const char *doing, const char *which) {
    int sys = errno;
    char room[ERROR_WHAT_MAX];
    struct text t = text_in(room, sizeof room);
    text_add(&t, doing);
    text_add(&t, which);
    if (fs >= 0)
        add_log(&t, fs);
    return plan_fail(s, e, E_MOUNT, sys, s->as.mount.target, "%s", room);
}

static int set_option(int fs, const char *option) {
    const char *is = strchr(option, '=');
    if (is == NULL)
        return fsconfig(fs, FSCONFIG_SET_FLAG, option, NULL, 0);
    char key[OPTION_MAX];
    size_t len = (size_t)(is - option);
    if (len >= sizeof key || strlen(is + 1) >= VALUE_MAX)
        return sys_fail(ENAMETOOLONG);
    memcpy(key, option, len);
    key[len] = '\0';
    return fsconfig(fs, FSCONFIG_SET_STRING, key, is + 1, 0);
}

static int configure(const struct step *s, int fs, struct error *e) {
    const struct op_mount *o = &s->as.mount;
    if (o->source[0] != '\0' && fsconfig(fs, FSCONFIG_SET_STRING, "source", o->source, 0) != 0)
        return failed(s, fs, e, "setting the source ", o->source);
    uint32_t at = 0;
    for (uint32_t i = 0; i < o->options.count; i++) {
        const char *option = plan_strs_next(&o->options, &at);
        if (set_option(fs, option) != 0)
            return failed(s, fs, e, "setting the mount option ", option);
    }
    if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0)
        return failed(s, fs, e, "mount ", o->fstype);
    return 0;
}

/* The new instance as a detached mount. `there`: what it is going to cover. */
static int make_mount(const struct step *s, int there, struct error *e) {
    const struct op_mount *o = &s->as.mount;
    CLEANUP_FD int fs = fsopen(o->fstype, FSOPEN_CLOEXEC);
    if (fs < 0)
        return failed(s, -1, e, "mount ", o->fstype);
    if (configure(s, fs, e) != 0)
        return -1;
    /* what is to be filled becomes read-only when it is full */
    uint64_t late = o->copy_up != 0 ? o->attr & MOUNT_ATTR_RDONLY : 0;
    CLEANUP_FD int tree = fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)(o->attr & ~late));
    if (tree < 0)
        return failed(s, fs, e, "mount ", o->fstype);
    if (o->copy_up != 0 && tree_copy_up(s, there, tree, e) != 0)
        return -1;
    if (tree_attr(tree, false, late, 0) != 0 || tree_propagate(tree, &o->propagation) != 0)
        return failed(s, -1, e, "setting the flags of ", o->fstype);
    return fd_take(&tree);
}

int apply_mount(struct init *in, const struct step *s, struct error *e) {
    const struct op_mount *o = &s->as.mount;
    bool procfs = strcmp(o->fstype, "proc") == 0;
    const struct place place = {.path = o->target,
                                .dir = true,
                                .procfs = procfs,
                                .no_links = procfs || strcmp(o->fstype, "sysfs") == 0};
    CLEANUP_FD int there = place_open(in, s, &place, e);
    if (there < 0)
        return -1;
    CLEANUP_FD int tree = make_mount(s, there, e);
    if (tree < 0)
        return -1;
    return tree_attach(tree, there) == 0 ? 0 : failed(s, -1, e, "mounting at ", o->target);
}
