/*
 * hoard: makes as many user namespaces as the kernel lets this user have, then executes a command. They are
 * nested, 32 deep, in processes that end with the command.
 *
 *   hoard COMMAND...
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int put(const char *file, const char *text) {
    int fd = open(file, O_WRONLY | O_CLOEXEC);
    int rc = fd >= 0 && write(fd, text, strlen(text)) > 0 ? 0 : -1;
    close(fd);
    return rc;
}

/* One more, with this user mapped in it, or it could have no child. */
static int nest(unsigned uid, unsigned gid) {
    char map[2][32];
    snprintf(map[0], sizeof map[0], "0 %u 1", uid);
    snprintf(map[1], sizeof map[1], "0 %u 1", gid);
    if (unshare(CLONE_NEWUSER) != 0)
        return -1;
    if (put("/proc/self/setgroups", "deny") != 0 || put("/proc/self/uid_map", map[0]) != 0 ||
        put("/proc/self/gid_map", map[1]) != 0)
        perror("hoard: map");
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 2)
        return 99;
    for (unsigned made = 1; made > 0;) {
        int tell[2];
        if (pipe2(tell, O_CLOEXEC) != 0)
            return 99;
        pid_t child = fork();
        if (child < 0)
            break; /* that quota is used up, too */
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            unsigned uid = getuid(), gid = getgid();
            for (made = 0; nest(uid, gid) == 0; made++)
                uid = gid = 0;
            if (write(tell[1], &made, sizeof made) != sizeof made)
                _exit(1);
            pause();
        }
        if (read(tell[0], &made, sizeof made) != sizeof made)
            return 99;
        close(tell[0]);
        close(tell[1]);
    }
    execv(argv[1], argv + 1);
    return 99;
}
