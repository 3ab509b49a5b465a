/* A pseudoterminal of the container's own devpts: its slave becomes stdin, stdout, stderr, the controlling
 * terminal and /dev/console; its master goes to the monitor. ioctl_tty(2), pty(7). */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/engine/init/init.h"
#include "core/engine/init/paths.h"
#include "core/engine/init/trees.h"
#include "core/engine/sync.h"

static int failed(const struct step *s, struct error *e, const char *what) {
    return error_set(e, E_TERMINAL, errno, s->origin, "%s", what);
}

/* Below a directory that is verified devpts everything is the kernel's: no link and no mount is crossed. */
static int open_master(const struct init *in, const struct step *s, struct error *e) {
    CLEANUP_FD int pts = path_open(in->root_fd, "/dev/pts", O_DIRECTORY, 0);
    struct statfs fs;
    if (pts < 0 || fstatfs(pts, &fs) != 0)
        return failed(s, e, "opening /dev/pts in the root file system");
    if (fs.f_type != DEVPTS_SUPER_MAGIC)
        return plan_fail(s, e, E_TERMINAL, 0, NULL, "/dev/pts in the root file system is no devpts");
    int master = sys_openat2(pts, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC, 0,
                             RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
    return master >= 0 ? master : failed(s, e, "opening /dev/pts/ptmx");
}

static int open_slave(const struct step *s, int master, struct error *e) {
    int unlocked = 0;
    if (ioctl(master, TIOCSPTLCK, &unlocked) != 0)
        return failed(s, e, "unlocking the pseudoterminal");
    /* By the master, not by a name: TIOCGPTPEER can't be led to another file. */
    int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return slave >= 0 ? slave : failed(s, e, "opening the pseudoterminal");
}

static int set_size(const struct init *in, const struct step *s, int master, struct error *e) {
    const struct op_terminal *o = &s->as.terminal;
    struct winsize size = {.ws_col = o->width != 0 ? (unsigned short)o->width : in->tty_width,
                           .ws_row = o->height != 0 ? (unsigned short)o->height : in->tty_height};
    if (ioctl(master, TIOCSWINSZ, &size) != 0)
        return failed(s, e, "setting the size of the pseudoterminal");
    return 0;
}

static int bind_console(const struct init *in, const struct step *s, int slave, struct error *e) {
    const struct place place = {.path = "/dev/console"};
    CLEANUP_FD int there = place_open(in, s, &place, e);
    if (there < 0)
        return -1;
    CLEANUP_FD int tree = tree_clone(slave, false);
    if (tree < 0 || tree_attach(tree, there) != 0)
        return failed(s, e, "binding the pseudoterminal to /dev/console");
    return 0;
}

static int become_stdio(const struct step *s, int slave, struct error *e) {
    if (ioctl(slave, TIOCSCTTY, 0) != 0)
        return failed(s, e, "taking the pseudoterminal as controlling terminal");
    for (int fd = 0; fd <= 2; fd++) {
        if (dup2(slave, fd) < 0)
            return failed(s, e, "making the pseudoterminal stdin, stdout and stderr");
    }
    return 0;
}

int apply_terminal(struct init *in, const struct step *s, struct error *e) {
    CLEANUP_FD int master = open_master(in, s, e);
    if (master < 0)
        return -1;
    CLEANUP_FD int slave = open_slave(s, master, e);
    if (slave < 0 || set_size(in, s, master, e) != 0 || bind_console(in, s, slave, e) != 0)
        return -1;
    const struct sync_message pty = {.kind = SYNC_PTY};
    if (sync_send(in->sync_fd, &pty, master) != 0)
        return failed(s, e, "handing the pseudoterminal to the monitor");
    if (become_stdio(s, slave, e) != 0)
        return -1;
    in->own_tty = true; /* step user gives it to the process's user */
    return 0;
}
