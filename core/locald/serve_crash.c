/* Crash logs: why a service ended by itself, and the last that it said. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/locald/serve.h"
#include "core/locald/text_file.h"

#define BEGIN     "crash-"
#define NAME_SIZE 48

static void copy_from(int dir, int to, int fd, off_t at) {
    static char chunk[16 << 10];
    struct stat mine, now;
    bool old = fstat(fd, &mine) == 0 && fstatat(dir, "log", &now, AT_SYMLINK_NOFOLLOW) == 0 &&
               mine.st_ino != now.st_ino;
    for (ssize_t n; (n = pread(fd, chunk, sizeof chunk, at)) > 0; at += n)
        if (text_write_all(to, chunk, (size_t)n) != 0)
            return;
    int next = old ? log_tail(dir, -1, &at) : -1;
    if (next < 0)
        return;
    for (ssize_t n; (n = pread(next, chunk, sizeof chunk, at)) > 0; at += n)
        if (text_write_all(to, chunk, (size_t)n) != 0)
            break;
    (void)close(next);
}

/* Removes the oldest until only CRASH_LOGS are left. Their names sort as their times do. */
static void thin(int dir) {
    for (;;) {
        char oldest[NAME_SIZE] = "";
        int count = 0;
        int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *d = fd < 0 ? NULL : fdopendir(fd);
        const struct dirent *entry;
        while (d != NULL && (entry = readdir(d)) != NULL) {
            if (strncmp(entry->d_name, BEGIN, sizeof BEGIN - 1) != 0 || strlen(entry->d_name) >= NAME_SIZE)
                continue;
            count++;
            if (oldest[0] == '\0' || strcmp(entry->d_name, oldest) < 0)
                (void)snprintf(oldest, sizeof oldest, "%s", entry->d_name);
        }
        if (d != NULL)
            (void)closedir(d);
        if (count <= CRASH_LOGS || unlinkat(dir, oldest, 0) != 0)
            return;
    }
}

void crash_write(const struct service *s) {
    char stamp[32], name[NAME_SIZE], text[1200] = "";
    clock_stamp(stamp, sizeof stamp, s->since, true);
    (void)snprintf(name, sizeof name, BEGIN "%s.log", stamp);
    int fd = openat(s->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        serve_say("%s: writing %s: %s", s->name, name, strerrordesc_np(errno));
        return;
    }
    clock_stamp(stamp, sizeof stamp, s->since, false);
    (void)dprintf(fd, "service: %s\nstate: %s\ntime: %s\nstatus: %d\nsignal: %d\n", s->name,
                  service_state_name(s), stamp, s->status, s->signal);
    if (s->error.code != LOCALD_OK) {
        (void)locald_error_text(&s->error, text, sizeof text);
        (void)dprintf(fd, "error: %s\n", text);
        if (s->error.hint[0] != '\0')
            (void)dprintf(fd, "hint: %s\n", s->error.hint);
    }
    (void)dprintf(fd, "\nthe last lines of its log:\n");
    off_t at = 0;
    int log = log_tail(s->dir, CRASH_LINES, &at);
    if (log >= 0) {
        copy_from(s->dir, fd, log, at);
        (void)close(log);
    }
    (void)close(fd);
    thin(s->dir);
}
