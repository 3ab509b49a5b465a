/* deep DIRECTORY NAME DEPTH: makes so many directories below each other, each called NAME; the paths are
 * longer than any system call takes. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc != 4)
        return 2;
    int at = open(argv[1], O_RDONLY | O_DIRECTORY);
    for (long n = strtol(argv[3], NULL, 10); n > 0 && at >= 0; n--) {
        int next = mkdirat(at, argv[2], 0755) == 0 ? openat(at, argv[2], O_RDONLY | O_DIRECTORY) : -1;
        (void)close(at);
        at = next;
    }
    if (at < 0)
        perror("deep");
    return at < 0;
}
