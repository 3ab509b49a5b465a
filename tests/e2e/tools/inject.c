/*
 * inject: types into every terminal that it can reach, as a program that was started at somebody's terminal
 * might (CVE-2017-5226): TIOCSTI and TIOCLINUX (paste), also with bits set above the 32 that the kernel looks
 * at, since a filter that compares 64 lets these through; then again after trying to steal the terminal.
 *
 *   inject    says how many characters it could type into what it was given ("typed N"); status 0
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned try_all(int fd) {
    static const uint64_t high[] = {0, UINT64_C(1) << 32, UINT64_C(0xffffffff) << 32};
    unsigned typed = 0;
    for (size_t i = 0; i < sizeof high / sizeof high[0]; i++) {
        char paste[] = {3}, select[] = {2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        if (syscall(SYS_ioctl, fd, high[i] | TIOCSTI, "x") == 0)
            typed++;
        if (syscall(SYS_ioctl, fd, high[i] | TIOCLINUX, select) == 0 &&
            syscall(SYS_ioctl, fd, high[i] | TIOCLINUX, paste) == 0)
            typed++;
    }
    return typed;
}

int main(void) {
    static const char *const names[] = {"/dev/tty", "/dev/console", "/proc/self/fd/0", "/proc/self/fd/2"};
    unsigned typed = 0;
    for (int round = 0; round < 2; round++) {
        for (int fd = 0; fd <= 2; fd++) {
            typed += try_all(fd);
            (void)ioctl(fd, TIOCSCTTY, 0);
            (void)ioctl(fd, TIOCSCTTY, 1);
        }
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            int fd = open(names[i], O_RDWR | O_NONBLOCK);
            if (fd < 0)
                continue;
            typed += try_all(fd);
            close(fd);
        }
        (void)setsid();
    }
    printf("typed %u\n", typed);
    return 0;
}
