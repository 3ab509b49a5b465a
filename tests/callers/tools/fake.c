/*
 * What pretends to be locald-shim: does what the file `mode` beside it says. Anything but --shim-version it
 * answers with an error of its own, so that it is told apart from the real one.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

/* What it was given: words of the environment, descriptors, signals that are blocked or ignored. */
static void look(void) {
    int variables = 0;
    sigset_t blocked;
    struct sigaction action;
    while (environ[variables] != NULL)
        variables++;
    (void)printf("0.1.%d", variables);
    DIR *d = opendir("/proc/self/fd");
    for (struct dirent *entry; d != NULL && (entry = readdir(d)) != NULL;)
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(d))
            (void)printf("%sfd%s", atoi(entry->d_name) == 0 ? "-" : ".", entry->d_name);
    (void)sigprocmask(SIG_SETMASK, NULL, &blocked);
    for (int s = 1; s < 32; s++)
        if (sigismember(&blocked, s) == 1 ||
            (sigaction(s, NULL, &action) == 0 && action.sa_handler == SIG_IGN))
            (void)printf(".signal%d", s);
    (void)puts("");
}

/* `bundle run`: gives the file `report` beside it to the caller, while a child holds the descriptor. */
static int run(const char *name, int directory) {
    char path[4096], bytes[4096];
    (void)snprintf(path, sizeof path, "%.*s/report", directory, name);
    FILE *f = fopen(path, "r");
    if (fork() == 0)
        return (int)sleep(8);
    for (size_t n; f != NULL && (n = fread(bytes, 1, sizeof bytes, f)) > 0;)
        if (write(3, bytes, n) != (ssize_t)n)
            return 99;
    return 7;
}

int main(int argc, char **argv) {
    char path[4096], mode[256] = "";
    const char *slash = strrchr(argv[0], '/');
    if (slash == NULL || argc < 2)
        return 1;
    (void)snprintf(path, sizeof path, "%.*s/mode", (int)(slash - argv[0]), argv[0]);
    FILE *f = fopen(path, "r");
    size_t n = f == NULL ? 0 : fread(mode, 1, sizeof mode - 1, f);
    if (f != NULL)
        (void)fclose(f);
    if (strcmp(argv[1], "bundle") == 0)
        return run(argv[0], (int)(slash - argv[0]));
    if (strcmp(argv[1], "--shim-version") != 0) {
        (void)fprintf(stderr, "locald-shim: error: fake: is not the real one [E_FAKE]\n");
        return 125;
    }
    if (strcmp(mode, "sleep\n") == 0)
        return (int)sleep(1000);
    if (strcmp(mode, "look\n") == 0)
        return look(), 0;
    if (strcmp(mode, "fails\n") == 0)
        return puts("0.1.0"), 3;
    for (int i = 0; strcmp(mode, "flood\n") == 0 && i < 1 << 20; i++)
        (void)putchar('0');
    if (strcmp(mode, "child\n") == 0) { /* ends; what it started holds the pipe */
        if (fork() == 0)
            return (int)sleep(8);
        return write(1, "0.1.0\n", 6) != 6;
    }
    return fwrite(mode, 1, n, stdout) != n;
}
