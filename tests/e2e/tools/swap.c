/* swap A B: exchanges two names over and over until it is killed, and then says how often: "swaps N". */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void end(int sig) {
    (void)sig;
    ended = 1;
}

int main(int argc, char **argv) {
    unsigned long n = 0;
    if (argc != 3)
        return 2;
    (void)signal(SIGTERM, end);
    while (!ended)
        n += renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) == 0;
    (void)printf("swaps %lu\n", n);
    return 0;
}
