/*
 * syscalls: raw system calls, for tests of filters. Linked statically.
 *
 *   syscalls [trap] CALL...   CALL is ABI:NUMBER[:ARGUMENT...], ABI native, i386 (int 0x80) or x32; for each
 * one line with what came back: a number, or -errno. With trap SIGSYS is caught and its call's number and the
 * filter's data are said
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long native(long nr, const long *a) {
    long rc = syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
    return rc == -1 ? -errno : rc;
}

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

static void trapped(int sig, siginfo_t *info, void *context) {
    (void)context;
    printf("SIG%s %d %d\n", sigabbrev_np(sig), info->si_syscall, info->si_errno);
    fflush(stdout);
    _exit(0);
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "trap") == 0) {
            struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO};
            sigaction(SIGSYS, &action, NULL);
            continue;
        }
        long a[6] = {0}, rc = -ENOSYS;
        char *abi = strtok(argv[i], ":"), *word = strtok(NULL, ":");
        long nr = word != NULL ? strtol(word, NULL, 0) : 0;
        for (int n = 0; n < 6 && (word = strtok(NULL, ":")) != NULL; n++)
            a[n] = (long)strtoul(word, NULL, 0);
        if (strcmp(abi, "native") == 0)
            rc = native(nr, a);
#ifdef __x86_64__
        else if (strcmp(abi, "x32") == 0)
            rc = native(nr | 0x40000000, a);
        else if (strcmp(abi, "i386") == 0)
            rc = i386(nr, a);
#endif
        printf("%ld\n", rc);
        fflush(stdout);
    }
    return 0;
}
