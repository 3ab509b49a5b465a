#include "core/locald/offer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/locald/command.h"
#include "core/locald/setup.h"

#define SUDO "/usr/bin/sudo"

/* A nosuid mount stays one, and no_new_privs disarms sudo too: setup does not help there. */
static bool setup_helps(enum locald_code code) {
    return code == LOCALD_E_NO_SHIM || code == LOCALD_E_UNPRIVILEGED || code == LOCALD_E_UNSAFE ||
           code == LOCALD_E_VERSION;
}

static bool is_roots(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && st.st_uid == 0 && (st.st_mode & 022) == 0;
}

/* One line, byte by byte: what follows is the container's. True for y or Y. */
static bool says_yes(void) {
    char answer[8] = "";
    size_t len = 0;
    for (;;) {
        char byte = 0;
        ssize_t n = TEMP_FAILURE_RETRY(read(STDIN_FILENO, &byte, 1));
        if (n <= 0)
            return false;
        if (byte == '\n')
            return len == 1 && (answer[0] == 'y' || answer[0] == 'Y');
        if (len < sizeof answer)
            answer[len++] = byte;
    }
}

static bool setup_works(const char *own) {
    pid_t pid = fork();
    if (pid == 0) {
        (void)execv(SUDO, (char *[]){SUDO, (char *)own, "admin", "setup", NULL});
        _exit(127);
    }
    int status = 0;
    return pid > 0 && TEMP_FAILURE_RETRY(waitpid(pid, &status, 0)) == pid && status == 0;
}

/* Elsewhere setup refuses; and what others can replace is nothing to be run as root. */
static bool setup_may(const char *own, struct locald_error *e) {
    char directory[4096];
    struct locald_error why;
    (void)snprintf(directory, sizeof directory, "%s", own);
    char *slash = strrchr(directory, '/');
    slash[slash == directory] = '\0';
    int fd = setup_open_directory(directory, &why);
    if (fd >= 0)
        (void)close(fd);
    else
        (void)memmove(e->hint, why.hint[0] != '\0' ? why.hint : e->hint, sizeof e->hint);
    return fd >= 0;
}

/* True when it is worth to look again. */
static bool ask(struct locald_error *e) {
    char own[4096], line[1200];
    ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
    if (n <= 0 || own[0] != '/')
        return false;
    own[n] = '\0';
    if (!setup_may(own, e))
        return false;
    if (!is_roots("/usr") || !is_roots("/usr/bin") || !is_roots(SUDO)) {
        (void)snprintf(e->hint, sizeof e->hint, "sudo is not installed; as root, run: %.400s admin setup",
                       own);
        return false;
    }
    (void)locald_error_text(e, line, sizeof line);
    (void)fprintf(stderr, "locald: %s\nInstall locald-shim now with sudo? [y/N] ", line);
    (void)fflush(stderr);
    return says_yes() && setup_works(own);
}

int offer_find(struct locald_shim **shim, struct locald_error *e) {
    if (locald_shim_find(shim, e) == 0)
        return 0;
    if (!setup_helps(e->code) || isatty(STDIN_FILENO) != 1 || isatty(STDERR_FILENO) != 1 || !ask(e))
        return -1;
    return locald_shim_find(shim, e);
}
