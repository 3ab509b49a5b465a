#include "core/payload/exec_why.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/base/fd.h"

#define WHERE      "process.args[0]"
#define HEAD_MAX   512
#define TABLE_MAX  16384 /* bytes of program headers that we look at */
#define LOADER_MAX 4096  /* bytes of a loader's path */

static int missing(struct error *e, int sys, const char *what, const char *path) {
    (void)error_set(e, E_EXEC_NOT_FOUND, sys, WHERE, "%s", what);
    return error_subject(e, path);
}

static int refused(struct error *e, int sys, const char *path, const char *hint) {
    (void)error_set(e, E_EXEC, sys, WHERE, "executing %s", path);
    (void)error_subject(e, path);
    return hint != NULL ? error_hint(e, "%s", hint) : -1;
}

/* The text of PT_INTERP; "" when the file has none or can't be read. */
static void read_loader(int fd, const struct exec_head *h, char loader[LOADER_MAX]) {
    uint8_t table[TABLE_MAX];
    uint64_t at = 0, size = 0;
    loader[0] = '\0';
    size_t want = (size_t)h->entries * h->entry_size;
    ssize_t n = pread(fd, table, want < sizeof table ? want : sizeof table, (off_t)h->table);
    if (n <= 0 || !exec_loader_find(h, table, (size_t)n, &at, &size))
        return;
    size_t most = size < LOADER_MAX ? (size_t)size : LOADER_MAX - 1;
    n = pread(fd, loader, most, (off_t)at);
    loader[n > 0 ? n : 0] = '\0';
}

/* Opens a program to look at it; only a regular file, since opening others may block or do something. */
static int open_program(const char *path, struct exec_head *h) {
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return -1;
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    uint8_t head[HEAD_MAX];
    ssize_t n = fd >= 0 ? pread(fd, head, sizeof head, 0) : -1;
    if (n < 0)
        return -1;
    exec_head_read(head, (size_t)n, h);
    return fd_take(&fd);
}

/* ENOENT: the file, the interpreter of its first line, or its ELF loader. */
static int why_missing(const char *path, int sys, struct error *e) {
    struct exec_head h;
    char loader[LOADER_MAX];
    if (access(path, F_OK) != 0)
        return missing(e, sys, "the command does not exist in the root file system", path);
    CLEANUP_FD int fd = open_program(path, &h);
    if (fd >= 0 && h.kind == EXEC_SCRIPT) {
        (void)error_set(e, E_EXEC_NOT_FOUND, sys, WHERE,
                        "the interpreter %s, named by the file's \"#!\" line, does not exist", h.interpreter);
        (void)error_subject(e, path);
        if (h.carriage_return)
            return error_hint(e, "the first line ends in CR LF: the file has the line ends of Windows");
        return error_hint(e, "add %s to the root file system", h.interpreter);
    }
    if (fd >= 0 && h.kind == EXEC_ELF) {
        read_loader(fd, &h, loader);
        (void)error_set(e, E_EXEC_NOT_FOUND, sys, WHERE,
                        "the ELF loader %s, named by the program, does not exist", loader);
        (void)error_subject(e, path);
        return error_hint(
            e, "add the loader and the program's libraries to the root file system, or link statically");
    }
    return missing(e, sys, "the command, its interpreter or its loader does not exist", path);
}

/* ENOEXEC and what the kernel says of broken ELF files: another machine's, or no program at all. */
static int why_unreadable(const char *path, int sys, struct error *e) {
    struct exec_head h = {.kind = EXEC_OTHER};
    struct utsname host;
    CLEANUP_FD int fd = open_program(path, &h);
    (void)refused(e, sys, path, NULL);
    if (fd < 0)
        return -1;
    if (h.kind == EXEC_EMPTY)
        return error_hint(e, "the file is empty");
    if (h.kind == EXEC_SCRIPT && h.interpreter[0] == '\0')
        return error_hint(e, "the file's \"#!\" line names no interpreter");
    if (h.kind == EXEC_OTHER)
        return error_hint(e, "the file is no ELF program and does not begin with a \"#!\" line");
    if (h.kind == EXEC_SCRIPT || uname(&host) != 0)
        return -1;
    const char *name = exec_machine_name(h.machine);
    if (name != NULL && strcmp(name, host.machine) == 0)
        return error_hint(e, "the ELF file is damaged, or no executable");
    return error_hint(e, "the program is built for %s (ELF machine %u), this host is %s",
                      name != NULL ? name : "another machine", h.machine, host.machine);
}

static int why_denied(const char *path, int sys, struct error *e) {
    struct stat st;
    struct statvfs fs;
    struct exec_head h;
    if (stat(path, &st) != 0)
        return refused(e, sys, path, "a directory on the way to it can't be entered by the process's user");
    if (S_ISDIR(st.st_mode))
        return refused(e, sys, path, "it is a directory");
    if (!S_ISREG(st.st_mode))
        return refused(e, sys, path, "it is no regular file");
    if (statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOEXEC) != 0)
        return refused(e, sys, path, "it is on a mount with the option noexec");
    if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) != 0)
        return refused(e, sys, path,
                       "the file is not executable for the process's user: see its mode and owner");
    CLEANUP_FD int fd = open_program(path, &h);
    if (fd >= 0 && h.kind == EXEC_SCRIPT) {
        (void)refused(e, sys, path, NULL);
        return error_hint(e, "the interpreter %s of its \"#!\" line can't be executed", h.interpreter);
    }
    return refused(e, sys, path, NULL);
}

int exec_why(const char *path, int sys, struct error *e) {
    switch (sys) {
    case ENOENT:
        return why_missing(path, sys, e);
    case ENOTDIR:
        return missing(e, sys, "the command does not exist in the root file system", path);
    case ENOEXEC:
    case EINVAL:
    case ELIBBAD:
        return why_unreadable(path, sys, e);
    case EACCES:
        return why_denied(path, sys, e);
    case E2BIG:
        return refused(
            e, sys, path,
            "process.args and process.env together are over the kernel's limit (see RLIMIT_STACK)");
    case EAGAIN:
        return refused(e, sys, path, "the user's limit of processes (RLIMIT_NPROC) is reached");
    case ETXTBSY:
        return refused(e, sys, path, "some process has the file open for writing");
    default:
        return refused(e, sys, path, NULL);
    }
}

int exec_foresee(const char *path, struct error *e) {
    struct exec_head h;
    struct utsname host;
    char loader[LOADER_MAX] = "";
    CLEANUP_FD int fd = open_program(path, &h);
    if (fd < 0)
        return 0;
    const char *machine = h.kind == EXEC_ELF ? exec_machine_name(h.machine) : NULL;
    if (h.kind == EXEC_SCRIPT)
        memcpy(loader, h.interpreter, sizeof h.interpreter);
    else if (machine != NULL && uname(&host) == 0 && strcmp(machine, host.machine) == 0)
        read_loader(fd, &h, loader);
    if (loader[0] == '\0' || faccessat(AT_FDCWD, loader, X_OK, AT_EACCESS) == 0)
        return 0;
    return errno == ENOENT || errno == EACCES ? exec_why(path, errno, e) : 0;
}
