#include "core/locald/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RENAMES_ENDURED 32

int text_open_inside(int root, const char *path) {
    const struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                                 .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    int fd = -1;
    /* EAGAIN: something was renamed meanwhile, and the kernel can't say that we stayed inside */
    for (int attempt = 0; attempt < RENAMES_ENDURED; attempt++) {
        fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
        if (fd >= 0 || errno != EAGAIN)
            break;
    }
    return fd;
}

int text_write_all(int fd, const void *bytes, size_t len) {
    const char *at = bytes;
    while (len > 0) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            at += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

static ssize_t read_all(int fd, char *text, size_t size) {
    size_t len = 0;
    while (len < size) {
        ssize_t n = read(fd, text + len, size - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        len += (size_t)n;
    }
    return (ssize_t)len;
}

/* NULL and errno. */
static char *read_regular(int fd) {
    struct stat st;
    if (fstat(fd, &st) != 0)
        return NULL;
    if (!S_ISREG(st.st_mode)) {
        errno = EINVAL;
        return NULL;
    }
    char *text = malloc(TEXT_FILE_MAX + 1);
    if (text == NULL)
        return NULL;
    ssize_t len = read_all(fd, text, TEXT_FILE_MAX + 1);
    int bad = len < 0 ? errno : (size_t)len > TEXT_FILE_MAX ? EFBIG : 0;
    if (bad == 0 && memchr(text, '\0', (size_t)len) != NULL)
        bad = EINVAL;
    if (bad != 0) {
        free(text);
        errno = bad;
        return NULL;
    }
    text[len] = '\0';
    return text;
}

char *text_read(int fd) {
    if (fd < 0)
        return NULL;
    char *text = read_regular(fd);
    int saved = errno;
    (void)close(fd);
    errno = saved;
    return text;
}

char *text_cut(char **rest, char separator) {
    char *begin = *rest;
    if (begin == NULL)
        return NULL;
    char *end = strchr(begin, separator);
    if (end != NULL)
        *end = '\0';
    *rest = end != NULL ? end + 1 : NULL;
    return begin;
}

bool text_id(const char *text, id_t *id) {
    uint64_t value = 0;
    size_t n = 0;
    for (; text[n] >= '0' && text[n] <= '9' && n < 11; n++)
        value = value * 10 + (uint64_t)(text[n] - '0');
    if (n == 0 || text[n] != '\0' || (text[0] == '0' && n > 1) || value >= UINT32_MAX)
        return false;
    *id = (id_t)value;
    return true;
}
