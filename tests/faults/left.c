#include "left.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inject.h"

#define FNV_BASIS  14695981039346656037ULL
#define FNV_PRIME  1099511628211ULL
#define TRIES      100
#define PAUSE_USEC 10000

static unsigned long long hash(unsigned long long h, const char *bytes, size_t len) {
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)bytes[i]) * FNV_PRIME;
    return h;
}

unsigned long long left_hash_file(const char *path) {
    unsigned long long h = FNV_BASIS;
    char room[4096];
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    while ((n = read(fd, room, sizeof room)) > 0)
        h = hash(h, room, (size_t)n);
    (void)close(fd);
    return h;
}

/* Names, types and owners; the order of a directory is of no matter. `bin` is busybox's, with 300 links. */
static unsigned long long hash_tree(int dir, const char *name, int depth) {
    unsigned long long sum = 0;
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (d == NULL)
        return 0;
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        struct stat st;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
            fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        char line[512];
        (void)snprintf(line, sizeof line, "%d %s %o %u", depth, e->d_name, st.st_mode, st.st_uid);
        sum += hash(FNV_BASIS, line, strlen(line));
        if (S_ISDIR(st.st_mode) && strcmp(e->d_name, "bin") != 0)
            sum += hash_tree(fd, e->d_name, depth + 1);
    }
    (void)closedir(d);
    return sum;
}

void left_look(struct left_places *p) {
    p->mounts = left_hash_file("/proc/self/mountinfo");
    p->files = hash_tree(AT_FDCWD, p->bundle, 0);
}

static const char *once(const struct left_places *p) {
    if (p->cgroup != NULL && access(p->cgroup, F_OK) == 0)
        return "a cgroup";
    if (p->pid_file != NULL && access(p->pid_file, F_OK) == 0)
        return "the pid file";
    struct left_places now = *p;
    left_look(&now);
    if (now.files != p->files)
        return "files in the bundle";
    return now.mounts != p->mounts ? "mounts" : NULL;
}

const char *left_over(const struct left_places *p) {
    const char *what = once(p);
    for (int try = 0; what != NULL && try < TRIES; try++) {
        (void)usleep(PAUSE_USEC);
        what = once(p);
    }
    return what;
}

/* The parent of a process, by /proc/PID/stat: "pid (name) state ppid". */
static pid_t parent_of(const char *pid, char *name, size_t size) {
    char path[300], line[512] = "";
    (void)snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return 0;
    if (fgets(line, sizeof line, f) == NULL)
        line[0] = '\0';
    (void)fclose(f);
    const char *open = strchr(line, '('), *end = strrchr(line, ')');
    if (open == NULL || end == NULL)
        return 0;
    (void)snprintf(name, size, "%.*s", (int)(end - open - 1), open + 1);
    return atoi(end + 4);
}

unsigned left_kill_children(char *name, size_t size) {
    unsigned count = 0;
    DIR *d = opendir("/proc");
    if (d == NULL)
        die("/proc");
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        char is[64];
        if (e->d_name[0] < '1' || e->d_name[0] > '9' || parent_of(e->d_name, is, sizeof is) != getpid())
            continue;
        char path[300], call[64] = "";
        (void)snprintf(path, sizeof path, "/proc/%s/syscall", e->d_name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && read(fd, call, sizeof call - 1) > 0)
            call[strcspn(call, "\n")] = '\0';
        (void)close(fd);
        (void)snprintf(name, size, "%s in %s; ", is, call);
        (void)kill(atoi(e->d_name), SIGKILL);
        count++;
    }
    (void)closedir(d);
    return count;
}
