/*
 * Where the cache is: one file in a directory of its own, directly in the caller's home. What stands in it
 * need not be trusted (cache.h); what is looked at here is that nothing but a cache is written to.
 *
 * The one file of the interpreter that opens anything: before the filter, as the caller, without a byte of
 * the bundle read.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/interpreter/cache.h"

#define PASSWD_MAX ((size_t)1 << 20)
#define DIRECTORY  ".locald-shim"
#define FILE_NAME  "cache"

/* Takes what stands before the next colon off the line. */
static char *cut(char **line) {
    char *field = *line;
    char *end = field + strcspn(field, ":");
    *line = *end != '\0' ? end + 1 : end;
    *end = '\0';
    return field;
}

/* The home of the first entry with that uid; "" when there is none. name:password:uid:gid:comment:home:shell
 */
static void home_in(char *text, const char *uid, char home[PATH_MAX]) {
    home[0] = '\0';
    while (*text != '\0') {
        char *line = text;
        text += strcspn(text, "\n");
        if (*text != '\0')
            *text++ = '\0';
        (void)cut(&line);
        (void)cut(&line);
        if (strcmp(cut(&line), uid) != 0)
            continue;
        (void)cut(&line);
        (void)cut(&line);
        const char *path = cut(&line);
        if (path[0] == '/' && strlen(path) < PATH_MAX)
            memcpy(home, path, strlen(path) + 1);
        return;
    }
}

static void home_of(uint32_t uid, char home[PATH_MAX]) {
    char digits[11], *d = digits + sizeof digits - 1;
    home[0] = *d = '\0';
    do
        *--d = (char)('0' + uid % 10);
    while ((uid /= 10) > 0);
    CLEANUP_FD int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC | O_NOCTTY);
    char *text = mmap(NULL, PASSWD_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (text == MAP_FAILED)
        return;
    if (fd >= 0 && read_full(fd, text, PASSWD_MAX - 1) > 0)
        home_in(text, d, home);
    (void)munmap(text, PASSWD_MAX);
}

/* The caller's, and nobody else's in any way. */
static bool is_own(int fd, uint32_t uid, mode_t type) {
    struct stat st;
    return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type && st.st_uid == uid &&
           (st.st_mode & 077) == 0 && (type == S_IFDIR || st.st_nlink == 1);
}

int cache_file_open(uint32_t uid) {
    char path[PATH_MAX];
    home_of(uid, path);
    if (path[0] == '\0')
        return -1;
    CLEANUP_FD int home = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    CLEANUP_FD int own = openat(home, DIRECTORY, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (own < 0 && errno == ENOENT && mkdirat(home, DIRECTORY, 0700) == 0)
        own = openat(home, DIRECTORY, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (own < 0 || !is_own(own, uid, S_IFDIR))
        return -1;
    CLEANUP_FD int file =
        openat(own, FILE_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
    return file >= 0 && is_own(file, uid, S_IFREG) ? fd_take(&file) : -1;
}
