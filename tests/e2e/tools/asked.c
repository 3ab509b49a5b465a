/*
 * asked: a payload that says how it was started, so that two starts can be compared: ids, groups,
 * capabilities, filter, limits, signals, names, mounts, nodes of /dev, maps, descriptors. Nothing that
 * differs between two runs of one bundle. With an argument it says a hash of that.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The lines of a file that begin with one of the words, or all; without the first `skip` words of each. */
static void lines(const char *path, const char *const *words, int skip) {
    char line[4096];
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        printf("no %s\n", path);
        return;
    }
    while (fgets(line, sizeof line, f) != NULL) {
        const char *from = line;
        for (int i = 0; i < skip; i++)
            from += strcspn(from, " ") + 1;
        int wanted = words == NULL;
        for (const char *const *w = words; w != NULL && *w != NULL; w++)
            wanted |= strncmp(line, *w, strlen(*w)) == 0;
        if (wanted)
            printf("%s", from);
    }
    fclose(f);
}

static void list(const char *path) {
    struct dirent **names = NULL;
    int n = scandir(path, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char name[600];
        struct stat st;
        snprintf(name, sizeof name, "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.' && lstat(name, &st) == 0)
            printf("%s %o %u:%u %u:%u\n", name, st.st_mode, st.st_uid, st.st_gid, major(st.st_rdev),
                   minor(st.st_rdev));
        free(names[i]);
    }
    free(names);
}

static void say_all(void) {
    static const char *const status[] = {"Umask",  "Uid",    "Gid",        "Groups",
                                         "NStgid", "Cap",    "NoNewPrivs", "Seccomp",
                                         "SigBlk", "SigIgn", "SigCgt",     "Mems_allowed_list",
                                         NULL};
    char text[4096] = "";
    lines("/proc/self/status", status, 0);
    lines("/proc/self/uid_map", NULL, 0);
    lines("/proc/self/gid_map", NULL, 0);
    lines("/proc/self/setgroups", NULL, 0);
    lines("/proc/self/oom_score_adj", NULL, 0);
    lines("/proc/self/cgroup", NULL, 0);
    lines("/proc/self/mountinfo", NULL, 3);
    for (int i = 0; i < (int)RLIM_NLIMITS; i++) {
        struct rlimit l;
        if (getrlimit(i, &l) == 0)
            printf("limit %d %llu %llu\n", i, (unsigned long long)l.rlim_cur, (unsigned long long)l.rlim_max);
    }
    for (int fd = 0; fd < 100; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            printf("descriptor %d%s\n", fd, isatty(fd) ? " a terminal" : "");
    if (gethostname(text, sizeof text) == 0)
        printf("host %s\n", text);
    printf("in %s, session %d\n", getcwd(text, sizeof text), getsid(0));
    list("/dev");
    for (char **e = environ; *e != NULL; e++)
        printf("%s\n", *e);
}

int main(int argc, char **argv) {
    unsigned long long hash = 14695981039346656037ULL;
    char *text = NULL;
    size_t size = 0;
    FILE *terminal = stdout;
    (void)argv;
    if (argc > 1)
        stdout = open_memstream(&text, &size);
    say_all();
    fflush(stdout);
    if (argc > 1)
        stdout = terminal;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)text[i]) * 1099511628211ULL;
    printf("asked %llx\n", hash);
    return 0;
}
