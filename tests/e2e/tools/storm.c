/*
 * storm: many runs of a shim, one after the other, each with a line of its own before config.json.
 *
 *   storm killed UID GID FROM TO LINE SHIM BUNDLE ID    says the numbers N for which the interpreter was not
 * killed by its filter storm judged UID GID FROM TO LINE SHIM BUNDLE ID    says how many were refused, with
 * what, and how many were run
 *
 * N goes from FROM to TO and takes the place of %d in LINE; what follows it is BUNDLE/config.json as it
 * stands, which is put back at the end. A run is refused when it ends with 125 and one line of error; every
 * other way to end must be that of a payload that ran, as /bin/cat /proc/self/uid_map /proc/self/gid_map:
 * what these say is judged by ALLOWED in the environment, "FIRST SIZE FIRST SIZE ...". 1 when a run was
 * neither, or took 30 s.
 */
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OUTPUT_MAX (1 << 16)
#define CODES      64

struct run {
    int status; /* as a shell has it */
    char out[OUTPUT_MAX], err[OUTPUT_MAX];
};

static struct {
    char name[32];
    int count;
} codes[CODES];

static char *read_file(const char *path, size_t *len) {
    FILE *f = fopen(path, "r");
    char *text = calloc(1, 1 << 22);
    *len = f != NULL && text != NULL ? fread(text, 1, (1 << 22) - 1, f) : 0;
    if (f != NULL)
        fclose(f);
    return text;
}

static void write_file(const char *path, const char *line, const char *text, size_t len) {
    FILE *f = fopen(path, "w");
    if (f == NULL || fprintf(f, "%s", line) < 0 || fwrite(text, 1, len, f) != len || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

static _Noreturn void child(char **a, int out, int err) {
    uid_t uid = (uid_t)atoi(a[2]);
    gid_t gid = (gid_t)atoi(a[3]);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0 ||
        dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        _exit(99);
    execl(a[7], a[7], "bundle", "run", "--bundle", a[8], "--id", a[9], NULL);
    _exit(99);
}

/* Both pipes to their ends. False after 30 s. */
static bool drain(struct run *r, int out, int err) {
    struct pollfd p[2] = {{.fd = out, .events = POLLIN}, {.fd = err, .events = POLLIN}};
    char *const to[2] = {r->out, r->err};
    size_t len[2] = {0, 0};
    time_t end = time(NULL) + 30;
    while (p[0].fd >= 0 || p[1].fd >= 0) {
        if (time(NULL) >= end)
            return false;
        (void)poll(p, 2, 1000);
        for (int i = 0; i < 2; i++) {
            char rest[4096];
            if (p[i].fd < 0 || p[i].revents == 0)
                continue;
            bool full = len[i] >= OUTPUT_MAX - 1;
            ssize_t n = full ? read(p[i].fd, rest, sizeof rest)
                             : read(p[i].fd, to[i] + len[i], OUTPUT_MAX - 1 - len[i]);
            if (n <= 0)
                p[i].fd = -1;
            else if (!full)
                len[i] += (size_t)n;
        }
    }
    for (int i = 0; i < 2; i++)
        to[i][len[i]] = '\0';
    return true;
}

static bool run_once(struct run *r, char **a) {
    int out[2], err[2], status = 0;
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
        return false;
    pid_t pid = fork();
    if (pid == 0)
        child(a, out[1], err[1]);
    close(out[1]);
    close(err[1]);
    bool in_time = drain(r, out[0], err[0]);
    if (!in_time)
        kill(pid, SIGKILL);
    close(out[0]);
    close(err[0]);
    waitpid(pid, &status, 0);
    r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return in_time;
}

/* The code of the one line of error; "" when it is not one. */
static const char *code_of(const struct run *r) {
    static char code[32];
    const char *line = r->err;
    while (strncmp(line, "locald-shim: warning: ", 22) == 0 && strchr(line, '\n') != NULL)
        line = strchr(line, '\n') + 1;
    const char *end = strchr(line, '\n');
    code[0] = '\0';
    if (r->status != 125 || strncmp(line, "locald-shim: error: ", 20) != 0 || end == NULL || end[-1] != ']')
        return code;
    const char *from = end - 2;
    while (from > line && *from != '[')
        from--;
    if ((end[1] == '\0' || strncmp(end + 1, "  hint: ", 8) == 0) && end - from < 32)
        (void)snprintf(code, sizeof code, "%.*s", (int)(end - from - 2), from + 1);
    return code;
}

static void count(const char *name) {
    int i = 0;
    while (i < CODES - 1 && codes[i].count > 0 && strcmp(codes[i].name, name) != 0)
        i++;
    (void)snprintf(codes[i].name, sizeof codes[i].name, "%s", name);
    codes[i].count++;
}

/* Every extent that the payload was given is within what its user has. */
static bool maps_allowed(const struct run *r) {
    for (const char *line = r->out; line != NULL && *line != '\0';
         line = strchr(line, '\n'), line += line != NULL) {
        unsigned long inside, outside, size, first, many;
        if (sscanf(line, "%lu %lu %lu", &inside, &outside, &size) != 3)
            continue;
        const char *allowed = getenv("ALLOWED");
        bool ok = false;
        for (int used = 0; allowed != NULL && sscanf(allowed, "%lu %lu%n", &first, &many, &used) == 2;
             allowed += used)
            ok = ok || (outside >= first && outside + size <= first + many);
        if (!ok)
            return false;
    }
    return true;
}

int main(int argc, char **a) {
    if (argc != 10)
        return 99;
    static struct run r;
    bool killed = strcmp(a[1], "killed") == 0;
    char path[4096], line[4096];
    int from = atoi(a[4]), to = atoi(a[5]), ran = 0, bad = 0;
    size_t len;
    (void)snprintf(path, sizeof path, "%s/config.json", a[8]);
    char *text = read_file(path, &len);
    const char *at = strstr(a[6], "%d");
    for (int n = from; n <= to && at != NULL && bad == 0; n++) {
        (void)snprintf(line, sizeof line, "%.*s%d%s\n", (int)(at - a[6]), a[6], n, at + 2);
        write_file(path, line, text, len);
        bool in_time = run_once(&r, a);
        const char *code = code_of(&r);
        if (killed && strstr(r.err, "ended by signal 31 (a system call that its filter forbids)") == NULL)
            printf("%d\n", n);
        if (!killed && code[0] != '\0')
            count(code);
        ran += !killed && code[0] == '\0';
        bad = !in_time || (killed && r.status != 125) ||
              (!killed && code[0] == '\0' && (r.status == 125 || !maps_allowed(&r)));
    }
    write_file(path, "", text, len);
    if (bad != 0)
        printf("BAD after %sstatus %d\n%s\n%s\n", line, r.status, r.out, r.err);
    if (!killed)
        printf("runs %d, not refused %d:", to - from + 1, ran);
    for (int i = 0; i < CODES && codes[i].count > 0; i++)
        printf(" %s %d", codes[i].name, codes[i].count);
    puts("");
    return bad;
}
