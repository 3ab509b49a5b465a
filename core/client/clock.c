#include <limits.h>
#include <time.h>
#include <unistd.h>

#include "core/client/client.h"

int64_t client_now(void) {
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t client_deadline(int timeout) {
    return timeout < 0 ? -1 : client_now() + timeout;
}

int client_left(int64_t deadline) {
    if (deadline < 0)
        return -1;
    int64_t left = deadline - client_now();
    return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

void client_close(int *fd) {
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}
