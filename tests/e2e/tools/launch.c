/*
 * launch: executes a program in a state that a shell can't make.
 *
 *   launch empty-argv PROGRAM          with argv[0] = NULL
 *   launch close BITS COMMAND...       with those of the descriptors 0, 1, 2 closed whose bit is set
 *   launch itimer MS COMMAND...        with ITIMER_REAL due in MS milliseconds
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "empty-argv") == 0) {
        char *const none[] = {NULL};
        execve(argv[2], none, none);
    }
    if (argc < 4)
        return 99;
    int number = atoi(argv[2]);
    if (strcmp(argv[1], "close") == 0) {
        for (int fd = 0; fd < 3; fd++)
            if (number & 1 << fd)
                close(fd);
    } else if (strcmp(argv[1], "itimer") == 0) {
        struct itimerval t = {.it_value = {.tv_sec = 0, .tv_usec = number * 1000}};
        setitimer(ITIMER_REAL, &t, NULL);
    } else {
        return 99;
    }
    execvp(argv[3], argv + 3);
    perror(argv[3]);
    return 99;
}
