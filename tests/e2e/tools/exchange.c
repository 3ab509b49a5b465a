/*
 * exchange: runs a shim many times while somebody beside it exchanges its config.json with another file,
 * without a pause.
 *
 *   exchange UID GID ROUNDS FILE SHIM BUNDLE ID   FILE and BUNDLE/config.json are exchanged
 *
 * Counts each pair of exit status and output, as "COUNT STATUS OUTPUT", and those runs that the shim itself
 * refused because the file was replaced while it was opened, as "COUNT replaced".
 */
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define KINDS 16

static struct {
    char what[256];
    int count;
} kinds[KINDS];

static void count(const char *what) {
    int i = 0;
    while (i < KINDS - 1 && kinds[i].count > 0 && strcmp(kinds[i].what, what) != 0)
        i++;
    (void)snprintf(kinds[i].what, sizeof kinds[i].what, "%s", what);
    kinds[i].count++;
}

static void become(char **a) {
    uid_t uid = (uid_t)atoi(a[1]);
    gid_t gid = (gid_t)atoi(a[2]);
    if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
        exit(99);
}

static _Noreturn void swap_for_ever(char **a) {
    char config[4096];
    (void)snprintf(config, sizeof config, "%s/config.json", a[6]);
    become(a);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;; usleep(20)) { /* else it holds the directory's lock nearly always, and a run takes 200 ms */
        if (renameat2(AT_FDCWD, a[4], AT_FDCWD, config, RENAME_EXCHANGE) != 0)
            exit(98);
    }
}

static void run(char **a) {
    int out[2], status = 0;
    char text[200] = "", what[256];
    if (pipe2(out, O_CLOEXEC) != 0)
        exit(99);
    pid_t pid = fork();
    if (pid == 0) {
        become(a);
        if (dup2(open("/dev/null", O_RDONLY), 0) < 0 || dup2(out[1], 1) < 0 || dup2(out[1], 2) < 0)
            _exit(99);
        execl(a[5], a[5], "bundle", "run", "--bundle", a[6], "--id", a[7], NULL);
        _exit(99);
    }
    close(out[1]);
    size_t len = 0;
    for (ssize_t n; len < sizeof text - 1 && (n = read(out[0], text + len, sizeof text - 1 - len)) > 0;)
        len += (size_t)n;
    close(out[0]);
    (void)waitpid(pid, &status, 0);
    for (char *c = text; *c != '\0'; c++)
        *c = *c == '\n' ? ' ' : *c;
    (void)snprintf(what, sizeof what, "%d %s",
                   WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), text);
    count(strstr(text, "was replaced while it was opened") != NULL ? "replaced" : what);
}

int main(int argc, char **argv) {
    if (argc != 8)
        return 99;
    int status = 0;
    pid_t other = fork();
    if (other == 0)
        swap_for_ever(argv);
    for (int n = atoi(argv[3]); n > 0; n--)
        run(argv);
    if (waitpid(other, &status, WNOHANG) != 0)
        return 98; /* it was to go on to the end */
    kill(other, SIGKILL);
    (void)waitpid(other, NULL, 0);
    for (int i = 0; i < KINDS && kinds[i].count > 0; i++)
        printf("%d %s\n", kinds[i].count, kinds[i].what);
    return 0;
}
