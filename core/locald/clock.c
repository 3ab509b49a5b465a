#include "core/locald/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_clock(clockid_t clock) {
    struct timespec t = {0};
    (void)clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_now(void) {
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_wall(void) {
    return read_clock(CLOCK_REALTIME);
}

void clock_stamp(char *text, size_t size, int64_t wall, bool for_names) {
    time_t seconds = (time_t)(wall / 1000);
    struct tm tm = {0};
    char all[48] = "";
    (void)gmtime_r(&seconds, &tm);
    size_t n = strftime(all, sizeof all, for_names ? "%Y%m%dT%H%M%S" : "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(all + n, sizeof all - n, ".%03dZ", (int)(wall % 1000));
    (void)snprintf(text, size, "%s", all);
}
