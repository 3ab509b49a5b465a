/* One system call, by number, of this architecture or of the two that share its kernel entry. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/attacks/evil/evil.h"

#ifdef __x86_64__
static long i386(long nr, const long *a) {
    int rc = 0;
    __asm__ volatile("int $0x80"
                     : "=a"(rc)
                     : "a"((int)nr), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4])
                     : "memory", "r8", "r9", "r10", "r11");
    return rc;
}
#endif

/* A number; ppid; buf: 64 KiB of zeros; out: the pipe; else the address of the text. */
static long argument(const struct evil *v, const char *text) {
    static char zeros[1 << 16];
    char *end;
    long n = strtol(text, &end, 0);
    if (*end == '\0')
        return n;
    if (strcmp(text, "ppid") == 0)
        return v->ppid;
    if (strcmp(text, "out") == 0)
        return v->out_fd;
    return (long)(uintptr_t)(strcmp(text, "buf") == 0 ? zeros : text);
}

long evil_call(const struct evil *v, char *words) {
    const char *abi = strsep(&words, " ");
    long nr = strtol(words, &words, 0), a[6] = {0};
    char *w = strsep(&words, " ");
    for (int n = 0; n < 6 && (w = strsep(&words, " ")) != NULL; n++)
        a[n] = argument(v, w);
#ifdef __x86_64__
    if (strcmp(abi, "i386") == 0)
        return i386(nr, a);
    if (strcmp(abi, "x32") == 0)
        nr |= 0x40000000;
#else
    (void)abi;
#endif
    long rc = syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
    return rc == -1 ? -errno : rc;
}
