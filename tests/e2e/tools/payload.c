/*
 * payload: what a shell can't do, for tests that need a certain process inside the container. Linked
 * statically.
 *
 *   payload setuid ID      become ID (which clears PR_SET_PDEATHSIG), say "ready", sleep
 *   payload ignore         ignore what can be ignored, say "ready", sleep
 *   payload signals        say "ready", then the number of each signal that arrives; 15 ends it with status 0
 *   payload ids            print the effective ids
 *   payload clocks         print the seconds of the clocks that a time namespace can shift
 *   payload setxattr FILE NAME VALUE, payload getxattr FILE NAME   an extended attribute
 *   payload fault SIGNAL   commit the fault that raises SIGNAL (4 or 11): the only signals of its own that
 * end a pid namespace's first process
 *   payload hugepages N    reserve and touch N huge pages of 2 MiB, say "touched N"
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static void sleep_for_ever(void) {
    puts("ready");
    fflush(stdout);
    for (;;)
        pause();
}

static int report_signals(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    puts("ready");
    fflush(stdout);
    for (;;) {
        int number = 0;
        sigwait(&all, &number);
        printf("signal %d\n", number);
        fflush(stdout);
        if (number == SIGTERM)
            return 0;
    }
}

static int print_clocks(void) {
    struct timespec monotonic, boottime;
    if (clock_gettime(CLOCK_MONOTONIC, &monotonic) != 0 || clock_gettime(CLOCK_BOOTTIME, &boottime) != 0)
        return 1;
    printf("monotonic %lld\nboottime %lld\n", (long long)monotonic.tv_sec, (long long)boottime.tv_sec);
    return 0;
}
static int print_attribute(const char *file, const char *name) {
    char value[256];
    ssize_t n = getxattr(file, name, value, sizeof value);
    if (n < 0)
        return 1;
    printf("%s=%.*s\n", name, (int)n, value);
    return 0;
}

static int touch_huge_pages(size_t count) {
    const size_t size = 2 << 20;
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB;
    char *at = mmap(NULL, count * size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (at == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    for (size_t i = 0; i < count; i++)
        at[i * size] = 1;
    printf("touched %zu\n", count);
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 2)
        return 2;
    if (strcmp(argv[1], "signals") == 0)
        return report_signals();
    if (strcmp(argv[1], "ids") == 0)
        return printf("euid %u egid %u\n", geteuid(), getegid()) < 0;
    if (strcmp(argv[1], "clocks") == 0)
        return print_clocks();
    if (strcmp(argv[1], "ignore") == 0) {
        for (int n = 1; n < NSIG; n++)
            signal(n, SIG_IGN);
        sleep_for_ever();
    }
    if (argc < 3)
        return 2;
    if (argc == 5 && strcmp(argv[1], "setxattr") == 0)
        return setxattr(argv[2], argv[3], argv[4], strlen(argv[4]), 0) != 0;
    if (argc == 4 && strcmp(argv[1], "getxattr") == 0)
        return print_attribute(argv[2], argv[3]);
    int number = atoi(argv[2]);
    if (strcmp(argv[1], "setuid") == 0) {
        uid_t id = (uid_t)number;
        if (setresuid(id, id, id) != 0) {
            perror("setresuid");
            return 1;
        }
        sleep_for_ever();
    }
    if (strcmp(argv[1], "hugepages") == 0)
        return touch_huge_pages((size_t)number);
    if (strcmp(argv[1], "fault") == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        if (number == SIGSEGV)
            *(volatile int *)(uintptr_t)8 = 1;
        if (number == SIGILL)
            __builtin_trap();
    }
    return 2;
}
